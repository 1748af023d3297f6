-- One row per slice of the base, month of joining and month since: how many lines joined, and how
-- many of them have left by the end of it (cohort_line).
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

stays as (

    select * from {{ ref('cohort_line') }}

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

-- When each customer's first line left, and when the last, unless one is still here.
people as (

    select
        dimension,
        dimension_value,
        cohort_month,
        customer_id,
        min(exit_month) as first_month,
        if(count(exit_month) = count(*), max(exit_month), null) as last_month
    from sliced
    where customer_id is not null
    group by dimension, dimension_value, cohort_month, customer_id

),

left_in as (

    {% for relation, month, column in [
        ('sliced', 'exit_month', 'lines'),
        ('people', 'first_month', 'customers'),
        ('people', 'last_month', 'gone_customers'),
    ] -%}
    select
        dimension,
        dimension_value,
        cohort_month,
        {{ month }} as exit_month,
        {% for name in ['lines', 'customers', 'gone_customers'] -%}
        {{ 'count(*)' if name == column else 'cast(0 as bigint)' }} as {{ name }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from {{ relation }}
    where {{ month }} is not null
    group by dimension, dimension_value, cohort_month, {{ month }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

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
    cast(coalesce(sum(left_in.lines), 0) as bigint) as left_by,
    cast(coalesce(sum(left_in.customers), 0) as bigint) as left_customers,
    cast(cohorts.customers - coalesce(sum(left_in.gone_customers), 0) as bigint) as here_customers,

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
