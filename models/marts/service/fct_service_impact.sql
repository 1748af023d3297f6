-- One row per problem, service, subscription that used the service then, and unbroken period.
-- `minutes` are outage minutes (0 for a degradation, which has `degraded_minutes`); two problems
-- may cover the same minutes: totals over problems come from fct_service_downtime, not from here.
-- Easy to get wrong: who was hit is who held the line then, not who took it over later; and nobody
-- was whose line was not in the base then, left or between two stays, whatever its product says now.
{{ config(pre_hook=keep_hashes('subscription_id')) }}
with

disturbances as (

    select * from {{ ref('int_service_disturbances') }}

),

subscription_services as (

    select * from {{ ref('bdg_subscription_service') }}

),

subscriptions as (

    select * from {{ ref('dim_subscription') }}

),

stays as (

    select * from {{ ref('int_subscription_periods') }}

),

-- Lines outside the base, an internal one say, have no stay and are hit like any other.
used_services as (

    select
        subscription_services.service_id,
        subscription_services.subscription_id,
        greatest(subscription_services.valid_from, stays.active_from) as valid_from,
        least(subscription_services.valid_to, stays.active_to) as valid_to
    from subscription_services
    inner join stays
        on
            subscription_services.subscription_id = stays.subscription_id
            and subscription_services.valid_from < coalesce(stays.active_to, timestamp 'infinity')
            and coalesce(subscription_services.valid_to, timestamp 'infinity') > stays.active_from

    union all

    select
        subscription_services.service_id,
        subscription_services.subscription_id,
        subscription_services.valid_from,
        subscription_services.valid_to
    from subscription_services
    anti join stays
        on subscription_services.subscription_id = stays.subscription_id

),

impacts as (

    select
        disturbances.problem_id,
        disturbances.service_id,
        used_services.subscription_id,
        greatest(disturbances.disturbed_from, used_services.valid_from) as impact_from,
        least(disturbances.disturbed_to, used_services.valid_to) as impact_to,
        disturbances.is_outage,
        disturbances.is_planned,
        disturbances.rule,
        disturbances.confidence
    from disturbances
    left join used_services
        on
            disturbances.service_id = used_services.service_id
            and disturbances.disturbed_from
            < coalesce(used_services.valid_to, timestamp 'infinity')
            and disturbances.disturbed_to > used_services.valid_from

)

select
    ---------- keys
    impacts.problem_id,
    impacts.service_id,
    impacts.subscription_id,
    subscriptions.customer_id,

    ---------- attributes
    impacts.rule,
    impacts.confidence,

    ---------- numbers
    case
        when impacts.is_outage
            then {{ minutes_between('impacts.impact_from', 'impacts.impact_to') }}
        else 0.0
    end as minutes,
    case
        when impacts.is_outage then 0.0
        else {{ minutes_between('impacts.impact_from', 'impacts.impact_to') }}
    end as degraded_minutes,

    ---------- flags
    impacts.is_outage,
    impacts.is_planned,

    ---------- times
    impacts.impact_from,
    impacts.impact_to
from impacts
left join subscriptions
    on
        impacts.subscription_id = subscriptions.subscription_id
        and {{ holds_at('impacts.impact_from', 'subscriptions.valid_from', 'subscriptions.valid_to') }}
