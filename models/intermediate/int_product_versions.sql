-- One row per version of a subscribed product, add-ons included, reconciled over source systems.
-- An end the source tells only by status gets the time we learned of it, and says so.
{{ config(pre_hook=keep_hashes('subscription_id', ['valid_to', 'is_current'])) }}
with

products as (

    select * from {{ ref('stg_products') }}

),

customer_links as (

    select * from {{ ref('int_customer_links') }}

),

versions as (

    select *
    from {{ scd2('products', 'product_id', [
        'parent_product_id', 'replaces_product_id', 'customer_id', 'account_id', 'offering_id',
        'status', 'exit_cause', 'contract_type', 'is_prepaid', 'monthly_charge', 'phone_number',
        'location_id', 'started_at', 'ended_at', 'contract_ends_at'
    ]) }}

),

-- Learned at the first of the unbroken run of versions that say terminated.
ends_learned as (

    select
        *,
        max(known_at) filter (where status is null or status <> 'terminated') over (
            partition by product_id
            order by known_at
            rows between unbounded preceding and current row
        ) as last_alive_at
    from versions

),

ends_told as (

    select
        *,
        case
            when status = 'terminated' and ended_at is null
                then min(known_at) over (partition by product_id, last_alive_at, status)
        end as end_learned_at
    from ends_learned

)

select
    ends_told.product_id,
    coalesce(ends_told.parent_product_id, ends_told.product_id) as subscription_id,
    ends_told.parent_product_id is not null as is_addon_product,
    ends_told.replaces_product_id,
    coalesce(customer_links.customer_id, ends_told.customer_id) as customer_id,
    ends_told.account_id,
    ends_told.offering_id,
    ends_told.status,
    ends_told.exit_cause,
    ends_told.contract_type,
    ends_told.is_prepaid,
    ends_told.monthly_charge,
    ends_told.phone_number,
    ends_told.location_id,
    ends_told.started_at,
    coalesce(ends_told.ended_at, ends_told.end_learned_at) as ended_at,
    ends_told.end_learned_at is not null as is_end_estimated,
    ends_told.contract_ends_at,
    ends_told.valid_from,
    ends_told.valid_to,
    ends_told.is_current,
    ends_told.source_system,
    ends_told.source_systems,
    ends_told.conflicts,
    ends_told.known_at
from ends_told
left join customer_links
    on ends_told.customer_id = customer_links.source_key
