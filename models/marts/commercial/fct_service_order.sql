-- One row per service order item. A hold counts until its release, else until the item ended.
with

service_orders as (

    select * from {{ ref('stg_service_orders') }}
    where is_current

),

order_events as (

    select * from {{ ref('stg_service_order_events') }}
    where is_current

),

clock as (

    select * from {{ ref('int_clock') }}

),

events_in_order as (

    select
        *,
        lead(occurred_at) over (
            partition by source_system, service_order_item_id, event_type in ('hold', 'release')
            order by occurred_at, service_order_event_id
        ) as next_occurred_at
    from order_events

),

event_counts as (

    select
        events_in_order.source_system,
        events_in_order.service_order_item_id,
        count(*) filter (where events_in_order.event_type = 'error') as errors,
        count(*) filter (where events_in_order.event_type = 'jeopardy') as jeopardies,
        count(*) filter (where events_in_order.event_type = 'repromise') as repromises,
        sum(date_diff(
            'second',
            events_in_order.occurred_at,
            coalesce(
                events_in_order.next_occurred_at, service_orders.completed_at, clock.as_of
            )
        )) filter (
            where events_in_order.event_type = 'hold'
            and not coalesce(events_in_order.is_customer_caused, false)
        ) / 3600.0 as held_hours,
        sum(date_diff(
            'second',
            events_in_order.occurred_at,
            coalesce(
                events_in_order.next_occurred_at, service_orders.completed_at, clock.as_of
            )
        )) filter (
            where events_in_order.event_type = 'hold' and events_in_order.is_customer_caused
        ) / 3600.0 as held_by_customer_hours
    from events_in_order
    inner join service_orders
        on
            events_in_order.source_system = service_orders.source_system
            and events_in_order.service_order_item_id = service_orders.service_order_item_id
    cross join clock
    group by events_in_order.source_system, events_in_order.service_order_item_id

),

orders as (

    select
        ---------- keys
        service_orders.service_order_item_id,
        service_orders.service_order_id,
        service_orders.order_item_id,
        service_orders.service_id,
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
    left join event_counts
        on
            service_orders.source_system = event_counts.source_system
            and service_orders.service_order_item_id = event_counts.service_order_item_id

)

{{ with_version_keys('orders', 'ordered_at', ['service', 'team']) }}
