-- One row per subscriber's service, slice and stretch of time in service: what availability is
-- measured over. Where two subscriptions share a service, the later one takes over, so no minute counts
-- twice.
with

holds as (

    select * from {{ ref('int_service_holds') }}

),

slices as (

    select * from {{ ref('int_subscription_slices') }}

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
    from holds

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
