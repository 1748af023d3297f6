"""PostgreSQL: one table, view or select, copied as text in a session that can only read."""

from __future__ import annotations

import os
import re
from pathlib import Path

import adbc_driver_postgresql.dbapi as postgres
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from adbc_driver_manager import Error as DriverError

from ingest.contract import Feed
from ingest.formats.csv import check_header
from ingest.formats.source import FileRefused, Source, Unavailable, literal, quoted
from ingest.formats.tables import check_columns, chosen, select_of

_CONNECT_SECONDS = 10
# One picture of the data, nothing written, and texts that do not depend on the server's settings.
_SESSION = (
    "set session characteristics as transaction read only",
    "set transaction isolation level repeatable read, read only",
    "set local statement_timeout = '1h'",
    "set local lock_timeout = '10s'",
    "set local timezone = 'UTC'",
    "set local datestyle = 'ISO, YMD'",
    "set local intervalstyle = 'iso_8601'",
    "set local bytea_output = 'hex'",
    "set local extra_float_digits = 1",
    "set local lc_monetary = 'C'",
)
# What the driver says may quote the URI, so only what we know of it is passed on.
_REASONS = {
    r"password|authenti|role .* does not exist|pg_hba": "the server refuses the user or password",
    r"database .* does not exist": "the server has no database of that name",
    r"could not translate host|name or service": "the host's name is not known",
    r"starting up|shutting down|recovery mode": "the server is starting or stopping",
    r"refused|no route|unreachable|no such file": "nothing answers at that host and port",
    r"time.?out": "the server does not answer in time",
    r"too many|remaining connection": "the server has no free connection",
    r"ssl|certificate": "server and client do not agree on TLS",
    r"uri|connection option|connection info|invalid port|missing": "it holds no PostgreSQL URI",
}

# Of those, what a moment later may be well; and PostgreSQL's codes that say so: serialization,
# deadlock, lock not available, out of resources, shutting down or starting up, connection lost.
_REASONS_THAT_PASS = (
    "nothing answers at that host and port",
    "the server does not answer in time",
    "the server has no free connection",
    "the server is starting or stopping",
)
_CODES_THAT_PASS = ("40001", "40P01", "55P03", "53", "57P", "08")


def extract(feed: Feed, folder: Path) -> Path:
    """Copy the rows of a feed into a Parquet file: all text, the same bytes for the same rows.

    Rows stand in the order of the primary key, else of all columns.

    Raises
    ------
    FileRefused
        When the server cannot be reached or the table or query cannot be read. What it says holds
        nothing of the URI.
    Unavailable
        When a moment later it may be well.
    """
    variable = feed.dialect.connection or ""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"{variable}.{feed.feed}.parquet"
    try:
        connection = postgres.connect(_patient(os.environ.get(variable, "")))
    except DriverError as error:
        said = _unreachable(variable, error)
        passes = any(reason in said for reason in _REASONS_THAT_PASS)
        raise (Unavailable if passes else FileRefused)(said) from None
    try:
        with connection, connection.cursor() as cursor:
            for setting in _SESSION:
                cursor.execute(setting)
            _copy(cursor, feed, target)
    except (DriverError, pa.ArrowException, OSError) as error:
        target.unlink(missing_ok=True)
        # what breaks while rows come is an OSError without a number; a full disk has one
        if isinstance(error, OSError) and error.errno:
            raise
        state = getattr(error, "sqlstate", None) or ""
        passes = state.startswith(_CODES_THAT_PASS) or isinstance(error, OSError)
        raise (Unavailable if passes else FileRefused)(_unreadable(feed, error)) from None
    return target


def read(
    connection: duckdb.DuckDBPyConnection, path: Path, feed: Feed, work: Path, needed: set[str]
) -> Source:
    """Make view `postgres_rows` over what `extract` wrote; rows are numbered from 1."""
    try:
        written = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise FileRefused(f"is not a readable extract of ours ({error})") from error
    columns = tuple(written.schema_arrow.names)
    check_header(columns, needed, ",")
    connection.execute(
        "create or replace temp view postgres_rows as select file_row_number + 1 as _row, "
        "to_json(delivered)::varchar as _original, null::varchar as _error, delivered.* "
        f"from read_parquet({literal(str(path))}, file_row_number = true) as delivered"
    )
    return Source(
        columns=columns,
        relation="postgres_rows",
        count=written.metadata.num_rows,
        has_errors=False,
    )


