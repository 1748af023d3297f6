-- Minutes from start to restoration per outage, counted when service was back (C3): M15 per outage,
-- M15b weighted by customers. An outage belongs to every segment, family and region it touched. One
-- told to end before it began lasted nobody knows how long.
with

problems as (

    select
        *,
        coalesce(restored_at, closed_at) as back_at,
        {{ minutes_between('started_at', 'back_at') }} as minutes
    from {{ ref('fct_problem') }}
    where is_outage and back_at >= started_at

),

clock as (

    select * from {{ ref('int_clock') }}

),

slices as (

    select * from {{ ref('int_problem_slices') }}
    where dimension in ('all', 'segment', 'family', 'region', 'cause', 'cause_group')

),

{{ problem_cells('slices') }},

-- One row per outage and slice it touched; the people are those it touched in that slice.
restored_cells as (

    select
        problem_cells.*,
        problems.back_at,
        problems.minutes
    from problems
    inner join problem_cells
        on problems.problem_id = problem_cells.problem_id
    cross join clock
    where problems.back_at < clock.as_of

),

-- People once over the period: one may have lived through several outages.
sums as (

    {{ per_cell('restored_cells', 'back_at', '
        sum(minutes) as minutes,
        sum(minutes * minutes) as squared_minutes,
        count(*) as outages,
        sum(minutes * people) as customer_minutes,
        sum(people) as outage_customers,
        ' ~ people_in('customers') ~ ' as customers
    ') }}

)

{% for metric_id, numerator, denominator, sum_of_squares in [
    ('M15', 'minutes', 'outages', 'squared_minutes'),
    ('M15b', 'customer_minutes', 'outage_customers', 'null'),
] %}
select
    '{{ metric_id }}' as metric_id,
    sums.period_grain,
    sums.period_start,
    sums.dimension,
    sums.dimension_value,
    cast(sums.{{ numerator }} as double) as numerator,
    cast(sums.{{ denominator }} as double) as denominator,
    cast({{ 'sums.' if sum_of_squares != 'null' }}{{ sum_of_squares }} as double) as sum_of_squares,
    sums.outages as n,
    sums.customers
from sums
{{ 'union all' if not loop.last }}
{% endfor %}
