-- Share of service problems that something of ours raised before a customer's ticket did, counted
-- when service was back (C3). A problem whose source does not say what raised it is not judged.
with

problems as (

    select
        *,
        coalesce(restored_at, closed_at) as back_at
    from {{ ref('fct_problem') }}
    where first_alert is not null

),

clock as (

    select * from {{ ref('int_clock') }}

),

slices as (

    select * from {{ ref('int_problem_slices') }}
    where dimension <> 'first_alert'

),

grains as (

    select unnest(['month', 'week', 'day']) as period_grain

),

{{ problem_cells('slices') }},

counted as (

    select
        grains.period_grain,
        cast(date_trunc(grains.period_grain, problems.back_at) as date) as period_start,
        problem_cells.dimension,
        problem_cells.dimension_value,
        problem_cells.customers,
        lower(problems.first_alert) <> 'ticket' as is_detected_first
    from problems
    inner join problem_cells
        on problems.problem_id = problem_cells.problem_id
    cross join grains
    cross join clock
    where problems.back_at < clock.as_of

)

select
    'M40' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    count(*) filter (where is_detected_first) as numerator,
    count(*) as denominator,
    denominator as n,
    {{ people_in('customers') }} as customers
from counted
group by period_grain, period_start, dimension, dimension_value
