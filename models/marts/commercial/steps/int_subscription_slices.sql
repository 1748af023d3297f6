-- One row per subscription and stretch of time with the same customer, segment, family and region:
-- a fact takes the slice valid when it happened, so a move changes no month gone by.
with

subscriptions as (

    select * from {{ ref('dim_subscription') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

versions as (

    select
        subscriptions.subscription_id,
        subscriptions.customer_id,
        customers.segment,
        subscriptions.family,
        case
            when subscriptions.location_id is null then customers.region
            else subscriptions.region
        end as region,
        subscriptions.is_internal,
        coalesce(
            greatest(subscriptions.valid_from, customers.valid_from), subscriptions.valid_from
        ) as valid_from,
        least(subscriptions.valid_to, customers.valid_to) as valid_to
    from subscriptions
    left join customers
        on
            subscriptions.customer_id = customers.customer_id
            and subscriptions.valid_from < coalesce(customers.valid_to, timestamp 'infinity')
            and coalesce(subscriptions.valid_to, timestamp 'infinity') > customers.valid_from

)

select *
from {{ merged_periods(
    'versions', ['subscription_id', 'customer_id', 'segment', 'family', 'region', 'is_internal'],
    'valid_from', 'valid_to'
) }}
