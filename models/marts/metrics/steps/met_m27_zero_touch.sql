-- Share of completed service order items no person had to touch (M27). An item whose source does
-- not say is left out.
with

service_orders as (

    select * from {{ ref('fct_service_order') }}
    where state = 'completed' and completed_at is not null and is_manual is not null

),

completed_items as (

    select
        service_orders.subscription_id,
        service_orders.customer_id,
        service_orders.action,
        service_orders.team_id as team,
        service_orders.is_manual,
        service_orders.completed_at
    from service_orders

),

sliced_items as (

    {{ sliced('completed_items', 'completed_at') }}

),

shares as (

    {{ per_period('sliced_items', 'completed_at', '
        count(*) filter (where not is_manual) as numerator,
        count(*) as denominator,
        count(distinct customer_id) as customers
    ', ['segment', 'family', 'region', 'action', 'team']) }}

)

select
    'M27' as metric_id,
    *,
    denominator as n
from shares
