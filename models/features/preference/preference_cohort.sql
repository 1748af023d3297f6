-- Whom we ask what they would like next: the churn cohort, without those who said they leave, and
-- without those who do not consent to profiling, then or now (what is withdrawn is not learned
-- from). A table whole every time: a withdrawal reaches back. See macros/consent.sql.
with

cohort as (

    select * from {{ ref('churn_cohort') }}

),

consents as (

    select * from {{ ref('fct_consent') }}

),

clock as (

    select * from {{ ref('int_clock') }}

)

select
    cohort.subscription_id,
    cohort.as_of_date,
    cohort.customer_id
from cohort
cross join clock
where
    not cohort.is_exit_announced
    and {{ is_agreed('cohort.customer_id', 'profiling', 'cohort.as_of_date') }}
    and {{ is_agreed('cohort.customer_id', 'profiling', 'clock.as_of') }}
