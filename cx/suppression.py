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

from cx.cells import BELOW_MONTHS, make_cells
from cx.errors import CxError
from cx.wholes import EDGES, SLICES, SPANS, make_spans, make_wholes

SUPPRESSED = "metric_value_published"
# What a hidden cell loses. Its keys, its period and its status say nothing of anybody.
FIGURES = ("numerator", "denominator", "value", "n", "ci_low", "ci_high", "customers", "is_low_n")


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
    make_cells(connection, fewest)
    make_wholes(connection)
    make_spans(connection)
    _hide_small(connection)
    _hide_more(connection, fewest)
    while _ask_what_follows(connection, fewest):
        _hide_beside_told(connection)
        _hide_more(connection, fewest)
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
        "all_values", "cells", "lines", "wholes", "spans", "hidden_months", "followed", "follows",
    ):  # fmt: skip
        connection.execute(f"drop table if exists {table}")
    return f"select * from {SUPPRESSED}"


def _hide_small(connection: duckdb.DuckDBPyConnection) -> None:
    """Hide small cells, and begin temp table `hidden_months` (of a line)."""
    connection.execute(
        f"""
        create or replace temp table hidden_months as
        select line, first_month from cells
        where is_small and not is_virtual and period_grain not in {BELOW_MONTHS};

        create or replace temp table followed (cell bigint);

        update cells set is_hidden = true
        where is_small and (is_virtual or period_grain in {BELOW_MONTHS})
        """
    )
    _hide_by_months(connection)


def _hide_by_months(connection: duckdb.DuckDBPyConnection) -> None:
    """Hide months, and periods of any other length by the month they begin in."""
    connection.execute(
        f"""
        update cells set is_hidden = true
        where
            not is_hidden and not is_virtual and period_grain not in {BELOW_MONTHS}
            and (line, first_month) in (from hidden_months)
        """
    )


def _hide_more(connection: duckdb.DuckDBPyConnection, fewest: int) -> None:
    """Hide one more cell of every whole that gives a hidden part away, until none does.

    First of months and weeks, of which fewer are left to hide for the sake of days then.
    """
    gives_away = _GIVES_AWAY.format(fewest=fewest)
    while any(_hide(connection, *kind, gives_away) for kind in _KINDS):
        pass


def _hide_beside_told(connection: duckdb.DuckDBPyConnection) -> None:
    """Hide one more cell of every whole in which a cell of few follows from all that is shown.

    Where none is left there, it follows by way of others: then of every whole in which one does,
    and at last the metric, of which nothing follows when nothing of it is shown.
    """
    if not _hide_beside(connection):
        connection.execute(
            """
            update cells set is_told = true
            where
                cell in (from follows)
                and metric_id in (select metric_id from cells where is_told)
            """
        )
        if not _hide_beside(connection):
            connection.execute(
                f"""
                insert into hidden_months
                select distinct line, first_month from cells
                where
                    metric_id in (select metric_id from cells where is_told)
                    and not is_virtual and period_grain not in {BELOW_MONTHS};

                update cells set is_hidden = true
                where
                    metric_id in (select metric_id from cells where is_told)
                    and not is_virtual and period_grain in {BELOW_MONTHS}
                """
            )
            _hide_by_months(connection)
    connection.execute("update cells set is_told = false where is_told")


def _hide_beside(connection: duckdb.DuckDBPyConnection) -> int:
    return sum(_hide(connection, *kind, "bool_or(is_told)") for kind in _KINDS)


