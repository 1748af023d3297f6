-- One row per service and day on which something was seen: downtime or a measurement. A day without
-- a row was in service and quiet, or out of service: take in-service time from dim_service.
-- Degraded minutes are those with a KPI beyond its floor while the service was not down, used or not.
with

downtimes as (

    select * from {{ ref('fct_service_downtime') }}

),

service_qualities as (

    select * from {{ ref('stg_service_qualities') }} where is_current

),

services as (

    select * from {{ ref('dim_service') }} where is_current

),

clock as (

    select * from {{ ref('int_clock') }}

),

cxi_parameters as (

    select * from {{ ref('cxi_parameters') }}

),

degraded_periods as (

    select * from {{ ref('int_degraded_periods') }}

),

measurements as (

    select * from {{ judged_measurements() }}

),

measured_days as (

    select
        service_id,
        cast(measured_from as date) as service_date,
        count(*) as measurements,
        count(*) filter (where is_below_floor) as measurements_below_floor
    from measurements
    group by service_id, cast(measured_from as date)

),

degraded_slices as (

    {{ day_slices('degraded_periods', ['service_id'], 'degraded_from', 'degraded_to') }}

),

down_slices as (

    {{ day_slices(
        'downtimes', ['service_id', 'is_planned', 'interruption_from'], 'down_from', 'down_to'
    ) }}

),

degraded_days as (

    select
        service_id,
        slice_date as service_date,
        sum({{ minutes_between('slice_from', 'slice_to') }}) as minutes
    from degraded_slices
    group by service_id, slice_date

),

down_days as (

    select
        service_id,
        slice_date as service_date,
        sum({{ minutes_between('slice_from', 'slice_to') }}) as down_minutes,
        sum({{ minutes_between('slice_from', 'slice_to') }}) filter (where not is_planned)
            as unplanned_down_minutes,
        count(distinct interruption_from) as interruptions
    from down_slices
    group by service_id, slice_date

),

seen_days as (

    select
        service_id,
        service_date
    from down_days
    union
    select
        service_id,
        service_date
    from measured_days
    union
    select
        service_id,
        service_date
    from degraded_days

),

service_days as (

    select
        seen_days.service_id,
        seen_days.service_date,
        greatest(
            {{ minutes_between(
                'greatest(cast(seen_days.service_date as timestamp), services.started_at)',
                'least(seen_days.service_date + interval 1 day, services.ended_at, clock.as_of)'
            ) }},
            0.0
        ) as in_service_minutes,
        coalesce(down_days.down_minutes, 0.0) as down_minutes,
        coalesce(down_days.unplanned_down_minutes, 0.0) as unplanned_down_minutes,
        coalesce(degraded_days.minutes, 0.0) as degraded_minutes,
        coalesce(down_days.interruptions, 0) as interruptions,
        coalesce(measured_days.measurements, 0) as measurements,
        coalesce(measured_days.measurements_below_floor, 0) as measurements_below_floor
    from seen_days
    cross join clock
    left join services
        on seen_days.service_id = services.service_id
    left join down_days
        on
            seen_days.service_id = down_days.service_id
            and seen_days.service_date = down_days.service_date
    left join measured_days
        on
            seen_days.service_id = measured_days.service_id
            and seen_days.service_date = measured_days.service_date
    left join degraded_days
        on
            seen_days.service_id = degraded_days.service_id
            and seen_days.service_date = degraded_days.service_date

)

select
    ---------- keys
    service_id,
    service_date,

    ---------- numbers
    in_service_minutes,
    in_service_minutes - down_minutes as up_minutes,
    down_minutes,
    unplanned_down_minutes,
    degraded_minutes,
    interruptions,
    measurements,
    measurements_below_floor
from service_days
