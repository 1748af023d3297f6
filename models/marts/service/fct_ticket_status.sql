-- One row per status a ticket entered. It lasts until the ticket enters the next one; the last one
-- of a ticket has no end. What follows an end state, and is none itself, is a reopening.
with

changes as (

    select *
    from {{ in_our_words(ref('stg_trouble_ticket_statuses'), {'status': 'ticket_status'}) }}
    where is_current

),

end_states as (

    select state from {{ ref('states') }}
    where vocabulary = 'ticket_status' and is_end

),

judged as (

    select
        changes.*,
        end_states.state is not null as is_end_state
    from changes
    left join end_states
        on changes.status = end_states.state

),

-- Two states entered at one moment: the end state is the later one.
in_order as (

    select
        *,
        row_number() over ticket_time as step_number,
        lag(status) over ticket_time as previous_status,
        lag(is_end_state) over ticket_time as is_previous_end,
        lead(changed_at) over ticket_time as next_changed_at
    from judged
    window ticket_time as (
        partition by source_system, ticket_id order by changed_at, is_end_state, status
    )

),

ticket_statuses as (

    select
        ---------- keys
        {{ surrogate_key(['source_system', 'ticket_id', 'changed_at', 'status_code']) }}
            as ticket_status_key,
        ticket_id,
        team_id,

        ---------- attributes
        status,
        status_code,
        previous_status,

        ---------- numbers
        step_number,
        {{ minutes_between('changed_at', 'next_changed_at') }} / 60.0 as hours_in_status,

        ---------- flags
        is_end_state,
        not is_end_state and coalesce(is_previous_end, false) as is_reopening,

        ---------- times
        changed_at,
        next_changed_at,

        ---------- lineage
        source_system,
        known_at
    from in_order

)

{{ with_version_keys('ticket_statuses', 'changed_at', ['team']) }}
