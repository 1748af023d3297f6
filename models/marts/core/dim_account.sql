-- One row per version of a billing account.
{{ config(pre_hook=keep_hashes('account_id', ['valid_to', 'is_current'])) }}
with

billing_accounts as (

    select * from {{ ref('stg_billing_accounts') }}

),

customer_links as (

    select * from {{ ref('int_customer_links') }}

),

versions as (

    select *
    from {{ scd2('billing_accounts', 'account_id', [
        'customer_id', 'payment_method', 'is_paperless', 'currency', 'status', 'opened_at',
        'closed_at'
    ]) }}

)

select
    ---------- keys
    {{ surrogate_key(['versions.account_id', 'versions.valid_from']) }} as account_key,
    versions.account_id,
    customer_links.customer_id,
    versions.customer_id as source_customer_id,

    ---------- attributes
    versions.payment_method,
    versions.currency,
    versions.status,

    ---------- flags
    versions.is_paperless,

    ---------- times
    versions.opened_at,
    versions.closed_at,
    versions.valid_from,
    versions.valid_to,
    versions.is_current,

    ---------- lineage
    versions.source_system,
    versions.source_systems,
    versions.conflicts,
    versions.known_at
from versions
left join customer_links
    on versions.customer_id = customer_links.source_key
