-- Minutes in which a measured service had a KPI beyond its floor and was not down (M21), by day. A
-- service-day has the slice the service was last in that day; a service no subscriber used has none
-- and does not count.
with

service_days as (

    select * from {{ ref('fct_service_day') }}

),

service_times as (

    select * from {{ ref('int_service_times') }}

),

base as (

    select * from {{ ref('int_base_periods') }}
    where not {{ is_pair('dimension') }}

),

last_times as (

    select
        service_days.service_id,
        service_days.service_date,
        service_days.degraded_minutes,
        service_times.segment,
        service_times.family,
        service_times.region,
        service_times.in_service_to
    from service_days
    asof inner join service_times
        on
            service_days.service_id = service_times.service_id
            and service_days.service_date + interval 1 day > service_times.in_service_from
    where service_days.degraded_minutes > 0

),

degraded_days as (

    select * from last_times
    where coalesce(in_service_to > service_date, true)

),

degraded as (

    {{ per_period('degraded_days', 'service_date', '
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
