-- What the subscription used before as_of_date, from usage we had received by then.
-- A record over a longer interval (a month's total) is shared out evenly over its days; shares are
-- decimals, so that their sum does not depend on the order of adding.
{{ config(**increment_by_date('churn_cutoffs')) }}
with

cohort as (

    select * from {{ ref('churn_cohort') }} as cohort
    where {{ is_touched('cohort') }}

),

usages as (

    select * from {{ ref('stg_usages') }}

),

feed as (

    select
        min(known_at) as first_known_at,
        arg_min(first_started_at, known_at) as first_started_at
    from (
        select
            known_at,
            min(started_at) as first_started_at
        from usages
        group by known_at
    )

),

last_90_days as (

    select
        usages.product_id,
        cohort.as_of_date,
        usages.unit,
        cast(usages.quantity as decimal(18, 4)) as quantity,
        usages.charged_amount,
        usages.started_at,
        coalesce(usages.ended_at, usages.started_at) as ended_at,
        coalesce(usages.ended_at > usages.started_at + interval 1 day, false) as is_long,
        cohort.as_of_date - interval 30 day as days_30_from,
        cohort.as_of_date - interval 90 day as days_90_from
    from usages
    inner join cohort
        on
            usages.product_id = cohort.subscription_id
            and usages.started_at < cohort.as_of_date
            and coalesce(usages.ended_at, usages.started_at)
            >= cohort.as_of_date - interval 90 day
            and {{ known_as_of('usages', 'cohort.as_of_date') }}
    where
        usages.quantity > 0
        and {{ may_be_touched('usages.product_id', 'coalesce(usages.ended_at, usages.started_at)', 90) }}

),

shared as (

    select
        product_id,
        as_of_date,
        unit,
        charged_amount,
        least(ended_at, as_of_date) as used_until,
        {% for days in [30, 90] %}
        case
            when is_long
                then cast(
                    quantity * greatest(
                        epoch(least(ended_at, as_of_date))
                        - epoch(greatest(started_at, days_{{ days }}_from)),
                        0
                    ) / (epoch(ended_at) - epoch(started_at)) as decimal(18, 4)
                )
            when started_at >= days_{{ days }}_from then quantity
        end as quantity_{{ days }}d{{ ',' if not loop.last }}
        {% endfor %}
    from last_90_days

),

totals as (

    select
        product_id,
        as_of_date,
        {% for unit, days, name in [
            ('MB', 30, 'data_mb_30d'), ('MB', 90, 'data_mb_90d'),
            ('min', 30, 'voice_minutes_30d'), ('min', 90, 'voice_minutes_90d'),
            ('count', 30, 'messages_30d'),
        ] %}
        cast(
            coalesce(sum(quantity_{{ days }}d) filter (where unit = '{{ unit }}'), 0) as double
        ) as {{ name }},
        {% endfor %}
        coalesce(sum(charged_amount), 0) as usage_charge_90d,
        max(used_until) as last_used_at
    from shared
    group by product_id, as_of_date

),

told as (

    select
        cohort.subscription_id,
        cohort.as_of_date,
        feed.first_known_at is not null
        and feed.first_known_at < cohort.as_of_date as is_told,
        feed.first_started_at <= cohort.as_of_date - interval 80 day as has_history,
        totals.* exclude (product_id, as_of_date)
    from cohort
    cross join feed
    left join totals
        on
            cohort.subscription_id = totals.product_id
            and cohort.as_of_date = totals.as_of_date

)

select
    subscription_id,
    as_of_date,
    case when is_told then coalesce(data_mb_30d, 0) end as data_mb_30d,
    case when is_told then coalesce(data_mb_90d, 0) end as data_mb_90d,
    case when has_history then 3 * data_mb_30d / nullif(data_mb_90d, 0) end as data_trend,
    case when is_told then coalesce(voice_minutes_30d, 0) end as voice_minutes_30d,
    case when is_told then coalesce(voice_minutes_90d, 0) end as voice_minutes_90d,
    case
        when has_history then 3 * voice_minutes_30d / nullif(voice_minutes_90d, 0)
    end as voice_trend,
    case when is_told then coalesce(messages_30d, 0) end as messages_30d,
    case when is_told then coalesce(usage_charge_90d, 0) end as usage_charge_90d,
    case
        when is_told
            then cast(
                coalesce(
                    date_diff('day', last_used_at, cast(as_of_date as timestamp)), 90
                ) as integer
            )
    end as days_since_usage
from told
