-- One row per order item. Late means after the first promise (M23), however often it was moved
-- since.
with

product_orders as (

    select
        *,
        -- Some systems fill the time of completion whenever an item is closed, and one that was
        -- completed may be called off afterwards: what came of it was nothing, late or not.
        case
            when coalesce(state, '') not in ('cancelled', 'rejected', 'failed') then completed_at
        end as done_at
    from {{ in_our_words(ref('stg_product_orders'), {'channel': 'channel'}) }}
    where is_current

),

products as (

    select * from {{ ref('int_product_versions') }}
    where is_current

),

-- Whose the line was then, which need not be whose it is now.
holders as (

    select * from {{ ref('int_product_versions') }}
    where customer_id is not null

),

customer_links as (

    select * from {{ ref('int_customer_links') }}

),

told_promises as (

    select
        source_system,
        order_item_id,
        promised_at,
        known_at,
        lag(promised_at) over (
            partition by source_system, order_item_id order by known_at
        ) as promised_before
    from {{ ref('stg_product_orders') }}
    where promised_at is not null

),

-- Systems that overwrite the promise still told us the first one, in an earlier delivery; and
-- those that empty it when the item is done told us the last one.
promises as (

    select
        source_system,
        order_item_id,
        arg_min(promised_at, known_at) as first_told_at,
        arg_max(promised_at, known_at) as last_told_at,
        count(*) filter (where promised_at <> promised_before) as moves
    from told_promises
    group by source_system, order_item_id

),

-- What was filled in later is no change; what was asked anew is.
amended_items as (

    select
        source_system,
        order_item_id
    from {{ ref('stg_product_orders') }}
    group by source_system, order_item_id
    having
        min(offering_id) <> max(offering_id)
        or min(action) <> max(action)
        or min(requested_at) <> max(requested_at)

),

orders as (

    select
        ---------- keys
        product_orders.order_item_id,
        product_orders.order_id,
        product_orders.product_id,
        coalesce(
            customer_links.customer_id, holders.customer_id, products.customer_id,
            product_orders.customer_id
        ) as customer_id,
        coalesce(products.subscription_id, product_orders.product_id) as subscription_id,
        product_orders.offering_id,

        ---------- attributes
        product_orders.action,
        product_orders.state,
        product_orders.channel,
        product_orders.channel_code,

        ---------- numbers
        date_diff('second', product_orders.ordered_at, product_orders.done_at)
        / 3600.0 as lead_hours,
        -- A first promise told as such may have been moved before the first delivery.
        coalesce(promises.moves, 0) + cast(
            coalesce(product_orders.first_promised_at <> promises.first_told_at, false) as bigint
        ) as repromises,

        ---------- flags
        coalesce(product_orders.first_promised_at, promises.first_told_at)
        < product_orders.done_at as is_late,
        coalesce(product_orders.first_promised_at, promises.first_told_at)
        <> coalesce(promises.last_told_at, product_orders.first_promised_at) as is_repromised,
        amended_items.order_item_id is not null as is_amended,

        ---------- times
        product_orders.ordered_at,
        product_orders.requested_at,
        coalesce(product_orders.first_promised_at, promises.first_told_at) as first_promised_at,
        coalesce(promises.last_told_at, product_orders.first_promised_at) as promised_at,
        product_orders.completed_at,

        ---------- lineage
        product_orders.source_system,
        product_orders.known_at
    from product_orders
    left join products
        on product_orders.product_id = products.product_id
    left join holders
        on
            product_orders.product_id = holders.product_id
            and {{ holds_at('product_orders.ordered_at', 'holders.valid_from', 'holders.valid_to') }}
    left join customer_links
        on product_orders.customer_id = customer_links.source_key
    left join promises
        on
            product_orders.source_system = promises.source_system
            and product_orders.order_item_id = promises.order_item_id
    left join amended_items
        on
            product_orders.source_system = amended_items.source_system
            and product_orders.order_item_id = amended_items.order_item_id

)

{{ with_version_keys('orders', 'ordered_at', [
    'customer', 'subscription', 'offering', 'channel'
]) }}
