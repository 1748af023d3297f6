-- Two paths to the base of C6: the days of every subscription, and the running count of changes.
with

by_subscription as (

    select
        month_start,
        sum(active_days) as base_days
    from {{ ref('fct_subscription_month') }}
    group by month_start

),

by_change as (

    select
        period_start as month_start,
        base_days
    from {{ ref('int_base_periods') }}
    where period_grain = 'month' and dimension = 'all'

)

select
    by_change.month_start,
    by_change.base_days,
    by_subscription.base_days as counted_days
from by_change
left join by_subscription
    on by_change.month_start = by_subscription.month_start
where by_change.base_days <> coalesce(by_subscription.base_days, 0)
