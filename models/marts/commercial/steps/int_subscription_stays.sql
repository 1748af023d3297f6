-- One row per stay of a subscription as its product rows tell it: told_to null = no end told yet.
-- Easy to get wrong: a return opens a new stay, for in between the line was not active (C5), though
-- within the reconnect window it is no exit (int_subscription_successors); a source that takes an
-- end back, by a start before it, says there was none; an end ahead of the clock has not come yet.
with

product_versions as (

    select * from {{ ref('int_product_versions') }}
    where not is_addon_product

),

subscriptions as (

    select * from {{ ref('dim_subscription') }}
    where is_current

),

clock as (

    select * from {{ ref('int_clock') }}

),

-- A start nobody tells: in the first delivery it was there before we looked, later it is news.
first_deliveries as (

    select min(known_at) as first_known_at from product_versions

),

numbered_versions as (

    select
        product_versions.product_id as subscription_id,
        product_versions.status,
        product_versions.exit_cause,
        product_versions.is_prepaid,
        product_versions.started_at,
        product_versions.ended_at,
        product_versions.known_at,
        coalesce(
            lag(product_versions.ended_at) over version_order is not null
            and product_versions.ended_at is null,
            false
        ) as is_back
    from product_versions
    window version_order as (
        partition by product_versions.product_id order by product_versions.known_at
    )

),

numbered_stays as (

    select
        *,
        sum(cast(is_back as integer)) over (
            partition by subscription_id
            order by known_at
            rows between unbounded preceding and current row
        ) as stay_number
    from numbered_versions

),

-- Within one stay the latest version is the truth; its end may have been corrected several times.
told_stays as (

    select
        subscription_id,
        stay_number,
        arg_max(status, known_at) as status,
        arg_max(exit_cause, known_at) as exit_cause,
        arg_max(is_prepaid, known_at) as is_prepaid,
        arg_max(started_at, known_at) as started_at,
        arg_max(ended_at, known_at) as ended_at,
        min(known_at) as first_known_at
    from numbered_stays
    group by subscription_id, stay_number

),

dated_stays as (

    select
        told_stays.subscription_id,
        told_stays.exit_cause,
        told_stays.is_prepaid,
        told_stays.started_at,
        lag(told_stays.ended_at) over stay_order as previous_ended_at,
        case
            when told_stays.started_at >= previous_ended_at or told_stays.stay_number = 0
                then coalesce(
                    told_stays.started_at,
                    case
                        when told_stays.first_known_at > first_deliveries.first_known_at
                            then told_stays.first_known_at
                        else clock.first_at
                    end
                )
            else told_stays.first_known_at
        end as active_from,
        case when told_stays.ended_at < clock.as_of then told_stays.ended_at end as ended_at
    from told_stays
    inner join subscriptions
        on told_stays.subscription_id = subscriptions.subscription_id
    cross join first_deliveries
    cross join clock
    where
        subscriptions.is_in_base
        and coalesce(told_stays.status, '') not in (
            'created', 'pendingActive', 'cancelled', 'aborted'
        )
    window stay_order as (
        partition by told_stays.subscription_id order by told_stays.stay_number
    )

),

numbered_periods as (

    select
        *,
        sum(cast(coalesce(
            active_from > previous_ended_at + to_days({{ var('reconnect_days') }})
            or (started_at >= previous_ended_at and active_from > previous_ended_at),
            false
        ) as integer)) over (
            partition by subscription_id
            order by active_from
            rows between unbounded preceding and current row
        ) as period_number
    from dated_stays

)

select
    subscription_id,
    period_number,
    min(active_from) as active_from,
    arg_max_null(ended_at, active_from) as told_to,
    arg_max_null(exit_cause, active_from) as told_cause,
    bool_or(is_prepaid) as is_prepaid
from numbered_periods
group by subscription_id, period_number
