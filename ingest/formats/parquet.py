"""Parquet: typed as delivered, read in place."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.contract import Feed
from ingest.formats.csv import check_header
from ingest.formats.source import FileRefused, Source, literal

# The types that are the intake's own: nothing about such a column is left to check.
_EXACT = {
    "integer": pa.int64(),
    "money": pa.decimal128(18, 4),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us"),
}


def read(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    feed: Feed,
    work: Path,
    needed: set[str],
    kinds: dict[str, str] | None = None,
) -> Source:
    """Make view `parquet_rows` over the file; rows are numbered from 1.

    Parameters
    ----------
    kinds : dict, optional
        Column → intake type, for those that are taken as they are.
    """
    try:
        schema = pq.read_schema(path)
        columns = tuple(schema.names)
        count = pq.ParquetFile(path).metadata.num_rows
    except (pa.ArrowInvalid, OSError) as error:
        raise FileRefused(f"is not a readable Parquet file ({error})") from error
    check_header(columns, needed, ",")
    connection.execute(
        "create or replace temp view parquet_rows as select file_row_number + 1 as _row, "
        "to_json(delivered)::varchar as _original, null::varchar as _error, delivered.* "
        f"from read_parquet({literal(str(path))}, file_row_number = true) as delivered"
    )
    return Source(
        columns=columns,
        native=frozenset(columns),
        relation="parquet_rows",
        count=count,
        has_errors=False,
        exact=frozenset(
            name
            for name, kind in (kinds or {}).items()
            if name in columns and schema.field(name).type == _EXACT.get(kind)
        ),
    )
