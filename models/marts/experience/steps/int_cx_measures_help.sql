-- What getting help was like: tickets and contacts. Both carry the problem behind them as their
-- root.
with

tickets as (

    select * from {{ ref('fct_ticket') }}

),

interactions as (

    select * from {{ ref('fct_interaction') }}

),

ticket_versions as (

    select * from {{ ref('stg_trouble_tickets') }}

),

ticket_statuses as (

    select * from {{ ref('fct_ticket_status') }}

),

-- That a ticket was opened again is known later than that it was resolved.
told_reopenings as (

    select
        source_system,
        ticket_id,
        known_at
    from ticket_versions
    where is_reopened

    union all

    select
        source_system,
        ticket_id,
        known_at
    from ticket_statuses
    where is_reopening

),

reopenings as (

    select
        source_system,
        ticket_id,
        min(known_at) as known_at
    from told_reopenings
    group by source_system, ticket_id

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
        ticket_roots.subscription_id,
        ticket_roots.resolved_at as occurred_at,
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
    where ticket_roots.is_reopened and ticket_roots.resolved_at is not null

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
