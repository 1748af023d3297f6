-- One row per unbroken stay of a subscription in the base: [active_from, active_to), null = still
-- in. Easy to get wrong: a completed port-out is the cause whatever the product row says, unless the
-- number came back to a product that told no end; prepaid silence ends a stay though the source tells
-- an end later; what goes on under another identifier has no exit (exited_at), though it leaves the
-- base under this one.
{{ config(pre_hook=keep_hashes('subscription_id')) }}
with

stays as (

    select * from {{ ref('int_subscription_spells') }}

),

successors as (

    select * from {{ ref('int_subscription_successors') }}

),

port_requests as (

    select * from {{ ref('fct_port_request') }}

),

clock as (

    select * from {{ ref('int_clock') }}

),

-- One line may take over from two.
predecessors as (

    select
        successor_id,
        successor_period_number
    from successors
    group by successor_id, successor_period_number

),

-- Numbers carried back to the line they left, within the window in which a return is no exit.
returned_numbers as (

    select
        carried_out.source_system,
        carried_out.port_id
    from port_requests as carried_out
    inner join port_requests as carried_in
        on
            carried_out.subscription_id = carried_in.subscription_id
            and carried_in.completed_at >= carried_out.completed_at
            and carried_in.completed_at
            <= carried_out.completed_at + to_days({{ var('reconnect_days') }})
    cross join clock
    where
        carried_out.direction = 'out'
        and carried_out.is_completed
        and carried_in.direction = 'in'
        and carried_in.is_completed
        and carried_in.completed_at < clock.as_of
    group by carried_out.source_system, carried_out.port_id

),

port_outs as (

    select
        stays.subscription_id,
        stays.period_number,
        max(port_requests.completed_at) as ported_at
    from stays
    inner join port_requests
        on
            stays.subscription_id = port_requests.subscription_id
            and port_requests.completed_at >= stays.active_from
            and (
                stays.told_to is null
                or port_requests.completed_at
                < stays.told_to + to_days({{ var('reconnect_days') }})
            )
            and coalesce(port_requests.completed_at < stays.silent_at, true)
    left join returned_numbers
        on
            port_requests.source_system = returned_numbers.source_system
            and port_requests.port_id = returned_numbers.port_id
    cross join clock
    where
        port_requests.direction = 'out'
        and port_requests.is_completed
        and port_requests.completed_at < clock.as_of
        and (stays.told_to is not null or returned_numbers.port_id is null)
    group by stays.subscription_id, stays.period_number

),

periods as (

    select
        stays.subscription_id,
        stays.period_number,
        stays.active_from,
        successors.successor_id,
        successors.successor_period_number,
        successors.successor_rule,
        predecessors.successor_id is not null as is_continuation,
        least(coalesce(stays.told_to, port_outs.ported_at), stays.silent_at) as active_to,
        case
            when stays.silent_at < coalesce(stays.told_to, port_outs.ported_at) then 'inactive'
            when port_outs.ported_at is not null then 'port_out'
            when stays.told_to is not null then coalesce(stays.told_cause, 'unknown')
            when stays.silent_at is not null then 'inactive'
        end as exit_cause
    from stays
    left join port_outs
        on
            stays.subscription_id = port_outs.subscription_id
            and stays.period_number = port_outs.period_number
    left join successors
        on
            stays.subscription_id = successors.subscription_id
            and stays.period_number = successors.period_number
    left join predecessors
        on
            stays.subscription_id = predecessors.successor_id
            and stays.period_number = predecessors.successor_period_number

)

select
    subscription_id,
    period_number,
    active_from,
    active_to,
    case when successor_id is null then active_to end as exited_at,
    case when successor_id is null then exit_cause end as exit_cause,
    successor_id,
    successor_period_number,
    successor_rule,
    is_continuation
from periods
where active_to is null or active_to > active_from
