-- Two paths to one number: whom the problems of a region hit, counted from the impacts of
-- every period, and counted ahead by who was hit in which.
with

impacts as (

    select
        impacts.customer_id,
        coalesce(problems.region, 'unknown') as region,
        problems.started_at
    from {{ ref('fct_service_impact') }} as impacts
    inner join {{ ref('fct_problem') }} as problems
        on impacts.problem_id = problems.problem_id
    where impacts.subscription_id is not null and not problems.is_withdrawn

),

reach as (

    select * from {{ ref('agg_problem_reach') }}
    where dimension = 'region'

),

counted as (

    select
        reach.dimension_value,
        reach.period,
        reach.versus,
        reach.affected_customers,
        count(distinct impacts.customer_id) as customers_hit
    from reach
    left join impacts
        on
            reach.dimension_value = impacts.region
            and impacts.started_at < reach.ends_at
            and (reach.begins_at is null or impacts.started_at >= reach.begins_at)
    group by
        reach.dimension_value, reach.period, reach.versus, reach.affected_customers

)

select * from counted
where affected_customers <> customers_hit
