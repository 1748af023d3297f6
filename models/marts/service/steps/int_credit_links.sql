-- One row per credit that makes up for lost service: the problem it names, else that of the fault
-- ticket settled shortly before, else the latest problem that hit the customer; and that ticket.
-- Only the name is proof, the others are timing.
{% set window = "interval " ~ var('credit_window_days') ~ " day" %}
with

movements as (

    select * from {{ ref('fct_payment') }}
    where payment_type = 'adjustment' and source_type = 'credit'

),

problems as (

    select * from {{ ref('int_problems') }}

),

tickets as (

    select * from {{ ref('fct_ticket') }}

),

impacts as (

    select * from {{ ref('fct_service_impact') }} where subscription_id is not null

),

credits as (

    select
        movements.movement_id as credit_id,
        movements.source_system,
        movements.customer_id,
        movements.subscription_id,
        movements.amount,
        movements.credited_amount,
        movements.occurred_at,
        problems.problem_id as named_problem_id
    from movements
    left join problems
        on movements.problem_id = problems.problem_id
    where
        problems.problem_id is not null
        or lower(movements.reason) in (
            {%- for reason in var('credit_reasons') %}
            '{{ reason | lower }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )

),

fault_tickets as (

    select
        *,
        coalesce(resolved_at, opened_at) as settled_at
    from tickets
    where
        customer_id is not null
        and (ticket_type = 'fault' or (ticket_type is null and {{ is_fault_reason('reason') }}))

),

-- Several tickets may be settled in the window: one of the named problem first, then the latest.
ticketed as (

    select
        credits.source_system,
        credits.credit_id,
        arg_max(
            struct_pack(
                ticket_id := fault_tickets.ticket_id, problem_id := fault_tickets.problem_id
            ),
            (
                coalesce(fault_tickets.problem_id = credits.named_problem_id, false),
                fault_tickets.settled_at,
                fault_tickets.ticket_id
            )
        ) as ticket
    from credits
    inner join fault_tickets
        on
            credits.customer_id = fault_tickets.customer_id
            and (
                credits.subscription_id is null
                or fault_tickets.subscription_id is null
                or credits.subscription_id = fault_tickets.subscription_id
            )
            and credits.occurred_at >= fault_tickets.settled_at
            and credits.occurred_at < fault_tickets.settled_at + {{ window }}
    group by credits.source_system, credits.credit_id

),

timed as (

    select
        credits.source_system,
        credits.credit_id,
        arg_max(
            impacts.problem_id, (impacts.is_outage, impacts.impact_from, impacts.problem_id)
        ) as problem_id
    from credits
    inner join impacts
        on
            credits.customer_id = impacts.customer_id
            and (
                credits.subscription_id is null
                or credits.subscription_id = impacts.subscription_id
            )
            and credits.occurred_at >= impacts.impact_from
            and credits.occurred_at < impacts.impact_to + {{ window }}
    group by credits.source_system, credits.credit_id

)

select
    credits.credit_id,
    credits.source_system,
    credits.customer_id,
    credits.amount,
    credits.credited_amount,
    credits.occurred_at,
    coalesce(credits.named_problem_id, ticketed.ticket.problem_id, timed.problem_id)
        as problem_id,
    case
        when credits.named_problem_id is not null then 'named'
        when ticketed.ticket.problem_id is not null then 'ticket'
        when timed.problem_id is not null then 'impact_window'
    end as problem_rule,
    case
        when credits.named_problem_id is not null then 1.0
        when ticketed.ticket.problem_id is not null or timed.problem_id is not null
            then cast({{ var('timing_confidence') }} as double)
    end as problem_confidence,
    ticketed.ticket.ticket_id as ticket_id,
    case when ticketed.credit_id is not null then 'settled_before' end as ticket_rule,
    case
        when ticketed.credit_id is not null then cast({{ var('timing_confidence') }} as double)
    end as ticket_confidence
from credits
left join ticketed
    on
        credits.credit_id = ticketed.credit_id
        and credits.source_system = ticketed.source_system
left join timed
    on
        credits.credit_id = timed.credit_id
        and credits.source_system = timed.source_system
