-- What the subscription was billed and what it paid before as_of_date, as we knew it then.
-- A bill for a whole account counts for each of its subscriptions.
{{ config(**increment_by_date('churn_cutoffs')) }}
with

profiles as (

    select * from {{ ref('churn_profile') }} as profiles
    where {{ is_touched('profiles') }}

),

customer_bills as (

    select * from {{ ref('stg_customer_bills') }}

),

payments as (

    select * from {{ in_our_words(ref('stg_payments'), {'status': 'payment_status'}) }}

),

adjustments as (

    select * from {{ ref('stg_adjustments') }}

),

cutoffs as (

    select as_of_date from profiles
    group by as_of_date

),

bill_feed as (

    select min(known_at) as first_known_at from customer_bills

),

payment_feed as (

    select min(known_at) as first_known_at from payments

),

-- A bill may be paid in parts: it is paid late when its last part came late.
bills as (

    select
        customer_bills.bill_id,
        customer_bills.account_id,
        customer_bills.product_id,
        customer_bills.amount,
        customer_bills.billed_at,
        cutoffs.as_of_date,
        customer_bills.due_at < cutoffs.as_of_date
        and coalesce(max(payments.paid_at) > customer_bills.due_at, true) as is_paid_late,
        customer_bills.due_at < cutoffs.as_of_date
        and max(payments.paid_at) is null as is_unpaid,
        row_number() over (
            partition by
                cutoffs.as_of_date,
                customer_bills.account_id,
                customer_bills.product_id
            order by customer_bills.billed_at desc, customer_bills.bill_id
        ) as recency
    from customer_bills
    inner join cutoffs
        on
            customer_bills.billed_at < cutoffs.as_of_date
            and customer_bills.billed_at >= cutoffs.as_of_date - interval 210 day
            and {{ known_as_of('customer_bills', 'cutoffs.as_of_date') }}
    left join payments
        on
            customer_bills.source_system = payments.source_system
            and customer_bills.bill_id = payments.bill_id
            and {{ known_as_of('payments', 'cutoffs.as_of_date') }}
            and coalesce(payments.status not in ('failed', 'rejected', 'reversed'), true)
    group by
        customer_bills.source_system,
        customer_bills.bill_id,
        customer_bills.account_id,
        customer_bills.product_id,
        customer_bills.amount,
        customer_bills.billed_at,
        customer_bills.due_at,
        cutoffs.as_of_date

),

bill_history as (

    select
        as_of_date,
        account_id,
        product_id,
        max(amount) filter (where recency = 1) as last_amount,
        median(amount) filter (where recency > 1) as usual_amount,
        max(amount) filter (
            where billed_at >= as_of_date - interval 90 day
        ) as highest_amount_90d,
        count(*) filter (where is_paid_late) as late_payments,
        count(*) filter (where is_unpaid) as unpaid_bills
    from bills
    group by as_of_date, account_id, product_id

),

-- Two plain joins instead of one with an alternative: an alternative would compare all with all.
bills_of_subscriptions as (

    select
        profiles.subscription_id,
        bill_history.*
    from profiles
    inner join bill_history
        on
            profiles.subscription_id = bill_history.product_id
            and profiles.as_of_date = bill_history.as_of_date

    union all

    select
        profiles.subscription_id,
        bill_history.*
    from profiles
    inner join bill_history
        on
            profiles.account_id = bill_history.account_id
            and profiles.as_of_date = bill_history.as_of_date
    where bill_history.product_id is null

),

billed as (

    select
        subscription_id,
        as_of_date,
        sum(last_amount) as last_bill_amount,
        sum(usual_amount) as usual_bill_amount,
        sum(highest_amount_90d) as highest_bill_amount_90d,
        cast(sum(late_payments) as bigint) as late_payments,
        cast(sum(unpaid_bills) as bigint) as unpaid_bills
    from bills_of_subscriptions
    group by subscription_id, as_of_date

),

top_ups as (

    select
        payments.product_id,
        cutoffs.as_of_date,
        count(*) filter (
            where payments.paid_at >= cutoffs.as_of_date - interval 30 day
        ) as top_ups_30d,
        sum(payments.amount) filter (
            where payments.paid_at >= cutoffs.as_of_date - interval 30 day
        ) as top_up_amount_30d,
        sum(payments.amount) as top_up_amount_90d,
        max(payments.paid_at) as last_paid_at
    from payments
    inner join cutoffs
        on
            payments.paid_at < cutoffs.as_of_date
            and payments.paid_at >= cutoffs.as_of_date - interval 90 day
            and {{ known_as_of('payments', 'cutoffs.as_of_date') }}
    where payments.product_id is not null
    group by payments.product_id, cutoffs.as_of_date

),

disputes as (

    select
        adjustments.account_id,
        cutoffs.as_of_date,
        count(*) as disputes
    from adjustments
    inner join cutoffs
        on
            adjustments.created_at < cutoffs.as_of_date
            and adjustments.created_at >= cutoffs.as_of_date - interval 90 day
            and {{ known_as_of('adjustments', 'cutoffs.as_of_date') }}
    where adjustments.adjustment_type = 'dispute'
    group by adjustments.account_id, cutoffs.as_of_date

)

select
    profiles.subscription_id,
    profiles.as_of_date,
    billed.last_bill_amount,
    billed.usual_bill_amount,
    billed.last_bill_amount / nullif(billed.usual_bill_amount, 0) as last_bill_ratio,
    billed.highest_bill_amount_90d
    > greatest(
        {{ var('bill_shock_ratio') }} * billed.usual_bill_amount,
        billed.usual_bill_amount + {{ var('bill_shock_minimum') }}
    ) as has_bill_shock_90d,
    {% for name in ['late_payments', 'unpaid_bills'] %}
    case
        when
            greatest(bill_feed.first_known_at, payment_feed.first_known_at) < profiles.as_of_date
            and not coalesce(profiles.is_prepaid, false)
            then coalesce(billed.{{ name }}, 0)
    end as {{ name }}_210d,
    {% endfor %}
    case
        when bill_feed.first_known_at < profiles.as_of_date then coalesce(disputes.disputes, 0)
    end as disputes_90d,
    case
        when payment_feed.first_known_at < profiles.as_of_date and profiles.is_prepaid
            then coalesce(top_ups.top_ups_30d, 0)
    end as top_ups_30d,
    case
        when payment_feed.first_known_at < profiles.as_of_date and profiles.is_prepaid
            then coalesce(top_ups.top_up_amount_30d, 0)
    end as top_up_amount_30d,
    3 * top_ups.top_up_amount_30d / nullif(top_ups.top_up_amount_90d, 0) as top_up_trend,
    case
        when payment_feed.first_known_at < profiles.as_of_date and profiles.is_prepaid
            then cast(coalesce(
                date_diff('day', top_ups.last_paid_at, cast(profiles.as_of_date as timestamp)), 90
            ) as integer)
    end as days_since_top_up
from profiles
cross join bill_feed
cross join payment_feed
left join billed
    on
        profiles.subscription_id = billed.subscription_id
        and profiles.as_of_date = billed.as_of_date
left join top_ups
    on
        profiles.subscription_id = top_ups.product_id
        and profiles.as_of_date = top_ups.as_of_date
left join disputes
    on
        profiles.account_id = disputes.account_id
        and profiles.as_of_date = disputes.as_of_date
