-- One row per child alarm: the alarm at the top of its chain of parents, and how far up it is.
-- Only the few alarms that are parents are climbed; a chain that bites its tail ends by itself.
with recursive

alarms as (

    select * from {{ ref('stg_alarms') }}

),

children as (

    select
        alarm_id,
        parent_alarm_id
    from {{ preferred('alarms', 'alarm_id') }}
    where parent_alarm_id is not null and parent_alarm_id <> alarm_id

),

parents as (

    select parent_alarm_id as alarm_id from children
    group by parent_alarm_id

),

parents_with_parents as (

    select children.*
    from children
    semi join parents
        on children.alarm_id = parents.alarm_id

),

climbs(alarm_id, top_alarm_id, steps) using key (alarm_id, top_alarm_id) as (

    select
        alarm_id,
        alarm_id as top_alarm_id,
        0 as steps
    from parents

    union

    select
        climbs.alarm_id,
        parents_with_parents.parent_alarm_id as top_alarm_id,
        climbs.steps + 1 as steps
    from climbs
    inner join parents_with_parents
        on climbs.top_alarm_id = parents_with_parents.alarm_id
    where
        climbs.steps < {{ var('alarm_chain_depth') }}
        and parents_with_parents.parent_alarm_id <> climbs.alarm_id

),

tops as (

    select
        alarm_id,
        arg_max(top_alarm_id, steps) as top_alarm_id,
        max(steps) as steps
    from climbs
    group by alarm_id

)

select
    children.alarm_id,
    children.parent_alarm_id,
    tops.top_alarm_id as root_alarm_id,
    tops.steps + 1 as steps
from children
inner join tops
    on children.parent_alarm_id = tops.alarm_id
