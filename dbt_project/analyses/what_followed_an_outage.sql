-- Analyst question: what followed an outage, step by step? One row per unplanned outage of the last
-- 90 days, the dearest first: alarms, services, customers, who was told, called, opened a ticket,
-- was given something and left. Each number is of different things, so no join multiplies another;
-- below link_confidence_floor a link is timing and not proof (contacts_sure leaves those out).
with

problems as (

    select problems.*
    from {{ ref('fct_problem') }} as problems
    cross join {{ ref('int_clock') }} as clock
    where
        problems.is_outage
        and not problems.is_planned
        and problems.started_at >= clock.as_of - interval 90 day

),

links as (

    select
        *,
        confidence >= {{ var('link_confidence_floor') }} as is_sure
    from {{ ref('bdg_evidence') }}

),

-- A ticket of the problem may lead to a credit that names no problem.
credits as (

    select
        from_id as problem_id,
        to_id as credit_id
    from links
    where from_type = 'problem' and to_type = 'credit'

    union

    select
        problem_tickets.from_id as problem_id,
        ticket_credits.to_id as credit_id
    from links as problem_tickets
    inner join links as ticket_credits
        on
            problem_tickets.to_id = ticket_credits.from_id
            and ticket_credits.from_type = 'ticket'
            and ticket_credits.to_type = 'credit'
    where problem_tickets.from_type = 'problem' and problem_tickets.to_type = 'ticket'

),

credited as (

    select
        credits.problem_id,
        count(*) as credits,
        sum(movements.credited_amount) as credited_amount
    from credits
    inner join {{ ref('fct_payment') }} as movements
        on credits.credit_id = movements.movement_id and movements.source_type = 'credit'
    group by credits.problem_id

),

-- Every link is one row, so a count per problem and kind counts things, not paths.
upstream as (

    select
        to_id as problem_id,
        count(*) as alarms
    from links
    where from_type = 'alarm' and to_type = 'problem'
    group by to_id

),

downstream as (

    select
        from_id as problem_id,
        count(*) filter (where to_type = 'service') as services,
        count(*) filter (where to_type = 'notice') as notices,
        count(*) filter (where to_type = 'contact') as contacts,
        count(*) filter (where to_type = 'contact' and is_sure) as contacts_sure,
        count(*) filter (where to_type = 'ticket') as tickets,
        count(*) filter (where to_type = 'exit') as exits_after
    from links
    where from_type = 'problem'
    group by from_id

)

select
    problems.problem_id,
    problems.cause,
    problems.region,
    problems.started_at,
    coalesce(upstream.alarms, 0) as alarms,
    coalesce(downstream.services, 0) as services,
    problems.affected_customers,
    problems.customer_minutes_lost,
    coalesce(downstream.notices, 0) as notices,
    coalesce(downstream.contacts, 0) as contacts,
    coalesce(downstream.contacts_sure, 0) as contacts_sure,
    coalesce(downstream.tickets, 0) as tickets,
    coalesce(credited.credits, 0) as credits,
    credited.credited_amount,
    coalesce(downstream.exits_after, 0) as exits_after
from problems
left join upstream
    on problems.problem_id = upstream.problem_id
left join downstream
    on problems.problem_id = downstream.problem_id
left join credited
    on problems.problem_id = credited.problem_id
order by problems.customer_minutes_lost desc, problems.problem_id
