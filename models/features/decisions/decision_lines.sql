-- One row per line of the newest cohort that has not said it leaves: what troubles it right now, how
-- often its customer was approached lately, and what the customer agreed to. Easy to get wrong: what
-- is open is what the version known then said was open, and a trouble somebody was told of, or a
-- bill that was credited, is no longer one to act on.
with

cohort as (

    select * from {{ ref('churn_cohort') }}
    where
        as_of_date = (select max(as_of_date) from {{ ref('churn_cutoffs') }})
        and not is_exit_announced

),

profiles as (

    select * from {{ ref('churn_profile') }}

),

terms as (

    select * from {{ ref('decision_terms') }}
    where valid_from <= (select max(as_of_date) from {{ ref('churn_cutoffs') }})
    qualify valid_from = max(valid_from) over ()

),

service_problems as (

    select * from {{ ref('stg_service_problems') }}

),

service_impacts as (

    select * from {{ ref('fct_service_impact') }}
    where is_outage and not is_planned and subscription_id is not null

),

product_orders as (

    select * from {{ ref('stg_product_orders') }}

),

bills as (

    select * from {{ ref('fct_bill') }}
    where is_shock

),

bill_lines as (

    select * from {{ ref('fct_bill_line') }}

),

movements as (

    select * from {{ ref('fct_payment') }}

),

notices as (

    select * from {{ ref('fct_notice') }}

),

interactions as (

    select * from {{ ref('fct_interaction') }}
    where direction = 'outbound' and reason <> 'fault'

),

campaign_contacts as (

    select * from {{ ref('stg_campaign_contacts') }}
    where is_current and coalesce(arm, 'treated') <> 'control'

),

consents as (

    select * from {{ ref('fct_consent') }}

),

clock as (

    select * from {{ ref('int_clock') }}

),

-- Found by the day alone: compared with each line, faults times lines would be too many.
open_problems as (

    select
        service_problems.problem_id,
        service_problems.started_at
    from service_problems
    inner join (select max(as_of_date) as as_of_date from {{ ref('churn_cutoffs') }}) as newest
        on
            service_problems.started_at < newest.as_of_date
            and service_problems.restored_at is null
            and {{ known_as_of('service_problems', 'newest.as_of_date') }}

),

-- A line held down by several faults waits for the one that began first.
open_outages as (

    select
        cohort.subscription_id,
        arg_min(
            open_problems.problem_id, (open_problems.started_at, open_problems.problem_id)
        ) as problem_id,
        min(open_problems.started_at) as down_from
    from cohort
    inner join service_impacts
        on
            cohort.subscription_id = service_impacts.subscription_id
            and service_impacts.impact_from < cohort.as_of_date
    inner join open_problems
        on service_impacts.problem_id = open_problems.problem_id
    group by cohort.subscription_id

),

outages as (

    select
        *,
        count(*) over (partition by problem_id) as problem_lines
    from open_outages

),

late_orders as (

    select
        cohort.subscription_id,
        arg_min(
            product_orders.order_item_id, (
                coalesce(product_orders.first_promised_at, product_orders.promised_at),
                product_orders.order_item_id
            )
        ) as order_item_id,
        min(coalesce(product_orders.first_promised_at, product_orders.promised_at)) as promised_at
    from cohort
    inner join product_orders
        on
            cohort.subscription_id = product_orders.product_id
            and product_orders.ordered_at < cohort.as_of_date
            and coalesce(product_orders.first_promised_at, product_orders.promised_at)
            < cohort.as_of_date
            and product_orders.completed_at is null
            and coalesce(
                product_orders.state not in ('completed', 'cancelled', 'rejected', 'failed'), true
            )
            and {{ known_as_of('product_orders', 'cohort.as_of_date') }}
    where product_orders.action <> 'delete'
    group by cohort.subscription_id

),

-- The excess of a bill belongs to the line with the dearest usage on it: that is what startled.
shocks as (

    select
        cohort.subscription_id,
        bills.source_system,
        bills.bill_id,
        bills.billed_at,
        -- bills are compared tax included; what may be credited is the same part of them ex tax
        cast(bills.amount_ex_tax as double) * (
            1 - cast(bills.previous_median_amount as double) / cast(bills.amount as double)
        ) as excess_amount,
        coalesce(sum(bill_lines.amount_ex_tax) filter (
            where bill_lines.charge_type <> 'recurring'
        ), 0) as usage_amount
    from cohort
    inner join bill_lines
        on cohort.subscription_id = bill_lines.subscription_id
    inner join bills
        on
            bill_lines.source_system = bills.source_system
            and bill_lines.bill_id = bills.bill_id
            and bills.amount > 0
            and bills.known_at < cohort.as_of_date
            and bills.billed_at >= cohort.as_of_date - interval 30 day
            and bills.billed_at < cohort.as_of_date
    anti join movements
        on
            bills.source_system = movements.source_system
            and bills.bill_id = movements.bill_id
            and movements.payment_type in ('credit', 'dispute', 'refund', 'adjustment')
            and movements.known_at < cohort.as_of_date
    group by all

),

