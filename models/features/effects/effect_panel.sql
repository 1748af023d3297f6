-- One row per line that is compared (effect_trials) with what it did before and after. Easy to get
-- wrong: adjustments are of what came before the event only; what came after may be its doing. An
-- outcome is null until its window has closed, and a prepaid line's exit always: it shows months later.
with

trials as (

    select * from {{ ref('effect_trials') }}

),

events as (

    select * from {{ ref('effect_events') }}
    where is_exposed

),

lines as (

    select * from {{ ref('effect_lines') }}

),

contacts as (

    select * from {{ ref('fct_interaction') }}
    where is_contact and customer_id is not null

),

clock as (

    select * from {{ ref('int_clock') }}

),

-- A control stands in several cells; what is known of it is looked up once.
moments as (

    select
        subscription_id,
        customer_id,
        event_at
    from trials
    group by subscription_id, customer_id, event_at

),

customer_moments as (

    select
        customer_id,
        event_at
    from moments
    group by customer_id, event_at

),

earlier_events as (

    select
        moments.subscription_id,
        moments.event_at,
        sum(cast(events.dose as decimal(18, 9))) filter (where events.effect_kind = 'outage')
            as outage_hours,
        sum(cast(events.dose as decimal(18, 9))) filter (where events.effect_kind = 'late_order')
            as late_days,
        sum(cast(events.dose as decimal(18, 9))) filter (where events.effect_kind = 'bill_shock')
            as shocks,
        sum(cast(events.dose as decimal(18, 9)))
            filter (where events.effect_kind = 'unresolved_contact') as unresolved
    from moments
    inner join events
        on
            moments.subscription_id = events.subscription_id
            and moments.event_at > events.event_at
            and moments.event_at <= events.event_at + to_days({{ var('effect_exit_days') }})
    group by moments.subscription_id, moments.event_at

),

customer_contacts as (

    select
        customer_moments.customer_id,
        customer_moments.event_at,
        count(*) filter (
            where
                contacts.started_at > customer_moments.event_at
                and contacts.started_at
                <= customer_moments.event_at + to_days({{ var('effect_contact_days') }})
        ) as contacts_after,
        count(*) filter (
            where
                contacts.started_at < customer_moments.event_at
                and contacts.started_at
                >= customer_moments.event_at - to_days({{ var('effect_contact_days') }})
        ) as contacts_just_before,
        count(*) filter (
            where
                contacts.started_at
                < customer_moments.event_at - to_days({{ var('effect_contact_days') }})
        ) as contacts_long_before,
        count(*) filter (
            where contacts.started_at < customer_moments.event_at and contacts.reason = 'cancel'
        ) as cancel_contacts_before
    from customer_moments
    inner join contacts
        on
            customer_moments.customer_id = contacts.customer_id
            and contacts.started_at
            >= customer_moments.event_at - to_days({{ var('effect_exit_days') }})
            and contacts.started_at
            <= customer_moments.event_at + to_days({{ var('effect_contact_days') }})
    group by customer_moments.customer_id, customer_moments.event_at

),

-- Not this line, and not at the event itself: an order in time has joined its line by then, a late
-- one has not, so that counting it would adjust for the lateness.
other_lines as (

    select
        moments.subscription_id,
        moments.event_at,
        count(*) as lines
    from moments
    inner join lines
        on
            moments.customer_id = lines.customer_id
            and moments.subscription_id <> lines.subscription_id
            and {{ holds_at(
                'moments.event_at - to_days(' ~ var('effect_contact_days') ~ ')',
                'lines.valid_from', 'lines.valid_to'
            ) }}
    group by moments.subscription_id, moments.event_at

)

select
    ---------- keys
    trials.effect_kind,
    trials.cell_id,
    trials.event_id,
    trials.subscription_id,
    trials.customer_id,

    ---------- attributes
    trials.match_level,
    trials.contract_state,
    case
        when trials.tenure_days < {{ var('effect_tenure_days')[0] }} then 'new'
        when trials.tenure_days < {{ var('effect_tenure_days')[1] }} then 'settled'
        else 'old'
    end as tenure_band,

    ---------- numbers
    trials.dose,
    trials.customer_dose,
    trials.monthly_charge,
    coalesce(other_lines.lines, 0) as other_lines,
    coalesce(cast(earlier_events.outage_hours as double), 0) as outage_hours_before,
    coalesce(cast(earlier_events.late_days as double), 0) as late_days_before,
    coalesce(cast(earlier_events.shocks as double), 0) as shocks_before,
    coalesce(cast(earlier_events.unresolved as double), 0) as unresolved_before,
    coalesce(customer_contacts.contacts_long_before, 0) as contacts_long_before,
    case
        when trials.event_at >= clock.first_at + to_days({{ var('effect_contact_days') }})
            then coalesce(customer_contacts.contacts_just_before, 0)
    end as contacts_before,
    case
        when trials.event_at < clock.as_of - to_days({{ var('effect_contact_days') }})
            then coalesce(customer_contacts.contacts_after, 0)
    end as contacts_after,
    case
        when trials.event_at >= clock.first_at + to_days({{ var('effect_exit_days') }})
            then coalesce(customer_contacts.cancel_contacts_before, 0)
    end as cancel_contacts_before,

    ---------- flags
    trials.is_exposed,
    case
        when
            not trials.is_prepaid
            and trials.felt_at < clock.as_of - to_days({{ var('effect_exit_days') }})
            then coalesce(
                trials.exited_at < trials.felt_at + to_days({{ var('effect_exit_days') }}), false
            )
    end as has_left,

    ---------- times
    trials.event_at
from trials
cross join clock
left join earlier_events
    on
        trials.subscription_id = earlier_events.subscription_id
        and trials.event_at = earlier_events.event_at
left join customer_contacts
    on
        trials.customer_id = customer_contacts.customer_id
        and trials.event_at = customer_contacts.event_at
left join other_lines
    on
        trials.subscription_id = other_lines.subscription_id
        and trials.event_at = other_lines.event_at
