-- Share of in-service minutes in which subscribers' services were up: all (M17), unplanned (M17b).
with

service_days as (

    select * from {{ ref('int_service_days') }}

),

downtime_days as (

    select * from {{ ref('int_downtime_days') }}

),

base as (

    select * from {{ ref('int_base_periods') }}
    where not {{ is_pair('dimension') }}

),

metric_periods as (

    select * from {{ ref('int_metric_periods') }}

),

in_service as (

    {{ per_period('service_days', 'service_date', 'sum(in_service_minutes) as minutes') }}

),

down as (

    {{ per_period('downtime_days', 'downtime_date', '
        sum(minutes) as minutes,
        sum(unplanned_minutes) as unplanned_minutes
    ') }}

)

{% for metric_id, minutes in [('M17', 'minutes'), ('M17b', 'unplanned_minutes')] %}
select
    '{{ metric_id }}' as metric_id,
    in_service.period_grain,
    in_service.period_start,
    in_service.dimension,
    in_service.dimension_value,
    in_service.minutes - coalesce(down.{{ minutes }}, 0) as numerator,
    in_service.minutes as denominator,
    cast(round(in_service.minutes / metric_periods.days / 1440) as bigint) as n,
    coalesce(base.customers, 0) as customers
from in_service
inner join metric_periods
    on
        in_service.period_grain = metric_periods.period_grain
        and in_service.period_start = metric_periods.period_start
left join down
    on
        in_service.period_grain = down.period_grain
        and in_service.period_start = down.period_start
        and in_service.dimension = down.dimension
        and in_service.dimension_value = down.dimension_value
left join base
    on
        in_service.period_grain = base.period_grain
        and in_service.period_start = base.period_start
        and in_service.dimension = base.dimension
        and in_service.dimension_value = base.dimension_value
{{ 'union all' if not loop.last }}
{% endfor %}
