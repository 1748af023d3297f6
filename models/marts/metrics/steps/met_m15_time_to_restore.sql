-- Minutes from start to restoration per outage, counted when service was back (C3): M15 per outage,
-- M15b weighted by customers. An outage belongs to every segment, family and region it touched.
with

problems as (

    select
        *,
        coalesce(restored_at, closed_at) as back_at,
        {{ minutes_between('started_at', 'back_at') }} as minutes
    from {{ ref('fct_problem') }}
    where is_outage and back_at is not null

),

clock as (

    select * from {{ ref('int_clock') }}

),

impacts as (

    select
        problem_id,
        subscription_id,
        customer_id,
        impact_from
    from {{ ref('fct_service_impact') }}
    where is_outage

),

sliced_impacts as (

    {{ sliced('impacts', 'impact_from') }}

),

restored as (

    select problems.*
    from problems
    cross join clock
    where problems.back_at < clock.as_of

),

-- One row per outage and slice it touched; the customers are those it touched in that slice.
slices as (

    {% for slice in ['segment', 'family', 'region'] %}
    select
        problem_id,
        '{{ slice }}' as dimension,
        coalesce({{ slice }}, 'unknown') as dimension_value,
        count(distinct customer_id) as customers
    from sliced_impacts
    group by problem_id, {{ slice }}

    union all
    {% endfor %}
    {% for slice in ['all', 'cause', 'cause_group'] %}
    select
        restored.problem_id,
        '{{ slice }}' as dimension,
        {{ "'all'" if slice == 'all' else "coalesce(restored." ~ slice ~ ", 'unknown')" }}
            as dimension_value,
        count(distinct sliced_impacts.customer_id) as customers
    from restored
    left join sliced_impacts
        on restored.problem_id = sliced_impacts.problem_id
    group by restored.problem_id, restored.cause, restored.cause_group
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

grains as (

    select unnest(['month', 'week', 'day']) as period_grain

),

outages as (

    select
        grains.period_grain,
        cast(date_trunc(grains.period_grain, restored.back_at) as date) as period_start,
        slices.dimension,
        slices.dimension_value,
        slices.customers,
        restored.problem_id,
        restored.minutes
    from slices
    inner join restored
        on slices.problem_id = restored.problem_id
    cross join grains

),

-- Distinct over the period, because one customer may have lived through several outages.
touched as (

    select
        outages.period_grain,
        outages.period_start,
        outages.dimension,
        outages.dimension_value,
        count(distinct sliced_impacts.customer_id) as customers
    from outages
    inner join sliced_impacts
        on
            outages.problem_id = sliced_impacts.problem_id
            and outages.dimension_value = case outages.dimension
                when 'segment' then coalesce(sliced_impacts.segment, 'unknown')
                when 'family' then coalesce(sliced_impacts.family, 'unknown')
                when 'region' then coalesce(sliced_impacts.region, 'unknown')
                else outages.dimension_value
            end
    group by
        outages.period_grain,
        outages.period_start,
        outages.dimension,
        outages.dimension_value

),

sums as (

    select
        period_grain,
        period_start,
        dimension,
        dimension_value,
        sum(minutes) as minutes,
        sum(minutes * minutes) as squared_minutes,
        count(*) as outages,
        sum(minutes * customers) as customer_minutes,
        sum(customers) as outage_customers
    from outages
    group by period_grain, period_start, dimension, dimension_value

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
    coalesce(touched.customers, 0) as customers
from sums
left join touched
    on
        sums.period_grain = touched.period_grain
        and sums.period_start = touched.period_start
        and sums.dimension = touched.dimension
        and sums.dimension_value = touched.dimension_value
{{ 'union all' if not loop.last }}
{% endfor %}
