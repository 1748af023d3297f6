-- Share of order items completed no later than first promised (M23), last promised (M23b) or wished
-- by the customer (M23c). M23b less M23 is what promising anew hides. An item without the date can
-- be neither on time nor late and is left out.
{% set dates = {
    'M23': 'first_promised_at', 'M23b': 'promised_at', 'M23c': 'requested_at',
} %}
with

product_orders as (

    select * from {{ ref('fct_product_order') }}
    where state = 'completed' and completed_at is not null

),

sliced_orders as (

    {{ sliced('product_orders', 'completed_at') }}

),

{% for metric_id, date in dates.items() %}
{{ metric_id | lower }}_orders as (

    select * from sliced_orders
    where {{ date }} is not null

),

{{ metric_id | lower }}_values as (

    {{ per_period(metric_id | lower ~ '_orders', 'completed_at', '
        count(*) filter (where completed_at <= ' ~ date ~ ') as numerator,
        count(*) as denominator,
        count(distinct customer_id) as customers
    ', ['segment', 'family', 'region', 'action', 'channel']) }}

){{ ',' if not loop.last }}

{% endfor %}

{% for metric_id in dates %}
select
    '{{ metric_id }}' as metric_id,
    *,
    denominator as n
from {{ metric_id | lower }}_values
{{ 'union all' if not loop.last }}
{% endfor %}
