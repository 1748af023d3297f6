-- Hours from order to completion of order items completed in the period: by the calendar (M22) and
-- less the holds that the customer caused (M22c); median and p90, always from rows (C2). The slice
-- `action` tells activations from changes.
with

product_orders as (

    select * from {{ ref('fct_product_order') }}
    where state = 'completed' and completed_at is not null

),

journeys as (

    select
        source_id,
        source_system,
        cust_minutes
    from {{ ref('fct_journey') }}
    where source_model = 'fct_product_order'

),

-- An item without a journey (nothing was to change) was held by nobody.
timed_orders as (

    select
        product_orders.*,
        coalesce(journeys.cust_minutes / 60.0, product_orders.lead_hours) as cust_hours
    from product_orders
    left join journeys
        on
            product_orders.order_item_id = journeys.source_id
            and product_orders.source_system = journeys.source_system

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
