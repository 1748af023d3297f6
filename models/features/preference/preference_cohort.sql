-- Whom we ask what they would like next: the churn cohort, without those who said they leave.
{{ config(**increment_by_date('churn_cutoffs')) }}
select
    subscription_id,
    as_of_date,
    customer_id
from {{ ref('churn_cohort') }} as cohort
where not is_exit_announced
    and {{ is_touched('cohort') }}
