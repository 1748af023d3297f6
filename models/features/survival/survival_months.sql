-- One row per subscription and month it entered in the base and under our eyes: what was known at
-- the month's start, and how the month ended by all we know now. Easy to get wrong: the months it
-- lived before we first saw it are no evidence that it survives (left truncation), and the month
-- that is not over yet says nothing (right censoring).
with

cohort as (

    select * from {{ ref('churn_cohort') }}

),

features as (

    select * from {{ ref('churn_features') }}

),

periods as (

    select * from {{ ref('int_subscription_periods') }}

),

clock as (

    select * from {{ ref('int_clock') }}

),

-- An announced exit is still an exit: without it everybody would seem to stay longer.
months as (

    select
        cohort.subscription_id,
        cohort.as_of_date,
        cohort.customer_id,
        cohort.is_exit_announced,
        periods.active_from,
        periods.active_to,
        periods.exit_cause,
        cast(cohort.as_of_date + interval 1 month as timestamp) as month_to
    from cohort
    inner join periods
        on
            cohort.subscription_id = periods.subscription_id
            and cohort.as_of_date >= periods.active_from
            and cohort.as_of_date <= coalesce(periods.active_to, timestamp 'infinity')

)

select
    ---------- keys
    months.subscription_id,
    months.as_of_date,
    months.customer_id,

    ---------- how the month ended
    coalesce(months.month_to <= clock.as_of, false) as is_observed,
    case
        when is_observed and months.active_to < months.month_to then months.exit_cause
    end as exit_cause,
    months.is_exit_announced,

    ---------- clocks
    case
        when features.tenure_days is not null
            then round(
                date_diff('day', months.active_from, cast(months.as_of_date as timestamp))
                / cast({{ var('month_days') }} as double), 4
            )
    end as tenure_months,
    round(
        features.days_to_contract_end / cast({{ var('month_days') }} as double), 4
    ) as contract_months_left,

    ---------- what lasts
    -- Not what passes (silence, a suspension, a contact): held for the months to come it would
    -- say that who is well today never falls ill.
    features.family,
    features.region,
    features.segment,
    features.contract_type,
    features.payment_method,
    features.is_prepaid,
    features.monthly_charge,
    features.customer_subscriptions
from months
inner join features
    on
        months.subscription_id = features.subscription_id
        and months.as_of_date = features.as_of_date
cross join clock
