"""Small cells: no published figure is about fewer than k customers, alone or by a difference (C8).

A release holds every metric by period and slice. A cell about 1 to k - 1 customers is emptied, and
so are others, until no sum of shown cells gives it away:

* parts of a whole (a segment of all, a reason of its area, a region's families of either, the days
  of a month): of the hidden parts there are two or more, and together they are about k customers
  or more;
* days and weeks: where one day or week of a slice is hidden, all its days of that month and all
  weeks that touch it are, so that months less weeks less days leave nothing over;
* metrics that are the difference of others (M09 of M07 and M08, M29w of M29v) are parts and whole.

The warehouse keeps every figure; only what is published is emptied.
"""

from __future__ import annotations

import duckdb

from cx.errors import CxError

SUPPRESSED = "metric_value_published"
# What a hidden cell loses. Its keys, its period and its status say nothing of anybody.
FIGURES = ("numerator", "denominator", "value", "n", "ci_low", "ci_high", "customers", "is_low_n")
# Their numerator is people who left: fewer than k of them are a small cell of a large base.
COUNTING_PEOPLE = ("M28", "M29", "M29v", "M29w", "M29i", "M31", "M31b")
# Slices that stand one above the other: the table that says which is part of which.
_TREES = {
    ("reason", "reason_area"): "dim_reason",
    ("cause", "cause_group"): "dim_cause",
    ("channel", "channel_kind"): "dim_channel",
}
# Metrics that others add up to, slice by slice. Of a count of people what is left over of the whole
# is a cell too, though published nowhere: it is the difference of two that are.
_SUMS = {"M29v": ("M31",), "M29w": ("M29v",), "M28": ("M29w", "M29i"), "M09": ("M07", "M08")}
# Exits by cause that a published sum holds (met_m28_churn).
_CAUSES_OF = {
    "M28": None,
    "M29v": ("port_out", "cancel_other"),
    "M29w": ("port_out", "cancel_other", "move_out"),
    "M29i": ("non_pay", "fraud", "deceased", "operator"),
    "M31": ("port_out",),
}
_LEFT_OVER = "~rest"


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
    _make_wholes(connection)
    _hide_small(connection, fewest)
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
    for table in ("all_values", "cells", "lines", "wholes", "hidden_months", "hidden_blocks"):
        connection.execute(f"drop table {table}")
    return f"select * from {SUPPRESSED}"


def _make_cells(connection: duckdb.DuckDBPyConnection, fewest: int) -> None:
    """Make temp tables `lines` (a metric's slice, over time) and `cells` (a line in a period).

    A cell has `customers` (whom it describes) and `people` (whom it counts); `first_month` and
    `last_month` are the months its period touches.
    """
    sums = {whole: parts for whole, parts in _SUMS.items() if whole in COUNTING_PEOPLE}
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
        {"left_over": _LEFT_OVER, "sums": [*sums]},
    )
    left_over = " union all by name ".join(
        f"""
        select
            '{whole}{_LEFT_OVER}' as metric_id,
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

        )

        select
            counted.*,
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
        from counted
        inner join lines using (metric_id, dimension, dimension_value)
        """,
        {"fewest": fewest},
    )


