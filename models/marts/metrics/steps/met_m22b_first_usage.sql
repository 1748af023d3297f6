-- Calendar hours from the order of a new subscription to its first usage, counted when first used
-- (C3): median and p90, always from rows (C2). Easy to get wrong: usage told in daily totals begins
-- at midnight, so the day of the order itself is not seen, not even of an order at midnight.
with

product_orders as (

    select * from {{ ref('fct_product_order') }}
    where
        action = 'add'
        and product_id = subscription_id
        and state = 'completed'
        and completed_at is not null

),

usage_days as (

    select * from {{ ref('fct_usage_day') }}
    where quantity is null or quantity > 0

),

first_uses as (

    select
        product_orders.source_system,
        product_orders.order_item_id,
        product_orders.subscription_id,
        product_orders.customer_id,
        product_orders.channel,
        min(usage_days.first_started_at) as first_used_at,
        date_diff('second', product_orders.ordered_at, first_used_at) / 3600.0 as lead_hours
    from product_orders
    inner join usage_days
        on
            product_orders.subscription_id = usage_days.subscription_id
            and product_orders.ordered_at < usage_days.first_started_at
    group by
        product_orders.source_system,
        product_orders.order_item_id,
        product_orders.subscription_id,
        product_orders.customer_id,
        product_orders.channel,
        product_orders.ordered_at

),

sliced_uses as (

    {{ sliced('first_uses', 'first_used_at') }}

),

percentiles as (

    {{ per_period('sliced_uses', 'first_used_at', '
        ' ~ without_noise('quantile_cont(lead_hours, 0.5)') ~ ' as median_hours,
        ' ~ without_noise('quantile_cont(lead_hours, 0.9)') ~ ' as p90_hours,
        count(*) as n,
        count(distinct customer_id) as customers
    ', ['segment', 'family', 'region', 'channel']) }}

)

{% for metric_id, hours in [('M22b', 'median_hours'), ('M22bp90', 'p90_hours')] %}
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
