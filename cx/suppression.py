"""Small cells: no published figure is about fewer than k customers, alone or by a difference (C8).

A release holds every metric by period and slice. A cell about 1 to k - 1 customers is emptied, and
so are others, until no sum of shown cells gives it away:

* parts of a whole (a segment of all, a reason of its area, a region's families of either, the days
  of a month): of the hidden parts there are two or more, and together they are about k customers
  or more;
* days: where one day of a slice is hidden, all its days of that month are;
* weeks: so are its weeks that touch a month where one of them is hidden, or where what the month
  has beyond whole weeks (days before its first Monday, days after its last Sunday) is small, for
  months less weeks tell it;
* metrics that are the difference of others (M09 of M07 and M08, M29w of M29v) are parts and whole.

The warehouse keeps every figure; only what is published is emptied.
"""

from __future__ import annotations

import duckdb

from cx.errors import CxError
from cx.wholes import LEFT_OVER, SUMS, make_wholes

SUPPRESSED = "metric_value_published"
# What a hidden cell loses. Its keys, its period and its status say nothing of anybody.
FIGURES = ("numerator", "denominator", "value", "n", "ci_low", "ci_high", "customers", "is_low_n")
# Their numerator is people who left: fewer than k of them are a small cell of a large base.
COUNTING_PEOPLE = ("M28", "M29", "M29v", "M29w", "M29i", "M31", "M31b")
# The days of a month that belong to no whole week of it. Published nowhere, they follow from months
# and weeks.
_BEGINS, _ENDS = "month_begins", "month_ends"
_WEEKS = ("week", _BEGINS, _ENDS)
_BELOW_MONTHS = ("day", *_WEEKS)


def suppress(connection: duckdb.DuckDBPyConnection, values: str, fewest: int) -> str:
    """Make a temp table of the metric values as they may be published; return its query.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        To the warehouse; marts.dim_reason and its like are read where they are there.
    values : str
        Query of all metric values, with the columns of marts.metric_value.
    fewest : int
        k: customers that a figure must be about.

    Returns
    -------
    str
        Query with the same rows and one column more, is_suppressed; a suppressed row keeps its keys
        and loses its figures. Rows that are about no customers (`customers` is null) stay.
    """
    connection.execute(f"create or replace temp table all_values as {values}")
    _make_cells(connection, fewest)
    make_wholes(connection)
    _hide_small(connection)
    while _hide_one_more_each(connection, fewest):
        pass
    emptied = ", ".join(f"case when not is_hidden then {name} end as {name}" for name in FIGURES)
    connection.execute(
        f"""
        create or replace temp table {SUPPRESSED} as
        select * exclude (is_hidden) replace ({emptied}), is_hidden as is_suppressed
        from (
            select all_values.*, coalesce(cells.is_hidden, false) as is_hidden
            from all_values
            left join cells
                using (metric_id, period_grain, period_start, dimension, dimension_value)
        )
        """
    )
    for table in (
        "all_values", "cells", "lines", "wholes", "hidden_months", "hidden_weeks", "hidden_days",
    ):  # fmt: skip
        connection.execute(f"drop table {table}")
    return f"select * from {SUPPRESSED}"


