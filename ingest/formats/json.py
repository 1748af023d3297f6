"""JSON: one object a line (ndjson), or one document that holds the records (json, or xml)."""

from __future__ import annotations

import json as python_json
import re
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np

from ingest.contract import Feed
from ingest.formats import xml
from ingest.formats.contradictions import TABLE, find
from ingest.formats.firsts import lists_cut
from ingest.formats.ignored import without_other_lines
from ingest.formats.source import FileRefused, Source, literal
from ingest.formats.text import codecs_name, prepared, table_of_lines

_MAX_DOCUMENT_BYTES = 1 << 30
# Of a larger document it is not told which lists stand beside that of the records.
_MAX_LOOKED_THROUGH = 64 << 20
_LIST = re.compile(r'(\$(?:\.(?:\w+|"[^"]+"))*)\.(\w+|"[^"]+")\[\*\]')


def read(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    feed: Feed,
    work: Path,
    needed: set[str],
    *,
    is_plain: bool = False,
) -> Source:
    """Read JSON objects into `source_rows`; each is in column `record`.

    Parameters
    ----------
    is_plain : bool
        Whether the feed reads nothing of a record but values at paths: then a line is parsed once,
        by what takes these out, and a line that is no object is missing until it is looked for.
    """
    if feed.format in ("json", "xml"):
        left_out = _split_document(connection, path, feed)
        doubted = find(connection, "gathered", feed)
        left_out = (*left_out, *_cut(connection, feed))
        return _records(connection, "gathered", doubted, left_out=left_out)
    return _read_lines(connection, path, feed, work, is_plain)


def _read_lines(
    connection: duckdb.DuckDBPyConnection, path: Path, feed: Feed, work: Path, is_plain: bool
) -> Source:
    """Make a view over the lines: an object a line is parsed when it is asked for."""
    text = prepared(path, feed.dialect.encoding, "", "", work)
    dialect = feed.dialect
    if dialect.ignore_lines or dialect.row_count or text.has_blank_lines or text.has_nul:
        table_of_lines(connection, text)
        dropped, stated = without_other_lines(connection, dialect)
        connection.execute(
            "create or replace temp view gathered_lines as "
            "select _row, line as record from lines where trim(line) <> ''"
        )
        doubted = find(connection, "gathered_lines", feed)
        cut = _cut(connection, feed)
        return _records(
            connection, "gathered_lines", doubted, dropped=dropped, stated=stated, left_out=cut
        )
    connection.execute(
        "create or replace temp view gathered_lines as "
        f"select _row, line as record from ({text.lines_sql()})"
    )
    doubted = find(connection, "gathered_lines", feed)
    cut = _cut(connection, feed)
    careful = _records(connection, "gathered_lines", doubted, count=text.lines, left_out=cut)
    if not is_plain or doubted:
        return careful

    def rest(rows: np.ndarray) -> Source:
        connection.register("numbers_left", {"_row": rows})
        connection.execute(
            "create or replace temp table lines_left as "
            "select _row, record from gathered_lines semi join numbers_left using (_row)"
        )
        connection.unregister("numbers_left")
        doubted = find(connection, "lines_left", feed)
        return _records(connection, "lines_left", doubted, count=len(rows))

    connection.execute(
        "create or replace temp view json_lines as select _row, record from gathered_lines "
        # what may hold a NUL is looked at with care; here a plain search is cheap
        r"where starts_with(record, '{') and not contains(record, '\u0000')"
    )
    return replace(
        careful,
        relation="json_lines",
        originals="select _row, _original from json_rows",
        has_errors=False,
        is_unproven=True,
        rest=rest,
        carefully=lambda: _records(connection, "gathered_lines", doubted, count=text.lines),
    )


def _cut(connection: duckdb.DuckDBPyConnection, feed: Feed) -> tuple[str, ...]:
    """Return how the ledger calls the lists of which only the first is read."""
    return tuple(f"{path} beyond its first" for path in lists_cut(connection, feed))


def _records(
    connection: duckdb.DuckDBPyConnection, gathered: str, doubted: bool, **facts: object
) -> Source:
    """Make the view of the records; where some contradict themselves, those say so."""
    why = "when why is not null then why" if doubted else ""
    told = f"left join {TABLE} using (_row)" if doubted else ""
    connection.execute(
        f"""
        create or replace temp view json_rows as
        select
            _row,
            line as _original,
            case
                when contains(line, '\ufffd') or {nul_sql("line")}
                then 'holds unreadable characters (NUL or U+FFFD)'
                when record is null then 'is not valid JSON'
                when not starts_with(ltrim(line), '{{')
                then 'is a JSON ' || lower(json_type(record)) || ', not an object'
                {why}
            end as _error,
            record
        from (
            select
                _row,
                record as line,
                try_cast(record as json) as record
            from {gathered}
        )
        {told}
        """
    )
    return Source(columns=("record",), is_json=True, relation="json_rows", **facts)


def nul_sql(text: str) -> str:
    """Return SQL that tells whether a JSON text holds a NUL, which it can only write escaped."""
    escaped = literal(r"(^|[^\\])(\\\\)*\\u0000")
    return f"(contains({text}, '\\u0000') and regexp_matches({text}, {escaped}))"


def document_of(path: Path, feed: Feed) -> str:
    """Return the text of the document a file is, as JSON."""
    if feed.format == "xml":
        return xml.as_json(path, feed)
    return document(path, feed.dialect.encoding)


