"""What an earlier delivery said is taken out when a later one corrects it, or is read again."""

from __future__ import annotations

from datetime import datetime

import duckdb

from cx.ledger import mark_superseded
from ingest.formats.source import quoted
from ingest.landing import Delivery


def supersede(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, moment: datetime, name: str
) -> None:
    """Take out what an earlier delivery of the same name said, when this one corrects it."""
    system, feed = delivery.contract.source_system, delivery.feed
    if delivery.taken_at is not None:
        return  # what a server held earlier is an earlier picture, not a mistake
    earlier = connection.execute(
        "select file_id::varchar, extracted_at from ops.file_ledger "
        "where source_system = ? and feed = ? "
        "and file_name = ? and state = 'loaded' and file_id <> ?",
        [system, feed.feed, name, delivery.file_id],
    ).fetchall()
    for file_id, extracted in earlier:
        if feed.delivery == "snapshot" and extracted != moment:
            continue  # another day's picture under the same name, not a correction
        delete_rows(connection, system, feed.feed, file_id)
        mark_superseded(connection, system, feed.feed, file_id, delivery.file_id)


def delete_rows(
    connection: duckdb.DuckDBPyConnection, system: str, feed: str, file_id: str
) -> None:
    """Delete what a file brought, from every table: its contract may have been another then."""
    tables = connection.execute(
        "select table_name from duckdb_columns() where database_name = current_database() "
        "and schema_name = 'raw' and column_name = 'file_id'"
    ).fetchall()
    for (table,) in tables:
        connection.execute(
            f"delete from raw.{quoted(table)} where file_id = ?",
            [file_id],
        )
    # what was folded of its sightings is gone, too, and must be made again
    if ("folded_series",) in connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'raw'"
    ).fetchall():
        connection.execute(
            "delete from raw.folded_series where source_system = ? and feed = ?", [system, feed]
        )
    connection.execute(
        "delete from quarantine.rows where source_system = ? and feed = ? and file_id = ?",
        [system, feed, file_id],
    )
