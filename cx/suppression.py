"""Small cells: no published figure is about fewer than k customers, alone or by a difference (C8).

A release holds every metric by period and slice. A cell about 1 to k - 1 customers is emptied, and
so are others, until no sum of shown cells gives it away:

* parts of a whole (a segment of all, a reason of its area, a region's families of either, the days
  of a month): of the hidden parts there are two or more, and together they are about k customers
  or more;
* in time: days of a week; weeks of a month, together with its edges (the days before its first
  Monday, those after its last Sunday), which nobody publishes and months less weeks tell; a week
  across two months is the sum of two edges;
* metrics that are the difference of others (M09 of M07 and M08, M29w of M29v) are parts and whole.

That keeps every sum by itself from telling. What all of them tell together is then asked of linear
algebra (cx/inference.py), and more is hidden until no small cell follows.

The warehouse keeps every figure; only what is published is emptied.
"""

from __future__ import annotations

import duckdb
import numpy as np

from cx.errors import CxError
from cx.inference import determined
from cx.wholes import LEFT_OVER, SUMS, make_wholes

SUPPRESSED = "metric_value_published"
# What a hidden cell loses. Its keys, its period and its status say nothing of anybody.
FIGURES = ("numerator", "denominator", "value", "n", "ci_low", "ci_high", "customers", "is_low_n")
# Their numerator is people who left: fewer than k of them are a small cell of a large base.
COUNTING_PEOPLE = ("M28", "M29", "M29v", "M29w", "M29i", "M31", "M31b")
# The days of a month that belong to no whole week of it. Published nowhere, they follow from months
# and weeks.
_BEGINS, _ENDS = "month_begins", "month_ends"
_EDGES = (_BEGINS, _ENDS)
_BELOW_MONTHS = ("day", "week", *_EDGES)


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
    _make_spans(connection)
    _hide_small(connection)
    while True:
        while _hide_one_more_each(connection, fewest):
            pass
        if not _ask_what_follows(connection):
            break
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
        "all_values", "cells", "lines", "wholes", "spans", "hidden_months", "followed",
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
            row_number() over () as cell,
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
            false as is_hidden,
            false as is_told
        from placed
        inner join lines using (metric_id, dimension, dimension_value)
        """,
        {"fewest": fewest},
    )


def _make_spans(connection: duckdb.DuckDBPyConnection) -> None:
    """Make temp table `spans`: which cell of a line is the sum of which others, one row a part."""
    connection.execute(
        f"""
        create or replace temp table spans as
        with

        own as (from cells where not is_virtual),

        months as (from own where period_grain = 'month'),

        weeks as (from own where period_grain = 'week'),

        edges as (from own where period_grain in {_EDGES}),

        days as (from own where period_grain = 'day')

        select months.cell as whole, parts.cell as part, 'weeks' as by_what
        from months
        inner join (
            from weeks where first_month = last_month
            union all
            from edges
        ) as parts
            on months.line = parts.line and months.period_start = parts.first_month

        union all

        select weeks.cell, edges.cell, 'edges'
        from weeks
        inner join edges
            on
                weeks.line = edges.line
                and edges.first_month
                = case edges.period_grain
                    when '{_ENDS}' then weeks.first_month else weeks.last_month
                end
        where weeks.first_month <> weeks.last_month

        union all

        select weeks.cell, days.cell, 'days'
        from weeks
        inner join days
            on
                weeks.line = days.line
                and weeks.period_start = date_trunc('week', days.period_start)

        union all

        select edges.cell, days.cell, 'days'
        from edges
        inner join days
            on
                edges.line = days.line
                and edges.first_month = days.first_month
                and case edges.period_grain
                    when '{_BEGINS}'
                        then date_trunc('week', days.period_start) < days.first_month
                    else
                        date_trunc('week', days.period_start) + interval 6 day
                        > last_day(days.period_start)
                end
        """
    )


def _hide_small(connection: duckdb.DuckDBPyConnection) -> None:
    """Hide small cells, and begin temp table `hidden_months` (of a line)."""
    connection.execute(
        f"""
        create or replace temp table hidden_months as
        select line, first_month from cells
        where is_small and not is_virtual and period_grain not in {_BELOW_MONTHS};

        create or replace temp table followed (cell bigint);

        update cells set is_hidden = true
        where is_small and (is_virtual or period_grain in {_BELOW_MONTHS})
        """
    )
    _hide_by_months(connection)


def _hide_by_months(connection: duckdb.DuckDBPyConnection) -> None:
    """Hide months, and periods of any other length by the month they begin in."""
    connection.execute(
        f"""
        update cells set is_hidden = true
        where
            not is_hidden and not is_virtual and period_grain not in {_BELOW_MONTHS}
            and (line, first_month) in (from hidden_months)
        """
    )


def _hide_one_more_each(connection: duckdb.DuckDBPyConnection, fewest: int) -> int:
    """Hide one more cell of every whole that gives a hidden part away; return how many.

    First of months and weeks, of which fewer are left to hide for the sake of days then.
    """
    hidden = _hidden(connection)
    count = (
        _choose(connection, _SLICES.format(those="period_grain <> 'day'"), _ONE_LINE, fewest)
        or _choose(connection, _SPANS.format(those="by_what <> 'days'"), _ONE_CELL, fewest)
        or _choose(connection, _SLICES.format(those="period_grain = 'day'"), _ONE_LINE, fewest)
        or _choose(connection, _SPANS.format(those="by_what = 'days'"), _ONE_CELL, fewest)
    )
    connection.execute(
        f"""
        insert into hidden_months
        select distinct line, first_month from chosen
        where period_grain not in {_BELOW_MONTHS};

        update cells set is_hidden = true
        where cell in (select cell from chosen where period_grain in {_BELOW_MONTHS});

        update cells set is_told = false
        where is_told;

        drop table chosen
        """
    )
    _hide_by_months(connection)
    if count and _hidden(connection) == hidden:
        raise CxError(
            f"publish: {count} figures about few people cannot be hidden, so nothing is released; "
            "the last release is still served; report this with the ids of the newest metrics"
        )
    return count


# The cells of every whole of one period, and of every whole in time.
_SLICES = """
    select whole, by_what, [period_grain, period_start::varchar] as place, is_whole, cells.*
    from (
        select whole, by_what, part as line, false as is_whole from wholes
        union all
        select distinct whole, by_what, whole, true from wholes
    )
    inner join cells using (line)
    where {those}
