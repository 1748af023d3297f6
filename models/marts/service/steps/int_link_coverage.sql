-- One row per edge of the model: how many rows should be linked over it and how many are (M48).
-- eligible = linked + ambiguous + orphans + rows that name nothing. An orphan names something no
-- system ever described; an ambiguous row fits several things and is left unlinked.
{% set floor = var('link_confidence_floor') %}
with

alarms as (

    select * from {{ ref('fct_alarm') }}

),

services as (

    select * from {{ ref('dim_service') }} where is_current

),

resources as (

    select * from {{ ref('dim_resource') }} where is_current

),

service_resources as (

    select * from {{ ref('stg_service_resources') }} where is_current

),

product_services as (

    select * from {{ ref('stg_product_services') }} where is_current

),

subscription_services as (

    select * from {{ ref('bdg_subscription_service') }}

),

tickets as (

    select * from {{ ref('fct_ticket') }}

),

record_links as (

    select * from {{ ref('int_record_links') }}

),

product_orders as (

    select * from {{ ref('stg_product_orders') }} where is_current

),

service_orders as (

    select * from {{ ref('stg_service_orders') }} where is_current

),

products as (

    select * from {{ ref('int_product_versions') }} where is_current

),

alarm_resource as (

    select
        'alarm→resource' as edge,
        count(*) as eligible,
        count(resource_key) as linked,
        0 as ambiguous,
        count(*) filter (where resource_id is not null and resource_key is null) as orphans
    from alarms

),

service_support as (

    select
        service_resources.service_id,
        bool_or(resources.resource_id is not null) as is_supported
    from service_resources
    left join resources
        on service_resources.resource_id = resources.resource_id
    group by service_resources.service_id

),

resource_service as (

    select
        'resource→service' as edge,
        count(*) as eligible,
        count(*) filter (where service_support.is_supported) as linked,
        0 as ambiguous,
        count(*) filter (where not service_support.is_supported) as orphans
    from services
    left join service_support
        on services.service_id = service_support.service_id

),

realised_services as (

    select service_id from subscription_services group by service_id

),

services_with_product as (

    select service_id from product_services
    union
    select service_id from services where product_id is not null

),

service_subscription as (

    select
        'service→subscription' as edge,
        count(*) as eligible,
        count(realised_services.service_id) as linked,
        0 as ambiguous,
        count(*) filter (
            where services_with_product.service_id is not null
            and realised_services.service_id is null
        ) as orphans
    from services
    left join realised_services
        on services.service_id = realised_services.service_id
    left join services_with_product
        on services.service_id = services_with_product.service_id

),

ticket_service as (

    select
        'ticket→service' as edge,
        count(*) as eligible,
        count(*) filter (where service_rule in ('service_id', 'only_service')) as linked,
        count(*) filter (where service_candidates > 1) as ambiguous,
        count(*) filter (where service_rule = 'unknown_id') as orphans
    from tickets

),

contact_customer as (

    select
        'contact→customer' as edge,
        count(*) as eligible,
        count(*) filter (where link_confidence >= {{ floor }}) as linked,
        count(*) filter (where is_ambiguous) as ambiguous,
        count(*) filter (where is_orphan) as orphans
    from record_links
    where record_type = 'interaction'

),

port_subscription as (

    select
        'port→subscription' as edge,
        count(*) as eligible,
        count(*) filter (
            where subscription_id is not null and subscription_confidence >= {{ floor }}
        ) as linked,
        count(*) filter (where subscription_id is null and is_ambiguous) as ambiguous,
        count(*) filter (where subscription_id is null and is_orphan) as orphans
    from record_links
    where record_type = 'number_port'

),

ordered_services as (

    select
        service_orders.order_item_id,
        bool_or(services.service_id is not null) as is_known
    from service_orders
    left join services
        on service_orders.service_id = services.service_id
    where service_orders.order_item_id is not null and service_orders.service_id is not null
    group by service_orders.order_item_id

),

realised_subscriptions as (

    select subscription_id from subscription_services group by subscription_id

),

orders as (

    select
        coalesce(ordered_services.is_known, false)
        or realised_subscriptions.subscription_id is not null as is_linked,
        ordered_services.order_item_id is not null
        or (product_orders.product_id is not null and products.product_id is null)
            as names_something
    from product_orders
    left join ordered_services
        on product_orders.order_item_id = ordered_services.order_item_id
    left join products
        on product_orders.product_id = products.product_id
    left join realised_subscriptions
        on products.subscription_id = realised_subscriptions.subscription_id
    where coalesce(product_orders.state, '') not in ('rejected', 'cancelled')

),

order_service as (

    select
        'order→service' as edge,
        count(*) as eligible,
        count(*) filter (where is_linked) as linked,
        0 as ambiguous,
        count(*) filter (where not is_linked and names_something) as orphans
    from orders

)

select * from alarm_resource
union all
select * from resource_service
union all
select * from service_subscription
union all
select * from ticket_service
union all
select * from contact_customer
union all
select * from order_service
union all
select * from port_subscription
