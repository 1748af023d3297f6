-- Everything known about a cohort member at midnight of as_of_date, and nothing later.
-- Null means "not told"; zero means "told, and none". ml reads every column here except the
-- keys, and turns held_offering_ids into one column per offering.
{{ config(**increment_by_date('churn_cutoffs')) }}
select
    profile.* exclude (account_id, phone_number),
    usage.* exclude (subscription_id, as_of_date),
    money.* exclude (subscription_id, as_of_date),
    -- A prepaid line ends by silence: neither used nor topped up (M29).
    case
        when profile.is_prepaid then least(usage.days_since_usage, money.days_since_top_up)
    end as silent_days,
    care.* exclude (subscription_id, as_of_date),
    service.* exclude (subscription_id, as_of_date),
    neighbours.* exclude (subscription_id, as_of_date),
    -- Little is known of who came less than three months ago: a segment of its own.
    coalesce(profile.tenure_days < 91, false) as is_cold_start
from {{ ref('churn_profile') }} as profile
inner join {{ ref('churn_usage') }} as usage
    on
        profile.subscription_id = usage.subscription_id
        and profile.as_of_date = usage.as_of_date
inner join {{ ref('churn_money') }} as money
    on
        profile.subscription_id = money.subscription_id
        and profile.as_of_date = money.as_of_date
inner join {{ ref('churn_care') }} as care
    on
        profile.subscription_id = care.subscription_id
        and profile.as_of_date = care.as_of_date
inner join {{ ref('churn_service') }} as service
    on
        profile.subscription_id = service.subscription_id
        and profile.as_of_date = service.as_of_date
inner join {{ ref('churn_neighbours') }} as neighbours
    on
        profile.subscription_id = neighbours.subscription_id
        and profile.as_of_date = neighbours.as_of_date
where {{ is_touched('profile') }}
