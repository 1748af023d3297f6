"""JSON: one object a line (ndjson), or one document that holds the records (json)."""

from __future__ import annotations

from pathlib import Path

import duckdb

from ingest.contract import Feed
from ingest.formats.source import FileRefused, Source, literal
from ingest.formats.text import read_lines

_MAX_DOCUMENT_BYTES = 1 << 30


def read(
    connection: duckdb.DuckDBPyConnection, path: Path, feed: Feed, work: Path, needed: set[str]
) -> Source:
    """Read JSON objects into `source_rows`; each is in column `record`."""
    if feed.format == "ndjson":
        read_lines(connection, path, feed.dialect.encoding, "", work)
        connection.execute(
            "create or replace temp view records as "
            "select _row, line as record from lines where trim(line) <> ''"
        )
    else:
        _split_document(connection, path, feed)
    connection.execute(
        """
        create or replace temp table source_rows as
        select
            _row,
            record as _original,
            case
                when contains(record, '\ufffd') then 'holds unreadable characters (NUL)'
                when not json_valid(record) then 'is not valid JSON'
                when json_type(record) <> 'OBJECT'
                then 'is a JSON ' || lower(json_type(record)) || ', not an object'
            end as _error,
            case when json_valid(record) then record::json end as record
        from records
        """
    )
    return Source(columns=("record",), is_json=True)


def _split_document(connection: duckdb.DuckDBPyConnection, path: Path, feed: Feed) -> None:
    if path.stat().st_size > _MAX_DOCUMENT_BYTES:
        raise FileRefused("is one JSON document above 1 GiB; have it delivered as NDJSON")
    try:
        text = path.read_bytes().decode(feed.dialect.encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise FileRefused(f"is not {feed.dialect.encoding} near byte {error.start}") from error
    if not connection.execute("select json_valid(?)", [text]).fetchone()[0]:
        raise FileRefused("is not one valid JSON document; is it cut short, or NDJSON?")
    records = feed.dialect.records
    if records == "$":
        kind = connection.execute("select json_type(?)", [text]).fetchone()[0]
        records = "$[*]" if kind == "ARRAY" else "$"
    many = "[*]" in records
    found = f"json_extract($text, {literal(records)})"
    connection.execute(
        "create or replace temp table gathered as "
        "select row_number() over () as _row, record::varchar as record "
        f"from (select unnest({found if many else f'[{found}]'}) as record)",
        {"text": text},
    )
    connection.execute("create or replace temp view records as select * from gathered")
    if not connection.execute("select count(*) from gathered where record is not null").fetchone()[
        0
    ]:
        raise FileRefused(
            f"holds no record at {feed.dialect.records}; mend `records` in the contract"
        )
