-- One row per line of a bill. The offering is the one the product was known to have when it was
-- billed; the product itself is as it is known today.
with

bill_lines as (

    select * from {{ ref('stg_applied_billing_rates') }}
    where is_current

),

products as (

    select * from {{ ref('int_product_versions') }}
    where is_current

),

product_versions as (

    select * from {{ ref('int_product_versions') }}

),

bills as (

    select * from {{ ref('fct_bill') }}

)

select
    ---------- keys
    bill_lines.rate_id,
    bill_lines.bill_id,
    bill_lines.product_id,
    bills.account_id,
    coalesce(
        bills.customer_id, product_versions.customer_id, products.customer_id
    ) as customer_id,
    coalesce(
        products.subscription_id, bill_lines.product_id, bills.subscription_id
    ) as subscription_id,
    coalesce(product_versions.offering_id, products.offering_id) as offering_id,

    ---------- attributes
    bill_lines.charge_type,

    ---------- numbers
    bill_lines.amount_ex_tax,
    bill_lines.amount_tax,

    ---------- flags
    (products.started_at > bills.period_from and products.started_at < bills.period_to)
    or coalesce(
        products.ended_at > bills.period_from and products.ended_at < bills.period_to, false
    ) as is_part_period,

    ---------- times
    bills.billed_at,

    ---------- lineage
    bill_lines.source_system,
    bill_lines.file_id,
    bill_lines.row_number,
    bill_lines.known_at
from bill_lines
left join products
    on bill_lines.product_id = products.product_id
left join bills
    on
        bill_lines.bill_id = bills.bill_id
        and bill_lines.source_system = bills.source_system
left join product_versions
    on
        bill_lines.product_id = product_versions.product_id
        and {{ holds_at('bills.billed_at', 'product_versions.valid_from', 'product_versions.valid_to') }}
