"""csv, tsv, psv: every physical line is accounted for; quoting is checked, never trusted."""

from __future__ import annotations

import csv as python_csv
import itertools
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from ingest.contract import Feed
from ingest.dialect import Dialect
from ingest.formats import arrays
from ingest.formats.csv_stream import Stream
from ingest.formats.gathered import SPACES, gather_records
from ingest.formats.ignored import without_other_lines
from ingest.formats.source import FileRefused, Source, literal, quoted
from ingest.formats.text import Text, prepared, table_of_lines

ROWS, FEW_COLUMNS = "csv_rows", "csv_columns"


def read(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    feed: Feed,
    work: Path,
    needed: set[str],
    kinds: dict[str, str] | None = None,
    blanks: tuple[str, ...] = (),
) -> Source:
    """Read a delimited file; an empty field is null.

    Arrow's reader is fast and is believed only for a file in which every line must be one row (no
    blank line, no NUL, no line to ignore, no quote out of place), and only when it then sees
    exactly as many rows as there are lines. Rows it leaves out are read again by `_read_lines`,
    and so is the whole file where it is not such a file: there a stray quote cannot swallow its
    neighbours.

    Parameters
    ----------
    kinds : dict, optional
        Column → intake type, for those a strict reader may type; the others are text.
    blanks : tuple of str
        Texts that stand for null in every column, where `kinds` are given.
    """
    kinds = kinds or {}
    dialect = feed.dialect
    delimiter = "" if dialect.delimiter == SPACES else dialect.delimiter
    text = prepared(path, dialect.encoding, dialect.quote, delimiter, work)
    header_lines = 0 if dialect.columns else dialect.header_row
    if text.lines < header_lines or text.lines == 0:
        raise FileRefused("is empty: not even a header line")
    columns = tuple(dialect.columns or _told_apart(_header(text.path, feed), needed))
    check_header(columns, needed, dialect.delimiter)
    if (
        text.has_nul
        or text.has_blank_lines
        or dialect.ignore_lines
        or dialect.row_count
        or dialect.escape
        or len(delimiter.encode()) != 1
        or len(dialect.quote.encode()) > 1
    ):
        return _read_lines(connection, text, feed, columns)
    is_typed = bool(kinds) and not text.is_padded
    stream = Stream(
        path=text.path,
        columns=columns,
        skipped=header_lines,
        delimiter=delimiter,
        quote=dialect.quote if text.has_quotes else "",
        blanks=blanks if is_typed else (),
        kinds={name: kind for name, kind in kinds.items() if name in columns} if is_typed else {},
        may_leave_out=is_typed,
    )
    connection.register(ROWS, stream)

    def only(names: frozenset[str]) -> Source:
        narrow = stream.only(names)
        connection.register(FEW_COLUMNS, narrow)
        return replace(source, columns=tuple(narrow.given), relation=FEW_COLUMNS, exact=frozenset())

    def rest(rows: np.ndarray) -> Source:
        few = replace(text, path=work / "rest.txt", lines=len(rows))
        with few.path.open("wb") as file:
            file.writelines(stream.lines(rows))
        return _read_lines(connection, few, feed, columns, rows)

    source = Source(
        columns=columns,
        relation=ROWS,
        originals="select _row, _original from source_rows"
        if is_typed
        else f"select _row, line as _original from ({text.lines_sql()})",
        count=text.lines - header_lines,
        first_row=header_lines + 1,
        has_errors=False,
        is_padded=text.is_padded,
        has_empty_texts=False,
        exact=frozenset(stream.types),
        in_utc=stream.in_utc,
        rest=rest if is_typed else None,
        only=only,
        carefully=lambda: _read_lines(connection, text, feed, columns),
    )
    return source


def _read_lines(
    connection: duckdb.DuckDBPyConnection,
    text: Text,
    feed: Feed,
    columns: tuple[str, ...],
    numbers: np.ndarray | None = None,
) -> Source:
    """Read physical lines and split them ourselves.

    Lines without quotes are split by the delimiter. With quotes, a record is the lines up to
    where its quotes balance; fields must follow RFC 4180 or the record is quarantined. A record
    over more lines than the contract believes is quarantined line by line. Where `numbers` are
    given, the lines are some of a larger file's, and those are their numbers there.
    """
    dialect, width = feed.dialect, len(columns)
    first = 1 if dialect.columns else dialect.header_row + 1
    table_of_lines(connection, text)
    if numbers is not None:
        places = np.arange(1, len(numbers) + 1)
        given = {"_row": arrays.numbers(places), "number": arrays.numbers(numbers)}
        connection.register("line_numbers", pa.table(given))
        connection.execute(
            "update lines set _row = line_numbers.number from line_numbers "
            "where lines._row = line_numbers._row"
        )
        connection.unregister("line_numbers")
    quote = dialect.quote if text.has_quotes else ""
    dropped, stated = without_other_lines(connection, dialect, first, quote)
    if dialect.escape:
        connection.execute(f"update lines set line = {_hidden(dialect, 'line')}")
    if text.has_quotes:
        gather_records(connection, first, dialect, width)
    else:
        connection.execute(
            "create or replace temp view records as "
            f"select _row, line as record, null::varchar as error from lines where _row >= {first}"
        )
    record, delimiter = "record", dialect.delimiter
    if delimiter == SPACES:
        record, delimiter = "trim(regexp_replace(record, '\\s+', ' ', 'g'))", " "
    mark, quote = literal(delimiter), literal(dialect.quote)
    fields = f"string_split({record}, {mark})"
    if text.has_quotes:
        pattern = _field_pattern(delimiter, dialect.quote)
        fields = (
            f"case when contains(record, {quote}) then "
            f"regexp_extract_all({record} || {mark}, {literal(pattern)}, 1) else {fields} end"
        )
    is_broken = (
        f"contains(record, {quote}) and list_sum(list_transform(fields, lambda field: "
        f"len(field) + {len(delimiter)})) <> len({record}) + {len(delimiter)}"
        if text.has_quotes
        else "false"
    )
    plain = "nullif(fields[{i}], '')"
    if text.has_quotes:
        plain = (
            f"case when starts_with(fields[{{i}}], {quote}) then nullif("
            f"replace(rtrim(fields[{{i}}])[2:-2], {literal(dialect.quote * 2)}, {quote}), '') "
            "else nullif(fields[{i}], '') end"
        )
    original = "record"
    if dialect.escape:
        plain, original = _shown(dialect, plain), _shown(dialect, "record", dialect.escape)
    selected = ", ".join(
        f"{plain.format(i=number)} as {quoted(name)}"
        for number, name in enumerate(columns, start=1)
    )
    is_header = " and ".join(
        f"{plain.format(i=number)} is not distinct from {literal(name)}"
        for number, name in enumerate(columns, start=1)
    )
    connection.execute(
        f"""
        create or replace temp table source_rows as
        select
            _row,
            {original} as _original,
            case
                when error is not null then error
                when contains(record, '\ufffd') then 'holds unreadable characters (NUL or U+FFFD)'
                when {is_broken} then 'quotes do not balance'
                when len(fields) <> {width}
                then 'has ' || len(fields) || ' fields, the header has {width}'
                when {is_header} then 'repeats the header'
            end as _error,
            {selected}
        from (
            select _row, record, error, {fields} as fields
            from records
            where trim(record) <> ''
        )
        """
    )
    return Source(columns=columns, dropped=dropped, stated=stated, has_empty_texts=False)


