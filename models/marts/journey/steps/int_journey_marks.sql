-- One row per moment a journey entered a stage, with the row that says so. A mark names the row its
-- journey began with (of_model, of_id; of_system where only that system's rows may be meant).
with

journeys as (

    select * from {{ ref('int_journeys') }}

),

service_orders as (

    select * from {{ ref('fct_service_order') }}
    where order_item_id is not null

),

order_events as (

    select * from {{ ref('fct_order_event') }}
    where event_type in ('hold', 'release', 'error')

),

visits as (

    select * from {{ ref('fct_visit') }}
    where status is distinct from 'cancelled'

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

disputes as (

    select * from {{ ref('fct_payment') }}
    where payment_type = 'dispute'

),

tickets as (

    select * from {{ ref('fct_ticket') }}

),

ticket_statuses as (

    select * from {{ ref('fct_ticket_status') }}
    where team_id is not null

),

contacts as (

    select * from {{ ref('int_journey_contacts') }}

),

-- Provisioning and visits come from other systems than the order or ticket they serve.
work_marks as (

    select
        'fct_product_order' as of_model,
        order_item_id as of_id,
        order_source_system as of_system,
        unnest([
            {'marked_at': ordered_at, 'stage': 'handed_over'},
            {'marked_at': started_at, 'stage': 'in_work'},
            {'marked_at': completed_at, 'stage': 'activation'}
        ], recursive := true),
        team_id,
        'fct_service_order' as source_model,
        service_order_item_id as source_id
    from service_orders

    union all by name

    select
        'fct_product_order' as of_model,
        service_orders.order_item_id as of_id,
        service_orders.order_source_system as of_system,
        order_events.occurred_at as marked_at,
        case
            when order_events.event_type = 'error' then 'fallout'
            when order_events.event_type = 'release' then 'in_work'
            when order_events.is_customer_caused then 'customer_hold'
            else 'on_hold'
        end as stage,
        service_orders.team_id,
        'fct_order_event' as source_model,
        order_events.service_order_event_id as source_id
    from order_events
    inner join service_orders
        on
            order_events.source_system = service_orders.source_system
            and order_events.service_order_item_id = service_orders.service_order_item_id

    union all by name

    select
        unnest([
            {
                'of_model': 'fct_product_order', 'of_id': order_item_id,
                'of_system': order_source_system, 'marked_at': window_from, 'stage': 'visit'
            },
            {
                'of_model': 'fct_product_order', 'of_id': order_item_id,
                'of_system': order_source_system, 'marked_at': completed_at, 'stage': 'in_work'
            },
            {
                'of_model': 'fct_ticket', 'of_id': ticket_id,
                'of_system': null, 'marked_at': window_from, 'stage': 'visit'
            },
            {
                'of_model': 'fct_ticket', 'of_id': ticket_id,
                'of_system': null, 'marked_at': completed_at, 'stage': 'ticket'
            }
        ], recursive := true),
        team_id,
        'fct_visit' as source_model,
        appointment_id as source_id
    from visits

),

help_marks as (

    select
        'fct_ticket' as of_model,
        ticket_id as of_id,
        source_system as of_system,
        opened_at as marked_at,
        'ticket' as stage,
        team_id,
        'fct_ticket' as source_model,
        ticket_id as source_id
    from tickets

    union all by name

    select
        'fct_ticket' as of_model,
        ticket_id as of_id,
        source_system as of_system,
        changed_at as marked_at,
        'ticket' as stage,
        team_id,
        'fct_ticket_status' as source_model,
        ticket_id as source_id
    from ticket_statuses

    union all by name

    -- after a contact about it a ticket waits, or is worked on, as before
    select
        contacts.source_model as of_model,
        contacts.source_id as of_id,
        unnest([
            {'marked_at': contacts.started_at, 'stage': 'contact', 'team_id': contacts.team_id},
            {
                'marked_at': if(contacts.started_at >= tickets.opened_at, contacts.closed_at, null),
                'stage': 'ticket',
                'team_id': tickets.team_id
            }
        ], recursive := true),
        'fct_interaction' as source_model,
        contacts.interaction_id as source_id
    from contacts
    left join tickets
        on contacts.ticket_id = tickets.ticket_id

),

other_marks as (

    select
        'fct_port_request' as of_model,
        port_id as of_id,
        source_system as of_system,
        validated_at as marked_at,
        'validated' as stage,
        'fct_port_request' as source_model,
        port_id as source_id
    from port_requests

    union all by name

    select
        'fct_problem' as of_model,
        problem_id as of_id,
        unnest([
            {'marked_at': detected_at, 'stage': 'detected'},
            {'marked_at': acknowledged_at, 'stage': 'repair'}
        ], recursive := true),
        'fct_problem' as source_model,
        problem_id as source_id
    from problems

),

-- While we owe an answer to a dispute the bill's due date changes nothing.
pay_marks as (

    select
        'fct_bill' as of_model,
        bills.bill_id as of_id,
        bills.source_system as of_system,
        bills.due_at as marked_at,
        'overdue' as stage,
        'fct_bill' as source_model,
        bills.bill_id as source_id
    from bills
    anti join disputes
        on
            bills.bill_id = disputes.bill_id
            and bills.source_system = disputes.source_system
            and {{ holds_at('bills.due_at', 'disputes.occurred_at', 'disputes.closed_at') }}

    union all by name

    select
        'fct_bill' as of_model,
        disputes.bill_id as of_id,
        disputes.source_system as of_system,
        unnest([
            {'marked_at': disputes.occurred_at, 'stage': 'dispute'},
            {
                'marked_at': disputes.closed_at,
                'stage': if(disputes.closed_at >= bills.due_at, 'overdue', 'billed')
            }
        ], recursive := true),
        'fct_payment' as source_model,
        disputes.payment_key as source_id
    from disputes
    inner join bills
        on
            disputes.bill_id = bills.bill_id
            and disputes.source_system = bills.source_system

),

told as (

    {% for marks in ['work_marks', 'help_marks', 'other_marks', 'pay_marks'] %}
    select * from {{ marks }}
    {{ 'union all by name' if not loop.last }}
    {% endfor %}

),

marks as (

    select
        journey_id,
        started_at as marked_at,
        case
            when journey_type = 'degrade' then 'undetected'
            when journey_type = 'pay' then 'billed'
            when journey_type = 'help' then 'contact'
            else 'ordered'
        end as stage,
        cast(null as varchar) as team_id,
        source_model,
        source_id
    from journeys

    union all

    select
        journeys.journey_id,
        told.marked_at,
        told.stage,
        told.team_id,
        told.source_model,
        told.source_id
    from told
    inner join journeys
        on
            told.of_model = journeys.source_model
            and told.of_id = journeys.source_id
            and coalesce(told.of_system = journeys.source_system, true)
    where told.marked_at is not null

)

select * from marks
