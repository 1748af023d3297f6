-- Share of closed orders with every item completed by its first promise (M24). An order is closed
-- with its last item, and belongs to every slice its items touch. An item that ended without being
-- completed has no time of its own: it ended when we first learned of it, whatever was told of it since.
-- Easy to get wrong: of a source that promises nothing only failures could be judged, so nothing is.
with

product_orders as (

    select
        *,
        {{ surrogate_key(['source_system', 'coalesce(order_id, order_item_id)']) }} as order_key,
        count(first_promised_at) over (partition by source_system) > 0 as is_promising
    from {{ ref('fct_product_order') }}

),

known_ends as (

    select
        source_system,
        order_item_id,
        min(known_at) as known_ended_at
    from {{ ref('stg_product_orders') }}
    where state in ('completed', 'failed', 'cancelled', 'rejected', 'partial')
    group by source_system, order_item_id

),

closed_orders as (

    select
        product_orders.order_key,
        max(coalesce(
            product_orders.completed_at, known_ends.known_ended_at, product_orders.known_at
        )) as closed_at,
        bool_and(product_orders.state = 'completed' and not product_orders.is_late)
            as is_on_time_in_full,
        bool_or(product_orders.is_promising) as is_promising
    from product_orders
    left join known_ends
        on
            product_orders.source_system = known_ends.source_system
            and product_orders.order_item_id = known_ends.order_item_id
    group by product_orders.order_key
    having
        bool_and(coalesce(
            product_orders.state in ('completed', 'failed', 'cancelled', 'rejected', 'partial'), false
        ))

),

closed_items as (

    select
        product_orders.subscription_id,
        product_orders.customer_id,
        product_orders.action,
        product_orders.channel,
        closed_orders.*
    from product_orders
    inner join closed_orders
        on product_orders.order_key = closed_orders.order_key
    where closed_orders.is_promising and closed_orders.is_on_time_in_full is not null

),

sliced_items as (

    {{ sliced('closed_items', 'closed_at') }}

),

shares as (

    {{ per_period('sliced_items', 'closed_at', '
        count(distinct order_key) filter (where is_on_time_in_full) as numerator,
        count(distinct order_key) as denominator,
        count(distinct customer_id) as customers
    ', ['segment', 'family', 'region', 'action', 'channel']) }}

)

select
    'M24' as metric_id,
    *,
    denominator as n
from shares
