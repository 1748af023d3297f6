-- One row per version of a subscription: a product without a parent. Add-ons are not subscriptions.
-- Segment and area come from what is known of the customer now, the rest from the version itself.
{{ config(pre_hook=keep_hashes('subscription_id')) }}
with

product_versions as (

    select * from {{ ref('int_product_versions') }} where not is_addon_product

),

customers as (

    select * from {{ ref('dim_customer') }} where is_current

),

product_offerings as (

    select * from {{ ref('dim_product_offering') }} where is_current

),

locations as (

    select * from {{ ref('dim_location') }}

)

select
    ---------- keys
    {{ surrogate_key(['product_versions.product_id', 'product_versions.valid_from']) }}
        as subscription_key,
    product_versions.product_id as subscription_id,
    product_versions.customer_id,
    product_versions.account_id,
    product_versions.offering_id,
    product_versions.location_id,

    ---------- attributes
    product_offerings.offering_name,
    product_offerings.family,
    product_versions.contract_type,
    coalesce(locations.area, customers.area) as area,
    coalesce(locations.region, customers.region) as region,
    customers.segment,
    product_versions.status,
    case
        when product_versions.ended_at is not null
            then coalesce(product_versions.exit_cause, 'unknown')
    end as exit_cause,

    ---------- numbers
    product_versions.monthly_charge,

    ---------- flags
    product_versions.is_prepaid,
    coalesce(customers.is_internal, false) as is_internal,
    not coalesce(customers.is_internal, false)
    and case
        when product_versions.status is null then product_versions.started_at is not null
        else
            product_versions.status
            in ('active', 'suspended', 'pendingTerminate', 'terminated')
    end as is_in_base,
    product_versions.is_end_estimated,

    ---------- times
    product_versions.started_at,
    product_versions.ended_at,
    product_versions.contract_ends_at,
    product_versions.valid_from,
    product_versions.valid_to,
    product_versions.is_current,

    ---------- lineage
    product_versions.source_system,
    product_versions.source_systems,
    product_versions.conflicts,
    product_versions.known_at
from product_versions
left join customers
    on product_versions.customer_id = customers.customer_id
left join product_offerings
    on product_versions.offering_id = product_offerings.offering_id
left join locations
    on product_versions.location_id = locations.location_id
