-- One row per journey: what the customer set out to do or had to live through, and how it ended.
with

-- Whether an order is of the line itself: an add-on put on or taken off later is a change.
product_orders as (

    select
        *,
        max(case when product_id <> subscription_id then 0 else 1 end) over (
            partition by source_system, order_id, subscription_id, action
        ) = 1 as is_of_line
    from {{ ref('fct_product_order') }}

),

port_requests as (

    select * from {{ ref('fct_port_request') }}
    where direction = 'out'

),

impacts as (

    select * from {{ ref('fct_service_impact') }}
    where subscription_id is not null

),

-- A ticket that names a problem and nobody is the network's own: no customer set out for anything.
tickets as (

    select * from {{ ref('fct_ticket') }}
    where
        customer_id is not null
        or subscription_id is not null
        or service_id is not null
        or coalesce(problem_rule not in ('named', 'named_by_problem'), true)

),

first_contacts as (

    select
        ticket_id,
        min(started_at) as started_at
    from {{ ref('int_journey_contacts') }}
    where ticket_id is not null
    group by ticket_id

),

contact_episodes as (

    select * from {{ ref('int_contact_episodes') }}

),

bills as (

    select * from {{ ref('fct_bill') }}

),

-- What failed, was refused, was taken back or is still under way has paid nothing.
payments as (

    select * from {{ ref('fct_payment') }}
    where
        bill_id is not null
        and payment_type = 'payment'
        and coalesce(status, 'settled') = 'settled'

),

clock as (

    select * from {{ ref('int_clock') }}

),

order_journeys as (

    select
        'order:' || source_system || ':' || order_item_id as journey_id,
        case
            when action = 'move' then 'move'
            when action = 'modify' or not is_of_line then 'change'
            when action = 'add' then 'join'
            when action = 'delete' then 'leave'
        end as journey_type,
        customer_id,
        subscription_id,
        ordered_at as started_at,
        case when state = 'completed' then completed_at end as ended_at,
        case
            when state = 'completed' then 'reached'
            when state in ('cancelled', 'rejected', 'failed', 'partial') then 'missed'
            else 'open'
        end as outcome,
        first_promised_at,
        promised_at,
        cast(null as varchar) as contact_reason,
        'fct_product_order' as source_model,
        order_item_id as source_id,
        source_system
    from product_orders
    where ordered_at is not null and action <> 'noChange'

),

port_journeys as (

    select
        'port:' || source_system || ':' || port_id as journey_id,
        'leave' as journey_type,
        customer_id,
        subscription_id,
        requested_at as started_at,
        case when status = 'completed' then completed_at end as ended_at,
        case
            when status = 'completed' then 'reached'
            when status in ('cancelled', 'rejected', 'saved') then 'missed'
            else 'open'
        end as outcome,
        cast(null as timestamp) as first_promised_at,
        cast(null as timestamp) as promised_at,
        cast(null as varchar) as contact_reason,
        'fct_port_request' as source_model,
        port_id as source_id,
        source_system
    from port_requests
    where requested_at is not null

),

-- Of services that hang on one problem, a subscription lives through it once. What has not ended
-- reaches to the clock, and no further.
degrade_journeys as (

    select
        'impact:' || problem_id || ':' || subscription_id as journey_id,
        'degrade' as journey_type,
        min(customer_id) as customer_id,
        subscription_id,
        min(impact_from) as started_at,
        case when max(impact_to) < min(clock.as_of) then max(impact_to) end as ended_at,
        case when max(impact_to) < min(clock.as_of) then 'reached' else 'open' end as outcome,
        cast(null as timestamp) as first_promised_at,
        cast(null as timestamp) as promised_at,
        cast(null as varchar) as contact_reason,
        'fct_problem' as source_model,
        problem_id as source_id,
        cast(null as varchar) as source_system
    from impacts
    cross join clock
    group by problem_id, subscription_id

),

-- The customer's journey begins with the first contact about it, not with our ticket.
ticket_journeys as (

    select
        'ticket:' || tickets.source_system || ':' || tickets.ticket_id as journey_id,
        'help' as journey_type,
        tickets.customer_id,
        tickets.subscription_id,
        least(tickets.opened_at, first_contacts.started_at) as started_at,
        coalesce(tickets.resolved_at, tickets.closed_at) as ended_at,
        case
            when tickets.is_withdrawn then 'missed'
            when coalesce(tickets.resolved_at, tickets.closed_at) is null then 'open'
            else 'reached'
        end as outcome,
        cast(null as timestamp) as first_promised_at,
        cast(null as timestamp) as promised_at,
        tickets.reason as contact_reason,
        'fct_ticket' as source_model,
        tickets.ticket_id as source_id,
        tickets.source_system
    from tickets
    left join first_contacts
        on tickets.ticket_id = first_contacts.ticket_id
    where tickets.opened_at is not null

),

-- Contacts that led to a ticket are part of the ticket's journey; the others are journeys of their own.
contact_journeys as (

    select
        'contact:' || source_system || ':' || first_interaction_id as journey_id,
        'help' as journey_type,
        customer_id,
        subscription_id,
        started_at,
        ended_at,
        case is_resolved_first when true then 'reached' when false then 'missed' else 'untold' end
            as outcome,
        cast(null as timestamp) as first_promised_at,
        cast(null as timestamp) as promised_at,
        reason as contact_reason,
        'fct_interaction' as source_model,
        first_interaction_id as source_id,
        source_system
    from contact_episodes
    where ticket_id is null

),

paid as (

    select
        source_system,
        bill_id,
        sum(amount) as amount,
        max(occurred_at) as last_paid_at
    from payments
    group by source_system, bill_id

),

pay_journeys as (

    select
        'bill:' || bills.source_system || ':' || bills.bill_id as journey_id,
        'pay' as journey_type,
        bills.customer_id,
        bills.subscription_id,
        bills.billed_at as started_at,
        case when paid.amount >= bills.amount then greatest(paid.last_paid_at, bills.billed_at) end
            as ended_at,
        case when paid.amount >= bills.amount then 'reached' else 'open' end as outcome,
        bills.due_at as first_promised_at,
        bills.due_at as promised_at,
        cast(null as varchar) as contact_reason,
        'fct_bill' as source_model,
        bills.bill_id as source_id,
        bills.source_system
    from bills
    left join paid
        on
            bills.source_system = paid.source_system
            and bills.bill_id = paid.bill_id
    where bills.amount > 0 and bills.billed_at is not null

)

{% for journeys in [
    'order_journeys', 'port_journeys', 'degrade_journeys', 'ticket_journeys', 'contact_journeys',
    'pay_journeys',
] %}
select * from {{ journeys }}
{{ 'union all' if not loop.last }}
{% endfor %}