def _make_cells(connection: duckdb.DuckDBPyConnection, fewest: int) -> None:
    """Make temp tables `lines` (a metric's slice, over time) and `cells` (a line in a period).

    A cell has `customers` (whom it describes) and `people` (whom it counts), of an edge no fewer
    than so many; `first_month` and `last_month` are the months its period touches.
    """
    sums = {whole: parts for whole, parts in SUMS.items() if whole in COUNTING_PEOPLE}
    connection.execute(
        """
        create or replace temp table lines as
        with

        named as (

            select distinct metric_id, dimension, dimension_value, false as is_virtual
            from all_values
            where customers is not null

        ),

        left_over as (

            select distinct metric_id || $left_over, dimension, dimension_value, true
            from named
            -- Over the whole base the causes of M29 are these very parts.
            where list_contains($sums, metric_id) and dimension <> 'all'

        )

        select
            row_number() over (order by metric_id, dimension, dimension_value) as line,
            *
        from (from named union all from left_over)
        """,
        {"left_over": LEFT_OVER, "sums": [*sums]},
    )
    left_over = " union all by name ".join(
        f"""
        select
            '{whole}{LEFT_OVER}' as metric_id,
            period_grain,
            period_start,
            dimension,
            dimension_value,
            any_value(customers) as customers,
            sum(case when metric_id = '{whole}' then numerator else -numerator end) as people
        from all_values
        where metric_id in {(whole, *parts)} and dimension <> 'all'
        group by all
        having count(*) filter (metric_id = '{whole}') = 1
        """
        for whole, parts in sums.items()
    )
    connection.execute(
        f"""
        create or replace temp table cells as
        with

        counted as (

            select
                metric_id, period_grain, period_start, dimension, dimension_value, customers,
                case when metric_id in {COUNTING_PEOPLE} then numerator else customers end as people
            from all_values
            where customers is not null
            union all by name
            {left_over}

        ),

        edge_days as (

            select
                counted.* exclude (period_grain, period_start),
                -- Who left on one day left on no other. Else people may be the same: as many as on
                -- one day, of whole and parts, so that what is left over is no more than on a day.
                split_part(metric_id, '{LEFT_OVER}', 1) in {COUNTING_PEOPLE} as is_of_people,
                date_trunc('month', period_start)::date as month,
                case
                    when date_trunc('week', period_start) < month then '{_BEGINS}'
                    when date_trunc('week', period_start) + interval 6 day > last_day(period_start)
                        then '{_ENDS}'
                end as edge
            from counted
            where period_grain = 'day'

        ),

        edges as (

            select
                metric_id,
                edge as period_grain,
                month as period_start,
                dimension,
                dimension_value,
                max(customers) as customers,
                case when is_of_people then sum(people) else max(people) end as people
            from edge_days
            where edge is not null
            group by metric_id, edge, month, dimension, dimension_value, is_of_people

        ),

        placed as (

            select * from counted
            union all by name
            select * from edges

        )

        select
            placed.*,
            lines.line,
            lines.is_virtual,
            date_trunc('month', period_start)::date as first_month,
            case period_grain
                when 'week' then date_trunc('month', period_start + interval 6 day)::date
                else first_month
            end as last_month,
            (customers > 0 and customers < $fewest)
            or (people > 0 and people < $fewest) as is_small,
            case when people > 0 then least(customers, people) else customers end as strength,
            false as is_hidden
        from placed
        inner join lines using (metric_id, dimension, dimension_value)
        """,
        {"fewest": fewest},
    )


def _hide_small(connection: duckdb.DuckDBPyConnection) -> None:
    """Begin temp tables `hidden_months`, `hidden_weeks` and `hidden_days` (of a line's month).

    A hidden month hides its weeks, and hidden weeks their days: each is the sum of the next.
    """
    connection.execute(
        f"""
        create or replace temp table hidden_months as
        select line, first_month as month from cells
        where is_small and period_grain not in {_BELOW_MONTHS};

        create or replace temp table hidden_weeks as
        select line, first_month as month from cells where is_small and period_grain <> 'day'
        union
        select line, last_month from cells where is_small and period_grain <> 'day';

        create or replace temp table hidden_days as
        select line, first_month as month from cells where is_small and period_grain = 'day'
        """
    )
    _mark(connection)


