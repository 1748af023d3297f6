-- One row per subscriber's service and stretch of time in service: what availability is measured
-- over. Where two subscriptions share a service, the later one takes over, so no minute counts
-- twice.
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

lived as (

    select
        subscription_services.service_id,
        subscriptions.subscription_id,
        subscriptions.customer_id,
        subscriptions.segment,
        subscriptions.family,
        subscriptions.region,
        greatest(subscription_services.valid_from, services.started_at) as in_service_from,
        least(subscription_services.valid_to, services.ended_at) as in_service_to
    from subscription_services
    inner join subscriptions
        on subscription_services.subscription_id = subscriptions.subscription_id
    left join services
        on subscription_services.service_id = services.service_id

),

handed_over as (

    select
        * replace (
            least(
                in_service_to,
                lead(in_service_from) over (
                    partition by service_id order by in_service_from, subscription_id
                )
            ) as in_service_to
        )
    from lived

)

select *
from handed_over
where in_service_to is null or in_service_from < in_service_to
