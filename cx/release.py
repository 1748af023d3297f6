"""Releases: immutable, read-only files of marts and scores, and the pointer to the current one."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from cx.digest import file_digest
from cx.errors import CheckFailed, UserError
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
    "customer_link_candidate": "holds the pseudonyms of direct identifiers",
}
# A release holds no estimator files, so it says nothing of their bytes, which differ from run to
# run although the estimator does not.
NOT_RELEASED_COLUMNS = {"ml_model": ("artefact_sha256",)}
# What an operator sees of the batch itself: summaries, never delivered text.
OPS_SUMMARIES = {
    "file_ledger": "select * exclude (sha256) from ops.file_ledger",
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
    for left_over in settings.releases.glob("*.building*"):
        left_over.unlink()
    building = settings.releases / "next.building"
    with connected(settings) as connection:
        content, rows = _write(connection, building, settings.fewest_customers)
        clock = connection.execute(
            "select as_of, batch_id from intermediate.int_clock"
        ).fetchone() or (None, "")
    if building.with_name(building.name + ".wal").exists():
        raise CheckFailed("the new release was left with a write-ahead log; publish again")
    digest = _digest(content)
    _verify_elsewhere(building, digest)
    published = datetime.now(UTC)
    version = f"{published:%Y%m%dT%H%M%S%fZ}_{digest[:8]}"
    final = settings.releases / f"{version}.duckdb"
    _sync(building)
    building.chmod(0o444)
    building.rename(final)
    _sync(settings.releases)
    release = Release(
        file=final.name,
        version=version,
        sha256=file_digest(final),
        content_digest=digest,
        published_at=published.isoformat(timespec="seconds"),
        as_of=clock[0].isoformat(sep=" ") if clock[0] else "",
        batch_id=clock[1] or "",
        tables=rows,
    )
    _point(settings.releases, release)
    _forget_old(settings.releases, release.file)
    return StepResult(sum(rows.values()), f"release {version}, {len(rows)} tables")


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
        connection.execute(f'create table release."{schema}"."{table}" as {released}')
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
    outcome = subprocess.run(
        [sys.executable, "-m", "cx.release", str(building)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=die_with_parent,
    )
    if outcome.returncode != 0 or outcome.stdout.strip() != expected:
        raise CheckFailed(
            f"the new release does not read back as written ({outcome.stderr.strip()[-200:]}); "
            "the last release is still served; check the disk, then `cx publish`"
        )


def _point(releases: Path, release: Release) -> None:
    partial = releases / "current.json.building"
    with partial.open("w", encoding="utf-8") as file:
        json.dump(asdict(release), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(pointer(releases))
    _sync(releases)


def forget_all_but(releases: Path, keep: str) -> int:
    """Delete every release but one; return how many there were."""
    others = [path for path in releases.glob("*.duckdb*") if path.name != keep]
    for path in others:
        path.unlink()
    _sync(releases)
    return len(others)


def _forget_old(releases: Path, keep: str) -> None:
    files = sorted(releases.glob("*.duckdb"), reverse=True)
    for path in [path for path in files if path.name != keep][KEPT_RELEASES - 1 :]:
        path.unlink()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# What a run tells at its end; docs/metrics.md has them all.
_HEADLINES = ("M01", "M05", "M08", "M17", "M22", "M23", "M28", "M33", "M36", "M42", "M47")


def headlines(settings: Settings) -> list[str]:
    """Return the headline figures of the current release, one line each.

    Raises
    ------
    NoRelease
        When nothing is published.
    """
    release = current(settings.releases)
    connection = duckdb_read_only(settings.releases / release.file)
    try:
        figures = connection.execute(
            """
            select
                catalogue.metric_name,
                newest.value,
                catalogue.unit,
                newest.period_start,
                newest.status,
                coalesce(newest.is_low_n, false)
            from (
                select *
                from marts.metric_value
                where
                    period_grain = 'month' and dimension = 'all' and value is not null
                    and list_contains(?, metric_id)
                qualify row_number() over (
                    partition by metric_id
                    order by status = 'final' desc, period_start desc
                ) = 1
            ) as newest
            inner join marts.dim_metric as catalogue on newest.metric_id = catalogue.metric_id
            order by newest.metric_id
            """,
            [list(_HEADLINES)],
        ).fetchall()
        missing = connection.execute(
            "select question, missing_columns from marts.answer_readiness where status = 'missing' "
            "order by question"
        ).fetchall()
        disagreements = _disagreements(connection)
    finally:
        connection.close()
    lines = [
        f"{name}: {value:,.2f}{'' if '..' in unit else f' {unit}'} ({period:%B %Y}"
        f"{', provisional' * (status != 'final')}{', few answers' * is_low_n})"
        for name, value, unit, period, status, is_low_n in figures
    ]
    lines += [
        f"No answer to: {question} – needs {', '.join(columns[:2])}{' …' * (len(columns) > 2)}"
        for question, columns in missing
    ]
    if disagreements:
        lines.append(
            "Systems disagree on "
            + ", ".join(f"{attribute} ({things:,})" for attribute, things in disagreements[:4])
            + " …" * (len(disagreements) > 4)
            + "; all in customer_conflict"
        )
    return lines


def _disagreements(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    """Return attribute and things that systems disagree on, most first."""
    # Releases made before there was this table are served until the next one.
    is_there = connection.execute(
        "select count(*) from duckdb_tables() where table_name = 'customer_conflict'"
    ).fetchone()[0]
    if not is_there:
        return []
    return connection.execute(
        "select attribute, count(distinct (thing_type, thing_id)) as things "
        "from marts.customer_conflict group by attribute order by things desc, attribute"
    ).fetchall()


def duckdb_read_only(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a release for a short look from the batch."""
    return open_release(path, path.parent / ".spill")


if __name__ == "__main__":
    opened = duckdb_read_only(Path(sys.argv[1]))
    print(_digest(content_of(opened, opened.execute("select current_database()").fetchone()[0])))
