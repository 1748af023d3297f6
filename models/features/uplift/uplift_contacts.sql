-- One row per campaign and subscription that chance contacted or held out, with whether it left
-- afterwards. Easy to get wrong: a held-out line has no response and no channel, and belongs here
-- from the moment it would have been contacted, whether or not anybody answered. Whoever agrees to
-- marketing no longer is not learned from, in either arm.
with

contacts as (

    select * from {{ ref('stg_campaign_contacts') }}
    where is_current and product_id is not null and arm is not null

),

periods as (

    select * from {{ ref('int_subscription_exits') }}

),

offerings as (

    select * from {{ ref('dim_product_offering') }}
    where is_current

),

cutoffs as (

    select * from {{ ref('churn_cutoffs') }}

),

cohort as (

    select * from {{ ref('churn_cohort') }}

),

consents as (

    select * from {{ ref('fct_consent') }}

),

clock as (

    select * from {{ ref('int_clock') }}

),

-- A campaign may write to a line twice: it was drawn once, and is judged from the first letter.
drawn as (

    select
        source_system,
        campaign_id,
        product_id as subscription_id,
        arg_min(offering_id, contacted_at) as offering_id,
        arg_min(response, contacted_at) as response,
        min(arm) as arm,
        count(distinct arm) > 1 as is_in_both_arms,
        min(contacted_at) as contacted_at
    from contacts
    group by source_system, campaign_id, product_id

),

-- A campaign that offers add-ons sells; one that offers the plan, or no product, means to keep.
campaigns as (

    select
        drawn.source_system,
        drawn.campaign_id,
        bool_or(coalesce(offerings.is_addon, false)) as is_sale
    from drawn
    left join offerings
        on drawn.offering_id = offerings.offering_id
    group by drawn.source_system, drawn.campaign_id

),

dated as (

    select
        drawn.*,
        max(cutoffs.as_of_date) as as_of_date
    from drawn
    inner join cutoffs
        on drawn.contacted_at >= cutoffs.as_of_date
    group by all

)

select
    ---------- keys
    dated.source_system,
    dated.campaign_id,
    dated.subscription_id,
    dated.as_of_date,
    cohort.customer_id,

    ---------- attributes
    case when campaigns.is_sale then 'sale' else 'retention' end as campaign_kind,

    ---------- flags
    dated.arm = 'treated' as is_treated,
    case when dated.arm = 'treated' then coalesce(dated.response = 'accepted', false) end
        as has_accepted,
    dated.contacted_at + to_days({{ var('uplift_days') }}) <= clock.as_of as is_outcome_known,
    case
        when is_outcome_known
            then coalesce(
                periods.exited_at < dated.contacted_at + to_days({{ var('uplift_days') }}), false
            )
    end as has_left,

    ---------- times
    dated.contacted_at
from dated
inner join campaigns
    on
        dated.source_system = campaigns.source_system
        and dated.campaign_id = campaigns.campaign_id
inner join cohort
    on
        dated.subscription_id = cohort.subscription_id
        and dated.as_of_date = cohort.as_of_date
inner join periods
    on
        dated.subscription_id = periods.subscription_id
        and dated.contacted_at >= periods.active_from
        and dated.contacted_at < coalesce(periods.active_to, timestamp 'infinity')
cross join clock
where
    not dated.is_in_both_arms
    and not cohort.is_exit_announced
    and {{ is_agreed('cohort.customer_id', 'marketing', 'clock.as_of') }}
