-- One row per subscription and month it used something in: what others ask of all its days, so that
-- a new day reads the days of its own month only.
{{ config(
    materialized='incremental' if var('increment') else 'table',
    pre_hook=forget("month_start in (select date_trunc('month', usage_date) from {{ new_usage_dates() }})"
        ~ " or subscription_id in (select subscription_id from {{ regrouped_products() }})")
) }}
-- depends_on: {{ ref('int_product_versions') }}
with

usage_days as (

    select
        *,
        cast(date_trunc('month', usage_date) as date) as month_start
    from {{ ref('fct_usage_day') }}

)

select
    ---------- keys
    subscription_id,
    month_start,

    ---------- numbers
    round(sum(quantity) filter (where usage_type like 'data%'), 6) as data_mb,
    round(sum(quantity) filter (where usage_type like 'voice%'), 6) as voice_minutes,

    ---------- times
    min(usage_date) as first_used_on,
    max(last_started_at) as last_started_at,
    -- a total of nothing is no use
    min(first_started_at) filter (where coalesce(quantity, 1) > 0) as used_from,
    max(last_ended_at) filter (where coalesce(quantity, 1) > 0) as used_until
from usage_days
{% if is_increment() %}
where
    month_start in (select date_trunc('month', usage_date) from {{ new_usage_dates() }})
    or subscription_id in (select subscription_id from {{ regrouped_products() }})
{% endif %}
group by subscription_id, month_start
