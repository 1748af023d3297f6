-- One row per stay of a subscription, cut wherever prepaid silence ended it: no usage and no payment
-- for prepaid_inactive_days. What was used or paid after that is a return and opens another spell.
-- Silence is judged only where usage is delivered, and only up to where its delivery reaches. Easy to
-- get wrong: a total of a day or a month proves use until it ends, not only when it begins; and a
-- silence that is over was one all the same, or a month that is final would change (C10).
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

-- A gap as long as that spans a whole month, so that those within a month need not be looked at.
signs_of_life as (

    select
        subscription_id,
        used_from as seen_from,
        used_until as seen_until
    from usage_months
    where used_until is not null

    union all

    select
        subscription_id,
        occurred_at as seen_from,
        occurred_at as seen_until
    from payments
    -- What failed, was refused, was taken back or is still under way brought nothing.
    where payment_type = 'payment' and coalesce(status, 'settled') = 'settled'

),

signs_of_stays as (

    select
        stays.subscription_id,
        stays.period_number,
        stays.told_to,
        usage_window.last_usage_at,
        greatest(stays.active_from, usage_window.first_usage_at) as seen_from,
        greatest(stays.active_from, usage_window.first_usage_at) as seen_until
    from stays
    cross join usage_window
    where stays.is_prepaid

    union all

    select
        stays.subscription_id,
        stays.period_number,
        stays.told_to,
        usage_window.last_usage_at,
        signs_of_life.seen_from,
        signs_of_life.seen_until
    from stays
    inner join signs_of_life
        on
            stays.subscription_id = signs_of_life.subscription_id
            and stays.active_from <= signs_of_life.seen_until
            and coalesce(signs_of_life.seen_from < stays.told_to, true)
    cross join usage_window
    where stays.is_prepaid

),

gaps as (

    select
        subscription_id,
        period_number,
        told_to,
        last_usage_at,
        max(seen_until) over (
            partition by subscription_id, period_number
            order by seen_from, seen_until
            rows between unbounded preceding and current row
        ) + to_days({{ var('prepaid_inactive_days') }}) as silent_at,
        lead(seen_from) over (
            partition by subscription_id, period_number order by seen_from, seen_until
        ) as back_at
    from signs_of_stays

),

silences as (

    select
        subscription_id,
        period_number,
        silent_at,
        back_at,
        row_number() over (
            partition by subscription_id, period_number order by silent_at
        ) as silence_number
    from gaps
    where
        silent_at <= last_usage_at
        and coalesce(silent_at < back_at, true)
        and coalesce(silent_at < told_to, true)

),

beginnings as (

    select
        subscription_id,
        period_number,
        active_from,
        told_to,
        told_cause,
        0 as silences_before
    from stays

    union all

    select
        stays.subscription_id,
        stays.period_number,
        silences.back_at as active_from,
        stays.told_to,
        stays.told_cause,
        silences.silence_number as silences_before
    from stays
    inner join silences
        on
            stays.subscription_id = silences.subscription_id
            and stays.period_number = silences.period_number
    where silences.back_at is not null

)

select
    beginnings.subscription_id,
    sum(1) over (
        partition by beginnings.subscription_id
        order by beginnings.active_from
        rows between unbounded preceding and current row
    ) - 1 as period_number,
    beginnings.active_from,
    silences.silent_at,
    case when silences.back_at is null then beginnings.told_to end as told_to,
    case when silences.back_at is null then beginnings.told_cause end as told_cause
from beginnings
left join silences
    on
        beginnings.subscription_id = silences.subscription_id
        and beginnings.period_number = silences.period_number
        and silences.silence_number = beginnings.silences_before + 1
