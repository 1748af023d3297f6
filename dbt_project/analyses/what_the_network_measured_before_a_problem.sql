-- Analyst question (network planning): what did the element at the root of a degradation measure in
-- the 24 hours before it began, against its own usual value at the same hour of the day?
with

problems as (

    select
        problem_id,
        root_cause_resource_id as resource_id,
        cause,
        started_at
    from {{ ref('fct_problem') }}
    where not is_outage and root_cause_resource_id is not null

),

hours as (

    select * from {{ ref('fct_perf_hour') }}

),

usual as (

    select
        resource_id,
        kpi,
        extract('hour' from measured_hour) as hour_of_day,
        median(mean_value) as usual_value
    from hours
    group by resource_id, kpi, hour_of_day

)

select
    problems.problem_id,
    problems.cause,
    hours.kpi,
    hours.unit,
    count(*) as hours_measured,
    avg(hours.mean_value) as mean_before,
    avg(usual.usual_value) as usual_at_these_hours,
    max(hours.highest_value) as highest_before
from problems
inner join hours
    on
        problems.resource_id = hours.resource_id
        and hours.measured_hour >= problems.started_at - interval 24 hour
        and hours.measured_hour < problems.started_at
inner join usual
    on
        hours.resource_id = usual.resource_id
        and hours.kpi = usual.kpi
        and extract('hour' from hours.measured_hour) = usual.hour_of_day
group by problems.problem_id, problems.cause, hours.kpi, hours.unit
order by problems.problem_id, hours.kpi
