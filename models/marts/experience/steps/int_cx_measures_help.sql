-- What getting help was like: tickets and contacts. Both carry the problem behind them as their
-- root.
with

tickets as (

    select * from {{ ref('fct_ticket') }}

),

interactions as (

    select * from {{ ref('fct_interaction') }}

),

ticket_roots as (

    select
        *,
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
        resolved_at as occurred_at,
        date_diff('second', opened_at, resolved_at) / 3600.0 as measure,
        root_id,
        'ticket' as evidence_type,
        ticket_id as evidence_id,
        source_system,
        known_at
    from ticket_roots
    where resolved_at is not null

),

reopened_tickets as (

    select
        'reopened_ticket' as event_type,
        subscription_id,
        resolved_at as occurred_at,
        1.0 as measure,
        root_id,
        'ticket' as evidence_type,
        ticket_id as evidence_id,
        source_system,
        known_at
    from ticket_roots
    where is_reopened and resolved_at is not null

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
