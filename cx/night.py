"""What became of a run, as plain data: its report, metrics and messages are made of it."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from cx.errors import CxError
from cx.feeds import FeedState, feed_states, recorded_feeds
from cx.release import NoRelease, Release, current, duckdb_read_only
from cx.settings import Settings
from cx.warehouse import reading

# The metrics whose change an operator should see in the morning.
HEADLINES = ("M01", "M05", "M08", "M17", "M22", "M23", "M28", "M33", "M36", "M42", "M47")
# A table that grew or shrank by more than this since the last release is worth a look.
NOTABLE_CHANGE = 0.1

Rows = list[dict[str, object]]


@dataclass(frozen=True)
class Night:
    """One run and the state it left the home in. Times are naive UTC, sizes are bytes."""

    run: dict[str, object] | None
    now: datetime
    steps: Rows = field(default_factory=list)
    arrived: Rows = field(default_factory=list)
    refused: Rows = field(default_factory=list)
    feeds: list[FeedState] = field(default_factory=list)
    quarantine: Rows = field(default_factory=list)
    doors: Rows = field(default_factory=list)
    said_no: Rows = field(default_factory=list)
    release: Release | None = None
    release_bytes: int | None = None
    previous: str | None = None
    headlines: Rows = field(default_factory=list)
    tables: Rows = field(default_factory=list)
    disk_free: int = 0
    disk_total: int = 0
    unread: str | None = None

    @property
    def late(self) -> list[FeedState]:
        """The feeds whose next file should be here by now."""
        return [feed for feed in self.feeds if feed.is_late(self.now)]

    @property
    def has_published(self) -> bool:
        """Tell whether the release served now was made by this run."""
        if self.release is None or self.run is None:
            return False
        published = datetime.fromisoformat(self.release.published_at).replace(tzinfo=None)
        started = self.run["started_at"].replace(microsecond=0)
        return started <= published <= (self.run["ended_at"] or self.now)


def night_of(settings: Settings, now: datetime, run_id: str | None = None) -> Night:
    """Gather what became of a run; what cannot be read is said in `unread` and left out.

    Parameters
    ----------
    now : datetime
        Naive UTC; what is late is late by this clock.
    run_id : str, optional
        Default the latest run.
    """
    usage = shutil.disk_usage(next(path for path in _upwards(settings.home) if path.exists()))
    found: dict[str, object] = {"disk_free": usage.free, "disk_total": usage.total}
    with suppress(NoRelease):
        found["release"] = current(settings.releases)
    try:
        found |= _from_warehouse(settings, run_id)
        found["feeds"] = feed_states(settings, now)
    except (CxError, duckdb.Error) as error:
        found["unread"] = str(error).splitlines()[0]
    if found.get("release") is not None:
        try:
            found |= _from_releases(settings, found["release"])
        except (CxError, OSError, duckdb.Error) as error:
            found.setdefault("unread", str(error).splitlines()[0])
    return Night(**({"run": None} | found), now=now)


def night_from_outside(settings: Settings, now: datetime) -> Night:
    """Gather what became of the latest run, never in the way of one that is at work.

    While one works nothing opens the warehouse: its writer would be refused it. And a run whose
    process died (killed, out of memory, power) could not tell of it: its record says it is running,
    and nobody holds the lock.
    """
    since = at_work(settings)
    if since is None:
        night = night_of(settings, now)
        if night.run and night.run["status"] == "running" and at_work(settings) is None:
            dead = {"status": "killed", "message": "its process is gone; the same command goes on"}
            night = replace(night, run=night.run | dead)
        return night
    run = {
        "run_id": "at work",
        "command": "run",
        "status": "running",
        "started_at": since,
        "ended_at": None,
        "message": None,
    }
    usage = shutil.disk_usage(settings.home)
    found: dict[str, object] = {"disk_free": usage.free, "disk_total": usage.total}
    with suppress(CxError, OSError, duckdb.Error):
        found["release"] = current(settings.releases)
        found |= _from_releases(settings, found["release"])
    return Night(run=run, now=now, feeds=recorded_feeds(settings), **found)


def at_work(settings: Settings) -> datetime | None:
    """Return since when a run holds the home's lock, or None.

    To ask is to share the lock for a moment: a run that starts in just that one is told to try
    later, and its scheduler does.
    """
    path = settings.state / "run.lock"
    with suppress(OSError), path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)
    return None


def _upwards(path: Path) -> tuple[Path, ...]:
    return (path, *path.parents)


def _from_warehouse(settings: Settings, run_id: str | None) -> dict[str, object]:
    with reading(settings) as connection:
        runs = _all(
            connection,
            "select * from ops.run_ledger where run_id = coalesce(?, run_id) "
            "order by started_at desc limit 1",
            [run_id],
        )
        if not runs:
            return {}
        run = runs[0]
        until = run["ended_at"] or datetime.now(UTC).replace(tzinfo=None)
        # A step that had nothing new says so by its latest record, of an earlier run.
        steps = _all(
            connection,
            "select *, run_id = ? as is_of_run from ops.step_ledger where started_at <= ? "
            "qualify row_number() over (partition by step order by started_at desc) = 1 "
            "order by is_of_run desc, started_at",
            [run["run_id"], until],
        )
        arrived = _all(
            connection,
            "select source_system, feed, count(*) filter (state = 'loaded') as files, "
            "count(*) filter (state = 'rejected') as refused, sum(rows_read)::bigint as rows_read, "
            "sum(rows_loaded)::bigint as rows_loaded, "
            "sum(rows_quarantined)::bigint as rows_quarantined, sum(bytes)::bigint as bytes "
            "from ops.file_ledger where loaded_at between ? and ? and source_system is not null "
            "group by all order by all",
            [run["started_at"], until],
        )
        refused = _all(
            connection,
            "select source_system, feed, file_name, reason from ops.file_ledger "
            "where state = 'rejected' order by loaded_at desc, file_name limit 50",
        )
        quarantine = (
            _all(
                connection,
                "select source_system, feed, coalesce(column_name, 'the row') as column_name, "
                "reason, count(*) as row_count, count(distinct file_name) as file_count "
                "from quarantine.rows group by all "
                "order by row_count desc, source_system, feed, column_name, reason limit 50",
            )
            if _has(connection, "quarantine", "rows")
            else []
        )
        # What a door said last, whether it was asked in this run or had nothing new to look at.
        last_word = (
            "from ops.dq_result semi join (select door, arg_max(run_id, checked_at) as run_id "
            "from ops.dq_result group by door) as last using (door, run_id) "
        )
        doors = _all(
            connection,
            "select door, count(*) as asked, count(*) filter (is_success) as held, "
            f"max(checked_at) as checked_at {last_word} group by door order by checked_at",
        )
        said_no = _all(
            connection,
            f"select * {last_word} where not is_success "
            "order by severity = 'stop' desc, door, suite, expectation",
        )
    said_no = [_with_all_it_endangers(check) for check in said_no]
    doors = [door | _counts_of(str(door["door"]), said_no) for door in doors]
    return {
        "run": run,
        "steps": steps,
        "arrived": arrived,
        "refused": refused,
        "quarantine": quarantine,
        "doors": doors,
        "said_no": said_no,
    }


def _with_all_it_endangers(check: dict[str, object]) -> dict[str, object]:
    """Return a failed check with the answers it endangers, by its columns and by what they feed."""
    endangers = {*(check["answers"] or ()), *(check.get("endangers") or ())}
    return check | {
        "answers": sorted(endangers),
        "is_waived": bool(check.get("is_waived")),
    }


def _counts_of(door: str, said_no: Rows) -> dict[str, int]:
    """Return how many failed checks of a door stop the run, warn, or were waived by somebody."""
    own = [check for check in said_no if check["door"] == door]
    waived = sum(bool(check["is_waived"]) for check in own)
    stops = sum(check["severity"] == "stop" and not check["is_waived"] for check in own)
    return {"stops": stops, "waived": waived, "warnings": len(own) - stops - waived}


def _from_releases(settings: Settings, release: Release) -> dict[str, object]:
    """Compare the release with the one before it, where that is still here."""
    path = settings.releases / release.file
    earlier = sorted(
        each for each in settings.releases.glob("*.duckdb") if each.name < release.file
    )
    now = _read(path, _headlines)
    before = _read(earlier[-1], _headlines) if earlier else {}
    rows_before = _read(earlier[-1], _sizes) if earlier else {}
    headlines = [
        values
        | {"before": before[metric]["value"], "period_before": before[metric]["period_start"]}
        if metric in before
        else values | {"before": None, "period_before": None}
        for metric, values in now.items()
    ]
    tables = [
        {"table": table, "rows": rows, "rows_before": rows_before.get(table)}
        for table, rows in sorted(release.tables.items())
    ]
    return {
        "release_bytes": path.stat().st_size,
        "previous": earlier[-1].stem if earlier else None,
        "headlines": headlines,
        "tables": tables,
    }


def _read(path: Path, ask: Callable[[duckdb.DuckDBPyConnection], dict]) -> dict:
    connection = duckdb_read_only(path)
    try:
        return ask(connection)
    finally:
        connection.close()


def _headlines(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, object]]:
    if not _has(connection, "marts", "metric_value"):
        return {}
    found = _all(
        connection,
        "select metric_id, catalogue.metric_name, newest.value, catalogue.unit, "
        "newest.period_start, newest.status from marts.metric_value as newest "
        "inner join marts.dim_metric as catalogue using (metric_id) "
        "where period_grain = 'month' and dimension = 'all' and value is not null "
        "and list_contains(?, metric_id) qualify row_number() over (partition by metric_id "
        "order by newest.status = 'final' desc, period_start desc) = 1 order by metric_id",
        [list(HEADLINES)],
    )
    return {row["metric_id"]: row for row in found}


def _sizes(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    # Of a file that is only read, the engine's own count is exact.
    found = connection.execute(
        "select schema_name || '.' || table_name, estimated_size from duckdb_tables() "
        "where schema_name <> 'ops'"
    ).fetchall()
    return dict(found)


def _has(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    return connection.execute(
        "select count(*) > 0 from duckdb_tables() where schema_name = ? and table_name = ?",
        [schema, table],
    ).fetchall()[0][0]


def _all(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: list[object] | None = None
) -> Rows:
    cursor = connection.execute(query, parameters or [])
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
