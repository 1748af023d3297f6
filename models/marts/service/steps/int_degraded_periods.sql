-- One row per service and stretch of time with a KPI beyond its floor while the service was not down.
-- Several KPIs may be bad at once: no minute stands in two rows.
with

service_qualities as (

    select * from {{ ref('stg_service_qualities') }} where is_current

),

cxi_parameters as (

    select * from {{ ref('cxi_parameters') }}

),

downtimes as (

    select * from {{ ref('fct_service_downtime') }}

),

below_floor as (

    select
        service_id,
        measured_from,
        measured_to
    from {{ judged_measurements() }}
    where is_below_floor and measured_from < measured_to

),

measured_down as (

    select downtimes.*
    from downtimes
    semi join below_floor
        on downtimes.service_id = below_floor.service_id

),

changes as (

    select
        service_id,
        measured_from as changed_at,
        1 as below,
        0 as down
    from below_floor

    union all

    select
        service_id,
        measured_to as changed_at,
        -1 as below,
        0 as down
    from below_floor

    union all

    select
        service_id,
        down_from as changed_at,
        0 as below,
        1 as down
    from measured_down

    union all

    select
        service_id,
        down_to as changed_at,
        0 as below,
        -1 as down
    from measured_down

),

moments as (

    select
        service_id,
        changed_at,
        sum(below) as below,
        sum(down) as down
    from changes
    group by service_id, changed_at

),

stretches as (

    select
        service_id,
        changed_at as degraded_from,
        lead(changed_at) over service_time as degraded_to,
        sum(below) over service_time as below_open,
        sum(down) over service_time as down_open
    from moments
    window service_time as (partition by service_id order by changed_at)

)

select
    service_id,
    degraded_from,
    degraded_to
from stretches
where below_open > 0 and down_open = 0
