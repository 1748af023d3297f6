-- What getting help was like: tickets and contacts. Both carry the problem behind them as their
-- root.
with

tickets as (

    select * from {{ ref('fct_ticket') }}

),

interactions as (

    select * from {{ ref('fct_interaction') }}

),

-- That a ticket was opened again is known later than that it was resolved.
reopenings as (

    select * from {{ ref('int_ticket_reopenings') }}

),

ticket_roots as (

    select
        *,
        coalesce(resolved_at, case when not is_withdrawn then closed_at end) as settled_at,
        coalesce('problem:' || problem_id, 'ticket:' || ticket_id) as root_id
    from tickets

),

complaints as (

    select
        'complaint' as event_type,
        subscription_id,
        opened_at as occurred_at,
        1.0 as measure,
        root_id,
        'complaint' as evidence_type,
        ticket_id as evidence_id,
        source_system,
        known_at
    from ticket_roots
    where ticket_type = 'complaint'

),

resolved_tickets as (

    select
        'slow_ticket' as event_type,
        subscription_id,
        settled_at as occurred_at,
        date_diff('second', opened_at, settled_at) / 3600.0 as measure,
        root_id,
        'ticket' as evidence_type,
        ticket_id as evidence_id,
        source_system,
        known_at
    from ticket_roots
    where settled_at is not null

),

reopened_tickets as (

    select
        'reopened_ticket' as event_type,
        ticket_roots.subscription_id,
        -- One still open again is not settled yet: it is dated to when we learned of it.
        coalesce(ticket_roots.settled_at, reopenings.known_at) as occurred_at,
        1.0 as measure,
        ticket_roots.root_id,
        'ticket' as evidence_type,
        ticket_roots.ticket_id as evidence_id,
        ticket_roots.source_system,
        reopenings.known_at
    from ticket_roots
    inner join reopenings
        on
            ticket_roots.ticket_id = reopenings.ticket_id
            and ticket_roots.source_system = reopenings.source_system

),

contacts as (

    select
        *,
        coalesce(
            'problem:' || problem_id, 'ticket:' || ticket_id, 'contact:' || interaction_id
        ) as root_id
    from interactions
    where is_contact

),

repeat_contacts as (

    select
        'repeat_contact' as event_type,
        subscription_id,
        closed_at as occurred_at,
        1.0 as measure,
        root_id,
        'contact' as evidence_type,
        interaction_id as evidence_id,
        source_system,
        known_at
    from contacts
    where is_repeat_7d

),

transferred_contacts as (

    select
        'transferred_contact' as event_type,
        subscription_id,
        closed_at as occurred_at,
        transfers as measure,
        root_id,
        'contact' as evidence_type,
        interaction_id as evidence_id,
        source_system,
        known_at
    from contacts
    where transfers > 0

)

select * from complaints
union all by name
select * from resolved_tickets
union all by name
select * from reopened_tickets
union all by name
select * from repeat_contacts
union all by name
select * from transferred_contacts
