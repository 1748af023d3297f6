-- Share of submitted service orders that fell out (M26): an error, failed, or held too long for an
-- internal reason. An order falls out with any of its items, counts when it was submitted, and
-- belongs to every slice its items touch.
with

service_orders as (

    select
        *,
        {{ surrogate_key([
            'source_system', 'coalesce(service_order_id, service_order_item_id)'
        ]) }} as order_key
    from {{ ref('fct_service_order') }}

),

submitted_orders as (

    select
        order_key,
        min(ordered_at) as submitted_at,
        bool_or(is_fallout) as is_fallout
    from service_orders
    group by order_key

),

submitted_items as (

    select
        service_orders.subscription_id,
        service_orders.customer_id,
        service_orders.action,
        service_orders.team_id as team,
        submitted_orders.*
    from service_orders
    inner join submitted_orders
        on service_orders.order_key = submitted_orders.order_key

),

sliced_items as (

    {{ sliced('submitted_items', 'submitted_at') }}

),

shares as (

    {{ per_period('sliced_items', 'submitted_at', '
        count(distinct order_key) filter (where is_fallout) as numerator,
        count(distinct order_key) as denominator,
        count(distinct customer_id) as customers
    ', ['segment', 'family', 'region', 'action', 'team']) }}

)

select
    'M26' as metric_id,
    *,
    denominator as n
from shares
