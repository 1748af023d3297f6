-- Profile and holdings of a cohort member as we knew them at as_of_date.
-- No charge and no bill in here: they are a function of the add-ons held and would give them away.
-- A table whole every time, as its cohort is: who withdraws consent leaves all their dates.
with

cohort as (

    select * from {{ ref('preference_cohort') }}

),

profiles as (

    select * from {{ ref('churn_profile') }}

),

usages as (

    select * from {{ ref('churn_usage') }}

),

product_versions as (

    select * from {{ ref('int_product_versions') }}

),

-- What it had once, as we knew then; what of that it holds now is told by held_offering_ids.
had as (

    select
        cohort.subscription_id,
        cohort.as_of_date,
        list(distinct product_versions.offering_id order by product_versions.offering_id)
            as had_offering_ids
    from cohort
    inner join product_versions
        on
            cohort.subscription_id = product_versions.subscription_id
            and product_versions.known_at < cohort.as_of_date
    where
        product_versions.offering_id is not null
        -- what another customer had, whose line it was, is not its own, nor was that one asked
        and coalesce(product_versions.customer_id = cohort.customer_id, true)
        and coalesce(product_versions.started_at < cohort.as_of_date, true)
        and coalesce(
            product_versions.status in ('active', 'suspended', 'pendingTerminate', 'terminated'),
            true
        )
    group by cohort.subscription_id, cohort.as_of_date

),

-- What the customer's other lines hold: a household has its tastes together.
near as (

    select
        cohort.subscription_id,
        cohort.as_of_date,
        list(distinct held.offering_id order by held.offering_id) as near_offering_ids
    from cohort
    inner join cohort as others
        on
            cohort.customer_id = others.customer_id
            and cohort.as_of_date = others.as_of_date
            and cohort.subscription_id <> others.subscription_id
    inner join (
        select
            subscription_id,
            as_of_date,
            unnest(held_offering_ids) as offering_id
        from profiles
    ) as held
        on
            others.subscription_id = held.subscription_id
            and others.as_of_date = held.as_of_date
    group by cohort.subscription_id, cohort.as_of_date

)

select
    ---------- keys
    cohort.subscription_id,
    cohort.as_of_date,
    profiles.held_offering_ids,
    list_filter(
        coalesce(had.had_offering_ids, cast([] as varchar[])),
        lambda offering_id: not list_contains(profiles.held_offering_ids, offering_id)
    ) as dropped_offering_ids,
    coalesce(near.near_offering_ids, cast([] as varchar[])) as near_offering_ids,

    ---------- profile
    profiles.offering_id,
    profiles.family,
    profiles.contract_type,
    profiles.is_prepaid,
    profiles.tenure_days,
    profiles.days_to_contract_end,
    profiles.segment,
    profiles.age_band,
    profiles.language,
    profiles.area,
    profiles.region,
    profiles.customer_subscriptions,
    profiles.payment_method,
    profiles.is_paperless,

    ---------- usage
    usages.data_mb_30d,
    usages.data_trend,
    usages.voice_minutes_30d,
    usages.messages_30d
from cohort
inner join profiles
    on
        cohort.subscription_id = profiles.subscription_id
        and cohort.as_of_date = profiles.as_of_date
inner join usages
    on
        cohort.subscription_id = usages.subscription_id
        and cohort.as_of_date = usages.as_of_date
left join had
    on
        cohort.subscription_id = had.subscription_id
        and cohort.as_of_date = had.as_of_date
left join near
    on
        cohort.subscription_id = near.subscription_id
        and cohort.as_of_date = near.as_of_date
