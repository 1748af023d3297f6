"""Rows that did not fit: kept with place and reason, shown, and read again once mended."""

from __future__ import annotations

import duckdb

from cx.keys import Keys
from ingest.formats.source import Source
from ingest.pseudonyms import seal_quarantined

_TABLE = (
    "create table if not exists quarantine.rows (source_system varchar, feed varchar, "
    "file_id varchar, file_name varchar, row_number bigint, column_name varchar, "
    "reason varchar, batch_id varchar, state varchar)"
)


def quarantine_ddl(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the quarantine if it is not there yet."""
    connection.execute("create schema if not exists quarantine")
    connection.execute(_TABLE)


def put_in_quarantine(
    connection: duckdb.DuckDBPyConnection,
    vault: duckdb.DuckDBPyConnection,
    source: Source,
    *,
    source_system: str,
    feed: str,
    file_id: str,
    file_name: str,
    batch_id: str,
    keys: Keys,
) -> None:
    """Write what temp table `bad_rows` says of a file; its original rows go sealed to the vault."""
    count = connection.execute(
        "insert into quarantine.rows select ?, ?, ?, ?, _row, column_name, reason, ?, 'open' "
        "from bad_rows order by _row",
        [source_system, feed, file_id, file_name, batch_id],
    ).fetchall()[0][0]
    if not count:
        return
    originals = source.originals or f"select _row, _original from {source.relation}"
    rows = connection.sql(
        f"select _row as row_number, _original as original from ({originals}) "
        "where _row in (select _row from bad_rows) order by _row"
    ).to_arrow_table()
    seal_quarantined(
        vault, rows, source_system=source_system, feed=feed, file_id=file_id, keys=keys
    )