def _hide(connection: duckdb.DuckDBPyConnection, members: str, how: str, gives_away: str) -> int:
    """Hide what `_choose` chooses; return how many."""
    hidden = _hidden(connection)
    count = _choose(connection, members, how, gives_away)
    connection.execute(
        f"""
        insert into hidden_months
        select distinct line, first_month from chosen
        where period_grain not in {BELOW_MONTHS};

        update cells set is_hidden = true
        where cell in (select cell from chosen where period_grain in {BELOW_MONTHS});

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


# The hidden parts of a shown whole must be two, and about k customers together: as many as the
# largest of them has for sure, and as the whole has beyond the shown parts.
_GIVES_AWAY = """
    case
        when bool_and(not is_hidden) filter (is_whole)
            then hidden_parts > 0 and (hidden_parts < 2 or hidden_people < {fewest})
        else hidden_parts = 0 and any_value(customers) filter (is_whole) > 0
    end
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


_KINDS = (
    (SLICES.format(those="period_grain <> 'day'"), _ONE_LINE),
    (SPANS.format(those="by_what <> 'days'"), _ONE_CELL),
    (SLICES.format(those="period_grain = 'day'"), _ONE_LINE),
    (SPANS.format(those="by_what = 'days'"), _ONE_CELL),
)


def _choose(connection: duckdb.DuckDBPyConnection, members: str, how: str, gives_away: str) -> int:
    """Make temp table `chosen`, cells to hide of every whole that gives away; return how many."""
    connection.execute(
        f"""
        create or replace temp table chosen as
        with

        members as ({members}),

        begun as (

            select distinct line, first_month from cells
            where is_hidden and not is_virtual and period_grain in {BELOW_MONTHS}

        ),

        judged as (

            select
                whole,
                by_what,
                place,
                min(period_start) filter (is_hidden and not is_whole) as hidden_on,
                count(*) filter (
                    is_hidden and not is_whole and (customers > 0 or people > 0)
                ) as hidden_parts,
                greatest(
                    max(strength) filter (is_hidden and not is_whole),
                    any_value(people) filter (is_whole)
                    - coalesce(sum(people) filter (not is_hidden and not is_whole), 0)
                ) as hidden_people,
                {gives_away} as gives_away
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
                    when period_grain in {BELOW_MONTHS[1:]} then 'week' else period_grain
                end as grain,
                (line, first_month) in (from begun) as is_begun
            from members
            inner join due using (whole, by_what, place)
            where not is_hidden and not is_virtual and customers > 0

        )

        select cell, line, first_month, period_grain
        from left_to_hide
        qualify {how}
        """
    )
    return connection.execute("select count(*) from chosen").fetchall()[0][0]


def _ask_what_follows(connection: duckdb.DuckDBPyConnection, fewest: int) -> int:
    """Mark the cells of few people that follow from all that is shown (`is_told`); return how many.

    After the first time only what hangs together with those found before is asked.
    """
    is_again = connection.execute("select count(*) > 0 from followed").fetchall()[0][0]
    members = connection.execute(
        f"""
        with

        members as (

            select hash(whole, by_what, place) as equation, *
            from (
                ({SLICES.format(those="true")})
                union all
                ({SPANS.format(those="true")})
            )

        ),

        equations as (

            select equation from members
            group by equation
            having
                bool_or(is_whole) and not bool_and(is_whole)
                -- Of some metrics parts do not add up: medians, lines that changed their slice.
                and (
                    abs(sum(if(is_whole, -numerator, numerator))) <= 1e-6 * max(abs(numerator))
                    or abs(sum(if(is_whole, -denominator, denominator)))
                    <= 1e-6 * max(abs(denominator))
                )

        )

        select
            dense_rank() over (order by equation) - 1 as equation,
            dense_rank() over (order by cell) - 1 as unknown,
            if(is_whole, -1.0, 1.0) as sign,
            cell,
            people > 0 and people < $fewest as is_few,
            is_few and (not $again or cell in (from followed)) as is_asked
        from members
        semi join equations using (equation)
        -- nobody publishes what is left over of a metric, or the edge of a month
        where is_hidden or is_virtual or period_grain in {EDGES}
        """,
        {
            "fewest": fewest,
            "again": is_again,
        },
    ).fetchnumpy()
    if not members["is_asked"].any():
        return 0
    # Here, for whoever releases nothing need not wait for scipy, nor have its threads.
    from cx.inference import cells_that_follow

    follows, told = cells_that_follow(members)
    connection.execute(
        "create or replace temp table follows as select unnest($cells::bigint[]) as cell",
        {"cells": follows},
    )
    connection.execute("insert into followed select unnest($told::bigint[])", {"told": told})
    connection.execute(
        "update cells set is_told = true where cell in (select unnest($told::bigint[]))",
        {"told": told},
    )
    return len(told)


def _hidden(connection: duckdb.DuckDBPyConnection) -> int:
    query = "select count(*) from cells where is_hidden"
    return connection.execute(query).fetchall()[0][0]
