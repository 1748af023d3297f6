-- One row per version of a customer. One that only a subscription or an account names is kept as
-- an inferred row, so that nothing hangs in the air; numbers linked by token share one row.
{{ config(pre_hook=keep_hashes('customer_id', ['valid_to', 'is_current'])) }}
with

customers as (

    select * from {{ ref('stg_customers') }}

),

customer_links as (

    select * from {{ ref('int_customer_links') }}

),

locations as (

    select * from {{ ref('dim_location') }}

),

resolved_customers as (

    select
        customers.* replace (customer_links.customer_id as customer_id)
    from customers
    inner join customer_links
        on customers.customer_id = customer_links.source_key

),

versions as (

    select *
    from {{ scd2('resolved_customers', 'customer_id', [
        'party_id', 'segment', 'status', 'age_band', 'language', 'location_id', 'is_internal',
        'customer_since'
    ]) }}

),

-- Several numbers may stand for one inferred customer: group, keep one.
inferred as (

    select
        customer_links.customer_id,
        timestamp '{{ var("history_start") }}' as valid_from,
        true as is_current,
        true as is_inferred
    from customer_links
    anti join versions
        on customer_links.customer_id = versions.customer_id
    group by customer_links.customer_id

),

all_versions as (

    select * from versions
    union all by name
    select * from inferred

)

select
    ---------- keys
    {{ surrogate_key(['all_versions.customer_id', 'all_versions.valid_from']) }} as customer_key,
    all_versions.customer_id,
    all_versions.party_id,
    all_versions.location_id,

    ---------- attributes
    all_versions.segment,
    all_versions.status,
    all_versions.age_band,
    all_versions.language,
    locations.area,
    locations.region,

    ---------- flags
    coalesce(all_versions.is_internal, false) as is_internal,
    coalesce(all_versions.is_inferred, false) as is_inferred,

    ---------- times
    all_versions.customer_since,
    all_versions.valid_from,
    all_versions.valid_to,
    all_versions.is_current,

    ---------- lineage
    all_versions.source_system,
    coalesce(all_versions.source_systems, 0) as source_systems,
    coalesce(all_versions.conflicts, 0) as conflicts,
    all_versions.known_at
from all_versions
left join locations
    on all_versions.location_id = locations.location_id
