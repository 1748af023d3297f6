-- Share of bills that are a shock (M34), and still are without what the customer ordered (M34b).
with

judged_bills as (

    select * from {{ ref('int_judged_bills') }}

),

sliced_bills as (

    {{ sliced('judged_bills', 'billed_at') }}

),

shares as (

    {{ per_period('sliced_bills', 'billed_at', '
        count(*) filter (where is_shock) as shocks,
        count(*) filter (where is_unordered_shock) as unordered_shocks,
        count(*) as bills,
        count(distinct customer_id) as customers
    ') }}

)

{% for metric_id, numerator in [('M34', 'shocks'), ('M34b', 'unordered_shocks')] %}
select
    '{{ metric_id }}' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    {{ numerator }} as numerator,
    bills as denominator,
    bills as n,
    customers
from shares
{{ 'union all' if not loop.last }}
{% endfor %}
