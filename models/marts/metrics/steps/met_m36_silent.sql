-- Share of subscriptions in the base all month that said nothing: no inbound contact, no ticket,
-- for the subscription or for its customer without naming one.
with

subscription_months as (

    select * from {{ ref('fct_subscription_month') }}
    where is_active_all_month

),

shares as (

    {{ per_period('subscription_months', 'month_start', '
        count(*) filter (where is_silent) as numerator,
        count(*) as denominator,
        count(distinct customer_id) as customers
    ', grains=['month']) }}

)

select
    'M36' as metric_id,
    *,
    denominator as n
from shares
