-- Down minutes by day sum to the downtime itself, and a day's minutes are up, down and no more.
with

days as (

    select * from {{ ref('fct_service_day') }}

),

downtimes as (

    select * from {{ ref('fct_service_downtime') }}

),

totals as (

    select
        (select coalesce(sum(days.down_minutes), 0) from days) as day_minutes,
        (select coalesce(sum(downtimes.minutes), 0) from downtimes) as downtime_minutes

)

select
    'total' as failed_identity,
    day_minutes as one_side,
    downtime_minutes as other_side
from totals
where abs(day_minutes - downtime_minutes) > 0.01 + 1e-9 * downtime_minutes

union all

select
    'day' as failed_identity,
    in_service_minutes as one_side,
    down_minutes as other_side
from days
where
    up_minutes < -0.001
    or unplanned_down_minutes > down_minutes + 0.001
    or degraded_minutes < -0.001
