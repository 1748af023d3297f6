-- Calendar hours from order to completion of order items completed in the period: median and p90,
-- always from rows (C2). The slice `action` tells activations from changes.
with

product_orders as (

    select * from {{ ref('fct_product_order') }}
    where state = 'completed' and completed_at is not null

),

sliced_orders as (

    {{ sliced('product_orders', 'completed_at') }}

),

percentiles as (

    {{ per_period('sliced_orders', 'completed_at', '
        ' ~ without_noise('quantile_cont(lead_hours, 0.5)') ~ ' as median_hours,
        ' ~ without_noise('quantile_cont(lead_hours, 0.9)') ~ ' as p90_hours,
        count(*) as n,
        count(distinct customer_id) as customers
    ', ['segment', 'family', 'region', 'action', 'channel']) }}

)

{% for metric_id, hours in [('M22', 'median_hours'), ('M22p90', 'p90_hours')] %}
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
