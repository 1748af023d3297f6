-- Generated from ingest/contracts/intake.yml by `python -m ingest.intake`: change that file.
-- One row per product_id and content version: what we knew during [known_at, superseded_at).
{{ config(pre_hook=forget("hash(source_system, product_id) in {{ new_keys('product', 'product_id') }}")) }}
with

-- Read again rather than kept: a copy of the largest tables would not fit in memory.
source as not materialized (

    select
        delivered.*,
        file_ledger.source_system,
        hash(file_ledger.source_system, delivered.product_id) as key_hash
    from {{ source('raw', 'product') }} as delivered
    left join {{ source('ops', 'file_ledger') }} as file_ledger
        on delivered.file_id = file_ledger.file_id
    {{ "where delivered.known_at < timestamp '" ~ var('as_was') ~ "'" if var('as_was') }}
    {{ "where key_hash in " ~ new_keys('product', 'product_id') if is_increment() }}

),

-- Most keys are delivered once; only the others need the windows below.
delivered_again as (

    select key_hash
    from source
    group by key_hash
    having count(*) > 1

),

-- Re-deliveries and in-file duplicates say nothing new: keep a row only when its content changed.
changes as (

    select
        source.*,
        hash(parent_product_id, replaces_product_id, customer_id, account_id, offering_id, status, exit_cause, contract_type, is_prepaid, monthly_charge, phone_number, location_id, started_at, ended_at, contract_ends_at) as content_hash,
        lag(hash(parent_product_id, replaces_product_id, customer_id, account_id, offering_id, status, exit_cause, contract_type, is_prepaid, monthly_charge, phone_number, location_id, started_at, ended_at, contract_ends_at)) over (
            partition by source_system, product_id
            order by known_at, file_id, row_number
        ) as previous_content_hash
    from source
    semi join delivered_again on source.key_hash = delivered_again.key_hash

),

versions as (

    select
        *,
        lead(known_at) over (
            partition by source_system, product_id
            order by known_at, file_id, row_number
        ) as superseded_at
    from changes
    where previous_content_hash is null or previous_content_hash <> content_hash

),

unioned as (

    select
        source.*,
        cast(null as timestamp) as superseded_at
    from source
    anti join delivered_again on source.key_hash = delivered_again.key_hash

    union all by name

    select * exclude (content_hash, previous_content_hash)
    from versions
    where superseded_at is null or superseded_at > known_at

)

select
    product_id,
    parent_product_id,
    replaces_product_id,
    customer_id,
    account_id,
    offering_id,
    status,
    exit_cause,
    contract_type,
    is_prepaid,
    monthly_charge,
    phone_number,
    location_id,
    started_at,
    ended_at,
    contract_ends_at,
    source_system,
    file_id,
    row_number,
    known_at,
    superseded_at,
    superseded_at is null as is_current
from unioned
