-- One row per sale campaign and line that chance offered an add-on to or held out: did it take it?
-- Whoever agrees to marketing no longer is in no trial (uplift_contacts).
with

contacts as (

    select * from {{ ref('stg_campaign_contacts') }}
    where is_current and product_id is not null and arm is not null

),

trials as (

    select * from {{ ref('uplift_contacts') }}
    where campaign_kind = 'sale'

),

product_versions as (

    select * from {{ ref('int_product_versions') }}

),

clock as (

    select * from {{ ref('int_clock') }}

),

-- An add-on is taken when it starts, a plan when the line first shows it.
started as (

    select
        subscription_id,
        offering_id,
        case
            when is_addon_product then coalesce(min(started_at), min(known_at))
            else min(known_at)
        end as taken_at
    from product_versions
    where coalesce(status in ('active', 'suspended', 'pendingTerminate', 'terminated'), true)
    group by subscription_id, product_id, offering_id, is_addon_product

),

offered as (

    select
        trials.source_system,
        trials.campaign_id,
        trials.subscription_id,
        arg_min(contacts.offering_id, contacts.contacted_at) as offering_id
    from trials
    inner join contacts
        on
            trials.source_system = contacts.source_system
            and trials.campaign_id = contacts.campaign_id
            and trials.subscription_id = contacts.product_id
    group by trials.source_system, trials.campaign_id, trials.subscription_id

)

select
    trials.source_system,
    trials.campaign_id,
    trials.subscription_id,
    offered.offering_id,
    trials.customer_id,
    trials.is_treated,
    trials.has_accepted,
    bool_or(started.taken_at is not null) as has_taken,
    trials.contacted_at
from trials
inner join offered
    on
        trials.source_system = offered.source_system
        and trials.campaign_id = offered.campaign_id
        and trials.subscription_id = offered.subscription_id
cross join clock
left join started
    on
        trials.subscription_id = started.subscription_id
        and offered.offering_id = started.offering_id
        and started.taken_at >= trials.contacted_at
        and started.taken_at
        < trials.contacted_at + to_days({{ var('preference_horizon_days') }})
where trials.contacted_at + to_days({{ var('preference_horizon_days') }}) <= clock.as_of
group by all
