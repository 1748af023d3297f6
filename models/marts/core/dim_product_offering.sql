-- One row per version of an offering and its price.
{{ config(pre_hook=keep_hashes('offering_id', ['valid_to', 'is_current'])) }}
with

product_offerings as (

    select * from {{ in_our_words(ref('stg_product_offerings'), {'status': 'offering_status'}) }}

),

renamed as (

    select
        product_offerings.* exclude (valid_from, valid_to),
        valid_from as on_sale_from,
        valid_to as on_sale_to
    from product_offerings

),

versions as (

    select *
    from {{ scd2('renamed', 'offering_id', [
        'name', 'family', 'is_addon', 'monthly_price', 'currency', 'included_data_gb',
        'contract_months', 'status', 'on_sale_from', 'on_sale_to'
    ]) }}

)

select
    ---------- keys
    {{ surrogate_key(['offering_id', 'valid_from']) }} as offering_key,
    offering_id,

    ---------- attributes
    name as offering_name,
    family,
    status,
    currency,

    ---------- numbers
    monthly_price,
    included_data_gb,
    contract_months,

    ---------- flags
    coalesce(is_addon, false) as is_addon,

    ---------- times
    on_sale_from,
    on_sale_to,
    valid_from,
    valid_to,
    is_current,

    ---------- lineage
    source_system,
    source_systems,
    conflicts,
    known_at
from versions
