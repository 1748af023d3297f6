-- One row per stay of a line, with when and why the line itself left: under this identifier, or
-- under the last of those it goes on with. Who foretells or measures an exit asks about the line.
-- Easy to get wrong: a line made one with another that was there long before has not left when that
-- one does, for that one leaves on its own.
with

periods as (

    select * from {{ ref('int_subscription_periods') }}

),

chains as (

    select * from {{ ref('int_subscription_chains') }}

),

-- Only the last identifier of a chain has an exit.
later_exits as (

    select
        chains.subscription_id,
        chains.active_from,
        periods.exited_at,
        periods.exit_cause
    from chains
    inner join periods
        on
            chains.later_id = periods.subscription_id
            and chains.later_from = periods.active_from
    where
        periods.exited_at is not null
        and chains.later_from >= chains.active_to - to_days({{ var('reconnect_days') }})

)

select
    periods.subscription_id,
    periods.active_from,
    periods.active_to,
    coalesce(periods.exited_at, later_exits.exited_at) as exited_at,
    coalesce(periods.exit_cause, later_exits.exit_cause) as exit_cause
from periods
left join later_exits
    on
        periods.subscription_id = later_exits.subscription_id
        and periods.active_from = later_exits.active_from
