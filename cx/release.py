"""Releases: immutable, read-only files of marts and scores, and the pointer to the current one."""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from cx.audit import record
from cx.clustering import in_order
from cx.digest import file_digest
from cx.errors import Busy, CheckFailed, UserError
from cx.files import sync, write_json
from cx.lookup import write_holders
from cx.metric_values import ADDED_METRIC_VALUES, METRIC_VALUES, with_added_metric_values
from cx.runs import StepResult, die_with_parent
from cx.settings import Settings
from cx.suppression import suppress
from cx.warehouse import attach_release, connected, open_release

KEPT_RELEASES = 5
# Schemas a release holds, and what of them stays behind.
RELEASED_SCHEMAS = ("marts", "ml")
NOT_RELEASED = {
    "fct_usage_day": "call-level detail; a release holds subscription months at the finest",
    "fct_perf_hour": "hours of every element and KPI; a release holds days at the finest",
    "bdg_customer_xref": "holds the pseudonyms of direct identifiers",
    "ml_action_history": "what was chosen for each line in the past; its effect is released",
    "ml_action_outcome": "what became of each line in the past; its effect is released",
    "ml_backtest_score": "what a model said of each line in the past; the back-test is released",
    "ml_test_score": "what M44 was made of, line by line; the figures are released",
    "ml_trial_score": "what M45 was made of, line by line; the figures are released",
    "ml_score_history": "scores of the past, line by line; a release holds the newest",
    "customer_link_candidate": "holds the pseudonyms of direct identifiers",
}
# A release holds no estimator files, so it says nothing of their bytes, which differ from run to
# run although the estimator does not.
NOT_RELEASED_COLUMNS = {"ml_model": ("artefact_sha256",)}
# What an operator sees of the batch itself: summaries, never delivered text.
OPS_SUMMARIES = {
    "file_ledger": "select * exclude (sha256) from ops.file_ledger",
    "feed": "select * from ops.feed",
    "step_ledger": "select * from ops.step_ledger",
    "run_ledger": "select * exclude (pid, host) from ops.run_ledger",
    "dq_result": "select * from ops.dq_result",
    "quarantine_summary": (
        "select source_system, feed, file_name, column_name, reason, state, count(*) as row_count "
        "from quarantine.rows group by all"
    ),
}


class NoRelease(UserError):
    """Nothing has been published yet, or nothing that can be trusted."""


@dataclass(frozen=True)
class Release:
    """The pointer's content: which file is served and what it must be."""

    file: str
    version: str
    sha256: str
    content_digest: str
    published_at: str
    as_of: str
    batch_id: str
    tables: dict[str, int]
    # when its rows were read from the warehouse; empty for releases made before this was kept
    built_at: str = ""

    def read_at(self) -> datetime:
        """Return the moment after which nothing that changed in the warehouse is in it (UTC)."""
        moment = datetime.fromisoformat(self.built_at or self.published_at)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def pointer(releases: Path) -> Path:
    """Return the path of the pointer to the current release."""
    return releases / "current.json"


