-- Of the customers who suffered in the month, those who said nothing (M37) and those who contacted
-- us (M38). A sufferer's lowest index at its end is below suffering_cxi, or the minutes lost over
-- all services are at or above the suffering_quantile of all customers (and not 0: where few are
-- hit the quantile is). By cause and event_type, what was suffered from, a customer counts under
-- each.
with

subscription_months as (

    select
        * replace (coalesce(customer_id, subscription_id) as customer_id)
    from {{ ref('fct_subscription_month') }}

),

interactions as (

    select * from {{ ref('fct_interaction') }}
    where direction = 'inbound'

),

cause_days as (

    select * from {{ ref('int_downtime_cause_days') }}

),

points as (

    select * from {{ ref('cxi_points') }}

),

cx_events as (

    select * from {{ ref('fct_cx_event') }}

),

metric_periods as (

    select * from {{ ref('int_metric_periods') }}
    where period_grain = 'month'

),

customer_months as (

    select
        month_start,
        customer_id,
        min(cxi) as lowest_cxi,
        round(sum(customer_minutes_lost), 6) as minutes
    from subscription_months
    group by month_start, customer_id

),

thresholds as (

    select
        month_start,
        quantile_cont(minutes, {{ var('suffering_quantile') }}) as minutes
    from customer_months
    group by month_start

),

contacted as (

    select
        coalesce(customer_id, subscription_id) as customer_id,
        cast(date_trunc('month', closed_at) as date) as month_start
    from interactions
    group by all

),

sufferers as (

    select
        customer_months.month_start,
        customer_months.customer_id,
        contacted.customer_id is not null as has_contacted
    from customer_months
    inner join thresholds
        on customer_months.month_start = thresholds.month_start
    left join contacted
        on
            customer_months.month_start = contacted.month_start
            and customer_months.customer_id = contacted.customer_id
    where
        customer_months.lowest_cxi < {{ var('suffering_cxi') }}
        or (customer_months.minutes > 0 and customer_months.minutes >= thresholds.minutes)

),

suffering_subscriptions as (

    select
        sufferers.*,
        subscription_months.subscription_id,
        subscription_months.segment,
        subscription_months.family,
        subscription_months.region
    from sufferers
    inner join subscription_months
        on
            sufferers.month_start = subscription_months.month_start
            and sufferers.customer_id = subscription_months.customer_id

),

suffering_causes as (

    select
        suffering_subscriptions.month_start,
        suffering_subscriptions.customer_id,
        suffering_subscriptions.has_contacted,
        cause_days.cause
    from suffering_subscriptions
    inner join cause_days
        on
            suffering_subscriptions.subscription_id = cause_days.subscription_id
            and suffering_subscriptions.month_start
            = date_trunc('month', cause_days.downtime_date)

),

suffering_events as (

    select
        suffering_subscriptions.month_start,
        suffering_subscriptions.customer_id,
        suffering_subscriptions.has_contacted,
        cx_events.event_type
    from suffering_subscriptions
    inner join metric_periods
        on suffering_subscriptions.month_start = metric_periods.period_start
    inner join points
        on
            suffering_subscriptions.subscription_id = points.subscription_id
            and metric_periods.counted_to = points.as_of_date
    inner join cx_events
        on points.cx_event_id = cx_events.cx_event_id

),

{% set counts = '
        count(distinct customer_id) filter (where has_contacted) as vocal,
        count(distinct customer_id) as sufferers
    ' %}
shares as (

    {{ per_period('suffering_subscriptions', 'month_start', counts, grains=['month']) }}
    union all
    {{ per_period(
        'suffering_causes', 'month_start', counts, ['cause'], ['month'], with_all=false
    ) }}
    union all
    {{ per_period(
        'suffering_events', 'month_start', counts, ['event_type'], ['month'], with_all=false
    ) }}

)

{% for metric_id, numerator in [('M37', 'sufferers - vocal'), ('M38', 'vocal')] %}
select
    '{{ metric_id }}' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    {{ numerator }} as numerator,
    sufferers as denominator,
    sufferers as n,
    sufferers as customers
from shares
{{ 'union all' if not loop.last }}
{% endfor %}
