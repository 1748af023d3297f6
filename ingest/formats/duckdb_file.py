"""DuckDB files: one table, view or select, typed as delivered."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import duckdb

from cx.warehouse import open_release
from ingest.contract import Feed
from ingest.formats.source import FileRefused, Source, quoted
from ingest.formats.tables import (
    ROWS,
    check_columns,
    chosen,
    described,
    refuse_bytes,
    select_of,
)

_BATCH_ROWS = 100_000
# What passes from one engine to another unchanged; any other type goes as its text.
_PASSES = (
    "BOOLEAN",
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL",
    "DATE",
    "TIMESTAMP",
    "VARCHAR",
    "BLOB",
)
_PASSING = re.compile(rf"({'|'.join(_PASSES)})(\(\d+,\d+\))?( WITH TIME ZONE)?")
# Lists and structs go as JSON: their text quotes nothing, so that nobody could take it apart.
NESTED = re.compile(r"STRUCT\(|MAP\(|UNION\(|.*\[\d*\]$", re.DOTALL)


def read(
    connection: duckdb.DuckDBPyConnection, path: Path, feed: Feed, work: Path, needed: set[str]
) -> Source:
    """Fill temp table `database_rows` from a DuckDB file; `_row` is the place in the result.

    The file is opened by an engine of its own that can read nothing else and write nowhere: a view
    in a foreign file may name any file of this machine.

    Raises
    ------
    FileRefused
        When the file is not a DuckDB file we can read, or the table or query cannot be read.
    """
    spill = work / "duckdb_file"
    spill.mkdir(parents=True, exist_ok=True)
    try:
        file = open_release(path, spill)
    except duckdb.Error as error:
        raise FileRefused(why_not(error)) from error
    try:
        return _read(connection, file, feed, needed)
    except duckdb.OutOfMemoryException as error:
        raise FileRefused("needs more memory than 1 GB to read; simplify the query") from error
    except duckdb.Error as error:
        asked = "dialect.query" if feed.dialect.query else f"dialect.table {feed.dialect.table!r}"
        raise FileRefused(
            f"cannot be read by {asked} ({str(error).splitlines()[0]}); only one select over the "
            "file's own tables is allowed"
        ) from error
    finally:
        file.close()
        shutil.rmtree(spill, ignore_errors=True)


def _read(
    connection: duckdb.DuckDBPyConnection,
    file: duckdb.DuckDBPyConnection,
    feed: Feed,
    needed: set[str],
) -> Source:
    select = _select(file, feed)
    described_rows = file.execute(f"describe {select}").fetchall()
    columns = tuple(each[0] for each in described_rows)
    check_columns(columns, needed)
    refuse_bytes({name: kind for name, kind, *_ in described_rows}, needed)
    places = [f"c{number}" for number in range(len(columns))]
    native, values = set(), []
    for place, (name, kind, *_) in zip(places, described_rows, strict=True):
        passes = _PASSING.fullmatch(kind) is not None
        if passes and kind != "VARCHAR":
            native.add(name)
        nested = f"to_json({place})" if NESTED.match(kind) else place
        values.append(f"{place if passes else f'cast({nested} as varchar)'} as {quoted(name)}")
    reader = file.sql(
        f"select row_number() over () as _row, null::varchar as _error, {', '.join(values)} "
        f"from (\n{select}\n) as delivered({', '.join(places)})"
    ).to_arrow_reader(_BATCH_ROWS)
    connection.register("delivered_batches", reader)
    connection.execute(f"create or replace temp table {ROWS} as select * from delivered_batches")
    connection.unregister("delivered_batches")
    return described(columns, native=frozenset(native), has_errors=False)


def _select(file: duckdb.DuckDBPyConnection, feed: Feed) -> str:
    query = select_of(feed.dialect)
    if query:
        statements = file.extract_statements(query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise FileRefused(
                "is only read, with one select; dialect.query asks for something else"
            )
        return query
    found = file.execute(
        "select schema_name, table_name from duckdb_tables() "
        "where database_name = current_database() and not internal "
        "union select schema_name, view_name from duckdb_views() "
        "where database_name = current_database() and not internal"
    ).fetchall()
    schema, table = chosen(feed.dialect.table or "", found, default="main")
    return f"select * from {quoted(schema)}.{quoted(table)}"


def why_not(error: duckdb.Error) -> str:
    """Return why a file cannot be opened."""
    text = str(error).splitlines()[0]
    if "not a valid DuckDB" in text:
        return "is not a DuckDB file; is it encrypted, or of another format?"
    if "version" in text:
        return (
            "is a DuckDB file of a storage version this engine cannot read; have it written with "
            "an older storage_version, or as Parquet"
        )
    return "is a damaged DuckDB file (it came cut?); have it sent again"
