"""Which published figure is the sum of which others: what is hidden of one tells of the rest."""

from __future__ import annotations

import duckdb

# Slices that stand one above the other: the table that says which is part of which.
_TREES = {
    ("reason", "reason_area"): "dim_reason",
    ("cause", "cause_group"): "dim_cause",
    ("channel", "channel_kind"): "dim_channel",
}
# Metrics that others add up to, slice by slice. Of a count of people what is left over of the whole
# is a cell too, though published nowhere: it is the difference of two that are.
SUMS = {"M29v": ("M31",), "M29w": ("M29v",), "M28": ("M29w", "M29i"), "M09": ("M07", "M08")}
# Exits by cause that a published sum holds (met_m28_churn).
_CAUSES_OF = {
    "M28": None,
    "M29v": ("port_out", "cancel_other"),
    "M29w": ("port_out", "cancel_other", "move_out"),
    "M29i": ("non_pay", "fraud", "deceased", "operator"),
    "M31": ("port_out",),
}
# The days of a month that belong to no whole week of it. Published nowhere, they follow from months
# and weeks.
BEGINS, ENDS = "month_begins", "month_ends"
EDGES = (BEGINS, ENDS)
# The metric that is a whole less its published parts: published nowhere, and yet to be had.
LEFT_OVER = "~rest"


def make_wholes(connection: duckdb.DuckDBPyConnection) -> None:
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
            and parts.metric_id in {(*parts, metric + LEFT_OVER)}
            and (dimension <> 'all' or '{metric}' = 'M09')
        """
        for metric, parts in SUMS.items()
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
                (parts.dimension = 'all' and list_contains({list(SUMS[metric])}, parts.metric_id))
                or (
                    parts.metric_id = 'M29'
                    {f"and list_contains({list(causes)}, parts.dimension_value)" if causes else ""}
                    and not list_contains({_causes_in(SUMS[metric])}, parts.dimension_value)
                )
            )
        """
        for metric, causes in _CAUSES_OF.items()
        if metric in SUMS
    ]
    connection.execute(
        f"create or replace temp table wholes as {' union all '.join(queries)}",
    )


def _causes_in(metrics: tuple[str, ...]) -> list[str]:
    return [cause for metric in metrics for cause in _CAUSES_OF[metric] or ()]


def make_spans(connection: duckdb.DuckDBPyConnection) -> None:
    """Make temp table `spans`: which cell of a line is the sum of which others, one row a part."""
    connection.execute(
        f"""
        create or replace temp table spans as
        with

        own as (from cells where not is_virtual),

        months as (from own where period_grain = 'month'),

        weeks as (from own where period_grain = 'week'),

        edges as (from own where period_grain in {EDGES}),

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
                    when '{ENDS}' then weeks.first_month else weeks.last_month
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
                    when '{BEGINS}'
                        then date_trunc('week', days.period_start) < days.first_month
                    else
                        date_trunc('week', days.period_start) + interval 6 day
                        > last_day(days.period_start)
                end
        """
    )


def make_members(connection: duckdb.DuckDBPyConnection) -> None:
    """Make temp table `members`: the cells of every sum, of slices in a period and of time.

    `whole` is the line or the cell that is a sum, `place` its period where it is a line;
    `equation` numbers the two, and `kind` tells how they are judged.
    """
    connection.execute(
        """
        create or replace temp table members as
        with

        slices as (

            select whole, by_what, part as line, false as is_whole from wholes
            union all
            select distinct whole, by_what, whole, true from wholes

        ),

        periods as (

            select whole, by_what, part as cell, false as is_whole from spans
            union all
            select distinct whole, by_what, whole, true from spans

        ),

        sums as (

            select
                if(period_grain = 'day', 'slices of days', 'slices') as kind,
                slices.whole,
                slices.by_what,
                [period_grain, period_start::varchar] as place,
                slices.is_whole,
                cells.cell
            from slices
            inner join cells using (line)

            union all

            select if(by_what = 'days', 'days', 'spans'), whole, by_what, [], is_whole, cell
            from periods

        ),

        equations as (

            select row_number() over () as equation, kind, whole, by_what, place
            from sums
            group by kind, whole, by_what, place
            having bool_or(is_whole) and not bool_and(is_whole)

        )

        select equations.equation, sums.*
        from sums
        inner join equations using (kind, whole, by_what, place)
        """
    )
