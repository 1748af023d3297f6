-- One row per subscriber's service and stretch of time it was in service: who held it. Easy to get
-- wrong: two subscriptions may hold one service at once, so minutes of services are those of
-- int_service_times, where the later one takes over; each of their customers was without it.
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

)

select
    subscription_services.service_id,
    subscriptions.subscription_id,
    greatest(subscription_services.valid_from, services.started_at) as in_service_from,
    least(subscription_services.valid_to, services.ended_at) as in_service_to
from subscription_services
inner join subscriptions
    on subscription_services.subscription_id = subscriptions.subscription_id
left join services
    on subscription_services.service_id = services.service_id
