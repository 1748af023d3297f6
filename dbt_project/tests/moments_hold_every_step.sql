-- Over all months, the time in a stage is that of the steps, and months add up to it.
with

moments as (

    select * from {{ ref('agg_moment_step') }}

),

steps as (

    select
        journey_type,
        stage,
        count(distinct journey_id) as journeys,
        sum(cal_minutes) as minutes
    from {{ ref('fct_journey_step') }}
    group by journey_type, stage

),

by_month as (

    select journey_type, stage, sum(journeys) as journeys, sum(total_minutes) as minutes
    from moments
    where period_grain = 'month'
    group by journey_type, stage

)

select steps.journey_type, steps.stage
from steps
left join moments
    on
        steps.journey_type = moments.journey_type
        and steps.stage = moments.stage
        and moments.period_grain = 'total'
left join by_month
    on steps.journey_type = by_month.journey_type and steps.stage = by_month.stage
where
    moments.journeys is distinct from steps.journeys
    or by_month.journeys is distinct from steps.journeys
    or abs(coalesce(moments.total_minutes, 0) - coalesce(steps.minutes, 0)) > 1e-3
    or abs(coalesce(by_month.minutes, 0) - coalesce(steps.minutes, 0)) > 1e-3
