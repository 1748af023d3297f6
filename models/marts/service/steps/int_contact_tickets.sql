-- One row per contact that led to a ticket: the ticket it names, else the ticket of the same
-- subscription opened within the next hours, which no other contact names.
with

interactions as (

    select * from {{ told_interactions() }}

),

trouble_tickets as (

    select * from {{ ref('stg_trouble_tickets') }}

),

record_links as (

    select * from {{ ref('int_record_links') }}

),

tickets as (

    select
        current_tickets.ticket_id,
        current_tickets.opened_at,
        record_links.subscription_id
    from {{ preferred('trouble_tickets', 'ticket_id') }} as current_tickets
    left join record_links
        on
            record_links.record_type = 'trouble_ticket'
            and current_tickets.ticket_id = record_links.record_id
            and current_tickets.source_system = record_links.source_system

),

named as (

    select
        interactions.interaction_id,
        interactions.source_system,
        tickets.ticket_id
    from interactions
    inner join tickets
        on interactions.ticket_id = tickets.ticket_id

),

-- Two contacts at the same second: the first by number, so that two builds choose alike.
silent_contacts as (

    select
        arg_min(
            interactions.interaction_id, (interactions.interaction_id, interactions.source_system)
        ) as interaction_id,
        arg_min(
            interactions.source_system, (interactions.interaction_id, interactions.source_system)
        ) as source_system,
        interactions.started_at,
        record_links.subscription_id
    from interactions
    inner join record_links
        on
            record_links.record_type = 'interaction'
            and interactions.interaction_id = record_links.record_id
            and interactions.source_system = record_links.source_system
    where
        interactions.ticket_id is null
        and record_links.subscription_id is not null
        and interactions.is_human_handled
        and interactions.direction = 'inbound'
    group by interactions.started_at, record_links.subscription_id

),

unnamed_tickets as (

    select tickets.*
    from tickets
    anti join named
        on tickets.ticket_id = named.ticket_id
    where tickets.subscription_id is not null

),

-- Each such ticket goes to the latest contact before it.
timed as (

    select
        silent_contacts.interaction_id,
        silent_contacts.source_system,
        unnamed_tickets.ticket_id,
        unnamed_tickets.opened_at
    from unnamed_tickets
    asof inner join silent_contacts
        on
            unnamed_tickets.subscription_id = silent_contacts.subscription_id
            and unnamed_tickets.opened_at >= silent_contacts.started_at
    where
        unnamed_tickets.opened_at
        < silent_contacts.started_at + interval {{ var('contact_ticket_hours') }} hour

),

-- One contact may be followed by two tickets: it keeps the first.
first_timed as (

    select
        interaction_id,
        source_system,
        arg_min(ticket_id, (opened_at, ticket_id)) as ticket_id
    from timed
    group by interaction_id, source_system

)

select
    interaction_id,
    source_system,
    ticket_id,
    'named' as rule,
    cast(1.0 as double) as confidence
from named

union all

select
    interaction_id,
    source_system,
    ticket_id,
    'next_ticket' as rule,
    cast({{ var('timing_confidence') }} as double) as confidence
from first_timed
