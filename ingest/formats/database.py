"""Database files: a table or a select of a SQLite or DuckDB file, read-only, each value exact."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import adbc_driver_manager
import adbc_driver_sqlite.dbapi
import duckdb
import pyarrow as pa

from cx.warehouse import open_release
from ingest.contract import Feed
from ingest.formats.csv import check_header
from ingest.formats.source import FileRefused, Source, literal, quoted

_SQLITE_MAGIC, _DUCKDB_MAGIC_AT, _DUCKDB_MAGIC = b"SQLite format 3\0", 8, b"DUCK"
# Stands for null while rows pass the driver, which learns a column's type from its first values.
_NULL = "\x02null\x03"


def read_sqlite(
    connection: duckdb.DuckDBPyConnection, path: Path, feed: Feed, work: Path, needed: set[str]
) -> Source:
    """Read SQLite rows into `database_rows`, every value as its exact text; a blob as hex.

    `_row` is the rowid where the table has one, else the ordinal (in the order of the primary key,
    or as the query gives them).

    Raises
    ------
    FileRefused
        For what is no whole SQLite file, a table that is not there, or a query that is not a
        plain select.
    """
    with path.open("rb") as file:
        if file.read(len(_SQLITE_MAGIC)) != _SQLITE_MAGIC:
            raise FileRefused("is not a SQLite file")
    with _sqlite(path) as cursor:
        _check_sqlite(cursor)
        if feed.dialect.query:
            relation, row, order = f"({_select(feed.dialect.query)})", "null", ""
        else:
            relation, row, order = _sqlite_table(cursor, feed.dialect.table or "")
        columns = _columns(cursor, relation)
        check_header(columns, needed, ",")
        texts = ", ".join(
            f"coalesce({_sqlite_text(quoted(name))}, {literal(_NULL)}) as c{number}"
            for number, name in enumerate(columns)
        )
        cursor.execute(f"select {row} as _row, {texts} from {relation}{order}")
        selected = ", ".join(
            f"nullif(c{number}, {literal(_NULL)}) as {quoted(name)}"
            for number, name in enumerate(columns)
        )
        unreadable = " or ".join(f"contains(c{number}, chr(0))" for number in range(len(columns)))
        numbered = "row_number() over ()" if row == "null" else "_row"
        return _stored(
            connection,
            cursor.fetch_record_batch(),
            f"{numbered} as _row, case when {unreadable} then 'holds unreadable characters (NUL)' "
            f"end as _error, {selected}",
            columns,
        )


def read_duckdb(
    connection: duckdb.DuckDBPyConnection, path: Path, feed: Feed, work: Path, needed: set[str]
) -> Source:
    """Read rows of a DuckDB file into `database_rows`; columns keep their types, rows their order.

    The file is opened by a connection of its own, locked down: a query of the contract can reach
    nothing else.

    Raises
    ------
    FileRefused
        For what is no DuckDB file we can open, a table that is not there, or a query that is not
        a plain select.
    """
    with path.open("rb") as file:
        file.seek(_DUCKDB_MAGIC_AT)
        if file.read(len(_DUCKDB_MAGIC)) != _DUCKDB_MAGIC:
            raise FileRefused("is not a DuckDB file")
    try:
        source = open_release(path, work)
    except duckdb.Error as error:
        raise FileRefused(
            f"cannot be opened as a DuckDB file ({str(error).splitlines()[0]})"
        ) from error
    try:
        tables = source.execute(
            "select case when schema_name = 'main' then table_name else schema_name || '.' || "
            "table_name end, schema_name, table_name from (select schema_name, table_name from "
            "duckdb_tables() union all select schema_name, view_name from duckdb_views() "
            "where not internal)"
        ).fetchall()
        if feed.dialect.query:
            relation = f"({_select(feed.dialect.query)})"
        else:
            named = {name: (schema, table) for name, schema, table in tables}
            place = named.get(feed.dialect.table or "")
            if place is None:
                raise _no_table(feed.dialect.table, sorted(named))
            relation = ".".join(map(quoted, place))
        columns = tuple(
            name for name, *_ in source.execute(f"select * from {relation} limit 0").description
        )
        check_header(columns, needed, ",")
        reader = source.sql(f"select * from {relation}").to_arrow_reader(100_000)
        stored = _stored(
            connection, reader, "row_number() over () as _row, null::varchar as _error, *", columns
        )
    except duckdb.Error as error:
        raise FileRefused(f"cannot be read ({str(error).splitlines()[0]})") from error
    finally:
        source.close()
    return Source(
        columns=columns,
        native=frozenset(columns),
        relation=stored.relation,
        originals=stored.originals,
        has_errors=False,
    )


def _stored(
    connection: duckdb.DuckDBPyConnection,
    batches: pa.RecordBatchReader,
    selected: str,
    columns: tuple[str, ...],
) -> Source:
    """Write batches into temp table `database_rows` as they come: memory does not grow."""
    connection.register("database_batches", batches)
    try:
        connection.execute(
            f"create or replace temp table database_rows as select {selected} from database_batches"
        )
    except (adbc_driver_manager.Error, pa.ArrowException) as error:
        raise FileRefused(f"cannot be read ({str(error).splitlines()[0]})") from error
    finally:
        connection.unregister("database_batches")
    packed = ", ".join(f"{quoted(name)} := {quoted(name)}" for name in columns)
    return Source(
        columns=columns,
        relation="database_rows",
        originals=f"select _row, to_json(struct_pack({packed}))::varchar as _original "
        "from database_rows",
    )


@contextmanager
def _sqlite(path: Path) -> Iterator[adbc_driver_sqlite.dbapi.Cursor]:
    try:
        with (
            adbc_driver_sqlite.dbapi.connect(f"file:{path}?mode=ro&immutable=1") as source,
            source.cursor() as cursor,
        ):
            cursor.execute("pragma query_only = true")
            yield cursor
    except adbc_driver_manager.Error as error:
        raise FileRefused(f"cannot be read ({str(error).splitlines()[0]})") from error


def _rows(cursor: adbc_driver_sqlite.dbapi.Cursor, query: str) -> list[tuple]:
    cursor.execute(query)
    return cursor.fetchall()


def _check_sqlite(cursor: adbc_driver_sqlite.dbapi.Cursor) -> None:
    try:
        said = _rows(cursor, "pragma quick_check(1)")
    except adbc_driver_manager.Error as error:
        raise _damaged(error) from error
    if said != [("ok",)]:
        raise _damaged(said[0][0] if said else "no answer")


def _damaged(said: object) -> FileRefused:
    return FileRefused(
        f"is a damaged SQLite file ({str(said).splitlines()[0]}); have it sent again"
    )


def _sqlite_table(cursor: adbc_driver_sqlite.dbapi.Cursor, table: str) -> tuple[str, str, str]:
    """Return the table quoted, the expression of its row number, and its order."""
    tables = [
        name
        for (name,) in _rows(
            cursor,
            "select name from sqlite_master where type in ('table', 'view') "
            "and name not like 'sqlite_%' order by name",
        )
    ]
    if table not in tables:
        raise _no_table(table, tables)
    relation = quoted(table)
    try:
        _rows(cursor, f"select rowid from {relation} limit 0")
    except adbc_driver_manager.Error:
        key = _rows(
            cursor,
            f"select name from pragma_table_info({literal(table)}) where pk > 0 order by pk",
        )
        by = ", ".join(quoted(name) for (name,) in key)
        return relation, "null", f" order by {by}" if by else ""
    return relation, "rowid", " order by rowid"


def _no_table(table: str | None, tables: list[str]) -> FileRefused:
    return FileRefused(f"has no table {table!r}; it has {', '.join(tables)[:500] or 'none'}")


def _columns(cursor: adbc_driver_sqlite.dbapi.Cursor, relation: str) -> tuple[str, ...]:
    cursor.execute(f"select * from {relation} limit 0")
    return tuple(cursor.fetch_arrow_table().column_names)


def _sqlite_text(column: str) -> str:
    """Return SQL for a value's exact text: a real gets all the digits it needs."""
    return (
        f"case typeof({column}) when 'real' then "
        f"case when cast(cast({column} as text) as real) = {column} then cast({column} as text) "
        f"else printf('%!.17g', {column}) end "
        f"when 'blob' then hex({column}) else cast({column} as text) end"
    )


def _select(query: str) -> str:
    """Return a contract's query, which must be one select (the connection cannot write anyway)."""
    text = query.strip().rstrip(";").strip()
    if ";" in text or not text.lower().startswith(("select", "with")):
        raise FileRefused("cannot be read by the contract's query: it must be one select")
    return text
