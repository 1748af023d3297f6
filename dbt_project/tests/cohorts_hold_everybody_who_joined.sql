-- Every joining is in one cohort of each cut, and nobody leaves a cohort who is not in it, or comes
-- back to it.
with

cohorts as (

    select * from {{ ref('agg_cohort_month') }}

),

joins as (

    select month_start as cohort_month, count(*) as joined
    from {{ ref('fct_subscription_month') }}
    where is_join
    group by month_start

),

cuts as (

    select dimension, cohort_month, sum(joined) as joined
    from cohorts
    where month_number = 0
    group by dimension, cohort_month

)

select joins.cohort_month
from joins
cross join (select distinct dimension from cohorts) as dimensions
left join cuts
    on joins.cohort_month = cuts.cohort_month and dimensions.dimension = cuts.dimension
where cuts.joined is distinct from joins.joined
union all
select cohort_month
from cohorts
where left_by > joined
union all
select later.cohort_month
from cohorts as later
inner join cohorts as earlier
    on
        later.dimension = earlier.dimension
        and later.dimension_value = earlier.dimension_value
        and later.cohort_month = earlier.cohort_month
        and later.month_number = earlier.month_number + 1
where later.left_by < earlier.left_by
union all
select joins.cohort_month
from joins
left join (
    select cohort_month, count(*) as joined
    from {{ ref('cohort_line') }}
    group by cohort_month
) as listed
    on joins.cohort_month = listed.cohort_month
where listed.joined is distinct from joins.joined
