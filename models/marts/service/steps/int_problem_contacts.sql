-- One row per contact that speaks of a problem, with the one problem it is linked to: the one it
-- names, else its ticket's, else the latest problem that hit its subscription shortly before.
-- The last is timing, not proof: it has the lowest confidence.
with

interactions as (

    select * from {{ in_our_words(ref('stg_interactions'), {'reason': 'reason'}) }}
    where is_current

),


record_links as (

    select * from {{ ref('int_record_links') }} where record_type = 'interaction'

),

problem_tickets as (

    select * from {{ ref('int_problem_tickets') }}

),

problems as (

    select * from {{ ref('int_problems') }}

),

impacts as (

    select * from {{ ref('fct_service_impact') }} where subscription_id is not null

),

fault_contacts as (

    select
        interactions.interaction_id,
        interactions.source_system,
        interactions.started_at,
        record_links.subscription_id
    from interactions
    inner join record_links
        on
            interactions.interaction_id = record_links.record_id
            and interactions.source_system = record_links.source_system
    where
        record_links.subscription_id is not null
        and coalesce(interactions.direction, 'inbound') = 'inbound'
        and {{ is_fault_reason('interactions.reason') }}

),

-- Several problems may have hit it in the window: an outage beats a degradation, then the latest.
timed as (

    select
        fault_contacts.interaction_id,
        fault_contacts.source_system,
        arg_max(
            impacts.problem_id, (impacts.is_outage, impacts.impact_from, impacts.problem_id)
        ) as problem_id
    from fault_contacts
    inner join impacts
        on
            fault_contacts.subscription_id = impacts.subscription_id
            and fault_contacts.started_at >= impacts.impact_from
            and fault_contacts.started_at
            < impacts.impact_to + interval {{ var('contact_window_hours') }} hour
    group by fault_contacts.interaction_id, fault_contacts.source_system

),

candidates as (

    select
        interactions.interaction_id,
        interactions.source_system,
        problems.problem_id as named_problem_id,
        problem_tickets.problem_id as ticket_problem_id,
        timed.problem_id as timed_problem_id
    from interactions
    left join problems
        on interactions.problem_id = problems.problem_id
    left join problem_tickets
        on interactions.ticket_id = problem_tickets.ticket_id
    left join timed
        on
            interactions.interaction_id = timed.interaction_id
            and interactions.source_system = timed.source_system

)

select
    interaction_id,
    source_system,
    coalesce(named_problem_id, ticket_problem_id, timed_problem_id) as problem_id,
    case
        when named_problem_id is not null then 'named'
        when ticket_problem_id is not null then 'ticket'
        else 'impact_window'
    end as rule,
    case
        when named_problem_id is not null then 1.0
        when ticket_problem_id is not null then cast({{ var('chain_confidence') }} as double)
        else cast({{ var('timing_confidence') }} as double)
    end as confidence
from candidates
where
    named_problem_id is not null
    or ticket_problem_id is not null
    or timed_problem_id is not null