def _mark(connection: duckdb.DuckDBPyConnection) -> None:
    for wider, finer in (("hidden_months", "hidden_weeks"), ("hidden_weeks", "hidden_days")):
        connection.execute(
            f"insert into {finer} select distinct line, month from {wider} "
            f"anti join {finer} using (line, month)"
        )
    connection.execute(
        f"""
        update cells set is_hidden = true
        where
            not is_hidden
            and case
                when is_virtual then is_small
                when period_grain = 'day' then (line, first_month) in (from hidden_days)
                when period_grain in {_WEEKS}
                    then
                        (line, first_month) in (from hidden_weeks)
                        or (line, last_month) in (from hidden_weeks)
                -- months, and periods of any other length, by the month they begin in
                else (line, first_month) in (from hidden_months)
            end
        """
    )


def _hide_one_more_each(connection: duckdb.DuckDBPyConnection, fewest: int) -> int:
    """Hide one more cell of every whole that gives a hidden part away; return how many.

    The hidden parts of a shown whole must be two, and about k customers together: as many as the
    largest of them has for sure, and as the whole has beyond the shown parts.
    """
    connection.execute(
        """
        create or replace temp table one_more as
        with

        members as (

            select whole, by_what, part as line, false as is_whole from wholes
            union all
            select distinct whole, by_what, whole, true from wholes

        ),

        placed as (

            select members.*, cells.* exclude (line)
            from members
            inner join cells using (line)

        ),

        judged as (

            select
                whole,
                by_what,
                period_grain,
                period_start,
                bool_and(not is_hidden) filter (is_whole) as is_whole_shown,
                count(*) filter (
                    is_hidden and not is_whole and (customers > 0 or people > 0)
                ) as hidden_parts,
                greatest(
                    max(strength) filter (is_hidden and not is_whole),
                    any_value(people) filter (is_whole)
                    - coalesce(sum(people) filter (not is_hidden and not is_whole), 0)
                ) as hidden_people,
                case
                    when is_whole_shown
                        then hidden_parts > 0 and (hidden_parts < 2 or hidden_people < $fewest)
                    else
                        hidden_parts = 0
                        and any_value(customers) filter (is_whole) > 0
                end as gives_away
            from placed
            group by whole, by_what, period_grain, period_start

        ),

        -- Causes of all exits after those of a sum of some: what is hidden for the sum counts for
        -- all too. The other way round a second cause went, and with it the voluntary exits.
        due as (

            select *
            from judged
            where gives_away
            qualify
                by_what <> 'causes of M28'
                or not bool_or(starts_with(by_what, 'causes of') and by_what <> 'causes of M28')
                    over (partition by period_grain, period_start)

        )

        select
            period_grain,
            first_month as month,
            -- The smallest part that counts somebody; the whole where no part is left to hide.
            arg_min(line, (is_whole, people = 0, people, customers, line)) as line
        from placed
        semi join due
            using (whole, by_what, period_grain, period_start)
        where not is_hidden and not is_virtual and customers > 0
        group by whole, by_what, period_grain, first_month
        """,
        {"fewest": fewest},
    )
    # Weeks before days: hidden weeks hide days, too, and fewer of those are left to hide then.
    connection.execute(
        f"""
        insert into hidden_months
        select distinct line, month from one_more
        where period_grain not in {_BELOW_MONTHS};

        insert into hidden_weeks
        select distinct line, month from one_more
        where period_grain in {_WEEKS};

        insert into hidden_days
        select distinct line, month from one_more
        where
            period_grain = 'day'
            and not exists (
                select 1 from one_more
                where period_grain in {_WEEKS}
            )
        """
    )
    hidden = _hidden(connection)
    _mark(connection)
    ((count,),) = connection.execute("select count(*) from one_more").fetchall()
    connection.execute("drop table one_more")
    if count and _hidden(connection) == hidden:
        raise CxError(
            f"publish: {count} figures about few people cannot be hidden, so nothing is released; "
            "the last release is still served; report this with the ids of the newest metrics"
        )
    return count


def _hidden(connection: duckdb.DuckDBPyConnection) -> int:
    query = "select count(*) from cells where is_hidden"
    return connection.execute(query).fetchall()[0][0]
