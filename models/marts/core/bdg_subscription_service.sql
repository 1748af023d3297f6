-- One row per subscription, service that realises it and period, within the subscription's life.
-- What the product catalogue side says wins; the service inventory's own product is taken only
-- for services that no product names. Easy to get wrong: a line that came back is told with its new
-- start, but had its service before, too; in between it had none (int_subscription_periods).
{{ config(pre_hook=keep_hashes('subscription_id')) }}
with

product_services as (

    select * from {{ ref('stg_product_services') }} where is_current

),

services as (

    select * from {{ ref('dim_service') }} where is_current

),

products as (

    select * from {{ ref('int_product_versions') }} where is_current

),

first_stays as (

    select
        subscription_id,
        min(active_from) as first_from
    from {{ ref('int_subscription_stays') }}
    group by subscription_id

),

links as (

    select
        product_id,
        service_id,
        valid_from,
        valid_to,
        'product_service' as rule
    from product_services

    union all

    select
        services.product_id,
        services.service_id,
        services.started_at as valid_from,
        services.ended_at as valid_to,
        'service_inventory' as rule
    from services
    anti join product_services
        on services.service_id = product_services.service_id
    where services.product_id is not null

),

lived_links as (

    select
        products.subscription_id,
        links.service_id,
        links.rule,
        coalesce(
            greatest(
                links.valid_from,
                case
                    when products.product_id <> products.subscription_id then products.started_at
                end,
                case
                    when subscriptions.started_at is not null
                        then least(subscriptions.started_at, first_stays.first_from)
                end
            ),
            timestamp '{{ var("history_start") }}'
        ) as valid_from,
        least(links.valid_to, products.ended_at, subscriptions.ended_at) as valid_to
    from links
    inner join products
        on links.product_id = products.product_id
    left join products as subscriptions
        on products.subscription_id = subscriptions.product_id
    left join first_stays
        on products.subscription_id = first_stays.subscription_id

),

periods as (

    select *
    from lived_links
    where valid_to is null or valid_from < valid_to

)

select
    subscription_id,
    service_id,
    rule,
    valid_from,
    valid_to
from {{ merged_periods(
    'periods', ['subscription_id', 'service_id'], 'valid_from', 'valid_to', {'rule': 'min'}
) }}