def _copy(cursor: postgres.Cursor, feed: Feed, target: Path) -> None:
    select, key = _select(cursor, feed)
    cursor.execute(f"select * from (\n{select}\n) as delivered limit 0")
    columns = tuple(each[0] for each in cursor.description)
    cursor.fetchall()
    check_columns(columns, set())
    places = [f"c{number}" for number in range(len(columns))]
    values = ", ".join(
        f"{place}::text as {quoted(name)}" for place, name in zip(places, columns, strict=True)
    )
    order = [places[columns.index(name)] for name in key] or [
        f'{place}::text collate "C"' for place in places
    ]
    cursor.execute(
        f"select {values} from (\n{select}\n) as delivered({', '.join(places)}) "
        f"order by {', '.join(order)}"
    )
    schema = pa.schema([(name, pa.string()) for name in columns])
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for batch in cursor.fetch_record_batch():
            writer.write_table(pa.Table.from_batches([batch]).cast(schema))


def _select(cursor: postgres.Cursor, feed: Feed) -> tuple[str, list[str]]:
    """Return the select and the primary key of the table it reads."""
    query = select_of(feed.dialect)
    if query:
        return query, []
    cursor.execute(
        "select nspname::text, relname::text from pg_class "
        "join pg_namespace on pg_namespace.oid = relnamespace "
        "where relkind in ('r', 'v', 'm', 'p', 'f') and nspname <> 'information_schema' "
        "and nspname !~ '^pg_' and has_schema_privilege(pg_namespace.oid, 'usage') "
        "and has_table_privilege(pg_class.oid, 'select')"
    )
    schema, table = chosen(feed.dialect.table or "", cursor.fetchall(), default="public")
    name = f"{quoted(schema)}.{quoted(table)}"
    cursor.execute(
        "select attname::text from pg_index "
        "cross join unnest(indkey::int2[]) with ordinality as keyed(attnum, place) "
        "join pg_attribute on attrelid = indrelid and pg_attribute.attnum = keyed.attnum "
        f"where indisprimary and indrelid = {literal(name)}::regclass order by place"
    )
    return f"select * from {name}", [row[0] for row in cursor.fetchall()]


def _patient(uri: str) -> str:
    """Return the URI with a limit to how long connecting may take, unless it sets its own."""
    if "connect_timeout" in uri:
        return uri
    if "://" not in uri:
        return f"{uri} connect_timeout={_CONNECT_SECONDS}"
    return f"{uri}{'&' if '?' in uri else '?'}connect_timeout={_CONNECT_SECONDS}"


def _unreachable(variable: str, error: Exception) -> str:
    said = str(error).lower()
    reason = next(
        (reason for pattern, reason in _REASONS.items() if re.search(pattern, said)),
        "the server cannot be reached",
    )
    return f"cannot be read: {reason}; mend the URI in environment variable {variable}"


def _unreadable(feed: Feed, error: Exception) -> str:
    """Say why a select failed, by PostgreSQL's code: its text may quote a value or the URI."""
    state = getattr(error, "sqlstate", None) or ""
    asked = "dialect.query" if feed.dialect.query else f"dialect.table {feed.dialect.table!r}"
    if state == "25006" or "read-only transaction" in str(error):
        return f"is only read, in a session that cannot write; {asked} tries to write"
    if state == "42601":
        return f"cannot be read: {asked} is not one select PostgreSQL understands; mend it"
    if state in ("42703", "42P01", "42883"):
        return f"cannot be read: {asked} names a table, column or function that is not there"
    if state == "42501":
        return f"cannot be read: the user may not read what {asked} names; have it granted"
    if state in ("57014", "55P03") or "timeout" in str(error):
        return f"cannot be read in time: {asked} takes over an hour, or another session holds it"
    said = f" (PostgreSQL says {state})" if state else " to its end"
    return f"cannot be read by {asked}{said}; try it in psql with the same user"
