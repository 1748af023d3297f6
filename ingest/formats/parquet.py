"""Parquet: typed as delivered, read in place."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.contract import Feed
from ingest.formats.csv import check_header
from ingest.formats.source import FileRefused, Source, literal
from ingest.formats.tables import refuse_bytes

# The types that are the intake's own: nothing about such a column is left to check.
_EXACT = {
    "integer": pa.int64(),
    "money": pa.decimal128(18, 4),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us"),
}
_INFINITY = 2**63 - 1  # in microseconds, for the engine that wrote it and for ours


def read(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    feed: Feed,
    work: Path,
    needed: set[str],
    kinds: dict[str, str] | None = None,
    blanks: tuple[str, ...] = (),
) -> Source:
    """Make view `parquet_rows` over the file; rows are numbered from 1.

    Parameters
    ----------
    kinds : dict, optional
        Column → intake type, for those that are taken as they are.
    blanks : tuple of str
        What every column calls unknown; a column of a type that can hold one is not.
    """
    try:
        schema = pq.read_schema(path)
        columns = tuple(schema.names)
        metadata = pq.ParquetFile(path).metadata
        count = metadata.num_rows
    except (pa.ArrowInvalid, OSError) as error:
        raise FileRefused(f"is not a readable Parquet file ({error})") from error
    check_header(columns, needed, ",")
    connection.execute(
        "create or replace temp view parquet_rows as select file_row_number + 1 as _row, "
        "to_json(delivered)::varchar as _original, null::varchar as _error, delivered.* "
        f"from read_parquet({literal(str(path))}, file_row_number = true) as delivered"
    )
    kept = connection.execute("describe parquet_rows").fetchall()
    refuse_bytes({name: kind for name, kind, *_ in kept}, needed)
    return Source(
        columns=columns,
        native=frozenset(columns),
        relation="parquet_rows",
        count=count,
        has_errors=False,
        exact=frozenset(
            name
            for name, kind in (kinds or {}).items()
            if name in columns
            and schema.field(name).type == _EXACT.get(kind)
            and not _can_hold(connection, kind, blanks)
            and (kind != "timestamp" or _is_finite(metadata, name))
        ),
    )


def _can_hold(connection: duckdb.DuckDBPyConnection, kind: str, blanks: tuple[str, ...]) -> bool:
    """Whether a blank, such as 0 or 9999-12-31, is a value of an intake type."""
    engine = {"integer": "bigint", "money": "decimal(18, 4)"}.get(kind, kind)
    test = f"select count(try_cast(blank as {engine})) > 0 from (select unnest(?) as blank)"
    return connection.execute(test, [[*blanks, ""]]).fetchone()[0]


def _is_finite(metadata: pq.FileMetaData, name: str) -> bool:
    """Whether the file itself says that a column's times are none of the engine's infinities."""
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for place in range(group.num_columns):
            column = group.column(place)
            if column.path_in_schema != name:
                continue
            told = column.statistics
            if told is None or not (told.has_min_max or told.null_count == column.num_values):
                return False
            if told.has_min_max and not (told.min_raw > -_INFINITY and told.max_raw < _INFINITY):
                return False
    return True
