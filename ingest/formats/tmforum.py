"""TM Forum payloads, v4 and v5: lists, single resources and events become one record a resource.

A file is one JSON document or NDJSON, one payload a line, told by its content. `record` is the
resource; when it came in an event, `$._event` holds eventType, eventTime, eventId and
timeOccurred. `resource` (for `where` and `sql`) is the name under which dialect.resources takes
it. `dialect.records` says where a payload lies when something is wrapped around it.

`_row` of a document is the payload's ordinal in its list, of NDJSON the line. Where one payload or
line holds several resources, number n (counted from 1) has (n - 1) * 1,000,000,000,000 + that.

What a payload is: its event's type and key, `@type`, `@baseType`, `href`, its shape, and last the
only resource the feed takes. What is not taken is named with a reason. A row of the intake is the
whole resource as we know it, so an event that tells only what changed would blank the rest: only
…CreateEvent is taken as whole; a source whose other events are whole names them in
dialect.resources. That a record was deleted does not say how the thing ended, so it is refused.
"""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import duckdb

from ingest.contract import Feed
from ingest.formats.contradictions import TABLE, find
from ingest.formats.source import FileRefused, Source, literal
from ingest.formats.text import read_lines
from ingest.formats.tmforum_payload import KNOWN, NESTED, SEVERAL, spread, told

_MAX_DOCUMENT_BYTES = 1 << 30
_MAX_TRIED_BYTES = 1 << 26
_CHUNK = 1 << 16
_MAX_HEAD = 4_000_000
_LINES = 1_000_000_000_000


def read(
    connection: duckdb.DuckDBPyConnection, path: Path, feed: Feed, work: Path, needed: set[str]
) -> Source:
    """Read TM Forum payloads into `told_rows`; each resource is in column `record`."""
    is_document = _is_document(connection, path, feed.dialect.encoding)
    if is_document:
        _take_document(connection, path, feed)
    else:
        read_lines(connection, path, feed.dialect.encoding, "", work)
        connection.execute(
            "create or replace temp view payloads as "
            # not trim(), which takes longer than all the rest on long lines
            r"select _row as line, line as delivered from lines where regexp_matches(line, '\S')"
        )
    payload = "try_cast(delivered as json)"
    if feed.dialect.records != "$" and not is_document:
        payload = f"json_extract({payload}, {literal(feed.dialect.records)})"
        if "[*]" in feed.dialect.records:
            payload = f"nullif(cast(to_json({payload}) as json), '[]'::json)"
    whole = f"select line, line as _row, delivered as _original, {payload} as payload from payloads"
    # The list a document is has been cut already.
    first = told(whole, feed, NESTED if is_document else SEVERAL, SEVERAL)
    connection.execute(f"create or replace temp table told as {first}", KNOWN)
    several = f"select _row from told where _error = {literal(SEVERAL)}"
    if connection.execute(several).fetchone():
        cut = spread(f"{whole} where line in ({several})")
        connection.execute(f"create or replace temp table pieces as {cut}")
        pieces = (
            "select line + (row_number() over (partition by line order by first, second) - 1) "
            f"* {_LINES} as _row, * from pieces"
        )
        connection.execute(f"delete from told where _error = {literal(SEVERAL)}")
        connection.execute(f"insert into told {told(pieces, feed, NESTED, NESTED)}", KNOWN)
    taken = "(select _row, coalesce(_original, cast(record as varchar)) as record from told)"
    if find(connection, taken, feed):
        connection.execute(
            f"update told set _error = why from {TABLE} as found "
            "where told._row = found._row and _error is null"
        )
    # A payload that is the resource itself is not kept twice.
    connection.execute(
        "create or replace temp view told_rows as select _row, "
        "coalesce(_original, cast(record as varchar)) as _original, _error, record, resource "
        "from told"
    )
    if is_document:
        _refuse_empty(connection)
    return Source(columns=("record", "resource"), is_json=True, relation="told_rows")


