-- One row per subscription, day, usage type and unit; a record counts on the day it started.
with

usages as (

    select * from {{ ref('stg_usages') }}
    where is_current

),

products as (

    select * from {{ ref('int_product_versions') }}
    where is_current

),

-- Summed per product before the join: the biggest feed is read once, then only its days are carried.
product_days as (

    select
        product_id,
        cast(started_at as date) as usage_date,
        usage_type,
        unit,
        sum(quantity) as quantity,
        sum(charged_amount) as charged_amount,
        count(*) as records,
        max(started_at) as last_started_at
    from usages
    group by product_id, usage_date, usage_type, unit

)

select
    ---------- keys
    coalesce(products.subscription_id, product_days.product_id) as subscription_id,
    product_days.usage_date,
    product_days.usage_type,
    product_days.unit,

    ---------- numbers
    sum(product_days.quantity) as quantity,
    cast(sum(product_days.charged_amount) as decimal(18, 4)) as charged_amount,
    cast(sum(product_days.records) as bigint) as records,

    ---------- times
    max(product_days.last_started_at) as last_started_at
from product_days
left join products
    on product_days.product_id = products.product_id
group by
    coalesce(products.subscription_id, product_days.product_id),
    product_days.usage_date,
    product_days.usage_type,
    product_days.unit
