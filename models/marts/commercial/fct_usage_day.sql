-- One row per subscription, day, usage type and unit; a record counts on the day it started.
{{ config(
    materialized='incremental' if var('increment') else 'table',
    pre_hook=forget("usage_date in (select usage_date from {{ new_usage_dates() }})"
        ~ " or subscription_id in (select subscription_id from {{ regrouped_products() }})")
) }}
with

usages as (

    select * from {{ ref('stg_usages') }}
    where is_current

),

products as (

    select * from {{ ref('int_product_versions') }}
    where is_current

),

linked as (

    select
        coalesce(products.subscription_id, usages.product_id) as subscription_id,
        cast(usages.started_at as date) as usage_date,
        usages.usage_type,
        usages.unit,
        usages.quantity,
        usages.charged_amount,
        usages.started_at,
        coalesce(usages.ended_at, usages.started_at) as ended_at
    from usages
    left join products
        on usages.product_id = products.product_id
    {% if is_increment() %}
    where
        cast(usages.started_at as date) in (select usage_date from {{ new_usage_dates() }})
        or coalesce(products.subscription_id, usages.product_id) in (
            select subscription_id from {{ regrouped_products() }}
        )
    {% endif %}

)

select
    ---------- keys
    subscription_id,
    usage_date,
    usage_type,
    unit,

    ---------- numbers
    round(sum(quantity), 6) as quantity,
    cast(sum(charged_amount) as decimal(18, 4)) as charged_amount,
    count(*) as records,

    ---------- times
    min(started_at) as first_started_at,
    max(started_at) as last_started_at,
    max(ended_at) as last_ended_at
from linked
group by subscription_id, usage_date, usage_type, unit
