-- Customer-minutes lost in the period: all (M18), unplanned (M18b), each customer once (M18c).
-- Overlaps of one service count once, except by cause, where a minute lost to two causes is a minute
-- of each; M18c counts those of all services of a customer once.
with

downtime_days as (

    select * from {{ ref('int_downtime_days') }}

),

cause_days as (

    select * from {{ ref('int_downtime_cause_days') }}

),

customer_days as (

    select * from {{ ref('int_customer_downtime_days') }}

),

base as (

    select * from {{ ref('int_base_periods') }}
    where not {{ is_pair('dimension') }}

),

down as (

    {{ per_period('downtime_days', 'downtime_date', '
        sum(minutes) as minutes,
        sum(unplanned_minutes) as unplanned_minutes,
        count(distinct service_id) as services,
        count(distinct service_id) filter (where unplanned_minutes > 0) as unplanned_services
    ') }}

),

down_by_cause as (

    {{ per_period('cause_days', 'downtime_date', '
        sum(minutes) as minutes,
        sum(unplanned_minutes) as unplanned_minutes,
        count(distinct service_id) as services,
        count(distinct service_id) filter (where unplanned_minutes > 0) as unplanned_services,
        count(distinct customer_id) as customers
    ', ['cause'], with_all=false) }}

),

down_by_customer as (

    {{ per_period('customer_days', 'downtime_date', '
        sum(minutes) as minutes,
        count(distinct customer_id) as hit_customers
    ', ['segment']) }}

)

{% for metric_id, minutes, services in [
    ('M18', 'minutes', 'services'), ('M18b', 'unplanned_minutes', 'unplanned_services')
] %}
select
    '{{ metric_id }}' as metric_id,
    base.period_grain,
    base.period_start,
    base.dimension,
    base.dimension_value,
    coalesce(down.{{ minutes }}, 0) as numerator,
    coalesce(down.{{ minutes }}, 0) as value,
    coalesce(down.{{ services }}, 0) as n,
    base.customers
from base
left join down
    on
        base.period_grain = down.period_grain
        and base.period_start = down.period_start
        and base.dimension = down.dimension
        and base.dimension_value = down.dimension_value

union all

select
    '{{ metric_id }}' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    {{ minutes }} as numerator,
    {{ minutes }} as value,
    {{ services }} as n,
    customers
from down_by_cause

union all
{% endfor %}
select
    'M18c' as metric_id,
    base.period_grain,
    base.period_start,
    base.dimension,
    base.dimension_value,
    coalesce(down_by_customer.minutes, 0) as numerator,
    coalesce(down_by_customer.minutes, 0) as value,
    coalesce(down_by_customer.hit_customers, 0) as n,
    base.customers
from base
left join down_by_customer
    on
        base.period_grain = down_by_customer.period_grain
        and base.period_start = down_by_customer.period_start
        and base.dimension = down_by_customer.dimension
        and base.dimension_value = down_by_customer.dimension_value
where base.dimension in ('all', 'segment')
