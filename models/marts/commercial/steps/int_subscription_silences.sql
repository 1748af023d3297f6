-- One row per prepaid stay that fell silent: no usage and no payment for prepaid_inactive_days.
-- Silence is judged only where usage is delivered, and only up to where its delivery reaches. Easy to
-- get wrong: a total of a day or a month proves use until it ends, not only when it begins.
with

stays as (

    select * from {{ ref('int_subscription_stays') }}

),

usage_months as (

    select * from {{ ref('int_usage_months') }}

),

payments as (

    select * from {{ ref('fct_payment') }}

),

usage_window as (

    select
        cast(min(first_used_on) as timestamp) as first_usage_at,
        max(last_started_at) as last_usage_at
    from usage_months

),

signs_of_life as (

    select
        subscription_id,
        max(used_until) as seen_at
    from usage_months
    where used_until is not null
    group by subscription_id

    union all

    select
        subscription_id,
        max(occurred_at) as seen_at
    from payments
    -- What failed, was refused, was taken back or is still under way brought nothing.
    where payment_type = 'payment' and coalesce(status, 'settled') = 'settled'
    group by subscription_id

),

last_signs as (

    select
        subscription_id,
        max(seen_at) as last_seen_at
    from signs_of_life
    group by subscription_id

)

select
    stays.subscription_id,
    stays.period_number,
    greatest(
        stays.active_from, last_signs.last_seen_at, usage_window.first_usage_at
    ) + to_days({{ var('prepaid_inactive_days') }}) as silent_at
from stays
left join last_signs
    on stays.subscription_id = last_signs.subscription_id
cross join usage_window
where
    stays.is_prepaid
    and stays.told_to is null
    and silent_at <= usage_window.last_usage_at
