-- One row per day and segment × family × region: subscriptions in the base as the day opens (C5,
-- C6). Counted by what changed, never by expanding every subscription over every day.
with

periods as (

    select * from {{ ref('int_sliced_periods') }}

),

metric_periods as (

    select * from {{ ref('int_metric_periods') }}

),

days as (

    select period_start as base_date
    from metric_periods
    where period_grain = 'day'

),

first_day as (

    select min(base_date) as base_date from days

),

-- The first midnight at which a start, or an end, is a fact.
changes as (

    select
        segment,
        family,
        region,
        cast(active_from + interval 1 day - interval 1 microsecond as date) as changed_on,
        1 as subscriptions
    from periods

    union all

    select
        segment,
        family,
        region,
        cast(active_to + interval 1 day - interval 1 microsecond as date) as changed_on,
        -1 as subscriptions
    from periods
    where active_to is not null

),

day_changes as (

    select
        changes.segment,
        changes.family,
        changes.region,
        greatest(changes.changed_on, first_day.base_date) as base_date,
        sum(changes.subscriptions) as subscriptions
    from changes
    cross join first_day
    group by
        changes.segment,
        changes.family,
        changes.region,
        greatest(changes.changed_on, first_day.base_date)

),

cells as (

    select
        segment,
        family,
        region
    from day_changes
    group by segment, family, region

),

cell_days as (

    select
        days.base_date,
        cells.segment,
        cells.family,
        cells.region,
        coalesce(day_changes.subscriptions, 0) as subscriptions
    from days
    cross join cells
    left join day_changes
        on
            days.base_date = day_changes.base_date
            and cells.segment is not distinct from day_changes.segment
            and cells.family is not distinct from day_changes.family
            and cells.region is not distinct from day_changes.region

)

select
    base_date,
    segment,
    family,
    region,
    cast(sum(subscriptions) over (
        partition by segment, family, region
        order by base_date
        rows between unbounded preceding and current row
    ) as bigint) as opening_subscriptions
from cell_days
