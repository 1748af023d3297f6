-- One row per subscription and month in which it was in the base. Easy to get wrong: opening means
-- in the base before the month's first moment, so that opening + joins - exits = closing even for
-- a start or an end at midnight of the first, but for a line that goes on under another identifier in
-- another month than its old one ended in (neither an exit nor a join). What it was (slices, plan,
-- account, area) is what it was as the month opened or it came.
with

periods as (

    select * from {{ ref('int_subscription_periods') }}

),

subscriptions as (

    select * from {{ ref('dim_subscription') }}
    where is_current

),

subscription_versions as (

    select * from {{ ref('dim_subscription') }}

),

customer_versions as (

    select * from {{ ref('dim_customer') }}

),

slices as (

    select * from {{ ref('int_subscription_slices') }}

),

months as (

    select
        *,
        cast(counted_from as timestamp) as month_from,
        cast(counted_to as timestamp) as month_to
    from {{ ref('int_metric_periods') }}
    where period_grain = 'month'

),

revenues as (

    select * from {{ ref('int_revenues') }}

),

downtime_days as (

    select * from {{ ref('int_downtime_days') }}

),

interactions as (

    select * from {{ ref('fct_interaction') }}

),

tickets as (

    select * from {{ ref('fct_ticket') }}

),

usage_sums as (

    select * from {{ ref('int_usage_months') }}

),

scores as (

    select * from {{ ref('fct_cxi_day') }}

),

stays as (

    select
        periods.subscription_id,
        months.period_start as month_start,
        months.month_from,
        months.month_to,
        max(months.period_end) as month_end,
        bool_or(
            periods.active_from < months.month_from
            and (periods.active_to is null or periods.active_to >= months.month_from)
        ) as is_opening,
        bool_or(
            periods.active_from < months.month_to
            and (periods.active_to is null or periods.active_to >= months.month_to)
        ) as is_closing,
        bool_or(
            periods.active_from >= months.month_from and not periods.is_continuation
        ) as is_join,
        coalesce(bool_or(periods.exited_at < months.month_to), false) as is_exit,
        bool_or(
            periods.active_from <= months.month_from
            and (periods.active_to is null or periods.active_to >= months.month_to)
        ) as is_active_all_month,
        max(periods.exit_cause) filter (where periods.exited_at < months.month_to) as exit_cause,
        greatest(months.month_from, min(periods.active_from)) as sliced_at,
        -- Midnights at which it was in the base: these add up to the base days of C6.
        sum(greatest(0, date_diff(
            'day',
            greatest(
                months.counted_from,
                cast(periods.active_from + interval 1 day - interval 1 microsecond as date)
            ),
            least(
                months.counted_to,
                cast(periods.active_to + interval 1 day - interval 1 microsecond as date)
            )
        ))) as active_days
    from periods
    inner join months
        on
            periods.active_from < months.month_to
            and (periods.active_to is null or periods.active_to >= months.month_from)
    group by
        periods.subscription_id,
        months.period_start,
        months.month_from,
        months.month_to

),

revenue_sums as (

    select
        subscription_id,
        cast(date_trunc('month', billed_at) as date) as month_start,
        sum(amount_ex_tax) as amount
    from revenues
    group by subscription_id, month_start

),

downtime_sums as (

    select
        subscription_id,
        cast(date_trunc('month', downtime_date) as date) as month_start,
        sum(minutes) as minutes
    from downtime_days
    group by subscription_id, month_start

),

contact_sums as (

    select
        subscription_id,
        case when subscription_id is null then customer_id end as customer_id,
        cast(date_trunc('month', closed_at) as date) as month_start,
        count(*) filter (where is_contact) as contacts,
        count(*) as inbound_interactions
    from interactions
    where direction = 'inbound'
    group by all

),

ticket_sums as (

    select
        subscription_id,
        case when subscription_id is null then customer_id end as customer_id,
        cast(date_trunc('month', opened_at) as date) as month_start,
        count(*) as tickets,
        count(*) filter (where ticket_type = 'complaint') as complaints
    from tickets
    group by all

)

