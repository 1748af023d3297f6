"""The ops tables: files that came, runs that ran, what checks said. Only this module writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

import duckdb

from cx import warehouse

_TABLES = {
    "file_ledger": """
        source_system varchar, feed varchar, file_id uuid, sha256 varchar, file_name varchar,
        bytes bigint, state varchar, reason varchar, rows_read bigint, rows_loaded bigint,
        rows_quarantined bigint, rows_dropped bigint, unmapped_columns varchar,
        extracted_at timestamp, batch_id varchar, contract_digest varchar, loaded_at timestamp,
        completeness varchar
    """,
    "built_file": """
        source_system varchar, feed varchar, file_id uuid, fingerprint varchar, code_digest varchar
    """,
    "new_file": """
        source_system varchar, feed varchar, file_id uuid, known_from timestamp
    """,
    "feed": """
        source_system varchar, feed varchar, last_extracted_at timestamp, due_at timestamp,
        has_due_time boolean
    """,
    "erased": """
        receipt varchar, table_name varchar, row_count bigint
    """,
    "run_ledger": """
        run_id varchar, command varchar, pid bigint, host varchar, status varchar,
        started_at timestamp, ended_at timestamp, message varchar, sequence bigint
    """,
    "step_ledger": """
        run_id varchar, step varchar, input_digest varchar, status varchar, row_count bigint,
        seconds double, started_at timestamp, ended_at timestamp, summary varchar,
        sequence bigint, code_version varchar, peak_memory_bytes bigint
    """,
    "dq_result": """
        run_id varchar, door varchar, suite varchar, expectation varchar, severity varchar,
        is_success boolean, observed varchar, answers varchar[], checked_at timestamp,
        endangers varchar[], is_waived boolean, looks_back boolean
    """,
    "dq_waiver": """
        suite varchar, expectation varchar, reason varchar, waived_by varchar,
        waived_at timestamp, expires_on date
    """,
    "delivery_profile": """
        source_system varchar, feed varchar, entity varchar, extracted_at timestamp,
        measure varchar, part varchar, value double, n bigint, fingerprint varchar,
        verdict varchar, run_id varchar, profiled_at timestamp
    """,
}

# Verdicts and profiles of so many visits to a door are kept.
KEPT_VISITS = 30


@dataclass(frozen=True)
class FileRecord:
    """One delivered file and what became of it (a row of ops.file_ledger)."""

    source_system: str | None
    feed: str | None
    file_id: str
    sha256: str
    file_name: str
    bytes: int
    state: str
    batch_id: str
    loaded_at: datetime
    reason: str | None = None
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_dropped: int = 0
    unmapped_columns: str | None = None
    completeness: str | None = None
    extracted_at: datetime | None = None
    contract_digest: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What one expectation said (a row of ops.dq_result)."""

    run_id: str
    door: str
    suite: str
    expectation: str
    severity: str
    is_success: bool
    observed: str | None
    answers: list[str]
    checked_at: datetime
    endangers: list[str]
    is_waived: bool
    looks_back: bool


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create every ops table that is not there yet, and every column that joined it since."""
    warehouse.create_tables(connection, "ops", _TABLES)


def record_file(connection: duckdb.DuckDBPyConnection, record: FileRecord) -> None:
    """Write what became of a file; the last word on the same content replaces the one before."""
    connection.execute(
        "delete from ops.file_ledger where source_system is not distinct from ? "
        "and feed is not distinct from ? and file_id = ?",
        [record.source_system, record.feed, record.file_id],
    )
    _insert(connection, "file_ledger", asdict(record))


def mark_superseded(
    connection: duckdb.DuckDBPyConnection, source_system: str, feed: str, file_id: str, by: str
) -> None:
    """Say that a corrected delivery took the place of an earlier file."""
    connection.execute(
        "update ops.file_ledger set state = 'superseded', reason = ? "
        "where source_system = ? and feed = ? and file_id = ?",
        [f"corrected by {by}", source_system, feed, file_id],
    )


_FINGERPRINTS = """
    select
        source_system, feed, file_id,
        concat_ws('|', state, rows_loaded, rows_quarantined, contract_digest) as fingerprint
    from ops.file_ledger
