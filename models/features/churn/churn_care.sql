-- How often the customer needed help before as_of_date: contacts and tickets received by then.
-- One that names a subscription counts for it, one that names only the customer for all of theirs,
-- one that carries only a phone number for the line with that number.
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

trouble_tickets as (

    select *
    from {{ in_our_words(ref('stg_trouble_tickets'), {
        'reason': 'reason', 'ticket_type': 'ticket_type'
    }) }}

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
        cutoffs.as_of_date,
        trouble_tickets.product_id,
        trouble_tickets.customer_id as source_key,
        null as contact_number,
        case
            when trouble_tickets.ticket_type = 'complaint' then 'complaint'
            else trouble_tickets.reason
        end as reason,
        coalesce(trouble_tickets.resolved_at >= cutoffs.as_of_date, true) as is_unresolved,
        trouble_tickets.opened_at as happened_at
    from trouble_tickets
    inner join cutoffs
        on
            trouble_tickets.opened_at < cutoffs.as_of_date
            and trouble_tickets.opened_at >= cutoffs.as_of_date - interval 90 day
            and {{ known_as_of('trouble_tickets', 'cutoffs.as_of_date') }}

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