def current(releases: Path) -> Release:
    """Read the pointer.

    Raises
    ------
    NoRelease
        When nothing is published or the pointer cannot be read.
    """
    path = pointer(releases)
    try:
        return Release(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise NoRelease(f"no release in {releases} yet; run `cx run DIR` or `cx demo`") from None
    except (json.JSONDecodeError, TypeError) as error:
        raise NoRelease(f"{path} is damaged ({error}); publish again with `cx publish`") from error


def sidecar(releases: Path, file: str) -> Path:
    """Return the path of what is known of a release beside its file."""
    return releases / Path(file).with_suffix(".json").name


def refuse_before_erasure(settings: Settings, built_at: datetime) -> None:
    """Refuse a release that was read from the warehouse before the latest erasure of a person.

    Erasures stand in state/erasures.json, a list of {"receipt", "at"} (ISO 8601, UTC).

    Raises
    ------
    UserError
        When it may hold somebody who was erased, or when that cannot be told.
    """
    path = settings.state / "erasures.json"
    try:
        erasures = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        moments = [datetime.fromisoformat(each["at"]) for each in erasures]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(
            f"{path} cannot be read ({error}), so nobody can tell whether this release holds "
            "somebody who was erased; restore it from a backup, or `cx publish` anew"
        ) from error
    latest = max(
        (moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in moments),
        default=None,
    )
    if latest is not None and built_at <= latest:
        raise UserError(
            f"this release was made at {built_at:%Y-%m-%d %H:%M}Z, before a person was erased at "
            f"{latest:%Y-%m-%d %H:%M}Z, and may hold them; choose a later one, or `cx publish` anew"
        )


@contextmanager
def pointing(releases: Path, patience: float = 10.0) -> Iterator[None]:
    """Hold the right to move the pointer and to delete releases: publish, rollback, prune, erase.

    It is apart from the run's lock, so that a rollback need not wait for a run.

    Raises
    ------
    Busy
        When somebody else holds it for longer than `patience` seconds.
    """
    releases.mkdir(parents=True, exist_ok=True, mode=0o700)
    deadline = time.monotonic() + patience
    with (releases / ".lock").open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Busy(
                        f"a release is being published or taken back in {releases}; try again"
                    ) from None
                time.sleep(0.05)
        yield


def publish(settings: Settings) -> StepResult:
    """Write the marts, scores and summaries into a new release and point to it.

    The file is built under another name, verified by a process of its own, made read-only and
    renamed; readers of the last release are never touched.

    Raises
    ------
    CheckFailed
        When the written file does not hold what was in the warehouse.
    """
    settings.releases.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left_over in (
        *settings.releases.glob("*.building*"),
        *settings.releases.glob("*.partial"),
    ):
        left_over.unlink()
    building = settings.releases / "next.building"
    built_at = datetime.now(UTC)
    with connected(settings) as connection:
        content, rows = _write(connection, building, settings.fewest_customers)
        clock = connection.execute(
            "select as_of, batch_id from intermediate.int_clock"
        ).fetchone() or (None, "")
        write_holders(settings, connection)
    if building.with_name(building.name + ".wal").exists():
        raise CheckFailed("the new release was left with a write-ahead log; publish again")
    digest = _digest(content)
    _verify_elsewhere(building, digest)
    sync(building)
    sha256 = file_digest(building)
    building.chmod(0o444)
    with pointing(settings.releases):
        published = datetime.now(UTC)
        version = f"{_after_the_newest(settings.releases, published):%Y%m%dT%H%M%S%fZ}_{digest[:8]}"
        final = settings.releases / f"{version}.duckdb"
        release = Release(
            file=final.name,
            version=version,
            sha256=sha256,
            content_digest=digest,
            published_at=published.isoformat(timespec="seconds"),
            as_of=clock[0].isoformat(sep=" ") if clock[0] else "",
            batch_id=clock[1] or "",
            tables=rows,
            built_at=built_at.isoformat(timespec="microseconds"),
        )
        write_json(sidecar(settings.releases, final.name), asdict(release))
        building.rename(final)
        sync(settings.releases)
        record(settings, "publish", release=version, content_digest=digest, as_of=release.as_of)
        point(settings.releases, release)
        forget_old(settings.releases, release.file, KEPT_RELEASES)
    return StepResult(sum(rows.values()), f"release {version}, {len(rows)} tables")


def _after_the_newest(releases: Path, now: datetime) -> datetime:
    """Return now, or a moment after the newest release where the clock was set back since.

    The names of releases sort by age; that must not depend on the clock.
    """
    newest = max((path.stem for path in releases.glob("*.duckdb")), default="")
    try:
        last = datetime.strptime(newest.partition("_")[0], "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
    except ValueError:
        return now
    return max(now, last + timedelta(microseconds=1))


def content_of(connection: duckdb.DuckDBPyConnection, catalog: str) -> dict[str, tuple[int, str]]:
    """Return row count and order-free hash over all columns, for each table but the ops ones.

    A view holds no rows of its own: it is its columns, over tables that are hashed here.
    """
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() "
        "where database_name = ? and schema_name <> 'ops' order by all",
        [catalog],
    ).fetchall()
    found = {}
    for schema, table in tables:
        name = f'"{catalog}"."{schema}"."{table}"'
        count, total = connection.execute(
            f"select count(*), coalesce(sum(hash(each)::hugeint), 0)::varchar from {name} as each"
        ).fetchone()
        found[f"{schema}.{table}"] = (count, total)
    for schema, view, _ in _views(connection, catalog):
        found[f"{schema}.{view}"] = _view_content(connection, f'"{catalog}"."{schema}"."{view}"')
    return found


def _view_content(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[int, str]:
    # Its text is no measure: each storage version writes the same definition in its own words.
    described = connection.execute(f"describe {name}").fetchall()
    return 0, " ".join(f"{column} {kind}" for column, kind, *_ in described)


def _views(connection: duckdb.DuckDBPyConnection, catalog: str) -> list[tuple[str, str, str]]:
    """Return schema, name and definition of every view that a release holds."""
    return connection.execute(
        "select schema_name, view_name, sql from duckdb_views() where database_name = ? "
        f"and schema_name in {RELEASED_SCHEMAS} and not internal order by all",
        [catalog],
    ).fetchall()


def _write(
    connection: duckdb.DuckDBPyConnection, building: Path, fewest: int
) -> tuple[dict[str, tuple[int, str]], dict[str, int]]:
    """Write the release file; return its content as hashed in the warehouse, and its row counts."""
    attach_release(connection, building)
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = "
        f"current_database() and schema_name in {RELEASED_SCHEMAS} order by all"
    ).fetchall()
    content, rows = {}, {}
    for schema, table in tables:
        if table in NOT_RELEASED or table in ADDED_METRIC_VALUES:
            continue
        connection.execute(f'create schema if not exists release."{schema}"')
        left_out = ", ".join(NOT_RELEASED_COLUMNS.get(table, ()))
        released = f"select * {f'exclude ({left_out})' if left_out else ''} "
        released += f'from "{schema}"."{table}"'
        if table == METRIC_VALUES:
            released = with_added_metric_values(connection, released)
            released = suppress(connection, released, fewest)
        kept = in_order(table, released)
        connection.execute(f'create table release."{schema}"."{table}" as {kept}')
        count, total = connection.execute(
            f"select count(*), coalesce(sum(hash(each)::hugeint), 0)::varchar "
            f"from ({released}) as each"
        ).fetchone()
        content[f"{schema}.{table}"] = (count, total)
        rows[f"{schema}.{table}"] = count
    connection.execute("create schema release.ops")
    for table, query in OPS_SUMMARIES.items():
        connection.execute(f'create table release.ops."{table}" as {query}')
    content |= _write_views(connection)
    connection.execute("checkpoint release")
    connection.execute("detach release")
    return content, rows


def _write_views(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, str]]:
    """Define the warehouse's views over the release's own tables; return what each must read as."""
    warehouse = connection.execute("select current_database()").fetchall()[0][0]
    views = _views(connection, warehouse)
    connection.execute("use release")
    try:
        for _, _, definition in views:
            connection.execute(definition)
    finally:
        connection.execute(f'use "{warehouse}"')
    # A view over a table that is left out, or a column of it, fails here and not before a reader.
    return {
        f"{schema}.{view}": _view_content(connection, f'release."{schema}"."{view}"')
        for schema, view, _ in views
    }


