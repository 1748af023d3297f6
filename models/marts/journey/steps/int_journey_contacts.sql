-- One row per contact and the call for help it is part of: that of the ticket it led to; else of the
-- next ticket, or the last one, that contacts about the same matter led to; else the matter's own.
with

interactions as (

    select
        *,
        -- of whom or what nobody knows is a matter of its own
        if(customer_id is null or reason is null, interaction_id, null) as nameless_id
    from {{ ref('fct_interaction') }}
    where
        is_contact
        and (ticket_id is not null or (customer_id is not null and reason is not null))

),

numbered as (

    select
        *,
        sum(cast(not is_repeat_7d as integer)) over (
            partition by customer_id, reason, nameless_id
            order by started_at, interaction_id
            rows unbounded preceding
        ) as episode
    from interactions

),

told as (

    select
        *,
        first_value(interaction_id) over matter as first_interaction_id,
        coalesce(
            ticket_id,
            first_value(ticket_id ignore nulls) over (
                matter rows between current row and unbounded following
            ),
            last_value(ticket_id ignore nulls) over (
                matter rows between unbounded preceding and current row
            )
        ) as matter_ticket_id
    from numbered
    window
        matter as (
            partition by customer_id, reason, nameless_id, episode
            order by started_at, interaction_id
        )

)

select
    interaction_id,
    source_system,
    first_interaction_id,
    if(matter_ticket_id is null, 'fct_interaction', 'fct_ticket') as source_model,
    coalesce(matter_ticket_id, first_interaction_id) as source_id,
    customer_id,
    reason,
    subscription_id,
    team_id,
    matter_ticket_id as ticket_id,
    ticket_id is not null as is_named,
    is_resolved_first,
    transfers,
    started_at,
    closed_at
from told
