"""csv, tsv, psv: every physical line is accounted for; quoting is checked, never trusted."""

from __future__ import annotations

import csv as python_csv
from pathlib import Path

import duckdb

from ingest.contract import Feed
from ingest.formats.source import FileRefused, Source, literal, quoted
from ingest.formats.text import read_lines


def read(
    connection: duckdb.DuckDBPyConnection, path: Path, feed: Feed, work: Path, needed: set[str]
) -> Source:
    """Read a delimited file into `source_rows`, all text.

    Lines without quotes are split by the delimiter. With quotes, a record is the lines up to
    where its quotes balance; fields must follow RFC 4180 or the record is quarantined. A record
    over more lines than the contract believes is quarantined line by line: a stray quote must
    not swallow its neighbours.
    """
    dialect = feed.dialect
    lines = read_lines(connection, path, dialect.encoding, dialect.quote, work)
    first = 1 if dialect.columns else dialect.header_row + 1
    if lines.count < first - 1 or lines.count == 0:
        raise FileRefused("is empty: not even a header line")
    columns = tuple(dialect.columns or _header(connection, feed))
    _check_header(columns, needed, dialect.delimiter)
    width = len(columns)

    if lines.has_quotes:
        _gather_records(connection, first, dialect.quote, dialect.max_lines_per_record)
    else:
        connection.execute(
            "create or replace temp view records as "
            f"select _row, line as record, null::varchar as error from lines where _row >= {first}"
        )
    mark, quote = literal(dialect.delimiter), literal(dialect.quote)
    fields = f"string_split(record, {mark})"
    if lines.has_quotes:
        pattern = _field_pattern(dialect.delimiter, dialect.quote)
        fields = (
            f"case when contains(record, {quote}) then "
            f"regexp_extract_all(record || {mark}, {literal(pattern)}, 1) else {fields} end"
        )
    is_broken = (
        f"contains(record, {quote}) and "
        "list_sum(list_transform(fields, lambda field: len(field) + 1)) <> len(record) + 1"
        if lines.has_quotes
        else "false"
    )
    plain = "fields[{i}]"
    if lines.has_quotes:
        plain = (
            f"case when starts_with(fields[{{i}}], {quote}) then "
            f"replace(fields[{{i}}][2:-2], {literal(dialect.quote * 2)}, {quote}) "
            "else fields[{i}] end"
        )
    selected = ", ".join(
        f"{plain.format(i=number)} as {quoted(name)}"
        for number, name in enumerate(columns, start=1)
    )
    connection.execute(
        f"""
        create or replace temp table source_rows as
        select
            _row,
            record as _original,
            case
                when error is not null then error
                when contains(record, '\ufffd') then 'holds unreadable characters (NUL)'
                when {is_broken} then 'quotes do not balance'
                when len(fields) <> {width}
                then 'has ' || len(fields) || ' fields, the header has {width}'
            end as _error,
            {selected}
        from (
            select _row, record, error, {fields} as fields
            from records
            where trim(record) <> ''
        )
        """
    )
    return Source(columns=columns)


def _header(connection: duckdb.DuckDBPyConnection, feed: Feed) -> list[str]:
    line = connection.execute(
        "select line from lines where _row = ?", [feed.dialect.header_row]
    ).fetchone()[0]
    quoting = (
        {"quotechar": feed.dialect.quote}
        if feed.dialect.quote
        else {"quoting": python_csv.QUOTE_NONE}
    )
    return [
        name.strip()
        for name in next(python_csv.reader([line], delimiter=feed.dialect.delimiter, **quoting))
    ]


def _check_header(columns: tuple[str, ...], needed: set[str], delimiter: str) -> None:
    if len(columns) == 1 and len(needed) > 1:
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
    mark, around = (f"\\x{ord(character):02x}" for character in (delimiter, quote))
    return f"((?s:{around}(?:[^{around}]|{around}{around})*{around})|[^{mark}{around}]*){mark}"


def _gather_records(
    connection: duckdb.DuckDBPyConnection, first: int, quote: str, max_lines: int
) -> None:
    """Make temp table `records`: lines joined while a quote is open, none longer than believed."""
    connection.execute(
        f"""
        create or replace temp table gathered as
        with

        parities as (

            select
                _row,
                line,
                (len(line) - len(replace(line, $quote, ''))) % 2 as odd_quotes
            from lines
            where _row >= {first}

        ),

        numbered as (

            select
                _row,
                line,
                sum(1 - open_before) over (order by _row rows unbounded preceding) as record_number
            from (
                select
                    _row,
                    line,
                    coalesce(
                        sum(odd_quotes) over (
                            order by _row rows between unbounded preceding and 1 preceding
                        ) % 2,
                        0
                    ) as open_before
                from parities
            )

        ),

        spans as (

            select
                record_number,
                min(_row) as first_row,
                string_agg(line, chr(10) order by _row) as record,
                count(*) as line_count,
                sum(len(line) - len(replace(line, $quote, ''))) % 2 as is_open
            from numbered
            group by record_number

        ),

        believed as (

            select first_row as _row, record, null::varchar as error
            from spans
            where line_count <= {max_lines} and is_open = 0

        ),

        doubted as (

            select
                numbered._row,
                numbered.line as record,
                case
                    when spans.is_open = 1 then 'stands behind a quote that never closes (line '
                    else 'stands in a quoted field of more than {max_lines} lines (from line '
                end || spans.first_row || ')' as error
            from spans
            inner join numbered on spans.record_number = numbered.record_number
            where spans.line_count > {max_lines} or spans.is_open = 1

        )

        select _row, record, error from believed
        union all
        select _row, record, error from doubted
        """,
        {"quote": quote},
    )
    connection.execute("create or replace temp view records as select * from gathered")
