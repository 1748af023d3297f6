-- How often the customer needed help before as_of_date: contacts and tickets received by then.
-- One that names a subscription counts for it, one that names only the customer for all of theirs,
-- one that carries only a phone number for the line with that number. Easy to get wrong: a ticket
-- opened again keeps the date it was resolved on, and is open until it is over again (M46b).
{{ config(**increment_by_date('churn_cutoffs')) }}
with

profiles as (

    select
        profile.*,
        cohort.customer_id
    from {{ ref('churn_profile') }} as profile
    inner join {{ ref('churn_cohort') }} as cohort
        on
            profile.subscription_id = cohort.subscription_id
            and profile.as_of_date = cohort.as_of_date
    where {{ is_touched('cohort') }}

),

customer_links as (

    select * from {{ ref('int_customer_links') }}

),

interactions as (

    select * from {{ in_our_words(ref('stg_interactions'), {'reason': 'reason'}) }}

),

end_states as (

    select state from {{ ref('states') }}
    where vocabulary = 'ticket_status' and is_end

),

ticket_statuses as (

    select
        statuses.*,
        end_states.state is not null as is_end_state
    from {{ in_our_words(ref('stg_trouble_ticket_statuses'), {'status': 'ticket_status'}) }}
        as statuses
    left join end_states
        on statuses.status = end_states.state

),

trouble_tickets as (

    select
        told.*,
        case when told.status is not null then end_states.state is not null end as is_end_state,
        bool_or(end_states.state is not null) over (
            partition by told.source_system, told.ticket_id
            order by told.known_at
            rows between unbounded preceding and 1 preceding
        ) as was_over
    from {{ in_our_words(ref('stg_trouble_tickets'), {
        'reason': 'reason', 'ticket_type': 'ticket_type', 'status': 'ticket_status'
    }) }} as told
    left join end_states
        on told.status = end_states.state

),

cutoffs as (

    select as_of_date from profiles
    group by as_of_date

),

interaction_feed as (

    select min(known_at) as first_known_at from interactions

),

ticket_feed as (

    select min(known_at) as first_known_at from trouble_tickets

),

recent_tickets as (

    select
        trouble_tickets.*,
        cutoffs.as_of_date
    from trouble_tickets
    inner join cutoffs
        on
            trouble_tickets.opened_at < cutoffs.as_of_date
            and trouble_tickets.opened_at >= cutoffs.as_of_date - interval 90 day
            and {{ known_as_of('trouble_tickets', 'cutoffs.as_of_date') }}

),

-- What its states told by then: where it stood, and whether it had been over. Of two entered at one
-- moment the end is the later one.
told_states as (

    select
        recent_tickets.source_system,
        recent_tickets.ticket_id,
        recent_tickets.as_of_date,
        arg_max(
            ticket_statuses.is_end_state,
            (ticket_statuses.changed_at, ticket_statuses.is_end_state)
        ) as is_end_state,
        bool_or(ticket_statuses.is_end_state) as was_over
    from recent_tickets
    inner join ticket_statuses
        on
            recent_tickets.source_system = ticket_statuses.source_system
            and recent_tickets.ticket_id = ticket_statuses.ticket_id
            and recent_tickets.as_of_date > ticket_statuses.changed_at
            and {{ known_as_of('ticket_statuses', 'recent_tickets.as_of_date') }}
    group by
        recent_tickets.source_system, recent_tickets.ticket_id, recent_tickets.as_of_date

),

judged_tickets as (

    select
        recent_tickets.*,
        coalesce(recent_tickets.resolved_at, recent_tickets.closed_at) as settled_at,
        coalesce(recent_tickets.is_end_state, told_states.is_end_state, false) as is_over,
        coalesce(
            recent_tickets.is_reopened or recent_tickets.was_over or told_states.was_over, false
        )
        and not coalesce(recent_tickets.is_end_state, told_states.is_end_state, true)
        and not coalesce(told_states.is_end_state, false) as is_open_again
    from recent_tickets
    left join told_states
        on
            recent_tickets.source_system = told_states.source_system
            and recent_tickets.ticket_id = told_states.ticket_id
            and recent_tickets.as_of_date = told_states.as_of_date

),

