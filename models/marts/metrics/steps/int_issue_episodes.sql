-- One row per issue episode: a run of contacts of one customer and reason, each within repeat_days
-- of the one before; its last contact stands for it. is_durable says it was settled at once (M08).
-- A contact of an unknown customer or reason is no episode: nobody can tell what followed it.
with

interactions as (

    select * from {{ ref('fct_interaction') }}

),

tickets as (

    select * from {{ ref('fct_ticket') }}

),

payments as (

    select * from {{ ref('fct_payment') }}

),

subscription_events as (

    select * from {{ ref('fct_subscription_event') }}

),

episodes as (

    select *
    from interactions
    where is_contact and not is_followed_7d and customer_id is not null and reason is not null

),

aftermath as (

    select
        customer_id,
        subscription_id,
        occurred_at
    from payments
    where source_type = 'credit'

    union all

    select
        customer_id,
        subscription_id,
        occurred_at
    from subscription_events
    where event_type = 'exit' and exit_cause in ('cancel_other', 'port_out')

),

unsettled as (

    select
        episodes.source_system,
        episodes.interaction_id
    from episodes
    inner join tickets
        on episodes.ticket_id = tickets.ticket_id
    where
        tickets.is_reopened
        or (
            tickets.opened_at >= episodes.started_at
            and tickets.opened_at < episodes.started_at + to_days({{ var('unsettled_days') }})
        )

    union

    select
        episodes.source_system,
        episodes.interaction_id
    from episodes
    inner join aftermath
        on
            episodes.customer_id = aftermath.customer_id
            and aftermath.occurred_at >= episodes.started_at
            and aftermath.occurred_at < episodes.started_at + to_days({{ var('unsettled_days') }})
            and coalesce(episodes.subscription_id = aftermath.subscription_id, true)

)

select
    ---------- keys
    episodes.source_system,
    episodes.interaction_id,
    episodes.customer_id,
    episodes.subscription_id,
    episodes.team_id,

    ---------- attributes
    episodes.channel,
    episodes.reason,

    ---------- flags
    not episodes.is_repeat_7d
    and coalesce(episodes.transfers, 0) = 0
    and coalesce(
        episodes.next_inbound_at >= episodes.started_at + to_days({{ var('repeat_days') }}), true
    )
    and unsettled.interaction_id is null as is_durable,

    ---------- times
    episodes.closed_at
from episodes
left join unsettled
    on
        episodes.source_system = unsettled.source_system
        and episodes.interaction_id = unsettled.interaction_id
