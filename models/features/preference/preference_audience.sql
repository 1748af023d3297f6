-- Whom a next product may be offered: cohort members that consent to marketing, then and now.
with

cohort as (

    select * from {{ ref('preference_cohort') }}

),

consents as (

    select * from {{ ref('fct_consent') }}

),

clock as (

    select * from {{ ref('int_clock') }}

)

select
    cohort.subscription_id,
    cohort.as_of_date
from cohort
cross join clock
where
    {{ is_agreed('cohort.customer_id', 'marketing', 'cohort.as_of_date') }}
    and {{ is_agreed('cohort.customer_id', 'marketing', 'clock.as_of') }}
