-- One row per ticket that speaks of a problem, with the one problem it is linked to: the problem it
-- names, else the problem that names it, else the latest problem that hit its service or
-- subscription shortly before. The last is timing, not proof.
with

trouble_tickets as (

    select *
    from {{ in_our_words(ref('stg_trouble_tickets'), {
        'reason': 'reason', 'ticket_type': 'ticket_type'
    }) }}

),

record_links as (

    select * from {{ ref('int_record_links') }} where record_type = 'trouble_ticket'

),

problem_links as (

    select * from {{ ref('int_problem_links') }}

),

problems as (

    select * from {{ ref('int_problems') }}

),

impacts as (

    select * from {{ ref('fct_service_impact') }}

),

tickets as (

    select
        current_tickets.ticket_id,
        current_tickets.problem_id,
        current_tickets.service_id,
        current_tickets.opened_at,
        record_links.subscription_id,
        current_tickets.ticket_type = 'fault'
        or (
            current_tickets.ticket_type is null
            and {{ is_fault_reason('current_tickets.reason') }}
        ) as is_fault
    from {{ preferred('trouble_tickets', 'ticket_id') }} as current_tickets
    left join record_links
        on
            current_tickets.ticket_id = record_links.record_id
            and current_tickets.source_system = record_links.source_system

),

-- Two problems may name one ticket: the first by number keeps it.
naming_problems as (

    select
        problem_links.related_id as ticket_id,
        min(problems.problem_id) as problem_id
    from problem_links
    inner join problems
        on problem_links.problem_id = problems.problem_id
    where problem_links.related_type = 'trouble_ticket'
    group by problem_links.related_id

),

-- Several problems may have hit it in the window: an outage beats a degradation, then the latest.
timed_by_service as (

    select
        tickets.ticket_id,
        arg_max(
            impacts.problem_id, (impacts.is_outage, impacts.impact_from, impacts.problem_id)
        ) as problem_id
    from tickets
    inner join impacts
        on
            tickets.service_id = impacts.service_id
            and tickets.opened_at >= impacts.impact_from
            and tickets.opened_at
            < impacts.impact_to + interval {{ var('contact_window_hours') }} hour
    where tickets.is_fault
    group by tickets.ticket_id

),

timed_by_subscription as (

    select
        tickets.ticket_id,
        arg_max(
            impacts.problem_id, (impacts.is_outage, impacts.impact_from, impacts.problem_id)
        ) as problem_id
    from tickets
    inner join impacts
        on
            tickets.subscription_id = impacts.subscription_id
            and tickets.opened_at >= impacts.impact_from
            and tickets.opened_at
            < impacts.impact_to + interval {{ var('contact_window_hours') }} hour
    where tickets.is_fault
    group by tickets.ticket_id

),

candidates as (

    select
        tickets.ticket_id,
        problems.problem_id as named_problem_id,
        naming_problems.problem_id as naming_problem_id,
        coalesce(timed_by_service.problem_id, timed_by_subscription.problem_id)
            as timed_problem_id
    from tickets
    left join problems
        on tickets.problem_id = problems.problem_id
    left join naming_problems
        on tickets.ticket_id = naming_problems.ticket_id
    left join timed_by_service
        on tickets.ticket_id = timed_by_service.ticket_id
    left join timed_by_subscription
        on tickets.ticket_id = timed_by_subscription.ticket_id

)

select
    ticket_id,
    coalesce(named_problem_id, naming_problem_id, timed_problem_id) as problem_id,
    case
        when named_problem_id is not null then 'named'
        when naming_problem_id is not null then 'named_by_problem'
        else 'impact_window'
    end as rule,
    case
        when named_problem_id is not null or naming_problem_id is not null then 1.0
        else cast({{ var('timing_confidence') }} as double)
    end as confidence
from candidates
where
    named_problem_id is not null
    or naming_problem_id is not null
    or timed_problem_id is not null
