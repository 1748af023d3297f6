-- One row per ticket that was opened again: its source says so, its states do, or a newer version of
-- it has taken back that it was over. Easy to get wrong: such a ticket may keep the time it was
-- resolved at before; it is open, and was not resolved, until it is again.
with

trouble_tickets as (

    select *
    from {{ in_our_words(ref('stg_trouble_tickets'), {'status': 'ticket_status'}) }}

),

ticket_statuses as (

    select * from {{ ref('fct_ticket_status') }}

),

end_states as (

    select state from {{ ref('states') }}
    where vocabulary = 'ticket_status' and is_end

),

versions as (

    select
        trouble_tickets.source_system,
        trouble_tickets.ticket_id,
        trouble_tickets.known_at,
        trouble_tickets.is_current,
        trouble_tickets.is_reopened,
        case when trouble_tickets.status is not null then end_states.state is not null end
            as is_end_state,
        lag(end_states.state is not null) over (
            partition by trouble_tickets.source_system, trouble_tickets.ticket_id
            order by trouble_tickets.known_at
        ) as is_previous_end
    from trouble_tickets
    left join end_states
        on trouble_tickets.status = end_states.state

),

told_reopenings as (

    select
        source_system,
        ticket_id,
        known_at,
        coalesce(is_previous_end and not is_end_state, false) as is_seen
    from versions
    where is_reopened or (is_previous_end and not is_end_state)

    union all

    select
        source_system,
        ticket_id,
        known_at,
        true as is_seen
    from ticket_statuses
    where is_reopening

),

last_states as (

    select
        source_system,
        ticket_id,
        arg_max(is_end_state, step_number) as is_end_state
    from ticket_statuses
    group by source_system, ticket_id

),

reopenings as (

    select
        source_system,
        ticket_id,
        min(known_at) as known_at,
        bool_or(is_seen) as is_seen
    from told_reopenings
    group by source_system, ticket_id

)

select
    reopenings.source_system,
    reopenings.ticket_id,
    reopenings.known_at,
    not coalesce(versions.is_end_state, last_states.is_end_state, true)
    and not coalesce(last_states.is_end_state, false) as is_open_again
from reopenings
left join versions
    on
        reopenings.source_system = versions.source_system
        and reopenings.ticket_id = versions.ticket_id
        and versions.is_current
left join last_states
    on
        reopenings.source_system = last_states.source_system
        and reopenings.ticket_id = last_states.ticket_id
-- A flag that was taken back says nothing.
where reopenings.is_seen or versions.is_reopened
