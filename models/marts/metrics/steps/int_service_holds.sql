-- One row per subscriber's service and stretch of time it was in service: who held it. Easy to get
-- wrong: two subscriptions may hold one service at once, so minutes of services are those of
-- int_service_times, where the later one takes over; each of their customers was without it. And who
-- has left the base holds nothing, though product and service may still be told active: a number that
-- was carried away, a prepaid line nobody uses.
with

subscription_services as (

    select * from {{ ref('bdg_subscription_service') }}

),

services as (

    select * from {{ ref('dim_service') }}
    where is_current

),

subscriptions as (

    select * from {{ ref('dim_subscription') }}
    where is_current and is_in_base

),

stays as (

    select * from {{ ref('int_subscription_periods') }}

)

select
    subscription_services.service_id,
    subscriptions.subscription_id,
    greatest(
        subscription_services.valid_from, services.started_at, stays.active_from
    ) as in_service_from,
    least(subscription_services.valid_to, services.ended_at, stays.active_to) as in_service_to
from subscription_services
inner join subscriptions
    on subscription_services.subscription_id = subscriptions.subscription_id
inner join stays
    on
        subscription_services.subscription_id = stays.subscription_id
        and subscription_services.valid_from < coalesce(stays.active_to, timestamp 'infinity')
        and coalesce(subscription_services.valid_to, timestamp 'infinity') > stays.active_from
left join services
    on subscription_services.service_id = services.service_id
