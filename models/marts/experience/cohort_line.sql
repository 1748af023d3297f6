-- One row per joining of a line: where it was then, by which channel it came, and when it left.
-- From joins and exits of months, so lines that were here before the first month have none. A line
-- that comes back after it left joins anew.
with

months as (

    select * from {{ ref('fct_subscription_month') }}

),

orders as (

    select * from {{ ref('fct_product_order') }}
    where action = 'add' and product_id = subscription_id

),

-- The last order of the line itself until the month was over: who comes back has a new one.
joins as (

    select
        months.subscription_id,
        months.customer_id,
        months.month_start as cohort_month,
        coalesce(months.region, 'unknown') as region,
        coalesce(months.segment, 'unknown') as segment,
        coalesce(months.family, 'unknown') as family,
        coalesce(orders.channel, 'unknown') as channel
    from months
    left join orders
        on
            months.subscription_id = orders.subscription_id
            and orders.ordered_at < months.month_start + interval 1 month
    where months.is_join
    qualify
        row_number() over (
            partition by months.subscription_id, months.month_start
            order by orders.ordered_at desc nulls last, orders.order_item_id
        ) = 1

),

chains as (

    select * from {{ ref('int_subscription_chains') }}

),

-- A line that goes on under another identifier leaves when that one does.
exits as (

    select
        subscription_id,
        month_start as exit_month
    from months
    where is_exit

    union all

    select
        chains.subscription_id,
        months.month_start as exit_month
    from chains
    inner join months
        on chains.later_id = months.subscription_id
    where months.is_exit

)

-- The first exit at or after the joining is that of this stay.
select
    ---------- keys
    joins.subscription_id,
    joins.customer_id,
    joins.cohort_month,

    ---------- attributes
    joins.region,
    joins.segment,
    joins.family,
    joins.channel,

    ---------- times
    min(exits.exit_month) as exit_month
from joins
left join exits
    on joins.subscription_id = exits.subscription_id and joins.cohort_month <= exits.exit_month
group by
    joins.subscription_id,
    joins.customer_id,
    joins.cohort_month,
    joins.region,
    joins.segment,
    joins.family,
    joins.channel
