-- Whom we ask what they would like next: the churn cohort, without those who said they leave.
select
    subscription_id,
    as_of_date,
    customer_id
from {{ ref('churn_cohort') }}
where not is_exit_announced
