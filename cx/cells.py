"""The figures of a release as cells: whom each describes, whom it counts, and if they are few."""

from __future__ import annotations

import duckdb

from cx.wholes import BEGINS, EDGES, ENDS, LEFT_OVER, SUMS

# Their numerator is people who left: fewer than k of them are a small cell of a large base.
COUNTING_PEOPLE = ("M28", "M29", "M29v", "M29w", "M29i", "M31", "M31b")
BELOW_MONTHS = ("day", "week", *EDGES)


def make_cells(connection: duckdb.DuckDBPyConnection, fewest: int) -> None:
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
            sum(case when metric_id = '{whole}' then numerator else -numerator end) as people,
            people as numerator,
            null as denominator
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
                numerator,
                denominator,
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
                    when date_trunc('week', period_start) < month then '{BEGINS}'
                    when date_trunc('week', period_start) + interval 6 day > last_day(period_start)
                        then '{ENDS}'
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
                sum(numerator) as numerator,
                sum(denominator) as denominator,
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
            row_number() over (order by line, period_grain, period_start) as cell,
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
            null::integer as hidden_at,
            false as is_told
        from placed
        inner join lines using (metric_id, dimension, dimension_value)
        """,
        {"fewest": fewest},
    )
