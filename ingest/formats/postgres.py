"""PostgreSQL: the rows of a table or select, taken read-only into a file that landing can keep."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import adbc_driver_manager
import adbc_driver_postgresql.dbapi
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.contract import Feed
from ingest.formats import parquet
from ingest.formats.source import FileRefused, Source, literal, quoted

_TIMEOUT_SECONDS = 10
_READ_ONLY = (
    "set session characteristics as transaction isolation level repeatable read, read only",
    "set statement_timeout = '1h'",
    "set timezone = 'UTC'",
    "set extra_float_digits = 3",
)
_KEY = (
    "select attribute.attname from pg_index as key join pg_attribute as attribute "
    "on attribute.attrelid = key.indrelid and attribute.attnum = any(key.indkey) "
    "where key.indrelid = to_regclass({table}) and key.indisprimary order by attribute.attnum"
)


def is_configured(feed: Feed) -> bool:
    """Tell whether the environment names the server of a feed."""
    return bool(os.environ.get(feed.dialect.connection or ""))


def extract(feed: Feed, folder: Path) -> Path:
    """Write a feed's rows, all as text, to a Parquet file; the same rows give the same bytes.

    The session is read-only and sees one moment of the database.

    Parameters
    ----------
    feed : Feed
        With `dialect.connection`, the environment variable that holds the URI.

    Raises
    ------
    FileRefused
        When the server cannot be reached or does not have what the contract asks for; the message
        names the variable, never its value.
    """
    variable = feed.dialect.connection or ""
    uri = os.environ[variable]
    path = folder / f"{feed.feed}.parquet"
    try:
        with (
            adbc_driver_postgresql.dbapi.connect(_with_timeout(uri), autocommit=True) as source,
            source.cursor() as cursor,
        ):
            for statement in _READ_ONLY:
                cursor.execute(statement)
            cursor.execute("begin")
            cursor.execute(_query(cursor, feed))
            with cursor.fetch_record_batch() as batches:
                _write(batches, path)
    except (adbc_driver_manager.Error, pa.ArrowException) as error:
        raise FileRefused(
            f"cannot be taken over the connection in {variable}: {_redacted(error, uri)}"
        ) from error
    return path


def read(
    connection: duckdb.DuckDBPyConnection, path: Path, feed: Feed, work: Path, needed: set[str]
) -> Source:
    """Read extracted rows: texts, to be read as carefully as those of any text file."""
    source = parquet.read(connection, path, feed, work, needed)
    return Source(
        columns=source.columns,
        relation=source.relation,
        count=source.count,
        is_view=True,
        has_errors=False,
    )


def _query(cursor: adbc_driver_postgresql.dbapi.Cursor, feed: Feed) -> str:
    """Return the select of every column as text, in an order that depends on the rows alone."""
    key: list[str] = []
    if feed.dialect.table:
        relation = ".".join(quoted(part) for part in feed.dialect.table.split("."))
        cursor.execute(_KEY.format(table=literal(relation)))
        key = [name for (name,) in cursor.fetchall()]
    else:
        relation = f"({(feed.dialect.query or '').strip().rstrip(';')})"
    cursor.execute(f"select * from {relation} as delivered limit 0")
    columns = cursor.fetch_arrow_table().column_names
    texts = ", ".join(f"{quoted(name)}::text as {quoted(name)}" for name in columns)
    order = ", ".join(
        quoted(name) if key else f'{quoted(name)}::text collate "C"' for name in key or columns
    )
    return f"select {texts} from {relation} as delivered order by {order}"


def _write(batches: pa.RecordBatchReader, path: Path) -> None:
    schema = pa.schema([(name, pa.string()) for name in batches.schema.names])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch.cast(schema))


def _with_timeout(uri: str) -> str:
    if "connect_timeout" in uri:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}connect_timeout={_TIMEOUT_SECONDS}"


def _redacted(error: Exception, uri: str) -> str:
    """Return the first line of an error without the URI or any secret part of it."""
    text = str(error).splitlines()[0]
    try:
        parts = urlsplit(uri)
        secrets = [uri, parts.netloc, parts.password, parts.username]
    except ValueError:
        secrets = [uri]
    for secret in secrets:
        text = text.replace(secret, "…") if secret else text
    return text
