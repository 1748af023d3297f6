-- One row per slice of the base and whole month: how many lines were in the base as it opened, and
-- how many of those left within it. Easy to get wrong: whoever joined and left within one month was
-- not there as it opened, and is counted apart: churn (M28) less these is those (C8).
with

months as (

    select * from {{ ref('fct_subscription_month') }}
    where is_opening or is_exit

),

clock as (

    select * from {{ ref('int_clock') }}

),

base_customers as (

    select * from {{ ref('int_base_customers') }}
    where period_grain = 'day'

),

-- A month the data begin within, or end within, says nothing of a whole month.
lines as (

    select
        months.month_start,
        months.customer_id,
        months.is_opening,
        months.is_exit,
        coalesce(months.region, 'unknown') as region,
        coalesce(months.segment, 'unknown') as segment,
        coalesce(months.family, 'unknown') as family
    from months
    cross join clock
    where
        months.month_start >= clock.first_at
        and months.month_start + interval 1 month <= clock.as_of

),

sliced as (

    select
        'all' as dimension,
        'all' as dimension_value,
        month_start,
        customer_id,
        is_opening,
        is_exit
    from lines

    {% for dimension in ['region', 'segment', 'family'] -%}
    union all

    select
        '{{ dimension }}' as dimension,
        {{ dimension }} as dimension_value,
        month_start,
        customer_id,
        is_opening,
        is_exit
    from lines
    {% endfor %}

),

-- People are counted of those who left alone, who are few: of the base they are counted already.
counted as (

    select
        dimension,
        dimension_value,
        month_start,
        count(*) filter (where is_opening) as opening,
        count(*) filter (where is_opening and is_exit) as left_in,
        count(distinct case when is_opening and is_exit then customer_id end) as left_customers,
        count(*) filter (where not is_opening) as came_and_left,
        count(distinct case when not is_opening then customer_id end) as came_and_left_customers
    from sliced
    group by dimension, dimension_value, month_start

)

select
    ---------- keys
    counted.dimension,
    counted.dimension_value,
    counted.month_start,

    ---------- numbers
    counted.opening,
    coalesce(base_customers.customers, 0) as customers,
    counted.left_in,
    counted.left_customers,
    counted.came_and_left,
    counted.came_and_left_customers,

    ---------- flags
    -- As with churn (M28): whoever left may come back within the window after the month.
    counted.month_start + interval 1 month
    + to_days(cast({{ var('reconnect_days') }} as integer)) <= clock.as_of as is_final
from counted
left join base_customers
    on
        counted.dimension = base_customers.dimension
        and counted.dimension_value = base_customers.dimension_value
        and counted.month_start = base_customers.period_start
cross join clock
