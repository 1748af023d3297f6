-- One row per customer number that systems deliver. Its home, the best-ranked system that uses it,
-- is not where it comes from: a number that three systems use lives in one of them.
with

source_systems as (

    select * from {{ ref('int_source_systems') }}

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
    delivered.source_key,
    min(source_systems.source_rank) as home_rank,
    count(*) as source_systems,
    list_sort(list(source_systems.source_rank)) as source_ranks
from delivered
inner join source_systems
    on delivered.source_system = source_systems.source_system
group by delivered.source_key
