-- One row per period and slice: average base (mean of daily opening counts, C6) and its customers.
with

base_days as (

    select * from {{ ref('int_base_days') }}

),

base_customers as (

    select * from {{ ref('int_base_customers') }}

),

metric_periods as (

    select * from {{ ref('int_metric_periods') }}

),

base_sums as (

    {{ per_period(
        'base_days', 'base_date', 'sum(opening_subscriptions) as base_days',
        pairs=pairs_of_slices()
    ) }}

)

select
    base_sums.period_grain,
    base_sums.period_start,
    base_sums.dimension,
    base_sums.dimension_value,
    metric_periods.period_end,
    metric_periods.days,
    cast(base_sums.base_days as bigint) as base_days,
    base_sums.base_days / metric_periods.days as average_base,
    coalesce(base_customers.customers, 0) as customers
from base_sums
inner join metric_periods
    on
        base_sums.period_grain = metric_periods.period_grain
        and base_sums.period_start = metric_periods.period_start
left join base_customers
    on
        base_sums.period_grain = base_customers.period_grain
        and base_sums.period_start = base_customers.period_start
        and base_sums.dimension = base_customers.dimension
        and base_sums.dimension_value = base_customers.dimension_value
