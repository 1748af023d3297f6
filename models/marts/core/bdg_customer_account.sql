-- One row per customer, account and role, by the time it held: the holder an account is made out
-- to, and the user of a subscription it pays for, until the account closes or the subscription
-- ends. Who uses what another pays for is a user only.
with

accounts as (

    select * from {{ ref('dim_account') }}
    where customer_id is not null

),

subscriptions as (

    select * from {{ ref('dim_subscription') }}
    where customer_id is not null and account_id is not null

),

told as (

    select
        customer_id,
        account_id,
        'holder' as role,
        valid_from,
        least(valid_to, closed_at) as valid_to
    from accounts
    where coalesce(closed_at > valid_from, true)

    union all

    select
        customer_id,
        account_id,
        'user' as role,
        valid_from,
        least(valid_to, ended_at) as valid_to
    from subscriptions
    where coalesce(ended_at > valid_from, true)

),

-- Versions of an account, and several subscriptions it pays for, are one period.
periods as (

    select *
    from {{ merged_periods(
        'told', ['customer_id', 'account_id', 'role'], 'valid_from', 'valid_to'
    ) }}

)

select
    ---------- keys
    {{ surrogate_key(['customer_id', 'account_id', 'role', 'valid_from']) }}
        as customer_account_key,
    customer_id,
    account_id,

    ---------- attributes
    role,

    ---------- times
    valid_from,
    valid_to,
    valid_to is null as is_current
from periods
