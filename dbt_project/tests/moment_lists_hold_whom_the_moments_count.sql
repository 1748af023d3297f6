-- A list has nobody whom the stage does not count, and everybody of a stage of few journeys.
with

counted as (

    select *
    from {{ ref('agg_moment_step') }}
    where dimension = 'all' and period_grain = 'month'

),

listed as (

    select
        journey_type,
        stage,
        month_start,
        count(distinct journey_id) as journeys
    from {{ ref('moment_list') }}
    group by journey_type, stage, month_start

)

select counted.journey_type, counted.stage, counted.period_start
from counted
full join listed
    on
        counted.journey_type = listed.journey_type
        and counted.stage = listed.stage
        and counted.period_start = listed.month_start
where
    counted.journeys is null
    or listed.journeys is null
    or listed.journeys > counted.journeys
    or (
        counted.journeys <= {{ var('moment_list_most') }}
        and listed.journeys <> counted.journeys
    )
