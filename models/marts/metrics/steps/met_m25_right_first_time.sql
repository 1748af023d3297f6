-- Share of completed orders that went right the first time (M25): no fallout, no amendment, no
-- second visit, and no trouble ticket on the subscription from its item's completion until so many
-- days after the order's. An order is completed with its last item, and belongs to every slice its
-- items touch.
with

product_orders as (

    select
        *,
        {{ surrogate_key(['source_system', 'coalesce(order_id, order_item_id)']) }} as order_key,
        max(completed_at) over (
            partition by source_system, coalesce(order_id, order_item_id)
        ) + to_days({{ var('right_first_time_days') }}) as watched_to
    from {{ ref('fct_product_order') }}

),

service_orders as (

    select * from {{ ref('fct_service_order') }}

),

visits as (

    select * from {{ ref('fct_visit') }}
    where status is distinct from 'cancelled'

),

tickets as (

    select * from {{ ref('fct_ticket') }}

),

fallen_out as (

    select
        order_source_system,
        order_item_id
    from service_orders
    where is_fallout
    group by order_source_system, order_item_id

),

revisited as (

    select
        product_orders.source_system,
        product_orders.order_item_id
    from product_orders
    inner join visits
        on
            product_orders.source_system = visits.order_source_system
            and product_orders.order_item_id = visits.order_item_id
            and product_orders.watched_to > visits.window_from
    group by product_orders.source_system, product_orders.order_item_id
    having count(*) > 1

),

ticketed as (

    select
        product_orders.source_system,
        product_orders.order_item_id
    from product_orders
    inner join tickets
        on
            product_orders.subscription_id = tickets.subscription_id
            and product_orders.completed_at <= tickets.opened_at
            and product_orders.watched_to > tickets.opened_at
    group by product_orders.source_system, product_orders.order_item_id

),

completed_orders as (

    select
        product_orders.order_key,
        max(product_orders.completed_at) as order_completed_at,
        bool_and(
            not product_orders.is_amended
            and fallen_out.order_item_id is null
            and revisited.order_item_id is null
            and ticketed.order_item_id is null
        ) as is_right_first_time
    from product_orders
    left join fallen_out
        on
            product_orders.source_system = fallen_out.order_source_system
            and product_orders.order_item_id = fallen_out.order_item_id
    left join revisited
        on
            product_orders.source_system = revisited.source_system
            and product_orders.order_item_id = revisited.order_item_id
    left join ticketed
        on
            product_orders.source_system = ticketed.source_system
            and product_orders.order_item_id = ticketed.order_item_id
    group by product_orders.order_key
    having
        bool_and(
            product_orders.completed_at is not null
            and coalesce(product_orders.state = 'completed', false)
        )

),

completed_items as (

    select
        product_orders.subscription_id,
        product_orders.customer_id,
        product_orders.action,
        product_orders.channel,
        completed_orders.*
    from product_orders
    inner join completed_orders
        on product_orders.order_key = completed_orders.order_key

),

sliced_items as (

    {{ sliced('completed_items', 'order_completed_at') }}

),

shares as (

    {{ per_period('sliced_items', 'order_completed_at', '
        count(distinct order_key) filter (where is_right_first_time) as numerator,
        count(distinct order_key) as denominator,
        count(distinct customer_id) as customers
    ', ['segment', 'family', 'region', 'action', 'channel']) }}

)

select
    'M25' as metric_id,
    *,
    denominator as n
from shares
