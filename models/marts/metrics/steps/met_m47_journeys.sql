-- Journeys that ended in the period: share in the goal state (M47), days from start to end (median
-- M47b, p90 M47p90), effort each (M47c) and hand-offs each (M11j).
-- By what they were about, `journey`.
with

journeys as (

    select * from {{ ref('fct_journey') }}

),

ended as (

    select
        *,
        coalesce(ended_at, started_at) as counted_at,
        journey_type as journey,
        -- Values are kept until the quantiles are told, once a slice and grain: four bytes each.
        cast(least(round(cal_minutes * 60), 2147483647) as integer) as seconds
    from journeys
    where outcome in ('reached', 'missed')

),

sliced_journeys as (

    {{ sliced('ended', 'counted_at') }}

),

sums as (

    {{ per_period('sliced_journeys', 'counted_at', "
        count(*) filter (where outcome = 'reached') as reached,
        sum(effort) as effort,
        sum(effort * effort) as squared_effort,
        sum(hand_offs) as hand_offs,
        sum(hand_offs * hand_offs) as squared_hand_offs,
        quantile_cont(seconds, [0.5, 0.9]) filter (where ended_at is not null) as seconds,
        count(ended_at) as timed,
        count(*) as journeys
    ", ['segment', 'family', 'region', 'journey'], distinct={
        'customers': {'of': ['customer_id']},
        'timed_customers': {'of': ['customer_id'], 'where': 'ended_at is not null'},
    }) }}

)

{% for metric_id, numerator, sum_of_squares in [
    ('M47', 'reached', 'reached'),
    ('M47c', 'effort', 'squared_effort'),
    ('M11j', 'hand_offs', 'squared_hand_offs'),
] %}
select
    '{{ metric_id }}' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    cast({{ numerator }} as double) as numerator,
    cast(journeys as double) as denominator,
    cast({{ sum_of_squares }} as double) as sum_of_squares,
    cast(null as double) as value,
    journeys as n,
    customers
from sums
union all
{% endfor %}
{% for metric_id, seconds in [('M47b', 'seconds[1]'), ('M47p90', 'seconds[2]')] %}
select
    '{{ metric_id }}' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    null as numerator,
    null as denominator,
    null as sum_of_squares,
    {{ without_noise(seconds ~ ' / 3600') }} as value,
    timed as n,
    timed_customers as customers
from sums
where timed > 0
{{ 'union all' if not loop.last }}
{% endfor %}
