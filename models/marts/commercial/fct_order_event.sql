-- One row per milestone, error, jeopardy, hold, release or re-promise of a service order item. A
-- hold lasts until the next hold or release, else until the item ended (or we learned that it had:
-- a cancelled one does not say when), else until now; a new promise moves the one before it, the
-- first one that which the item began with.
with

order_events as (

    select * from {{ ref('stg_service_order_events') }}
    where is_current

),

order_versions as (

    select * from {{ ref('stg_service_orders') }}

),

clock as (

    select * from {{ ref('int_clock') }}

),

order_references as (

    select * from {{ ref('int_order_references') }}

),

orders as (

    select
        order_versions.*,
        order_references.order_source_system
    from order_versions
    left join order_references
        on
            order_versions.source_system = order_references.source_system
            and order_versions.order_item_id = order_references.order_item_id
    where order_versions.is_current

),

-- Systems that overwrite the promise still told us the first one, in an earlier delivery.
first_promises as (

    select
        source_system,
        service_order_item_id,
        arg_min(promised_at, known_at) as promised_at
    from order_versions
    where promised_at is not null
    group by source_system, service_order_item_id

),

-- Cancelled, failed and rejected items have no date of completion.
known_ends as (

    select
        source_system,
        service_order_item_id,
        min(known_at) as known_ended_at
    from order_versions
    where state in ('cancelled', 'rejected', 'failed', 'partial', 'completed')
    group by source_system, service_order_item_id

),

in_order as (

    select
        *,
        lead(occurred_at) over (
            partition by source_system, service_order_item_id, event_type in ('hold', 'release')
            order by occurred_at, service_order_event_id
        ) as next_occurred_at,
        lag(promised_at) over (
            partition by source_system, service_order_item_id, event_type = 'repromise'
            order by occurred_at, service_order_event_id
        ) as renewed_promise_at
    from order_events

),

events as (

    select
        ---------- keys
        in_order.service_order_event_id,
        in_order.service_order_item_id,
        orders.order_item_id,
        orders.order_source_system,
        orders.service_id,
        orders.team_id,

        ---------- attributes
        in_order.event_type,
        in_order.reason,

        ---------- numbers
        case
            when in_order.event_type = 'hold'
                then date_diff(
                    'second',
                    in_order.occurred_at,
                    greatest(
                        in_order.occurred_at,
                        coalesce(
                            in_order.next_occurred_at,
                            orders.completed_at,
                            known_ends.known_ended_at,
                            clock.as_of
                        )
                    )
                )
        end as held_seconds,
        case
            when in_order.event_type = 'repromise'
                then date_diff(
                    'second',
                    coalesce(in_order.renewed_promise_at, first_promises.promised_at),
                    in_order.promised_at
                )
        end as promise_moved_seconds,

        ---------- flags
        coalesce(in_order.is_customer_caused, false) as is_customer_caused,

        ---------- times
        in_order.occurred_at,
        in_order.promised_at,
        case
            when in_order.event_type = 'repromise'
                then coalesce(in_order.renewed_promise_at, first_promises.promised_at)
        end as previous_promised_at,

        ---------- lineage
        in_order.source_system,
        in_order.known_at
    from in_order
    cross join clock
    left join orders
        on
            in_order.source_system = orders.source_system
            and in_order.service_order_item_id = orders.service_order_item_id
    left join known_ends
        on
            in_order.source_system = known_ends.source_system
            and in_order.service_order_item_id = known_ends.service_order_item_id
    left join first_promises
        on
            in_order.source_system = first_promises.source_system
            and in_order.service_order_item_id = first_promises.service_order_item_id

)

{{ with_version_keys('events', 'occurred_at', ['service', 'team']) }}
