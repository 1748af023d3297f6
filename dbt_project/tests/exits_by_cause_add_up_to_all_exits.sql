-- M29 over its causes is M28, and both are the exits of fct_subscription_event.
with

churn as (

    select
        period_start,
        sum(numerator) filter (where metric_id = 'M28' and dimension = 'all') as exits,
        sum(numerator) filter (where metric_id = 'M29') as exits_by_cause
    from {{ ref('metric_value') }}
    where metric_id in ('M28', 'M29') and period_grain = 'month'
    group by period_start

),

events as (

    select
        cast(date_trunc('month', occurred_at) as date) as period_start,
        count(*) as exits
    from {{ ref('fct_subscription_event') }}
    where event_type = 'exit'
    group by period_start

)

select churn.*
from churn
left join events
    on churn.period_start = events.period_start
where
    churn.exits <> coalesce(churn.exits_by_cause, 0)
    or churn.exits <> coalesce(events.exits, 0)