"""


def begin_build(connection: duckdb.DuckDBPyConnection, code_digest: str) -> bool:
    """Note which files the models have not seen (ops.new_file); say whether those are all.

    False when a build did not end, the code is another, a file seen was since replayed,
    superseded or removed, or a feed is new: then everything must be built. Until `end_build` no
    build counts as ended, so that one cut short is never built upon.
    """
    seen = connection.execute(
        "select count(*), count(*) filter (where code_digest <> $code), "
        f"count(*) filter (where (file_id, fingerprint) not in "
        f"(select file_id, fingerprint from ({_FINGERPRINTS}))) from ops.built_file",
        {"code": code_digest},
    ).fetchone()
    connection.execute("delete from ops.new_file")
    connection.execute(
        "insert into ops.new_file select ledger.source_system, ledger.feed, ledger.file_id, null "
        "from ops.file_ledger as ledger anti join ops.built_file using (file_id)"
    )
    strangers = connection.execute(
        "select count(*) from ops.new_file anti join ops.built_file using (source_system, feed) "
        "where source_system is not null"
    ).fetchone()
    tables = connection.execute(
        "select table_name from duckdb_columns() where schema_name = 'raw' "
        "and column_name = 'known_at'"
    ).fetchall()
    moments = " union all ".join(
        f"select file_id, min(known_at) as known_from from raw.{table} "
        "semi join ops.new_file using (file_id) group by file_id"
        for (table,) in tables
    )
    connection.execute(
        "update ops.new_file set known_from = moments.known_from from "
        f"(select file_id, min(known_from) as known_from from ({moments}) group by file_id) "
        "as moments where moments.file_id = new_file.file_id"
    )
    connection.execute("delete from ops.built_file")
    return seen[0] > 0 and not any(seen[1:]) and strangers == (0,)


def forget_built(connection: duckdb.DuckDBPyConnection) -> None:
    """Note that the models hold nothing: the next build builds everything."""
    connection.execute("delete from ops.built_file")


def end_build(connection: duckdb.DuckDBPyConnection, code_digest: str) -> None:
    """Note that the models now hold every file of the ledger (ops.built_file)."""
    connection.execute(
        f"insert into ops.built_file select *, $code from ({_FINGERPRINTS})",
        {"code": code_digest},
    )


def settle_erased_files(connection: duckdb.DuckDBPyConnection) -> None:
    """Count rows that were erased as dropped, so that the account of each file holds.

    Temp table `touched` has the place of each row taken out: file_id, row_number, is_quarantined.
    """
    connection.execute(
        """
        update ops.file_ledger
        set
            rows_loaded = greatest(0, rows_loaded - gone.loaded),
            rows_quarantined = greatest(0, rows_quarantined - gone.quarantined),
            rows_dropped = rows_read - greatest(0, rows_loaded - gone.loaded)
            - greatest(0, rows_quarantined - gone.quarantined)
        from (
            select
                file_id,
                count(distinct row_number) filter (not is_quarantined) as loaded,
                count(distinct row_number) filter (is_quarantined) as quarantined
            from touched
            group by file_id
        ) as gone
        where file_ledger.file_id = gone.file_id
        """
    )


def record_erased(
    connection: duckdb.DuckDBPyConnection, receipt: str, rows: dict[str, int]
) -> None:
    """Add what an erasure took out (ops.erased): tables and counts, nobody's name."""
    for table, count in rows.items():
        _insert(connection, "erased", {"receipt": receipt, "table_name": table, "row_count": count})


def replace_verdicts(
    connection: duckdb.DuckDBPyConnection, door: str, verdicts: list[Verdict]
) -> None:
    """Keep the verdicts of one visit to a door, and those of the last `KEPT_VISITS`.

    Earlier verdicts of the same run are replaced.
    """
    if verdicts:
        connection.execute(
            "delete from ops.dq_result where run_id = ? and door = ?", [verdicts[0].run_id, door]
        )
        _insert_all(connection, "dq_result", [asdict(verdict) for verdict in verdicts])
    connection.execute(
        "delete from ops.dq_result where door = $door and run_id not in (select run_id from "
        "ops.dq_result where door = $door group by run_id order by max(checked_at) desc limit $n)",
        {"door": door, "n": KEPT_VISITS},
    )


def record_waiver(connection: duckdb.DuckDBPyConnection, **values: object) -> None:
    """Write one accepted failure (ops.dq_waiver)."""
    _insert(connection, "dq_waiver", values)


def next_sequence(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the number of the next record: what came later has the greater one, by any clock."""
    return connection.execute(
        "select 1 + coalesce(max(sequence), 0) from (select max(sequence) as sequence "
        "from ops.run_ledger union all select max(sequence) from ops.step_ledger)"
    ).fetchone()[0]


def latest_moment(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """Return the latest moment that any record of this home was written (naive UTC)."""
    return connection.execute(
        "select max(moment) from (select max(greatest(started_at, ended_at)) as moment "
        "from ops.run_ledger union all select max(loaded_at) from ops.file_ledger)"
    ).fetchone()[0]


def replace_feeds(connection: duckdb.DuckDBPyConnection, feeds: Iterable[object]) -> None:
    """Write every connected feed with its due time (ops.feed; cx.feeds.FeedState)."""
    connection.execute("delete from ops.feed")
    for feed in feeds:
        _insert(connection, "feed", asdict(feed))


def record_step(connection: duckdb.DuckDBPyConnection, **values: object) -> None:
    """Write one finished step (ops.step_ledger)."""
    _insert(connection, "step_ledger", values)


def record_run(connection: duckdb.DuckDBPyConnection, **values: object) -> None:
    """Write the state of a run (ops.run_ledger), replacing its earlier state."""
    connection.execute("delete from ops.run_ledger where run_id = ?", [values["run_id"]])
    _insert(connection, "run_ledger", values)


def _insert_all(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict]) -> None:
    """Insert many rows in one statement: one a row costs a millisecond each."""
    kinds = dict(
        connection.execute(
            "select column_name, data_type from duckdb_columns() "
            "where schema_name = 'ops' and table_name = ?",
            [table],
        ).fetchall()
    )
    names = list(rows[0])
    connection.execute(
        f"insert into ops.{table} ({', '.join(names)}) select "
        + ", ".join(f"unnest(cast(? as {kinds[name]}[]))" for name in names),
        [[row[name] for row in rows] for name in names],
    )


def _insert(connection: duckdb.DuckDBPyConnection, table: str, values: dict) -> None:
    names = ", ".join(values)
    marks = ", ".join("?" for _ in values)
    connection.execute(f"insert into ops.{table} ({names}) values ({marks})", list(values.values()))