# Stand-ins, of the private use area, for what an escape mark makes a letter.
_LETTERS = ("\ue000", "\ue001", "\ue002")


def _escaped(dialect: Dialect) -> list[tuple[str, str]]:
    """Return stand-ins and what they stand for: the mark itself first, lest it escape its next."""
    marks = [dialect.escape, dialect.delimiter, dialect.quote]
    return [(letter, mark) for letter, mark in zip(_LETTERS, marks, strict=True) if mark]


def _hidden(dialect: Dialect, text: str) -> str:
    for letter, mark in _escaped(dialect):
        text = f"replace({text}, {literal(dialect.escape + mark)}, {literal(letter)})"
    return text


def _shown(dialect: Dialect, text: str, before: str = "") -> str:
    for letter, mark in reversed(_escaped(dialect)):
        text = f"replace({text}, {literal(letter)}, {literal(before + mark)})"
    return text


def _header(path: Path, feed: Feed) -> list[str]:
    """Return the columns' names; one without a name, as behind a last delimiter, is c7."""
    names = _names(path, feed)
    return [name or f"c{number}" for number, name in enumerate(names, start=1)]


def _told_apart(names: list[str], needed: set[str]) -> list[str]:
    """Number the names that stand several times: Comment_1, Comment_2.

    One that the contract maps as it stands is left: which of them is meant nobody can tell.
    """
    count, seen = Counter(names), Counter[str]()
    found = []
    for name in names:
        seen[name] += 1
        own = f"{name}_{seen[name]}"
        is_left = count[name] == 1 or name in needed or own in count
        found.append(name if is_left else own)
    return found


def _names(path: Path, feed: Feed) -> list[str]:
    line = _header_line(path, feed)
    if feed.dialect.delimiter == SPACES:
        return re.split(r"[ \t\f]+", line.strip(" \t\f"))
    if len(feed.dialect.delimiter) > 1:
        return [
            name.strip().strip(feed.dialect.quote or " ")
            for name in line.split(feed.dialect.delimiter)
        ]
    quoting = (
        {"quotechar": feed.dialect.quote}
        if feed.dialect.quote
        else {"quoting": python_csv.QUOTE_NONE}
    )
    return [
        name.strip()
        for name in next(python_csv.reader([line], delimiter=feed.dialect.delimiter, **quoting))
    ]


def _header_line(path: Path, feed: Feed) -> str:
    with path.open(encoding="utf-8", newline="\n") as file:
        row = feed.dialect.header_row
        return next(itertools.islice(file, row - 1, row)).rstrip("\n")


def check_header(columns: tuple[str, ...], needed: set[str], delimiter: str) -> None:
    """Refuse a header that does not hold what the contract maps, each name once.

    Raises
    ------
    FileRefused
        Naming the columns that are missing, doubled, or all in one.
    """
    if len(columns) == 1 and len(needed) > 1 and columns[0] not in needed:
        raise FileRefused(
            f"has one column only ({columns[0][:60]!r}); is the delimiter {delimiter!r} right?"
        )
    doubled = sorted({name for name in columns if columns.count(name) > 1})
    if doubled:
        raise FileRefused(f"names column {doubled[0]!r} twice; the contract cannot tell them apart")
    missing = sorted(needed - set(columns))
    if missing:
        raise FileRefused(
            f"has no column {', '.join(map(repr, missing))} which the contract maps; "
            f"its header is {', '.join(columns)[:200]}"
        )


def _field_pattern(delimiter: str, quote: str) -> str:
    """One field of RFC 4180 with the delimiter behind it; the field is group 1."""
    around = f"\\x{ord(quote):02x}"
    mark = "".join(f"\\x{ord(character):02x}" for character in delimiter)
    unquoted = f"[^{mark}{around}]*" if len(delimiter) == 1 else f"[^{around}]*?"
    # spaces behind the closing quote are forgiven, as everywhere at a field's edge
    padding = "" if delimiter.startswith(" ") else " *"
    return f"((?s:{around}(?:[^{around}]|{around}{around})*{around}){padding}|{unquoted}){mark}"
