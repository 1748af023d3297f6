with

messages as (

    select * from {{ ref('stg_communication_messages') }}
    where is_current

),

products as (

    select * from {{ ref('int_product_versions') }}
    where is_current

),

customer_links as (

    select * from {{ ref('int_customer_links') }}

)

select
    ---------- keys
    messages.message_id,
    coalesce(
        customer_links.customer_id, products.customer_id, messages.customer_id
    ) as customer_id,
    coalesce(products.subscription_id, messages.product_id) as subscription_id,
    messages.problem_id,

    ---------- attributes
    messages.channel,
    messages.purpose,
    messages.status,

    ---------- times
    messages.sent_at,

    ---------- lineage
    messages.source_system,
    messages.known_at
from messages
left join products
    on messages.product_id = products.product_id
left join customer_links
    on messages.customer_id = customer_links.source_key
