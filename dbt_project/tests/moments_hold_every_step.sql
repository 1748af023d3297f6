-- Over all months, the time in a stage is that of the steps (of journeys that are not our own
-- staff's), months add up to it, and so do regions, segments and, of kinds that have them, channels.
with

moments as (

    select * from {{ ref('agg_moment_step') }}

),

all_journeys as (

    select * from {{ ref('fct_journey') }}

),

journeys as (

    {{ sliced('all_journeys', 'started_at') }}

),

steps as (

    select
        steps.journey_type,
        steps.stage,
        count(distinct steps.journey_id) as journeys,
        sum(steps.cal_minutes) as minutes
    from {{ ref('fct_journey_step') }} as steps
    inner join journeys
        on steps.journey_id = journeys.journey_id
    group by steps.journey_type, steps.stage

),

added_up as (

    select
        journey_type,
        stage,
        dimension,
        period_grain,
        sum(journeys) as journeys,
        sum(total_minutes) as minutes
    from moments
    group by journey_type, stage, dimension, period_grain

),

cuts as (

    select * from (select unnest(['all', 'region', 'segment', 'channel']) as dimension)
    cross join (select unnest(['total', 'month']) as period_grain)

)

select steps.journey_type, steps.stage, cuts.dimension, cuts.period_grain
from steps
cross join cuts
left join added_up
    on
        steps.journey_type = added_up.journey_type
        and steps.stage = added_up.stage
        and cuts.dimension = added_up.dimension
        and cuts.period_grain = added_up.period_grain
where
    (
        cuts.dimension <> 'channel'
        or steps.journey_type in (select journey_type from moments where dimension = 'channel')
    )
    and (
        added_up.journeys is distinct from steps.journeys
        or abs(coalesce(added_up.minutes, 0) - coalesce(steps.minutes, 0)) > 1e-3
    )