recent as (

    select
        'contact' as event_type,
        cutoffs.as_of_date,
        interactions.product_id,
        interactions.customer_id as source_key,
        interactions.contact_number,
        interactions.reason,
        interactions.is_resolved_first is false as is_unresolved,
        interactions.started_at as happened_at
    from interactions
    inner join cutoffs
        on
            interactions.started_at < cutoffs.as_of_date
            and interactions.started_at >= cutoffs.as_of_date - interval 90 day
            and {{ known_as_of('interactions', 'cutoffs.as_of_date') }}
    where
        coalesce(interactions.direction = 'inbound', true)
        and coalesce(interactions.is_human_handled, true)

    union all by name

    select
        'ticket' as event_type,
        as_of_date,
        product_id,
        customer_id as source_key,
        null as contact_number,
        case when ticket_type = 'complaint' then 'complaint' else reason end as reason,
        -- Over by its state without a date is over, too (M46b).
        is_open_again or coalesce(settled_at >= as_of_date, not is_over) as is_unresolved,
        opened_at as happened_at
    from judged_tickets

),

attributed as (

    select
        profiles.subscription_id,
        recent.*
    from recent
    inner join profiles
        on
            recent.product_id = profiles.subscription_id
            and recent.as_of_date = profiles.as_of_date

    union all by name

    select
        profiles.subscription_id,
        recent.*
    from recent
    inner join customer_links
        on recent.source_key = customer_links.source_key
    inner join profiles
        on
            customer_links.customer_id = profiles.customer_id
            and recent.as_of_date = profiles.as_of_date
    where recent.product_id is null

    union all by name

    select
        profiles.subscription_id,
        recent.*
    from recent
    inner join profiles
        on
            recent.contact_number = profiles.phone_number
            and recent.as_of_date = profiles.as_of_date
    where recent.product_id is null and recent.source_key is null

),

repeats as (

    select
        *,
        happened_at - lag(happened_at) over (
            partition by subscription_id, as_of_date, event_type, reason order by happened_at
        ) < to_days({{ var('repeat_days') }}) as is_repeat
    from attributed

),

counts as (

    select
        subscription_id,
        as_of_date,
        count(*) filter (
            where event_type = 'contact' and happened_at >= as_of_date - interval 30 day
        ) as contacts_30d,
        count(*) filter (where event_type = 'contact') as contacts_90d,
        count(*) filter (where event_type = 'contact' and reason = 'fault') as contacts_fault_90d,
        count(*) filter (
            where event_type = 'contact' and reason = 'billing'
        ) as contacts_billing_90d,
        count(*) filter (where event_type = 'contact' and reason = 'order') as contacts_order_90d,
        count(*) filter (where event_type = 'contact' and reason = 'cancel') as contacts_cancel_90d,
        count(*) filter (where event_type = 'contact' and is_repeat) as contacts_repeat_90d,
        count(*) filter (
            where event_type = 'contact' and is_unresolved
        ) as contacts_unresolved_90d,
        count(*) filter (where event_type = 'ticket') as tickets_90d,
        count(*) filter (where event_type = 'ticket' and is_unresolved) as tickets_open,
        count(*) filter (where event_type = 'ticket' and reason = 'complaint') as complaints_90d
    from repeats
    group by subscription_id, as_of_date

)

select
    profiles.subscription_id,
    profiles.as_of_date,
    {% for name in [
        'contacts_30d', 'contacts_90d', 'contacts_fault_90d', 'contacts_billing_90d',
        'contacts_order_90d', 'contacts_cancel_90d', 'contacts_repeat_90d',
        'contacts_unresolved_90d',
    ] %}
    case
        when interaction_feed.first_known_at < profiles.as_of_date
            then coalesce(counts.{{ name }}, 0)
    end as {{ name }},
    {% endfor %}
    {% for name in ['tickets_90d', 'tickets_open', 'complaints_90d'] %}
    case
        when ticket_feed.first_known_at < profiles.as_of_date then coalesce(counts.{{ name }}, 0)
    end as {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
from profiles
cross join interaction_feed
cross join ticket_feed
left join counts
    on
        profiles.subscription_id = counts.subscription_id
        and profiles.as_of_date = counts.as_of_date
