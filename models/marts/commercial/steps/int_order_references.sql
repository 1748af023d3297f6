-- One row per order item that a record of another system names (a service order, a visit), and the
-- system that took that order. Easy to get wrong: two systems that take orders may use the same
-- numbers, and who fulfils an order names the number only. It means the one in its own system, else
-- in that which holds most of the numbers it names.
with

product_orders as (

    select * from {{ ref('stg_product_orders') }}
    where is_current

),

named as (

    select source_system, order_item_id from {{ ref('stg_service_orders') }}
    where is_current and order_item_id is not null

    union

    select source_system, order_item_id from {{ ref('stg_appointments') }}
    where is_current and order_item_id is not null

),

candidates as (

    select
        named.source_system,
        named.order_item_id,
        product_orders.source_system as order_source_system,
        count(*) over (
            partition by named.source_system, product_orders.source_system
        ) as numbers_held,
        case
            when product_orders.source_system = named.source_system then 1
            else 0
        end as is_own
    from named
    inner join product_orders
        on named.order_item_id = product_orders.order_item_id

)

select
    source_system,
    order_item_id,
    arg_max(order_source_system, (is_own, numbers_held, order_source_system))
        as order_source_system
from candidates
group by source_system, order_item_id
