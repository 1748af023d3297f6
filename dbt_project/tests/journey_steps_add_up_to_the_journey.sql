-- Two paths to one time: from start to end, and step by step without gap or overlap.
with

journeys as (

    select * from {{ ref('fct_journey') }}

),

steps as (

    select
        *,
        lead(started_at) over (partition by journey_id order by step_number) as next_started_at
    from {{ ref('fct_journey_step') }}

)

select journey_id
from journeys
where
    ended_at is not null
    and abs(cal_minutes - date_diff('second', started_at, ended_at) / 60.0) > 0.001

union all

select journey_id
from steps
where next_started_at is not null and next_started_at <> ended_at