select
    ---------- keys
    stays.subscription_id,
    stays.month_start,
    coalesce(slices.customer_id, subscriptions.customer_id) as customer_id,
    coalesce(subscription_versions.account_id, subscriptions.account_id) as account_id,

    ---------- attributes
    coalesce(subscription_versions.offering_id, subscriptions.offering_id) as offering_id,
    slices.family,
    slices.segment,
    coalesce(
        case
            when subscription_versions.location_id is null then customer_versions.area
            else subscription_versions.area
        end,
        subscriptions.area
    ) as area,
    slices.region,
    stays.exit_cause,

    ---------- numbers
    cast(stays.active_days as integer) as active_days,
    cast(coalesce(revenue_sums.amount, 0) as double) as revenue_amount,
    round(coalesce(downtime_sums.minutes, 0.0), 6) as customer_minutes_lost,
    coalesce(contact_sums.contacts, 0) as contacts,
    coalesce(contact_sums.inbound_interactions, 0) as inbound_interactions,
    coalesce(ticket_sums.tickets, 0) as tickets,
    coalesce(ticket_sums.complaints, 0) as complaints,
    usage_sums.data_mb,
    usage_sums.voice_minutes,
    opening_scores.cxi as cxi_opening,
    closing_scores.cxi,

    ---------- flags
    stays.is_opening,
    stays.is_join,
    stays.is_exit,
    stays.is_closing,
    stays.is_active_all_month,
    coalesce(subscription_versions.is_prepaid, subscriptions.is_prepaid) as is_prepaid,
    usage_sums.subscription_id is not null as has_usage,
    contact_sums.subscription_id is null
    and ticket_sums.subscription_id is null
    and customer_contact_sums.customer_id is null
    and customer_ticket_sums.customer_id is null as is_silent
from stays
inner join subscriptions
    on stays.subscription_id = subscriptions.subscription_id
left join slices
    on
        stays.subscription_id = slices.subscription_id
        and {{ holds_at('stays.sliced_at', 'slices.valid_from', 'slices.valid_to') }}
left join subscription_versions
    on
        stays.subscription_id = subscription_versions.subscription_id
        and {{ holds_at(
            'stays.sliced_at', 'subscription_versions.valid_from', 'subscription_versions.valid_to'
        ) }}
left join customer_versions
    on
        slices.customer_id = customer_versions.customer_id
        and {{ holds_at(
            'stays.sliced_at', 'customer_versions.valid_from', 'customer_versions.valid_to'
        ) }}
left join revenue_sums
    on
        stays.subscription_id = revenue_sums.subscription_id
        and stays.month_start = revenue_sums.month_start
left join downtime_sums
    on
        stays.subscription_id = downtime_sums.subscription_id
        and stays.month_start = downtime_sums.month_start
left join contact_sums
    on
        stays.subscription_id = contact_sums.subscription_id
        and stays.month_start = contact_sums.month_start
left join contact_sums as customer_contact_sums
    on
        coalesce(slices.customer_id, subscriptions.customer_id) = customer_contact_sums.customer_id
        and stays.month_start = customer_contact_sums.month_start
left join ticket_sums
    on
        stays.subscription_id = ticket_sums.subscription_id
        and stays.month_start = ticket_sums.month_start
left join ticket_sums as customer_ticket_sums
    on
        coalesce(slices.customer_id, subscriptions.customer_id) = customer_ticket_sums.customer_id
        and stays.month_start = customer_ticket_sums.month_start
left join usage_sums
    on
        stays.subscription_id = usage_sums.subscription_id
        and stays.month_start = usage_sums.month_start
left join scores as opening_scores
    on
        stays.subscription_id = opening_scores.subscription_id
        and stays.month_start = opening_scores.as_of_date
left join scores as closing_scores
    on
        stays.subscription_id = closing_scores.subscription_id
        and cast(stays.month_to as date) = closing_scores.as_of_date