def document(path: Path, encoding: str) -> str:
    """Return a JSON document's text.

    Raises
    ------
    FileRefused
        When it is too large to be read whole, or not in the declared encoding.
    """
    if path.stat().st_size > _MAX_DOCUMENT_BYTES:
        raise FileRefused("is one JSON document above 1 GiB; have it delivered as NDJSON")
    try:
        return path.read_bytes().decode(codecs_name(encoding)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise FileRefused(f"is not {encoding} near byte {error.start}") from error


def _split_document(
    connection: duckdb.DuckDBPyConnection, path: Path, feed: Feed
) -> tuple[str, ...]:
    """Make temp table `gathered` of the records; return the paths of the lists beside them."""
    text = document_of(path, feed)
    if not connection.execute("select json_valid(?)", [text]).fetchone()[0]:
        raise FileRefused("is not one valid JSON document; is it cut short, or NDJSON?")
    _refuse_cut_short(connection, text, feed.dialect.cut_short)
    records = feed.dialect.records
    _refuse_two_lists(connection, text, records)
    if records == "$":
        kind = connection.execute("select json_type(?)", [text]).fetchone()[0]
        records = "$[*]" if kind == "ARRAY" else "$"
    many = "[*]" in records
    found = elements_sql("$text", records) if many else f"json_extract($text, {literal(records)})"
    connection.execute(
        "create or replace temp table gathered as "
        "select row_number() over () as _row, record::varchar as record "
        f"from (select unnest({found if many else f'[{found}]'}) as record)",
        {"text": text},
    )
    if not connection.execute("select count(*) from gathered where record is not null").fetchone()[
        0
    ] and not (
        xml.is_empty_element(python_json.loads(text), records)
        if feed.format == "xml"
        else _is_empty_list(connection, text, records)
    ):
        raise FileRefused(
            f"holds no record at {feed.dialect.records}; mend `records` in the contract"
        )
    return _lists_beside(connection, text, records)


def _lists_beside(
    connection: duckdb.DuckDBPyConnection, text: str, records: str
) -> tuple[str, ...]:
    """Return the paths of the lists of objects that stand beside that of the records."""
    place = _LIST.fullmatch(records)
    if place is None or len(text) > _MAX_LOOKED_THROUGH:
        return ()
    found = connection.execute(
        "select fullkey from json_each($text::json, $parent) where type = 'ARRAY' "
        "and key <> $own and json_type(value, '$[0]') = 'OBJECT' order by id",
        {"text": text, "parent": place[1], "own": place[2].strip('"')},
    ).fetchall()
    return tuple(path for (path,) in found)


def _refuse_cut_short(connection: duckdb.DuckDBPyConnection, text: str, path: str | None) -> None:
    """Refuse a document that says itself that its server has left out a part of it."""
    if path is None:
        return
    (said,) = connection.execute("select json_extract_string($1, $2)", [text, path]).fetchone()
    if str(said).strip().lower() in ("true", "1", "yes"):
        raise FileRefused(
            f"says at {path} that it is not whole (cut_short): its server has left out a part; "
            "have it fetched in pages, or by a narrower question"
        )


def _refuse_two_lists(connection: duckdb.DuckDBPyConnection, text: str, records: str) -> None:
    """Refuse a document that tells twice, on the way to its records, where they are."""
    steps = re.findall(r"\.(\w+)", (re.match(r"\$(\.\w+)*", records) or [""])[0])
    for number, key in enumerate(steps):
        path = ".".join(["$", *steps[:number]])
        (keys,) = connection.execute("select json_keys($1::json, $2)", [text, path]).fetchone()
        if (keys or []).count(key) > 1:
            raise FileRefused(
                f"tells {key!r}, on the way to its records, twice in one object: only one of the "
                "two would be read; have it sent as one"
            )


def elements_sql(document: str, path: str) -> str:
    """Return SQL for the list of what a path with `[*]` finds in a document.

    A list of one that stands as the thing itself, as converters from XML write it, is that list of
    one: the engine's own path would find nothing there, and the rows would be gone without a word.
    """
    quick = f"json_extract({document}, {literal(path)})"
    head, *rest = path.split("[*]")
    head = head or "$"
    if len(rest) == 1:
        # one look at the document where there is a list; what is none is looked at again
        tail = rest[0]
        one = f"json_extract({document}, {literal(head + tail)})"
        kind = f"coalesce(json_type({document}, {literal(head)}), 'NULL')"
        if head == "$":
            return quick
        return f"case when {kind} in ('ARRAY', 'NULL') then {quick} else [{one}] end"
    found = f"[json_extract({document}, {literal(head)})]"
    for number, tail in enumerate(rest):
        each = f"_{number}"
        deeper = f"json_extract({each}, '$[*]')"
        found = (
            f"flatten(list_transform({found}, lambda {each}: "
            f"case coalesce(json_type({each}), 'NULL') "
            f"when 'ARRAY' then {deeper} when 'NULL' then [] else [{each}] end))"
        )
        if tail:
            found = f"list_transform({found}, lambda {each}: json_extract({each}, '${tail}'))"
    return found


def _is_empty_list(connection: duckdb.DuckDBPyConnection, text: str, records: str) -> bool:
    """Tell a list with nothing in it, which is an answer, from a list that is not there.

    Of lists within lists all are looked at: regions of which none has an outage just now.
    """
    if not records.endswith("[*]"):
        return False
    parent = records.removesuffix("[*]")
    many = "[*]" in parent
    lists = elements_sql("$text", parent) if many else f"[json_extract($text, {literal(parent)})]"
    there, empty = connection.execute(
        "select count(*) filter (json_type(list) = 'ARRAY'), "
        "count(*) filter (json_array_length(list) = 0) "
        f"from (select unnest({lists}) as list) where json_type(list) <> 'NULL'",
        {"text": text},
    ).fetchone()
    if there == 0 and many:
        # no region at all: nothing has an outage either
        return _is_empty_list(connection, text, parent[: parent.rindex("[*]") + 3])
    return 0 < there == empty
