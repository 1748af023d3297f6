-- One row per symptom of a derived problem that says its own element lost service: down while both
-- the alarm and the problem last. Easy to get wrong: it is needed only for what the topology does not
-- reach (int_resource_downtimes); a symptom told to last longer than its root is no outage of its own.
with

alarms as (

    select * from {{ ref('stg_alarms') }}

),

symptoms as (

    select * from {{ ref('int_alarm_roots') }} where not is_sibling

),

problems as (

    select * from {{ ref('int_problems') }} where is_derived

),

failures as (

    select
        problems.problem_id,
        alarms.alarm_id,
        alarms.resource_id,
        greatest(alarms.raised_at, problems.lasted_from) as down_from,
        least(coalesce(alarms.cleared_at, problems.lasted_to), problems.lasted_to) as down_to
    from symptoms
    inner join problems
        on problems.problem_id = 'alarm:' || symptoms.root_alarm_id
    inner join {{ preferred('alarms', 'alarm_id') }} as alarms
        on symptoms.alarm_id = alarms.alarm_id
    where
        alarms.is_service_affecting
        and alarms.problem_id is null
        and alarms.resource_id is not null

)

select * from failures
where down_from < down_to
