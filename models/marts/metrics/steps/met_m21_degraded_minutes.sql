-- Minutes in which a subscriber's service had a KPI beyond its floor and was not down (M21), by day,
-- in the slice the service was in at the time. Out of service nothing is degraded.
with

degraded_periods as (

    select * from {{ ref('int_degraded_periods') }}

),

service_times as (

    select * from {{ ref('int_service_times') }}

),

base as (

    select * from {{ ref('int_base_periods') }}
    where not {{ is_pair('dimension') }}

),

clock as (

    select * from {{ ref('int_clock') }}

),

lived as (

    select *
    from {{ lived_periods(
        'degraded_periods', 'degraded_from', 'degraded_to',
        ['service_id', 'segment', 'family', 'region']
    ) }}

),

slices as (

    {{ day_slices(
        'lived', ['service_id', 'segment', 'family', 'region'], 'degraded_from', 'degraded_to'
    ) }}

),

degraded_days as (

    select
        *,
        {{ minutes_between('slice_from', 'slice_to') }} as degraded_minutes
    from slices

),

degraded as (

    {{ per_period('degraded_days', 'slice_date', '
        sum(degraded_minutes) as minutes,
        count(distinct service_id) as services
    ') }}

)

select
    'M21' as metric_id,
    base.period_grain,
    base.period_start,
    base.dimension,
    base.dimension_value,
    coalesce(degraded.minutes, 0.0) as numerator,
    coalesce(degraded.minutes, 0.0) as value,
    coalesce(degraded.services, 0) as n,
    base.customers
from base
left join degraded
    on
        base.period_grain = degraded.period_grain
        and base.period_start = degraded.period_start
        and base.dimension = degraded.dimension
        and base.dimension_value = degraded.dimension_value
