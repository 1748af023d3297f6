-- One row per system and customer number it uses: the customer that number stands for.
with

customer_links as (

    select * from {{ ref('int_customer_links') }}

),

delivered as (

    {% for entity in ['customers', 'billing_accounts', 'products'] %}
    select
        source_system,
        customer_id as source_key
    from {{ ref('stg_' ~ entity) }}
    where customer_id is not null
    group by source_system, customer_id
    {{ 'union' if not loop.last }}
    {% endfor %}

)

select
    delivered.source_system,
    delivered.source_key,
    customer_links.customer_id,
    customer_links.rule,
    customer_links.confidence,
    customer_links.is_ambiguous
from delivered
inner join customer_links
    on delivered.source_key = customer_links.source_key