def _digest(content: dict[str, tuple[int, str]]) -> str:
    lines = [f"{name} {count} {total}" for name, (count, total) in sorted(content.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _verify_elsewhere(building: Path, expected: str) -> None:
    """Read every column of the new file in a process of its own and compare."""
    digest, said = content_digest(building)
    if digest != expected:
        raise CheckFailed(
            f"the new release does not read back as written ({said}); "
            "the last release is still served; check the disk, then `cx publish`"
        )


def point(releases: Path, release: Release) -> None:
    """Make a release the current one; a reader sees the old pointer or the new, whole."""
    write_json(pointer(releases), asdict(release))


def forget_old(releases: Path, keep: str, count: int) -> list[str]:
    """Delete all but the newest `count` releases, of which the current one is one; name them."""
    files = sorted(releases.glob("*.duckdb"), reverse=True)
    old = [path for path in files if path.name != keep][count - 1 :]
    for path in old:
        path.unlink()
    # also the sidecar of a release whose publishing was killed before it got its name
    for path in releases.glob("[0-9]*Z_*.json"):
        if not path.with_suffix(".duckdb").exists():
            path.unlink()
    return [path.name for path in old]


def described(releases: Path, file: str) -> Release | None:
    """Return what is known of a release; None when its sidecar is missing or no use."""
    try:
        found = Release(**json.loads(sidecar(releases, file).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return found if found.file == file else None


def content_digest(path: Path) -> tuple[str, str]:
    """Read every column of a release in a process of its own; return its digest, or why not."""
    outcome = subprocess.run(
        [sys.executable, "-m", "cx.release", str(path)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=die_with_parent,
    )
    digest = outcome.stdout.strip() if outcome.returncode == 0 else ""
    return digest, outcome.stderr.strip()[-200:]


def duckdb_read_only(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a release for a short look from the batch."""
    return open_release(path, path.parent / ".spill")


if __name__ == "__main__":
    opened = duckdb_read_only(Path(sys.argv[1]))
    print(_digest(content_of(opened, opened.execute("select current_database()").fetchone()[0])))
