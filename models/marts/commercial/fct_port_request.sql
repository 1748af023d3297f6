-- One row per port request. A request that names no subscription is linked by the number it moves.
with

number_ports as (

    select * from {{ ref('stg_number_ports') }}
    where is_current

),

products as (

    select * from {{ ref('int_product_versions') }}
    where is_current

),

customer_links as (

    select * from {{ ref('int_customer_links') }}

),

-- A number may have served several subscriptions: the one it served when the port was asked for.
numbers_served as (

    select
        number_ports.source_system,
        number_ports.port_id,
        arg_max(products.product_id, products.started_at) as product_id
    from number_ports
    inner join products
        on
            number_ports.phone_number = products.phone_number
            and (
                number_ports.direction = 'in'
                or number_ports.requested_at >= products.started_at
            )
            and (
                products.ended_at is null
                or products.ended_at >= number_ports.requested_at
            )
    where number_ports.product_id is null and not products.is_addon_product
    group by number_ports.source_system, number_ports.port_id

)

select
    ---------- keys
    number_ports.port_id,
    coalesce(
        customer_links.customer_id, products.customer_id, number_ports.customer_id
    ) as customer_id,
    coalesce(products.subscription_id, number_ports.product_id) as subscription_id,

    ---------- attributes
    number_ports.direction,
    number_ports.status,
    number_ports.other_operator,

    ---------- flags
    coalesce(number_ports.status = 'completed', number_ports.completed_at is not null)
        as is_completed,

    ---------- times
    number_ports.requested_at,
    number_ports.validated_at,
    number_ports.completed_at,

    ---------- lineage
    number_ports.source_system,
    number_ports.known_at
from number_ports
left join numbers_served
    on
        number_ports.source_system = numbers_served.source_system
        and number_ports.port_id = numbers_served.port_id
left join products
    on coalesce(number_ports.product_id, numbers_served.product_id) = products.product_id
left join customer_links
    on number_ports.customer_id = customer_links.source_key
