-- One row per line and stretch of time with the same product, place, contract and charge, within its
-- life: what two lines must share to be compared. Our own staff's lines are no customers'.
with

subscriptions as (

    select * from {{ ref('dim_subscription') }}
    where is_in_base and not is_internal

),

periods as (

    select * from {{ ref('int_subscription_exits') }}

),

stretches as (

    select
        subscriptions.subscription_id,
        subscriptions.customer_id,
        concat_ws(
            ' ', coalesce(subscriptions.family, 'unknown'), if(subscriptions.is_prepaid, 'prepaid', null)
        ) as product,
        coalesce(subscriptions.area, 'unknown') as area,
        coalesce(subscriptions.region, 'unknown') as region,
        coalesce(subscriptions.is_prepaid, false) as is_prepaid,
        coalesce(subscriptions.status = 'suspended', false) as is_suspended,
        subscriptions.monthly_charge,
        subscriptions.contract_ends_at,
        periods.active_from,
        periods.exited_at,
        periods.exit_cause,
        -- The first version in the base holds from the start: we may have learned of it days later.
        greatest(
            if(
                subscriptions.valid_from = min(subscriptions.valid_from) over (
                    partition by subscriptions.subscription_id
                ),
                periods.active_from,
                subscriptions.valid_from
            ),
            periods.active_from
        ) as valid_from,
        least(subscriptions.valid_to, periods.active_to) as valid_to
    from subscriptions
    inner join periods
        on
            subscriptions.subscription_id = periods.subscription_id
            and coalesce(subscriptions.valid_to, timestamp 'infinity') > periods.active_from

)

select * from stretches
where valid_to is null or valid_from < valid_to
