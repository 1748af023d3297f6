"""Lines of a csv file that are one record: joined while a quote is open, not believed blindly."""

from __future__ import annotations

import duckdb

from ingest.dialect import Dialect
from ingest.formats.source import literal

SPACES = "spaces"


def gather_records(
    connection: duckdb.DuckDBPyConnection, first: int, dialect: Dialect, width: int
) -> None:
    """Make temp table `records`: lines joined while a quote is open, none longer than believed.

    Nor one of which each line between the first and the last has the fields of a row: two quotes
    gone astray swallow what stands between them. Who says how many lines he believes is believed.
    """
    quote, max_lines = dialect.quote, dialect.max_lines_per_record
    mark = literal(dialect.delimiter)
    marks = f"(len(line) - len(replace(line, {mark}, ''))) // {len(dialect.delimiter)}"
    is_said = "max_lines_per_record" in dialect.model_fields_set or dialect.delimiter == SPACES
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
                max(_row) as last_row,
                string_agg(line, chr(10) order by _row) as record,
                count(*) as line_count,
                sum(len(line) - len(replace(line, $quote, ''))) % 2 as is_open
            from numbered
            group by record_number

        ),

        swallowing as (

            select record_number
            from numbered
            inner join spans using (record_number)
            where line_count > 2 and _row > first_row and _row < last_row and not {is_said}
            group by record_number
            having bool_and({marks} = {width - 1})

        ),

        judged as (

            select
                *,
                case
                    when is_open = 1 then 'behind a quote that never closes (line ' || first_row
                    when line_count > {max_lines}
                    then 'in a quoted field of more than {max_lines} lines (from line ' || first_row
                    when record_number in (from swallowing)
                    then 'in a quoted field whose lines look like rows (from line ' || first_row
                        || ': is its quote meant? then say max_lines_per_record'
                end as fault
            from spans

        ),

        believed as (

            select first_row as _row, record, null::varchar as error
            from judged
            where fault is null

        ),

        doubted as (

            select
                numbered._row,
                numbered.line as record,
                'stands ' || judged.fault || ')' as error
            from judged
            inner join numbered on judged.record_number = numbered.record_number
            where judged.fault is not null

        )

        select _row, record, error from believed
        union all
        select _row, record, error from doubted
        """,
        {"quote": quote},
    )
    connection.execute("create or replace temp view records as select * from gathered")