def _make_wholes(connection: duckdb.DuckDBPyConnection) -> None:
    """Make temp table `wholes`: which line is the sum of which others, one row a part."""
    there = {
        table
        for (table,) in connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts'"
        ).fetchall()
    }
    queries = [
        # every dimension of a metric is cut from all of it
        """
        select
            whole.line as whole, parts.line as part, parts.dimension as by_what
        from lines as parts
        inner join lines as whole using (metric_id)
        where
            whole.dimension = 'all' and parts.dimension <> 'all'
            and not contains(parts.dimension, '+')
            and not parts.is_virtual and not whole.is_virtual
        """
    ]
    for (below, above), table in _TREES.items():
        if table in there:
            queries.append(
                f"""
                select distinct whole.line, parts.line, '{below} of {above}'
                from lines as parts
                inner join marts.{table} as tree on parts.dimension_value = tree.{below}
                inner join lines as whole
                    on
                        parts.metric_id = whole.metric_id
                        and whole.dimension = '{above}'
                        and tree.{above} = whole.dimension_value
                where parts.dimension = '{below}'
                """
            )
    # A cell of a pair of slices (region+family) is a part of its region, and of its family.
    queries.append(
        """
        select unnest([first.line, second.line]), parts.line, parts.dimension
        from lines as parts
        inner join lines as first
            on
                parts.metric_id = first.metric_id
                and first.dimension = split_part(parts.dimension, '+', 1)
        inner join lines as second
            on
                parts.metric_id = second.metric_id
                and second.dimension = split_part(parts.dimension, '+', 2)
        where
            contains(parts.dimension, '+')
            and parts.dimension_value
            = first.dimension_value || ' + ' || second.dimension_value
        """
    )
    queries += [
        f"""
        select whole.line, parts.line, '{metric} is a sum'
        from lines as parts
        inner join lines as whole using (dimension, dimension_value)
        where
            whole.metric_id = '{metric}'
            and parts.metric_id in {(*parts, metric + _LEFT_OVER)}
            and (dimension <> 'all' or '{metric}' = 'M09')
        """
        for metric, parts in _SUMS.items()
    ]
    queries += [
        f"""
        select whole.line, parts.line, 'causes of {metric}'
        from lines as parts
        cross join lines as whole
        where
            whole.metric_id = '{metric}' and whole.dimension = 'all'
            and parts.metric_id = 'M29'
            and {f"list_contains({list(causes)}, parts.dimension_value)" if causes else "true"}
        """
        for metric, causes in _CAUSES_OF.items()
    ]
    # Over the whole base a sum is of other sums and of the causes that are in none of them.
    queries += [
        f"""
        select whole.line, parts.line, 'sums and causes of {metric}'
        from lines as parts
        cross join lines as whole
        where
            whole.metric_id = '{metric}' and whole.dimension = 'all'
            and (
                (parts.dimension = 'all' and list_contains({list(_SUMS[metric])}, parts.metric_id))
                or (
                    parts.metric_id = 'M29'
                    {f"and list_contains({list(causes)}, parts.dimension_value)" if causes else ""}
                    and not list_contains({_causes_in(_SUMS[metric])}, parts.dimension_value)
                )
            )
        """
        for metric, causes in _CAUSES_OF.items()
        if metric in _SUMS
    ]
    connection.execute(
        f"create or replace temp table wholes as {' union all '.join(queries)}",
    )


def _causes_in(metrics: tuple[str, ...]) -> list[str]:
    return [cause for metric in metrics for cause in _CAUSES_OF[metric] or ()]


def _hide_small(connection: duckdb.DuckDBPyConnection, fewest: int) -> None:
    """Begin temp tables `hidden_months` and `hidden_blocks` (days and weeks of a line's month)."""
    connection.execute(
        "create or replace temp table hidden_months as "
        "select line, first_month as month from cells where is_small "
        "and period_grain not in ('day', 'week')"
    )
    connection.execute(
        "create or replace temp table hidden_blocks as "
        "select line, first_month as month from cells where is_small "
        "union select line, last_month from cells where is_small"
    )
    _mark(connection)


def _mark(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "insert into hidden_blocks select line, month from hidden_months "
        "anti join hidden_blocks using (line, month)"
    )
    connection.execute(
        """
        update cells set is_hidden = true
        where
            not is_hidden
            and case
                when is_virtual then is_small
                when period_grain in ('day', 'week')
                    then
                        (line, first_month) in (from hidden_blocks)
                        or (line, last_month) in (from hidden_blocks)
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
    connection.execute(
        "insert into hidden_months select distinct line, month from one_more "
        "where period_grain not in ('day', 'week')"
    )
    # Days first: a block hidden for its days hides the weeks that touch it, of either month.
    connection.execute(
        """
        insert into hidden_blocks
        select distinct line, month
        from one_more
        where
            period_grain = 'day'
            or (period_grain = 'week' and 'day' not in (select period_grain from one_more))
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
