-- Every joining is in one cohort, and nobody leaves a cohort who is not in it, or comes back to it.
with

cohorts as (

    select * from {{ ref('agg_cohort_month') }}

),

joins as (

    select month_start as cohort_month, count(*) as joined
    from {{ ref('fct_subscription_month') }}
    where is_join
    group by month_start

)

select joins.cohort_month
from joins
left join cohorts
    on joins.cohort_month = cohorts.cohort_month and cohorts.month_number = 0
where cohorts.joined is distinct from joins.joined
union all
select cohort_month
from cohorts
where left_by > joined
union all
select later.cohort_month
from cohorts as later
inner join cohorts as earlier
    on later.cohort_month = earlier.cohort_month and later.month_number = earlier.month_number + 1
where later.left_by < earlier.left_by
