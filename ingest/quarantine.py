"""Rows that did not fit: kept with place and reason, shown, and read again once mended."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from cx.keys import Keys, load_keys
from cx.settings import Settings
from cx.warehouse import reading
from ingest.formats.source import Source
from ingest.pseudonyms import seal_quarantined, unseal

_TABLE = (
    "create table if not exists quarantine.rows (source_system varchar, feed varchar, "
    "file_id uuid, file_name varchar, row_number bigint, column_name varchar, "
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


@dataclass(frozen=True)
class Fault:
    """One kind of fault of one file: how many rows it keeps out, and where the first stands."""

    source_system: str
    feed: str
    file_name: str
    column_name: str
    reason: str
    rows: int
    first_row: int


def faults(settings: Settings, source: str | None = None) -> list[Fault]:
    """Return what is in quarantine, most rows first.

    Parameters
    ----------
    source : str, optional
        A source system, or system.feed.
    """
    system, _, feed = (source or "").partition(".")
    with reading(settings) as connection:
        if not _is_there(connection):
            return []
        rows = connection.execute(
            "select source_system, feed, file_name, coalesce(column_name, 'the row'), reason, "
            "count(*) as row_count, min(row_number) from quarantine.rows "
            "where ($system = '' or source_system = $system) and ($feed = '' or feed = $feed) "
            "group by all order by row_count desc, 1, 2, 3, 4, 5",
            {"system": system, "feed": feed},
        ).fetchall()
    return [Fault(*row) for row in rows]


def _is_there(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a first ingest got so far that there is a quarantine."""
    listed = (
        "select 1 from duckdb_tables() where schema_name = 'quarantine' and table_name = 'rows'"
    )
    return connection.execute(listed).fetchone() is not None


def quarantined_rows(
    settings: Settings, source: str | None, limit: int
) -> list[tuple[str, int, str, str]]:
    """Return (file, row, faults, original text) of quarantined rows; the texts may name persons.

    The texts come from the vault and need its key.
    """
    system, _, feed = (source or "").partition(".")
    with reading(settings) as connection:
        if not _is_there(connection):
            return []
        rows = connection.execute(
            "select file_name, file_id::varchar, source_system, feed, row_number, "
            "string_agg(coalesce(column_name, 'the row') || ' ' || reason, '; ' "
            "order by column_name, reason) "
            "from quarantine.rows where ($system = '' or source_system = $system) "
            "and ($feed = '' or feed = $feed) group by 1, 2, 3, 4, 5 order by 1, 5 limit $limit",
            {"system": system, "feed": feed, "limit": limit},
        ).fetchall()
    keys = load_keys(settings)
    texts: dict[tuple, str] = {}
    with reading(settings, settings.vault) as vault:
        for place in {(system, feed, file_id) for _, file_id, system, feed, *_ in rows}:
            wanted = [
                row for _, file_id, system, feed, row, _ in rows if (system, feed, file_id) == place
            ]
            sealed = vault.execute(
                "select row_number, sealed from quarantined_text where source_system = ? "
                "and feed = ? and file_id = ? and row_number in (select unnest(?))",
                [*place, wanted],
            ).fetchall()
            texts |= {(*place, row): unseal(text, keys) for row, text in sealed}
    return [
        (name, row, reasons, texts.get((system, feed, file_id, row), ""))
        for name, file_id, system, feed, row, reasons in rows
    ]
