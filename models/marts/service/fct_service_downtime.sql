-- One row per service and stretch of time in which it was down, never overlapping: however many
-- problems held it down, a minute counts once. A stretch is planned only while nothing but planned
-- work held the service down; where that changes, one interruption has several rows.
with

disturbances as (

    select * from {{ ref('int_service_disturbances') }} where is_outage

),

services as (

    select * from {{ ref('dim_service') }}

),

changes as (

    select
        service_id,
        disturbed_from as changed_at,
        cast(is_planned as integer) as planned,
        cast(not is_planned as integer) as unplanned
    from disturbances

    union all

    select
        service_id,
        disturbed_to as changed_at,
        -cast(is_planned as integer) as planned,
        -cast(not is_planned as integer) as unplanned
    from disturbances

),

moments as (

    select
        service_id,
        changed_at,
        sum(planned) as planned,
        sum(unplanned) as unplanned
    from changes
    group by service_id, changed_at

),

stretches as (

    select
        service_id,
        changed_at as down_from,
        lead(changed_at) over service_time as down_to,
        sum(planned) over service_time as planned_open,
        sum(unplanned) over service_time as unplanned_open
    from moments
    window service_time as (partition by service_id order by changed_at)

),

down_stretches as (

    select
        service_id,
        down_from,
        down_to,
        unplanned_open = 0 as is_planned,
        planned_open + unplanned_open as problems_open,
        lag(down_to) over service_time is distinct from down_from as is_interruption_start,
        is_interruption_start
        or lag(unplanned_open = 0) over service_time is distinct from (unplanned_open = 0)
            as is_stretch_start
    from stretches
    where planned_open + unplanned_open > 0
    window service_time as (partition by service_id order by down_from)

),

numbered as (

    select
        service_id,
        down_from,
        down_to,
        is_planned,
        problems_open,
        max(down_from) filter (where is_interruption_start) over service_time
            as interruption_from,
        max(down_from) filter (where is_stretch_start) over service_time as stretch_from
    from down_stretches
    window service_time as (
        partition by service_id
        order by down_from
        rows between unbounded preceding and current row
    )

),

downtimes as (

    select
        service_id,
        stretch_from as down_from,
        max(down_to) as down_to,
        is_planned,
        interruption_from,
        cast(max(problems_open) as integer) as problems_at_once
    from numbered
    group by service_id, stretch_from, is_planned, interruption_from

)

select
    ---------- keys
    services.service_key,
    downtimes.service_id,

    ---------- numbers
    {{ minutes_between('downtimes.down_from', 'downtimes.down_to') }} as minutes,
    case
        when downtimes.is_planned then 0.0
        else {{ minutes_between('downtimes.down_from', 'downtimes.down_to') }}
    end as unplanned_minutes,
    downtimes.problems_at_once,

    ---------- flags
    downtimes.is_planned,

    ---------- times
    downtimes.interruption_from,
    downtimes.down_from,
    downtimes.down_to
from downtimes
inner join services
    on
        downtimes.service_id = services.service_id
        and {{ holds_at('downtimes.down_from', 'services.valid_from', 'services.valid_to') }}
