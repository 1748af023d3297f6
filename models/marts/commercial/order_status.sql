-- One row per order item: where it stands, whom it waits for and when it is to be done. Easy to get
-- wrong: a promise that has passed is no date to expect anything on, and a visit that is still to
-- come may lie behind the promise.
with

orders as (

    select * from {{ ref('fct_product_order') }}

),

journeys as (

    select * from {{ ref('fct_journey') }}
    where source_model = 'fct_product_order'

),

last_steps as (

    select
        journey_id,
        arg_max(stage, step_number) as stage,
        arg_max(office, step_number) as office,
        arg_max(team_name, step_number) as team_name,
        max(started_at) as stage_since
    from {{ ref('fct_journey_step') }}
    group by journey_id

),

-- Provisioning is another system than the one that took the order.
order_events as (

    select
        order_source_system,
        order_item_id,
        arg_max(reason, (occurred_at, service_order_event_id))
            filter (where event_type = 'hold') as hold_reason,
        arg_max(reason, (occurred_at, service_order_event_id))
            filter (where event_type = 'error') as error_reason,
        arg_max(reason, (occurred_at, service_order_event_id))
            filter (where event_type = 'repromise') as repromise_reason,
        count(*) filter (where event_type = 'repromise') as repromises
    from {{ ref('fct_order_event') }}
    where order_item_id is not null
    group by order_source_system, order_item_id

),

next_visits as (

    select
        visits.order_source_system,
        visits.order_item_id,
        min(visits.window_from) as visit_from,
        arg_min(visits.window_to, visits.window_from) as visit_to
    from {{ ref('fct_visit') }} as visits
    cross join {{ ref('int_clock') }} as clock
    where
        visits.order_item_id is not null
        and visits.window_to > clock.as_of
        and visits.completed_at is null
        and visits.status in ('initialized', 'confirmed')
    group by visits.order_source_system, visits.order_item_id

),

judged as (

    select
        orders.* replace (
            greatest(coalesce(order_events.repromises, 0), coalesce(orders.repromises, 0))
            as repromises
        ),
        coalesce(orders.state, '') not in (
            'completed', 'cancelled', 'rejected', 'failed', 'partial'
        ) as is_open,
        journeys.journey_id,
        last_steps.stage,
        last_steps.stage_since,
        last_steps.office,
        last_steps.team_name,
        order_events.hold_reason,
        order_events.error_reason,
        order_events.repromise_reason,
        next_visits.visit_from,
        next_visits.visit_to,
        clock.as_of
    from orders
    cross join {{ ref('int_clock') }} as clock
    left join journeys
        on
            orders.order_item_id = journeys.source_id
            and orders.source_system = journeys.source_system
    left join last_steps
        on journeys.journey_id = last_steps.journey_id
    left join order_events
        on
            orders.source_system = order_events.order_source_system
            and orders.order_item_id = order_events.order_item_id
    left join next_visits
        on
            orders.source_system = next_visits.order_source_system
            and orders.order_item_id = next_visits.order_item_id

)

select
    ---------- keys
    order_item_id,
    order_id,
    customer_id,
    subscription_id,
    offering_id,
    journey_id,

    ---------- attributes
    action,
    state,
    stage,
    office,
    team_name,
    case
        when not is_open then null
        when stage in ('on_hold', 'customer_hold') then coalesce(hold_reason, 'unknown')
        when stage = 'fallout' then coalesce(error_reason, 'unknown')
        when visit_from is not null then 'visit'
    end as waits_for,
    repromise_reason,

    ---------- numbers
    repromises,

    ---------- flags
    is_open,
    is_late,
    coalesce(is_repromised, false) as is_repromised,

    ---------- times
    ordered_at,
    stage_since,
    first_promised_at,
    promised_at,
    case when is_open then visit_from end as visit_from,
    case when is_open then visit_to end as visit_to,
    case
        when not is_open then completed_at
        when promised_at >= as_of and promised_at >= coalesce(visit_to, promised_at)
            then promised_at
        when visit_to is not null then visit_to
        when promised_at >= as_of then promised_at
    end as expected_at,
    completed_at,

    ---------- lineage
    source_system,
    known_at
from judged