shocked as (

    select * from shocks
    where excess_amount > 0
    -- One line a bill: what is credited is credited once.
    qualify row_number() over (
        partition by source_system, bill_id order by usage_amount desc, subscription_id
    ) = 1

),

last_shocks as (

    select
        subscription_id,
        arg_max(bill_id, (billed_at, bill_id)) as bill_id,
        arg_max(excess_amount, (billed_at, bill_id)) as excess_amount
    from shocked
    group by subscription_id

),

told as (

    select
        cohort.subscription_id,
        bool_or(
            notices.purpose in ('outage', 'planned_work')
            and notices.sent_at >= outages.down_from
        ) as is_told_of_outage,
        bool_or(
            notices.purpose = 'order' and notices.sent_at >= late_orders.promised_at - interval 2 day
        ) as is_told_of_order
    from cohort
    inner join notices
        on
            cohort.customer_id = notices.customer_id
            and notices.sent_at < cohort.as_of_date
            and notices.known_at < cohort.as_of_date
    left join outages
        on cohort.subscription_id = outages.subscription_id
    left join late_orders
        on cohort.subscription_id = late_orders.subscription_id
    group by cohort.subscription_id

),

-- A call of a campaign is on both lists: an approach is counted by its hour.
approaches as (

    select
        customer_id,
        date_trunc('hour', started_at) as approached_at,
        known_at
    from interactions

    union

    select
        customer_id,
        date_trunc('hour', contacted_at) as approached_at,
        known_at
    from campaign_contacts

),

approached as (

    select
        customers.customer_id,
        count(distinct approaches.approached_at) as approaches
    from (select distinct customer_id, as_of_date from cohort) as customers
    cross join terms
    inner join approaches
        on
            customers.customer_id = approaches.customer_id
            and approaches.approached_at >= customers.as_of_date - to_days(terms.fatigue_days)
            and approaches.approached_at < customers.as_of_date
            and approaches.known_at < customers.as_of_date
    group by customers.customer_id

)

select
    ---------- keys
    cohort.subscription_id,
    cohort.as_of_date,
    cohort.customer_id,
    outages.problem_id as open_problem_id,
    late_orders.order_item_id as late_order_item_id,
    last_shocks.bill_id as shock_bill_id,

    ---------- attributes
    profiles.offering_id,
    profiles.family,

    ---------- numbers
    (epoch(cast(cohort.as_of_date as timestamp)) - epoch(outages.down_from)) / 3600
        as open_outage_hours,
    outages.problem_lines as open_problem_lines,
    (epoch(cast(cohort.as_of_date as timestamp)) - epoch(late_orders.promised_at)) / 86400
        as late_order_days,
    last_shocks.excess_amount as shock_excess_amount,
    profiles.monthly_charge,
    coalesce(approached.approaches, 0) as approaches_lately,

    ---------- flags
    profiles.is_prepaid,
    outages.problem_id is not null and coalesce(told.is_told_of_outage, false)
        as is_told_of_outage,
    late_orders.order_item_id is not null and coalesce(told.is_told_of_order, false)
        as is_told_of_order,
    {{ is_agreed('cohort.customer_id', 'marketing', 'cohort.as_of_date') }}
    and {{ is_agreed('cohort.customer_id', 'marketing', 'clock.as_of') }} as is_marketing_agreed,
    {{ is_agreed('cohort.customer_id', 'profiling', 'cohort.as_of_date') }}
    and {{ is_agreed('cohort.customer_id', 'profiling', 'clock.as_of') }} as is_profiling_agreed
from cohort
inner join profiles
    on
        cohort.subscription_id = profiles.subscription_id
        and cohort.as_of_date = profiles.as_of_date
cross join clock
left join outages
    on cohort.subscription_id = outages.subscription_id
left join late_orders
    on cohort.subscription_id = late_orders.subscription_id
left join last_shocks
    on cohort.subscription_id = last_shocks.subscription_id
left join told
    on cohort.subscription_id = told.subscription_id
left join approached
    on cohort.customer_id = approached.customer_id
