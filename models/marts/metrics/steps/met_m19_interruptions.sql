-- Per service served on average: minutes lost (M19, T-SAIDI) and interruptions (M19f, T-SAIFI); and
-- minutes per interruption (M19c, T-CAIDI, which is the one over the other). A trailing b leaves
-- out announced work. Minutes count when they passed, an interruption when it ended (C3).
with

service_days as (

    select * from {{ ref('int_service_days') }}

),

downtime_days as (

    select * from {{ ref('int_downtime_days') }}

),

ended_interruptions as (

    select * from {{ ref('int_interruptions') }}
    where not is_open

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

    {{ per_period('downtime_days', 'downtime_date', "
        sum(minutes) as minutes,
        sum(unplanned_minutes) as unplanned_minutes
    ") }}

),

interrupted as (

    {{ per_period('ended_interruptions', 'interrupted_to', "
        count(*) filter (where scope = 'all') as interruptions,
        count(*) filter (where scope = 'unplanned') as unplanned_interruptions
    ") }}

),

sums as (

    select
        in_service.period_grain,
        in_service.period_start,
        in_service.dimension,
        in_service.dimension_value,
        in_service.minutes / metric_periods.days / 1440 as average_served,
        coalesce(down.minutes, 0.0) as minutes,
        coalesce(down.unplanned_minutes, 0.0) as unplanned_minutes,
        cast(coalesce(interrupted.interruptions, 0) as double) as interruptions,
        cast(coalesce(interrupted.unplanned_interruptions, 0) as double)
            as unplanned_interruptions,
        coalesce(base.customers, 0) as customers
    from in_service
    inner join metric_periods
        on
            in_service.period_grain = metric_periods.period_grain
            and in_service.period_start = metric_periods.period_start
    {% for counts in ['down', 'interrupted', 'base'] -%}
    left join {{ counts }}
        on
            in_service.period_grain = {{ counts }}.period_grain
            and in_service.period_start = {{ counts }}.period_start
            and in_service.dimension = {{ counts }}.dimension
            and in_service.dimension_value = {{ counts }}.dimension_value
    {% endfor -%}

)

{% for metric_id, numerator, denominator in [
    ('M19', 'minutes', 'average_served'),
    ('M19b', 'unplanned_minutes', 'average_served'),
    ('M19f', 'interruptions', 'average_served'),
    ('M19fb', 'unplanned_interruptions', 'average_served'),
    ('M19c', 'minutes', 'interruptions'),
    ('M19cb', 'unplanned_minutes', 'unplanned_interruptions'),
] %}
select
    '{{ metric_id }}' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    {{ numerator }} as numerator,
    {{ denominator }} as denominator,
    cast(round({{ denominator }}) as bigint) as n,
    customers
from sums
{{ 'union all' if not loop.last }}
{% endfor %}