"""
_SPANS = """
    select whole, by_what, [] as place, is_whole, cells.*
    from (
        select whole, by_what, part as cell, false as is_whole from spans
        union all
        select distinct whole, by_what, whole, true from spans
    )
    inner join cells using (cell)
    where {those}
"""
# The smallest part that counts somebody, for all weeks of a month that need one, if it can be a
# line that hides some week of it already; the whole where no part is left to hide.
_ONE_LINE = """
    line = first(line) over (
        partition by whole, by_what, first_month, grain
        order by is_whole, people = 0, not is_begun, people, customers, line
    )
"""
# Of a month the week nearest to a hidden one, so that lines which hide for each other go together;
# else an edge, else the month. A week across two months goes before its edges, which hide more.
_ONE_CELL = """
    cell = first(cell) over (
        partition by whole, by_what
        order by
            case when period_grain in ('day', 'week') then 0 when is_whole then 2 else 1 end,
            abs(period_start - hidden_on),
            not is_begun,
            people,
            cell
    )
"""


def _choose(connection: duckdb.DuckDBPyConnection, members: str, how: str, fewest: int) -> int:
    """Make temp table `chosen`, cells to hide of every whole that gives away; return how many.

    The hidden parts of a shown whole must be two, and about k customers together: as many as the
    largest of them has for sure, and as the whole has beyond the shown parts.
    """
    connection.execute(
        f"""
        create or replace temp table chosen as
        with

        members as ({members}),

        begun as (

            select distinct line, first_month from cells
            where is_hidden and not is_virtual and period_grain in {_BELOW_MONTHS}

        ),

        judged as (

            select
                whole,
                by_what,
                place,
                min(period_start) filter (is_hidden and not is_whole) as hidden_on,
                bool_and(not is_hidden) filter (is_whole) as is_whole_shown,
                count(*) filter (
                    is_hidden and not is_whole and (customers > 0 or people > 0)
                ) as hidden_parts,
                greatest(
                    max(strength) filter (is_hidden and not is_whole),
                    any_value(people) filter (is_whole)
                    - coalesce(sum(people) filter (not is_hidden and not is_whole), 0)
                ) as hidden_people,
                bool_or(is_told)
                or case
                    when is_whole_shown
                        then hidden_parts > 0 and (hidden_parts < 2 or hidden_people < $fewest)
                    else
                        hidden_parts = 0
                        and any_value(customers) filter (is_whole) > 0
                end as gives_away
            from members
            group by whole, by_what, place

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
                    over (partition by place)

        ),

        left_to_hide as (

            select
                members.*,
                due.hidden_on,
                case
                    when period_grain in {_BELOW_MONTHS[1:]} then 'week' else period_grain
                end as grain,
                (line, first_month) in (from begun) as is_begun
            from members
            inner join due using (whole, by_what, place)
            where not is_hidden and not is_virtual and customers > 0

        )

        select cell, line, first_month, period_grain
        from left_to_hide
        qualify {how}
        """,
        {"fewest": fewest},
    )
    return connection.execute("select count(*) from chosen").fetchall()[0][0]


def _ask_what_follows(connection: duckdb.DuckDBPyConnection) -> int:
    """Mark the small cells that follow from all that is shown (`is_told`); return how many.

    After the first time only what hangs together with those found before is asked.
    """
    members = connection.execute(
        f"""
        with

        members as (

            select hash(whole, by_what, place) as equation, *
            from (
                ({_SLICES.format(those="true")})
                union all
                ({_SPANS.format(those="true")})
            )

        ),

        equations as (

            select equation from members
            group by equation
            having bool_or(is_whole) and not bool_and(is_whole)

        )

        select
            dense_rank() over (order by equation) - 1 as equation,
            dense_rank() over (order by cell) - 1 as unknown,
            if(is_whole, -1.0, 1.0) as sign,
            cell,
            is_small,
            is_small and (followed.cell is not null or (select count(*) from followed) = 0) as is_asked
        from members
        semi join equations using (equation)
        left join followed using (cell)
        -- nobody publishes what is left over of a metric, or the edge of a month
        where is_hidden or is_virtual or period_grain in {_EDGES}
        """
    ).fetchnumpy()
    cell, small, asked = (
        np.zeros(members["unknown"].max(initial=-1) + 1, members[name].dtype)
        for name in ("cell", "is_small", "is_asked")
    )
    for each, name in ((cell, "cell"), (small, "is_small"), (asked, "is_asked")):
        each[members["unknown"]] = members[name]
    if not asked.any():
        return 0
    follows = determined(members["equation"], members["unknown"], members["sign"], asked)
    told = cell[follows & small].tolist()
    connection.execute("insert into followed select unnest($told::bigint[])", {"told": told})
    connection.execute(
        "update cells set is_told = true where cell in (select unnest($told::bigint[]))",
        {"told": told},
    )
    return len(told)


def _hidden(connection: duckdb.DuckDBPyConnection) -> int:
    query = "select count(*) from cells where is_hidden"
    return connection.execute(query).fetchall()[0][0]
