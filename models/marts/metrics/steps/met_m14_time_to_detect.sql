-- Minutes from start to detection (M14) and from detection to acknowledgement (M14a) of problems,
-- outages and degradations alike: median and p90, always from rows (C2). A delay counts in the
-- period in which it ended (C3).
with

problems as (

    select * from {{ ref('fct_problem') }}

),

slices as (

    select * from {{ ref('int_problem_slices') }}

),

grains as (

    select unnest(['month', 'week', 'day']) as period_grain

),

delays as (

    select
        problem_id,
        'M14' as delay_id,
        detected_at as counted_at,
        minutes_to_detect as minutes
    from problems
    where minutes_to_detect is not null

    union all

    select
        problem_id,
        'M14a' as delay_id,
        acknowledged_at as counted_at,
        minutes_to_acknowledge as minutes
    from problems
    where minutes_to_acknowledge is not null

),

counted as (

    select
        delays.delay_id,
        grains.period_grain,
        cast(date_trunc(grains.period_grain, delays.counted_at) as date) as period_start,
        slices.dimension,
        slices.dimension_value,
        delays.problem_id,
        delays.minutes,
        slices.customer_id
    from delays
    inner join slices
        on delays.problem_id = slices.problem_id
    cross join grains

),

problem_delays as (

    select
        delay_id,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        problem_id,
        minutes
    from counted
    group by
        delay_id, period_grain, period_start, dimension, dimension_value, problem_id, minutes

),

percentiles as (

    select
        delay_id,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        quantile_cont(minutes, 0.5) as median_minutes,
        quantile_cont(minutes, 0.9) as p90_minutes,
        count(*) as n
    from problem_delays
    group by delay_id, period_grain, period_start, dimension, dimension_value

),

touched as (

    select
        delay_id,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        count(distinct customer_id) as customers
    from counted
    group by delay_id, period_grain, period_start, dimension, dimension_value

)

{% for suffix, minutes in [('', 'median_minutes'), ('p90', 'p90_minutes')] %}
select
    percentiles.delay_id || '{{ suffix }}' as metric_id,
    percentiles.period_grain,
    percentiles.period_start,
    percentiles.dimension,
    percentiles.dimension_value,
    percentiles.{{ minutes }} as value,
    percentiles.n,
    touched.customers
from percentiles
inner join touched
    on
        percentiles.delay_id = touched.delay_id
        and percentiles.period_grain = touched.period_grain
        and percentiles.period_start = touched.period_start
        and percentiles.dimension = touched.dimension
        and percentiles.dimension_value = touched.dimension_value
{{ 'union all' if not loop.last }}
{% endfor %}
