-- One row per version of a service instance. A service that only a link names is kept as an
-- inferred row; its downtime counts like any other's, but it has no in-service time of its own.
with

services as (

    select * from {{ ref('stg_services') }}

),

product_services as (

    select * from {{ ref('stg_product_services') }}

),

service_resources as (

    select * from {{ ref('stg_service_resources') }}

),

problem_links as (

    select * from {{ ref('int_problem_links') }}

),

customer_links as (

    select * from {{ ref('int_customer_links') }}

),

versions as (

    select *
    from {{ scd2('services', 'service_id', [
        'service_type', 'state', 'customer_id', 'product_id', 'started_at', 'ended_at'
    ]) }}

),

named_by_links as (

    select service_id from product_services where is_current
    union
    select service_id from service_resources where is_current
    union
    select related_id as service_id from problem_links
    where related_type = 'affected_service'

),

inferred as (

    select
        named_by_links.service_id,
        timestamp '{{ var("history_start") }}' as valid_from,
        true as is_current,
        true as is_inferred
    from named_by_links
    anti join versions
        on named_by_links.service_id = versions.service_id

),

all_versions as (

    select * from versions
    union all by name
    select * from inferred

)

select
    ---------- keys
    {{ surrogate_key(['all_versions.service_id', 'all_versions.valid_from']) }} as service_key,
    all_versions.service_id,
    coalesce(customer_links.customer_id, all_versions.customer_id) as customer_id,
    all_versions.product_id,

    ---------- attributes
    all_versions.service_type,
    all_versions.state,

    ---------- flags
    coalesce(all_versions.is_inferred, false) as is_inferred,

    ---------- times
    all_versions.started_at,
    all_versions.ended_at,
    all_versions.valid_from,
    all_versions.valid_to,
    all_versions.is_current,

    ---------- lineage
    all_versions.source_system,
    coalesce(all_versions.source_systems, 0) as source_systems,
    coalesce(all_versions.conflicts, 0) as conflicts,
    all_versions.known_at
from all_versions
left join customer_links
    on all_versions.customer_id = customer_links.source_key
