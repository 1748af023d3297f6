-- One row per service order item, with what happened to it (fct_order_event) and whose it is: by the
-- order that it fulfils, else by its service. Easy to get wrong: who orders a service has it only
-- once it is built, so what counts is who had it then, else who got it first afterwards.
with

service_orders as (

    select * from {{ ref('stg_service_orders') }}
    where is_current

),

order_events as (

    select * from {{ ref('fct_order_event') }}

),

order_references as (

    select * from {{ ref('int_order_references') }}

),

product_orders as (

    select * from {{ ref('fct_product_order') }}

),

subscription_services as (

    select * from {{ ref('bdg_subscription_service') }}

),

-- Whose the line was then, which need not be whose it is now.
holders as (

    select * from {{ ref('int_product_versions') }}
    where customer_id is not null

),

service_lines as (

    select
        service_orders.source_system,
        service_orders.service_order_item_id,
        arg_min(
            subscription_services.subscription_id,
            (subscription_services.valid_from, subscription_services.subscription_id)
        ) as subscription_id
    from service_orders
    inner join subscription_services
        on
            service_orders.service_id = subscription_services.service_id
            and coalesce(service_orders.ordered_at < subscription_services.valid_to, true)
    group by service_orders.source_system, service_orders.service_order_item_id

),

event_counts as (

    select
        source_system,
        service_order_item_id,
        count(*) filter (where event_type = 'error') as errors,
        count(*) filter (where event_type = 'jeopardy') as jeopardies,
        count(*) filter (where event_type = 'repromise') as repromises,
        sum(held_seconds) filter (where not is_customer_caused) / 3600.0 as held_hours,
        sum(held_seconds) filter (where is_customer_caused) / 3600.0
            as held_by_customer_hours
    from order_events
    group by source_system, service_order_item_id

),

orders as (

    select
        ---------- keys
        service_orders.service_order_item_id,
        service_orders.service_order_id,
        service_orders.order_item_id,
        order_references.order_source_system,
        service_orders.service_id,
        coalesce(product_orders.subscription_id, service_lines.subscription_id)
            as subscription_id,
        coalesce(product_orders.customer_id, holders.customer_id) as customer_id,
        service_orders.team_id,

        ---------- attributes
        service_orders.action,
        service_orders.state,

        ---------- numbers
        date_diff('second', service_orders.ordered_at, service_orders.completed_at)
        / 3600.0 as lead_hours,
        coalesce(event_counts.held_hours, 0.0) as held_hours,
        coalesce(event_counts.held_by_customer_hours, 0.0) as held_by_customer_hours,
        coalesce(event_counts.errors, 0) as errors,
        coalesce(event_counts.jeopardies, 0) as jeopardies,
        coalesce(event_counts.repromises, 0) as repromises,

        ---------- flags
        service_orders.is_manual,
        coalesce(service_orders.state = 'failed', false)
        or coalesce(event_counts.errors, 0) > 0
        or coalesce(event_counts.held_hours, 0.0) > {{ var('fallout_held_hours') }} as is_fallout,

        ---------- times
        service_orders.ordered_at,
        service_orders.started_at,
        service_orders.promised_at,
        service_orders.completed_at,

        ---------- lineage
        service_orders.source_system,
        service_orders.known_at
    from service_orders
    left join order_references
        on
            service_orders.source_system = order_references.source_system
            and service_orders.order_item_id = order_references.order_item_id
    left join product_orders
        on
            order_references.order_source_system = product_orders.source_system
            and service_orders.order_item_id = product_orders.order_item_id
    left join service_lines
        on
            service_orders.source_system = service_lines.source_system
            and service_orders.service_order_item_id = service_lines.service_order_item_id
    left join holders
        on
            service_lines.subscription_id = holders.product_id
            and {{ holds_at('service_orders.ordered_at', 'holders.valid_from', 'holders.valid_to') }}
    left join event_counts
        on
            service_orders.source_system = event_counts.source_system
            and service_orders.service_order_item_id = event_counts.service_order_item_id

)

{{ with_version_keys('orders', 'ordered_at', ['service', 'team']) }}
