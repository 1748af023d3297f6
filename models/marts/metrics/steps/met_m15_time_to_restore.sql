-- Minutes an outage took, three ways: from start to restoration (M15; weighted by customers, M15b),
-- from who took it to restoration (M15r, repair) and from detection to its closing (M15s, resolve).
-- Counted when that was over (C3). An outage belongs to every segment, family and region it touched.
-- One told to end before it began lasted nobody knows how long.
{% set spans = {
    'M15': ('started_at', 'back_at'),
    'M15r': ('acknowledged_at', 'back_at'),
    'M15s': ('detected_at', 'closed_at'),
} %}
with

problems as (

    select
        *,
        coalesce(restored_at, closed_at) as back_at
    from {{ ref('fct_problem') }}
    where is_outage

),

clock as (

    select * from {{ ref('int_clock') }}

),

slices as (

    select * from {{ ref('int_problem_slices') }}
    where dimension in ('all', 'segment', 'family', 'region', 'cause', 'cause_group')

),

{{ problem_cells('slices') }},

spans as (

    {% for span_id, (span_from, span_to) in spans.items() -%}
    select
        problem_id,
        '{{ span_id }}' as span_id,
        {{ span_to }} as over_at,
        {{ minutes_between(span_from, span_to) }} as minutes
    from problems
    where {{ span_to }} >= {{ span_from }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- One row per outage and slice it touched; the people are those it touched in that slice.
restored_cells as (

    select
        problem_cells.*,
        spans.span_id,
        spans.over_at,
        spans.minutes
    from spans
    inner join problem_cells
        on spans.problem_id = problem_cells.problem_id
    cross join clock
    where spans.over_at < clock.as_of

),

-- People once over the period: one may have lived through several outages.
sums as (

    {{ per_cell('restored_cells', 'over_at', '
        sum(minutes) as minutes,
        sum(minutes * minutes) as squared_minutes,
        count(*) as outages,
        sum(minutes * people) as customer_minutes,
        sum(people) as outage_customers
    ', ['span_id']) }}

)

select
    span_id as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    cast(minutes as double) as numerator,
    cast(outages as double) as denominator,
    cast(squared_minutes as double) as sum_of_squares,
    outages as n,
    customers
from sums

union all

select
    'M15b' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    cast(customer_minutes as double) as numerator,
    cast(outage_customers as double) as denominator,
    cast(null as double) as sum_of_squares,
    outages as n,
    customers
from sums
where span_id = 'M15'