def _is_document(connection: duckdb.DuckDBPyConnection, path: Path, encoding: str) -> bool:
    """Tell one document from NDJSON: after a line that is JSON by itself, NDJSON goes on."""
    lines = _first_lines(path, encoding)
    if len(lines) < 2:
        return True

    def is_json(text: str) -> bool:
        return connection.execute("select json_valid(?)", [text]).fetchone()[0]

    if is_json(lines[0]):
        return False
    if path.stat().st_size <= _MAX_TRIED_BYTES:
        try:
            if is_json(path.read_bytes().decode(encoding).removeprefix("\ufeff")):
                return True
        except UnicodeDecodeError:
            pass  # told with its place when the file is read
    return lines[0] in ("{", "[") or not is_json(lines[1])


def _first_lines(path: Path, encoding: str) -> list[str]:
    """Return the first two lines that are not blank, as far as 4 MB hold them."""
    try:
        decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    except LookupError as error:
        raise FileRefused(f"declares encoding {encoding!r}, which is not known") from error
    text, lines = "", []
    with path.open("rb") as file:
        while len(text) < _MAX_HEAD:
            chunk = file.read(_CHUNK)
            text += decoder.decode(chunk, final=not chunk)
            lines = [line.strip("\ufeff \t\r") for line in text.split("\n")]
            # the last line may go on in the next chunk
            lines = [line for line in (lines if not chunk else lines[:-1]) if line]
            if len(lines) > 1 or not chunk:
                break
    return [line.replace("\0", "\ufffd") for line in lines[:2]]


def _take_document(connection: duckdb.DuckDBPyConnection, path: Path, feed: Feed) -> None:
    if path.stat().st_size > _MAX_DOCUMENT_BYTES:
        raise FileRefused("is one JSON document above 1 GiB; have it delivered as NDJSON")
    try:
        text = path.read_bytes().decode(feed.dialect.encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise FileRefused(
            f"is not {feed.dialect.encoding} near byte {error.start}: declare its encoding in the "
            "contract's dialect"
        ) from error
    if not text.strip():
        raise FileRefused("is empty; have it sent again")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise FileRefused(f"holds an unreadable character (NUL) in line {line}; have it sent again")
    if not connection.execute("select json_valid(?)", [text]).fetchone()[0]:
        try:
            json.loads(text)
            place = ""
        except json.JSONDecodeError as error:
            place = f" at line {error.lineno}, column {error.colno}"
        raise FileRefused(f"is not valid JSON{place}; is it cut short?")
    records = feed.dialect.records
    if records == "$" and text.lstrip()[0] == "[":
        records = "$[*]"
    found = f"json_extract($text::json, {literal(records)})"
    if records == "$":
        found = "[$text::json]"
    elif "[*]" not in records:
        found = f"[{found}]"
    connection.execute(
        "create or replace temp table document as select row_number() over () as line, "
        f"cast(record as varchar) as delivered from (select unnest({found}) as record) "
        "where record is not null",
        {"text": text},
    )
    connection.execute("create or replace temp view payloads as select * from document")
    if not connection.execute("select count(*) from document").fetchone()[0]:
        raise FileRefused(
            "is an empty list, which does not say whether there is nothing or it failed"
            if records == "$[*]"
            else f"holds nothing at {records}; mend `records` in the contract"
        )


def _refuse_empty(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse a document of which nothing can be taken, saying what it is."""
    read, taken = connection.execute(
        "select count(*), count(*) filter (where _error is null) from told"
    ).fetchone()
    if taken:
        return
    reason, count = connection.execute(
        "select _error, count(*) from told group by all order by count(*) desc, _error"
    ).fetchone()
    raise FileRefused(
        reason
        if read == 1
        else f"holds nothing to take: each of its {read} records {reason}"
        if read == count
        else f"holds nothing to take; of its {read} records most ({count}): {reason}"
    )
