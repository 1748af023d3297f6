-- One row per subscriber's service, slice and stretch of time in service: what availability is
-- measured over. Where two subscriptions share a service, the later one takes over, so no minute counts
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

slices as (

    select * from {{ ref('int_subscription_slices') }}

),

lived as (

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

select
    handed_over.service_id,
    handed_over.subscription_id,
    slices.customer_id,
    slices.segment,
    slices.family,
    slices.region,
    greatest(handed_over.in_service_from, slices.valid_from) as in_service_from,
    least(handed_over.in_service_to, slices.valid_to) as in_service_to
from handed_over
inner join slices
    on
        handed_over.subscription_id = slices.subscription_id
        and handed_over.in_service_from < coalesce(slices.valid_to, timestamp 'infinity')
        and coalesce(handed_over.in_service_to, timestamp 'infinity') > slices.valid_from
where handed_over.in_service_to is null or handed_over.in_service_from < handed_over.in_service_to
