-- One row per child alarm: the alarm at the top of its chain of parents, and how far up it is.
-- Only the few alarms that are parents are climbed. Easy to get wrong: a parent we were never told of
-- tops nothing, so the earliest of its children that take service down stands in for it while they
-- last, or one failure would be as many as it has children; of alarms that are one another's parents
-- in a ring the earliest is the root, or a failure told so would have none.
with recursive

alarms as (

    select * from {{ ref('stg_alarms') }}

),

told_alarms as (

    select
        alarm_id,
        nullif(parent_alarm_id, alarm_id) as parent_alarm_id,
        raised_at,
        coalesce(cleared_at, timestamp 'infinity') as lasted_to,
        is_service_affecting and problem_id is null as may_make_a_problem
    from {{ preferred('alarms', 'alarm_id') }}

),

orphans as (

    select
        told_alarms.*,
        coalesce(
            told_alarms.raised_at > max(told_alarms.lasted_to) over (
                partition by told_alarms.parent_alarm_id
                order by told_alarms.raised_at, told_alarms.alarm_id
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as begins_anew
    from told_alarms
    anti join told_alarms as parents
        on told_alarms.parent_alarm_id = parents.alarm_id
    where
        told_alarms.parent_alarm_id is not null
        and told_alarms.may_make_a_problem

),

-- Years of failures may name one parent that never comes: what follows after all was quiet is another.
sibling_runs as (

    select
        *,
        sum(cast(begins_anew as integer)) over (
            partition by parent_alarm_id
            order by raised_at, alarm_id
            rows between unbounded preceding and current row
        ) as run_number
    from orphans

),

stand_ins as (

    select
        alarm_id,
        first_value(alarm_id) over (
            partition by parent_alarm_id, run_number
            order by raised_at, alarm_id
        ) as stand_in_id
    from sibling_runs

),

known_alarms as (

    select
        told_alarms.alarm_id,
        case
            when stand_ins.stand_in_id is null then told_alarms.parent_alarm_id
            when stand_ins.stand_in_id <> told_alarms.alarm_id then stand_ins.stand_in_id
        end as parent_alarm_id,
        stand_ins.stand_in_id is not null as is_sibling,
        told_alarms.raised_at
    from told_alarms
    left join stand_ins
        on told_alarms.alarm_id = stand_ins.alarm_id

),

children as (

    select
        known_alarms.alarm_id,
        known_alarms.parent_alarm_id,
        known_alarms.is_sibling,
        parents.raised_at as parent_raised_at
    from known_alarms
    inner join known_alarms as parents
        on known_alarms.parent_alarm_id = parents.alarm_id

),

parents as (

    select
        parent_alarm_id as alarm_id,
        any_value(parent_raised_at) as raised_at
    from children
    group by parent_alarm_id

),

parents_with_parents as (

    select children.*
    from children
    semi join parents
        on children.alarm_id = parents.alarm_id

),

climbs(alarm_id, top_alarm_id, top_raised_at, steps) using key (alarm_id, top_alarm_id) as (

    select
        alarm_id,
        alarm_id as top_alarm_id,
        raised_at as top_raised_at,
        0 as steps
    from parents

    union

    select
        climbs.alarm_id,
        parents_with_parents.parent_alarm_id as top_alarm_id,
        parents_with_parents.parent_raised_at as top_raised_at,
        climbs.steps + 1 as steps
    from climbs
    inner join parents_with_parents
        on climbs.top_alarm_id = parents_with_parents.alarm_id
    where
        climbs.steps < {{ var('alarm_chain_depth') }}
        and parents_with_parents.parent_alarm_id <> climbs.alarm_id

),

-- Whoever comes back to itself is of a ring, and so is whatever it passes on the way.
ring_members as (

    select climbs.alarm_id
    from climbs
    inner join parents_with_parents
        on
            climbs.top_alarm_id = parents_with_parents.alarm_id
            and climbs.alarm_id = parents_with_parents.parent_alarm_id
    group by climbs.alarm_id

),

tops as (

    select
        climbs.alarm_id,
        coalesce(
            arg_min(climbs.top_alarm_id, (climbs.top_raised_at, climbs.top_alarm_id))
                filter (where ring_members.alarm_id is not null),
            arg_max(climbs.top_alarm_id, climbs.steps)
        ) as top_alarm_id
    from climbs
    left join ring_members
        on climbs.top_alarm_id = ring_members.alarm_id
    group by climbs.alarm_id

)

select
    children.alarm_id,
    children.parent_alarm_id,
    tops.top_alarm_id as root_alarm_id,
    climbs.steps + 1 as steps,
    children.is_sibling
from children
inner join tops
    on children.parent_alarm_id = tops.alarm_id
inner join climbs
    on
        tops.alarm_id = climbs.alarm_id
        and tops.top_alarm_id = climbs.top_alarm_id
where children.alarm_id <> tops.top_alarm_id
