-- One row per alarm of a problem whose alarms name one parent that never came: their elements failed
-- side by side, each while its own alarm lasted, for nothing tells what is above them all.
with

alarms as (

    select * from {{ ref('stg_alarms') }}

),

siblings as (

    select * from {{ ref('int_alarm_roots') }} where is_sibling

),

problems as (

    select * from {{ ref('int_problems') }} where is_derived

),

clock as (

    select * from {{ ref('int_clock') }}

),

-- The first of them is its own root.
members as (

    select
        alarm_id,
        root_alarm_id
    from siblings

    union

    select
        root_alarm_id as alarm_id,
        root_alarm_id
    from siblings

)

select
    problems.problem_id,
    alarms.alarm_id,
    alarms.resource_id,
    alarms.raised_at as down_from,
    least(coalesce(alarms.cleared_at, clock.as_of), clock.as_of) as down_to
from members
inner join problems
    on problems.problem_id = 'alarm:' || members.root_alarm_id
inner join {{ preferred('alarms', 'alarm_id') }} as alarms
    on members.alarm_id = alarms.alarm_id
cross join clock
where alarms.resource_id is not null
