-- One row per slice of the base, month of joining and month since: how many lines joined, and how
-- many of them have left by the end of it. A line counts where it was when it joined, and by the
-- channel of the order that brought it. Counted from
-- joins and exits of months, so lines that were here before the first month are in no cohort. A line
-- that comes back after it left joins anew.
with

months as (

    select * from {{ ref('fct_subscription_month') }}

),

clock as (

    select * from {{ ref('int_clock') }}

),

known_months as (

    select distinct month_start
    from months

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

),

-- The first exit at or after the joining is that of this stay.
stays as (

    select
        joins.cohort_month,
        joins.customer_id,
        joins.region,
        joins.segment,
        joins.family,
        joins.channel,
        min(exits.exit_month) as exit_month
    from joins
    left join exits
        on joins.subscription_id = exits.subscription_id and joins.cohort_month <= exits.exit_month
    group by
        joins.cohort_month,
        joins.customer_id,
        joins.subscription_id,
        joins.region,
        joins.segment,
        joins.family,
        joins.channel

),

sliced as (

    select
        'all' as dimension,
        'all' as dimension_value,
        cohort_month,
        customer_id,
        exit_month
    from stays

    {% for dimension in ['region', 'segment', 'family', 'channel'] -%}
    union all

    select
        '{{ dimension }}' as dimension,
        {{ dimension }} as dimension_value,
        cohort_month,
        customer_id,
        exit_month
    from stays
    {% endfor %}

),

cohorts as (

    select
        dimension,
        dimension_value,
        cohort_month,
        count(*) as joined,
        count(distinct customer_id) as customers
    from sliced
    group by dimension, dimension_value, cohort_month

),

left_in as (

    select
        dimension,
        dimension_value,
        cohort_month,
        exit_month,
        count(*) as exits
    from sliced
    where exit_month is not null
    group by dimension, dimension_value, cohort_month, exit_month

)

select
    ---------- keys
    cohorts.dimension,
    cohorts.dimension_value,
    cohorts.cohort_month,
    cast(datediff('month', cohorts.cohort_month, known_months.month_start) as bigint)
        as month_number,
    known_months.month_start,

    ---------- numbers
    cohorts.joined,
    cohorts.customers,
    cast(coalesce(sum(left_in.exits), 0) as bigint) as left_by,

    ---------- flags
    -- As with churn (M28): whoever left in a month may come back within the window after it. Of the
    -- month the data begins within only those are known who joined after that.
    known_months.month_start + interval 1 month
    + to_days(cast({{ var('reconnect_days') }} as integer)) <= any_value(clock.as_of)
    and cohorts.cohort_month >= any_value(clock.first_at) as is_final
from cohorts
inner join known_months
    on cohorts.cohort_month <= known_months.month_start
left join left_in
    on
        cohorts.dimension = left_in.dimension
        and cohorts.dimension_value = left_in.dimension_value
        and cohorts.cohort_month = left_in.cohort_month
        and left_in.exit_month <= known_months.month_start
cross join clock
group by
    cohorts.dimension,
    cohorts.dimension_value,
    cohorts.cohort_month,
    known_months.month_start,
    cohorts.joined,
    cohorts.customers
