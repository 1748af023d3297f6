-- One row per problem and subscription that ended within exit_window_days of the problem's hitting
-- it. That is timing, not cause: what an outage does to churn is for the estimators to say.
with

impacts as (

    select * from {{ ref('fct_service_impact') }} where subscription_id is not null

),

subscriptions as (

    select * from {{ ref('dim_subscription') }} where is_current

),

clock as (

    select * from {{ ref('int_clock') }}

),

ended_subscriptions as (

    select
        subscriptions.subscription_id,
        subscriptions.ended_at,
        subscriptions.exit_cause
    from subscriptions
    cross join clock
    where subscriptions.is_in_base and subscriptions.ended_at < clock.as_of

)

select
    impacts.problem_id,
    impacts.subscription_id,
    ended_subscriptions.exit_cause,
    ended_subscriptions.ended_at,
    min(impacts.impact_from) as impact_from,
    'exit_after_impact' as rule,
    cast({{ var('exit_confidence') }} as double) as confidence
from impacts
inner join ended_subscriptions
    on
        impacts.subscription_id = ended_subscriptions.subscription_id
        and ended_subscriptions.ended_at >= impacts.impact_from
        and ended_subscriptions.ended_at
        < impacts.impact_from + interval {{ var('exit_window_days') }} day
group by
    impacts.problem_id,
    impacts.subscription_id,
    ended_subscriptions.exit_cause,
    ended_subscriptions.ended_at
