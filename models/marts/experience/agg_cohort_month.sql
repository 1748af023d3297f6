-- One row per month of joining and month since: how many lines joined, and how many of them have
-- left by the end of it. Counted from joins and exits of months, so lines that were here before the
-- first month are in no cohort. A line that comes back after it left joins anew.
with

months as (

    select * from {{ ref('fct_subscription_month') }}

),

clock as (

    select * from {{ ref('int_clock') }}

),

known_months as (

    select distinct month_start
    from months

),

joins as (

    select subscription_id, customer_id, month_start as cohort_month
    from months
    where is_join

),

exits as (

    select subscription_id, month_start as exit_month
    from months
    where is_exit

),

-- The first exit at or after the joining is that of this stay.
stays as (

    select
        joins.cohort_month,
        joins.customer_id,
        min(exits.exit_month) as exit_month
    from joins
    left join exits
        on joins.subscription_id = exits.subscription_id and joins.cohort_month <= exits.exit_month
    group by joins.cohort_month, joins.customer_id, joins.subscription_id

),

cohorts as (

    select cohort_month, count(*) as joined, count(distinct customer_id) as customers
    from stays
    group by cohort_month

),

left_in as (

    select cohort_month, exit_month, count(*) as exits
    from stays
    where exit_month is not null
    group by cohort_month, exit_month

)

select
    ---------- keys
    cohorts.cohort_month,
    cast(datediff('month', cohorts.cohort_month, known_months.month_start) as bigint)
        as month_number,
    known_months.month_start,

    ---------- numbers
    cohorts.joined,
    cohorts.customers,
    cast(coalesce(sum(left_in.exits), 0) as bigint) as left_by,

    ---------- flags
    -- As with churn (M28): whoever left in a month may come back within the window after it.
    known_months.month_start + interval 1 month
    + to_days(cast({{ var('reconnect_days') }} as integer)) <= any_value(clock.as_of) as is_final
from cohorts
inner join known_months
    on cohorts.cohort_month <= known_months.month_start
left join left_in
    on
        cohorts.cohort_month = left_in.cohort_month
        and left_in.exit_month <= known_months.month_start
cross join clock
group by cohorts.cohort_month, known_months.month_start, cohorts.joined, cohorts.customers
