-- One row per contact or digital session. A repeat is an inbound contact with a person that
-- follows another of the same customer and reason group within repeat_days; an unknown reason
-- repeats nothing. A session is contained when no such contact follows it (M12).
with

interactions as (

    select * from {{ told_interactions() }}

),

contact_links as (

    select * from {{ ref('int_contact_links') }}

),

linked as (

    select
        interactions.*,
        contact_links.customer_id as linked_customer_id,
        contact_links.subscription_id,
        contact_links.problem_id as linked_problem_id,
        contact_links.ticket_id as linked_ticket_id,
        contact_links.link_rule,
        contact_links.link_confidence,
        interactions.direction = 'inbound' and interactions.is_human_handled as is_contact
    from interactions
    left join contact_links
        on
            interactions.interaction_id = contact_links.interaction_id
            and interactions.source_system = contact_links.source_system

),

neighbours as (

    select
        source_system,
        interaction_id,
        max(started_at) filter (where is_contact) over earlier as previous_contact_at,
        min(started_at) filter (where is_contact) over later as next_contact_at,
        lead(started_at) over customer_reason as next_inbound_at
    from linked
    where direction = 'inbound' and linked_customer_id is not null and reason is not null
    window
        customer_reason as (
            partition by linked_customer_id, reason order by started_at, interaction_id
        ),
        earlier as (customer_reason rows between unbounded preceding and 1 preceding),
        later as (customer_reason rows between 1 following and unbounded following)

),

contacts as (

    select
        ---------- keys
        linked.interaction_id,
        linked.linked_customer_id as customer_id,
        linked.subscription_id,
        linked.team_id,
        linked.linked_problem_id as problem_id,
        linked.linked_ticket_id as ticket_id,

        ---------- attributes
        linked.channel,
        linked.channel_code,
        linked.direction,
        linked.reason,
        linked.reason_code,
        linked.link_rule,
        linked.link_confidence,

        ---------- numbers
        linked.transfers,
        linked.talk_seconds,
        linked.hold_seconds,
        linked.wrap_up_seconds,

        ---------- flags
        linked.is_human_handled,
        linked.is_contact,
        linked.is_resolved_first,
        coalesce(
            linked.is_contact
            and linked.started_at
            < neighbours.previous_contact_at + to_days({{ var('repeat_days') }}),
            false
        ) as is_repeat_7d,
        coalesce(
            linked.is_contact
            and neighbours.next_contact_at < linked.started_at + to_days({{ var('repeat_days') }}),
            false
        ) as is_followed_7d,
        case
            when linked.direction = 'inbound' and not linked.is_human_handled then
                linked.is_resolved_first
                -- Who came is unknown: nobody can tell that they did not call after it.
                and neighbours.interaction_id is not null
                and coalesce(
                    neighbours.next_contact_at
                    >= linked.started_at + to_hours({{ var('containment_hours') }}),
                    true
                )
        end as is_contained_24h,

        ---------- times
        linked.started_at,
        coalesce(linked.ended_at, linked.started_at) as closed_at,
        neighbours.next_contact_at,
        neighbours.next_inbound_at,

        ---------- lineage
        linked.source_system,
        linked.known_at
    from linked
    left join neighbours
        on
            linked.interaction_id = neighbours.interaction_id
            and linked.source_system = neighbours.source_system

)

{{ with_version_keys('contacts', 'started_at', [
    'customer', 'subscription', 'team', 'reason', 'channel'
]) }}
