-- Hours from order to completion of order items completed in the period: by the calendar (M22) and
-- less the holds that the customer caused (M22c); median and p90, always from rows (C2). The slice
-- `action` tells activations from changes. Easy to get wrong: a stage of a journey ends with the next
-- mark, a visit or another service order; a hold does not.
with

product_orders as (

    select * from {{ ref('fct_product_order') }}
    where state = 'completed' and completed_at is not null

),

service_orders as (

    select * from {{ ref('fct_service_order') }}
    where order_item_id is not null

),

holds_and_releases as (

    select * from {{ ref('fct_order_event') }}
    where event_type in ('hold', 'release')

),

-- A hold lasts until the next word about it, or until the item is done.
ended_holds as (

    select
        *,
        lead(occurred_at) over (
            partition by source_system, service_order_item_id
            order by occurred_at, service_order_event_id
        ) as ended_at
    from holds_and_releases

),

customer_holds as (

    select
        product_orders.order_item_id,
        product_orders.source_system,
        greatest(ended_holds.occurred_at, product_orders.ordered_at) as held_from,
        least(ended_holds.ended_at, product_orders.completed_at) as held_to
    from ended_holds
    inner join service_orders
        on
            ended_holds.source_system = service_orders.source_system
            and ended_holds.service_order_item_id = service_orders.service_order_item_id
    inner join product_orders
        on
            service_orders.order_item_id = product_orders.order_item_id
            and service_orders.order_source_system = product_orders.source_system
    where ended_holds.event_type = 'hold' and ended_holds.is_customer_caused

),

lasting_holds as (

    select * from customer_holds
    where held_from < held_to

),

-- Two service orders of one item that wait at once wait once.
held_times as (

    select
        order_item_id,
        source_system,
        sum({{ minutes_between('held_from', 'held_to') }}) as minutes
    from {{ merged_periods(
        'lasting_holds', ['order_item_id', 'source_system'], 'held_from', 'held_to'
    ) }}
    group by order_item_id, source_system

),

timed_orders as (

    select
        product_orders.*,
        product_orders.lead_hours - coalesce(held_times.minutes / 60.0, 0.0) as cust_hours
    from product_orders
    left join held_times
        on
            product_orders.order_item_id = held_times.order_item_id
            and product_orders.source_system = held_times.source_system

),

sliced_orders as (

    {{ sliced('timed_orders', 'completed_at') }}

),

percentiles as (

    {{ per_period('sliced_orders', 'completed_at', '
        ' ~ without_noise('quantile_cont(lead_hours, 0.5)') ~ ' as median_hours,
        ' ~ without_noise('quantile_cont(lead_hours, 0.9)') ~ ' as p90_hours,
        ' ~ without_noise('quantile_cont(cust_hours, 0.5)') ~ ' as median_cust_hours,
        ' ~ without_noise('quantile_cont(cust_hours, 0.9)') ~ ' as p90_cust_hours,
        count(*) as n,
        count(distinct customer_id) as customers
    ', ['segment', 'family', 'region', 'action', 'channel']) }}

)

{% for metric_id, hours in [
    ('M22', 'median_hours'),
    ('M22p90', 'p90_hours'),
    ('M22c', 'median_cust_hours'),
    ('M22cp90', 'p90_cust_hours'),
] %}
select
    '{{ metric_id }}' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    {{ hours }} as value,
    n,
    customers
from percentiles
{{ 'union all' if not loop.last }}
{% endfor %}
