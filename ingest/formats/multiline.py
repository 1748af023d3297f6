"""Text in which a record goes over several lines: trap dumps, TL1 reports, stanzas of key: value.

Where a record begins and ends is declared; what lies outside all records, a record without its
end, and a line of no known form are quarantined. The text of a whole record is column `_record`;
where `pairs` is declared, what stands before that mark on a line is a column, too.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from ingest.contract import Feed
from ingest.dialect import Dialect
from ingest.formats.ignored import without_other_lines
from ingest.formats.source import FileRefused, Source, literal, quoted
from ingest.formats.text import read_lines
from ingest.needed import told_of

TEXT = "_record"
_OURS = {"_row", "_original", "_error", "_number", TEXT}
_MAX_LINES, _MAX_NAMES = 1_000, 500
# What may stand before the mark: letters and digits, and marks that names have.
_NAME = r"[\pL\pN_][\pL\pN_ ./()#%&:-]{0,79}"


def read(
    connection: duckdb.DuckDBPyConnection, path: Path, feed: Feed, work: Path, needed: set[str]
) -> Source:
    """Read records of several lines into `source_rows`; `_row` is the line a record begins on.

    A name that a record does not hold is null there, as a key of JSON is.
    """
    dialect = feed.dialect
    text = read_lines(connection, path, dialect.encoding, "", work)
    if text.lines == 0:
        raise FileRefused("is empty: not even one line")
    dropped, stated = without_other_lines(connection, dialect)
    _gather(connection, dialect)
    names = _pairs(connection, feed, needed) if dialect.pairs else []
    _rows(connection, names)
    has_text = not dialect.pairs or TEXT in needed
    columns = (*names, *([TEXT] * has_text))
    return Source(columns=columns, dropped=dropped, stated=stated, has_empty_texts=False)


def _gather(connection: duckdb.DuckDBPyConnection, dialect: Dialect) -> None:
    """Make temp tables `numbered` (lines with their record's number) and `spans` (records)."""
    begins, ends = (
        f"regexp_full_match(line, {literal(pattern)})" if pattern else "false"
        for pattern in (dialect.record_begins, dialect.record_ends)
    )
    before = "order by _row rows between unbounded preceding and 1 preceding"
    if dialect.record_begins:
        number = "sum(begins::int) over (order by _row)"
    elif dialect.record_ends:
        number = f"1 + coalesce(sum(ends::int) over ({before}), 0)"
    else:
        # only a line with something on it behind one without begins another record
        number = "sum((not is_blank and was_blank)::int) over (order by _row)"
    past = "false"
    if dialect.record_begins and dialect.record_ends:
        past = f"coalesce(sum(ends::int) over (partition by record_number {before}), 0) > 0"
    most = dialect.max_lines_per_record
    most = most if "max_lines_per_record" in dialect.model_fields_set else _MAX_LINES
    connection.execute(
        f"""
        create or replace temp table numbered as
        select *, {past} as is_past
        from (
            select *, {number} as record_number
            from (
                select
                    *,
                    coalesce(lag(is_blank) over (order by _row), true) as was_blank
                from (
                    select
                        _row,
                        line,
                        {begins} as begins,
                        {ends} as ends,
                        regexp_full_match(line, '\\s*') as is_blank
                    from lines
                )
            )
        )
        """
    )
    has_end = "bool_or(ends)" if dialect.record_ends else "true"
    connection.execute(
        f"""
        create or replace temp table spans as
        select
            record_number,
            min(_row) filter (not is_blank) as _row,
            rtrim(string_agg(line, chr(10) order by _row), chr(10) || ' ') as record,
            case
                when count(*) > {most}
                then
                    'has more than ' || {most}
                    || ' lines: where does it end? (max_lines_per_record)'
                when not coalesce({has_end}, false)
                then 'has no line that ends it, as record_ends says; is it cut short?'
                when contains(string_agg(line, ''), '\ufffd')
                then 'holds unreadable characters (NUL or U+FFFD)'
            end as fault
        from numbered
        where record_number > 0 and not is_past
        group by record_number
        having count(*) filter (not is_blank) > 0
        """
    )


def _pairs(connection: duckdb.DuckDBPyConnection, feed: Feed, needed: set[str]) -> list[str]:
    """Make temp table `told` (record_number, name, value) and note what contradicts itself."""
    mark = literal(feed.dialect.pairs)
    is_first = f"strpos(line, {mark})"
    name = f"trim(left(line, {is_first} - 1), chr(9) || ' ')"
    goes_on = (
        f"regexp_full_match(line, {literal(feed.dialect.continues)})"
        if feed.dialect.continues
        else "false"
    )
    connection.execute(
        f"""
        create or replace temp table told_lines as
        select
            record_number,
            _row,
            name,
            trim(
                case when name is null then line
                    else line[{is_first} + {len(feed.dialect.pairs)}:] end,
                chr(9) || ' '
            ) as value,
            begins or ends as is_edge,
            {goes_on} or (name is null and regexp_matches(line, '^\\s')) as goes_on
        from (
            select
                *,
                case
                    when {is_first} > 0 and not {goes_on} and regexp_full_match({name}, $pattern)
                    then {name}
                end as name
            from numbered
            where record_number > 0 and not is_past and not is_blank
        )
        """,
        {"pattern": _NAME},
    )
    # an edge without a pair is only an edge; another line without one goes on, or is of no form
    connection.execute(
        """
        update spans set fault = coalesce(fault, 'line ' || odd._row || ' is neither a pair nor '
            || 'goes on with one; say what it is by continues or ignore_lines')
        from (
            select record_number, min(_row) as _row
            from (
                select
                    *,
                    count(name) over (partition by record_number order by _row) = 0 as is_ahead
                from told_lines
            )
            where name is null and not is_edge and (not goes_on or is_ahead)
            group by record_number
        ) as odd
        where spans.record_number = odd.record_number
        """
    )
    connection.execute(
        """
        create or replace temp table told as
        select
            record_number,
            any_value(name) as name,
            nullif(string_agg(nullif(value, ''), chr(10) order by _row), '') as value
        from (
            select *, count(name) over (partition by record_number order by _row) as pair_number
            from told_lines
            where name is not null or (goes_on and not is_edge)
        )
        where pair_number > 0
        group by record_number, pair_number
        """
    )
    spelt = connection.execute(
        "select min(name) from told group by lower(name) order by 1"
    ).fetchall()
    if len(spelt) > _MAX_NAMES:
        raise FileRefused(
            f"has more than {_MAX_NAMES} names before {feed.dialect.pairs!r}; is `pairs` right?"
        )
    ours = next((each for (each,) in spelt if each.lower() in _OURS), None)
    if ours:
        raise FileRefused(f"tells a name {ours!r}, which we use ourselves; have it renamed")
    wanted = {each.lower(): each for each in needed}
    names = [wanted.get(each.lower(), each) for (each,) in spelt]
    names += sorted(needed - set(names) - {TEXT})
    read = needed | told_of(feed, names)
    connection.execute(
        """
        update spans set fault = coalesce(fault, 'tells ''' || twice.name || ''' twice, with '
            || 'different values; is it two records in one? (all of it: sql over _record)')
        from (
            select record_number, min(name) as name
            from (
                select record_number, min(name) as name
                from told
                where list_contains($names, lower(name))
                group by record_number, lower(name)
                having count(distinct coalesce(value, '')) > 1
            )
            group by record_number
        ) as twice
        where spans.record_number = twice.record_number
        """,
        {"names": [each.lower() for each in read]},
    )
    return names


def _rows(connection: duckdb.DuckDBPyConnection, names: list[str]) -> None:
    """Make temp table `source_rows` of the records, and of the lines that are of none."""
    columns = "".join(
        f", min(told.value) filter (lower(told.name) = {literal(name.lower())}) as {quoted(name)}"
        for name in names
    )
    pivoted = f"select record_number as _number{columns} from told group by record_number"
    nothing = "".join(f", null::varchar as {quoted(name)}" for name in names)
    joined = f"left join ({pivoted}) as pivoted on _number = spans.record_number" if names else ""
    listed = "".join(f", pivoted.{quoted(name)}" for name in names)
    connection.execute(
        f"""
        create or replace temp table source_rows as
        select
            spans._row,
            spans.record as _original,
            spans.fault as _error,
            spans.record as {TEXT}{listed}
        from spans
        {joined}
        union all
        select
            _row,
            line,
            case when is_past then 'stands between the end of one record and the next'
                else 'stands before the first record' end,
            line{nothing}
        from numbered
        where (record_number = 0 or is_past) and not is_blank
        order by 1
        """
    )
