-- What a cohort member took within [as_of_date, as_of_date + horizon): a new add-on, or a new plan.
-- Taking again what one already holds is no choice and does not count.
with

features as (

    select
        subscription_id,
        as_of_date,
        held_offering_ids
    from {{ ref('preference_features') }}

),

product_versions as (

    select * from {{ ref('int_product_versions') }}

),

clock as (

    select * from {{ ref('int_clock') }}

),

-- An add-on is taken when it starts; a plan when the subscription first shows the new offering.
offerings_taken as (

    select
        subscription_id,
        product_id,
        offering_id,
        case
            when is_addon_product then coalesce(min(started_at), min(known_at))
            else min(known_at)
        end as taken_at
    from product_versions
    where
        offering_id is not null
        and coalesce(status in ('active', 'suspended', 'pendingTerminate', 'terminated'), true)
    group by subscription_id, product_id, offering_id, is_addon_product

),

taken as (

    select
        features.subscription_id,
        features.as_of_date,
        list(
            distinct offerings_taken.offering_id order by offerings_taken.offering_id
        ) as taken_offering_ids
    from features
    inner join offerings_taken
        on
            features.subscription_id = offerings_taken.subscription_id
            and offerings_taken.taken_at >= features.as_of_date
            and offerings_taken.taken_at
            < features.as_of_date + to_days({{ var('preference_horizon_days') }})
    where not list_contains(features.held_offering_ids, offerings_taken.offering_id)
    group by features.subscription_id, features.as_of_date

)

select
    features.subscription_id,
    features.as_of_date,
    coalesce(taken.taken_offering_ids, cast([] as varchar[])) as taken_offering_ids,
    cast(
        features.as_of_date + to_days({{ var('preference_horizon_days') }}) as timestamp
    ) as window_to,
    coalesce(window_to <= clock.as_of, false) as is_label_known
from features
cross join clock
left join taken
    on
        features.subscription_id = taken.subscription_id
        and features.as_of_date = taken.as_of_date
