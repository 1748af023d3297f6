-- One row per moment a journey entered a stage, with the row that says so.
with

journeys as (

    select * from {{ ref('int_journeys') }}

),

service_orders as (

    select * from {{ ref('fct_service_order') }}

),

order_events as (

    select * from {{ ref('stg_service_order_events') }}
    where is_current and event_type in ('hold', 'release', 'error')

),

visits as (

    select * from {{ ref('fct_visit') }}
    where status not in ('cancelled')

),

port_requests as (

    select * from {{ ref('fct_port_request') }}

),

problems as (

    select * from {{ ref('fct_problem') }}

),

bills as (

    select * from {{ ref('fct_bill') }}

),

payments as (

    select * from {{ ref('fct_payment') }}
    where payment_type = 'dispute' and bill_id is not null

),

ticket_statuses as (

    select * from {{ ref('stg_trouble_ticket_statuses') }}
    where is_current

),

interactions as (

    select * from {{ ref('fct_interaction') }}

),

tickets as (

    select * from {{ ref('fct_ticket') }}

),

orders_of_journeys as (

    select
        journeys.journey_id,
        service_orders.*
    from journeys
    inner join service_orders
        on
            journeys.source_id = service_orders.order_item_id
            and journeys.source_model = 'fct_product_order'

),

begins as (

    select
        journey_id,
        started_at as marked_at,
        case
            when journey_type = 'degrade' then 'undetected'
            when journey_type = 'pay' then 'billed'
            when source_model = 'fct_ticket' then 'ticket'
            when journey_type = 'help' then 'contact'
            else 'ordered'
        end as stage,
        cast(null as varchar) as team_id,
        source_model,
        source_id
    from journeys

),

service_order_marks as (

    select
        journey_id,
        unnest([
            {'marked_at': ordered_at, 'stage': 'handed_over'},
            {'marked_at': started_at, 'stage': 'in_work'},
            {'marked_at': completed_at, 'stage': 'activation'}
        ], recursive := true),
        team_id,
        'fct_service_order' as source_model,
        service_order_item_id as source_id
    from orders_of_journeys

),

event_marks as (

    select
        orders_of_journeys.journey_id,
        order_events.occurred_at as marked_at,
        case
            when order_events.event_type = 'error' then 'fallout'
            when order_events.event_type = 'release' then 'in_work'
            when order_events.is_customer_caused then 'customer_hold'
            else 'on_hold'
        end as stage,
        orders_of_journeys.team_id,
        'stg_service_order_events' as source_model,
        order_events.service_order_event_id as source_id
    from order_events
    inner join orders_of_journeys
        on
            order_events.source_system = orders_of_journeys.source_system
            and order_events.service_order_item_id = orders_of_journeys.service_order_item_id

),

-- A visit for a ticket is part of the ticket's journey, one for an order of the order's.
visit_marks as (

    select
        journeys.journey_id,
        unnest([
            {'marked_at': visits.window_from, 'stage': 'visit'},
            {
                'marked_at': visits.completed_at,
                'stage': case journeys.journey_type when 'help' then 'ticket' else 'in_work' end
            }
        ], recursive := true),
        visits.team_id,
        'fct_visit' as source_model,
        visits.appointment_id as source_id
    from visits
    inner join journeys
        on
            (
                journeys.source_model = 'fct_product_order'
                and visits.order_item_id = journeys.source_id
            )
            or (
                journeys.source_model = 'fct_ticket'
                and visits.ticket_id = journeys.source_id
            )

),

port_marks as (

    select
        journeys.journey_id,
        port_requests.validated_at as marked_at,
        'validated' as stage,
        cast(null as varchar) as team_id,
        'fct_port_request' as source_model,
        port_requests.port_id as source_id
    from port_requests
    inner join journeys
        on
            journeys.source_model = 'fct_port_request'
            and port_requests.port_id = journeys.source_id
            and port_requests.source_system = journeys.source_system

),

problem_marks as (

    select
        journeys.journey_id,
        unnest([
            {'marked_at': problems.detected_at, 'stage': 'detected'},
            {'marked_at': problems.acknowledged_at, 'stage': 'repair'}
        ], recursive := true),
        cast(null as varchar) as team_id,
        'fct_problem' as source_model,
        problems.problem_id as source_id
    from problems
    inner join journeys
        on
            journeys.source_model = 'fct_problem'
            and problems.problem_id = journeys.source_id

),

ticket_marks as (

    select
        journeys.journey_id,
        ticket_statuses.changed_at as marked_at,
        'ticket' as stage,
        ticket_statuses.team_id,
        'stg_trouble_ticket_statuses' as source_model,
        ticket_statuses.ticket_id as source_id
    from ticket_statuses
    inner join journeys
        on
            journeys.source_model = 'fct_ticket'
            and ticket_statuses.ticket_id = journeys.source_id
            and ticket_statuses.source_system = journeys.source_system
    where ticket_statuses.team_id is not null

    union all

    select
        journeys.journey_id,
        journeys.started_at as marked_at,
        'ticket' as stage,
        tickets.team_id,
        'fct_ticket' as source_model,
        tickets.ticket_id as source_id
    from tickets
    inner join journeys
        on
            journeys.source_model = 'fct_ticket'
            and tickets.ticket_id = journeys.source_id
            and tickets.source_system = journeys.source_system

),

contact_marks as (

    select
        journeys.journey_id,
        interactions.started_at as marked_at,
        'contact' as stage,
        interactions.team_id,
        'fct_interaction' as source_model,
        interactions.interaction_id as source_id
    from interactions
    inner join journeys
        on
            journeys.source_model = 'fct_interaction'
            and interactions.customer_id = journeys.customer_id
            and interactions.reason = journeys.contact_reason
            and interactions.started_at >= journeys.started_at
            and interactions.started_at <= journeys.ended_at
    where interactions.is_contact

),

pay_marks as (

    select
        journeys.journey_id,
        bills.due_at as marked_at,
        'overdue' as stage,
        cast(null as varchar) as team_id,
        'fct_bill' as source_model,
        bills.bill_id as source_id
    from bills
    inner join journeys
        on
            journeys.source_model = 'fct_bill'
            and bills.bill_id = journeys.source_id
            and bills.source_system = journeys.source_system

    union all

    select
        journeys.journey_id,
        unnest([
            {'marked_at': payments.occurred_at, 'stage': 'dispute'},
            {
                'marked_at': payments.closed_at,
                'stage': case
                    when payments.closed_at >= journeys.promised_at then 'overdue' else 'billed'
                end
            }
        ], recursive := true),
        cast(null as varchar) as team_id,
        'fct_payment' as source_model,
        payments.payment_key as source_id
    from payments
    inner join journeys
        on
            journeys.source_model = 'fct_bill'
            and payments.bill_id = journeys.source_id
            and payments.source_system = journeys.source_system

),

marks as (

    {% for marks in [
        'begins', 'service_order_marks', 'event_marks', 'visit_marks', 'port_marks',
        'problem_marks', 'ticket_marks', 'contact_marks', 'pay_marks',
    ] %}
    select
        journey_id,
        marked_at,
        stage,
        team_id,
        source_model,
        source_id
    from {{ marks }}
    where marked_at is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from marks
