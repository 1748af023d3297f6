-- Share of the tickets resolved in the period that came back (M46), and the age of the tickets still
-- open at its end: nine of ten are no older (M46b). A ticket counts as open from its opening to its
-- last resolution, for no source tells when it was opened again. And the share of tickets due in the
-- period that were settled by then (M46c).
{% set slices = ['segment', 'family', 'region', 'channel', 'reason', 'team', 'ticket_type'] %}
{% set grains = ['month', 'week', 'day'] %}
with

tickets as (

    select
        *,
        team_id as team,
        coalesce(resolved_at, closed_at) as settled_at
    from {{ ref('fct_ticket') }}

),

metric_periods as (

    select * from {{ ref('int_metric_periods') }}

),

-- What was withdrawn or refused, as a duplicate of another ticket, was not resolved.
resolved as (

    select * from tickets
    where not is_withdrawn

),

sliced_resolved as (

    {{ sliced('resolved', 'settled_at') }}

),

-- A ticket that is over without a told end was open for nobody knows how long.
dated as (

    select * from tickets
    where
        settled_at is not null
        or coalesce(
            status not in (
                select states.state
                from {{ ref('states') }} as states
                where states.vocabulary = 'ticket_status' and states.is_end
            ),
            true
        )

),

sliced_opened as (

    {{ sliced('dated', 'opened_at') }}

),

-- A ticket is judged when its time is up, unless it was withdrawn or refused.
due as (

    select
        tickets.*,
        coalesce(tickets.settled_at <= tickets.due_at, false) as is_met
    from tickets
    inner join {{ ref('int_clock') }} as clock
        on tickets.due_at < clock.as_of
    where not tickets.is_withdrawn

),

sliced_due as (

    {{ sliced('due', 'due_at') }}

),

reopened as (

    {{ per_period('sliced_resolved', 'settled_at', '
        count(*) filter (where is_reopened) as numerator,
        count(*) as n,
        count(distinct customer_id) as customers
    ', slices) }}

),

attained as (

    {{ per_period('sliced_due', 'due_at', '
        count(*) filter (where is_met) as numerator,
        count(*) as n,
        count(distinct customer_id) as customers
    ', slices) }}

),

-- A period known in part ends, for now, where our knowledge does.
backlog as (

    select
        sliced_opened.*,
        metric_periods.period_grain,
        metric_periods.period_start,
        {{ minutes_between(
            'sliced_opened.opened_at', 'cast(metric_periods.counted_to as timestamp)'
        ) }} / 60.0 as age_hours
    from sliced_opened
    inner join metric_periods
        on
            sliced_opened.opened_at < metric_periods.counted_to
            and coalesce(sliced_opened.settled_at, timestamp 'infinity')
            >= metric_periods.counted_to

),

{% for grain in grains %}
{{ grain }}_backlog as (

    select * from backlog
    where period_grain = '{{ grain }}'

),

{{ grain }}_ages as (

    {{ per_period(grain ~ '_backlog', 'period_start', '
        ' ~ without_noise('quantile_cont(age_hours, 0.9)') ~ ' as p90_hours,
        count(*) as n,
        count(distinct customer_id) as customers
    ', slices, [grain]) }}

),

{% endfor %}
ages as (

    {% for grain in grains %}
    select * from {{ grain }}_ages
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    'M46' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    cast(numerator as double) as numerator,
    cast(n as double) as denominator,
    cast(null as double) as value,
    n,
    customers
from reopened

union all

select
    'M46c' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    cast(numerator as double) as numerator,
    cast(n as double) as denominator,
    cast(null as double) as value,
    n,
    customers
from attained

union all

select
    'M46b' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    cast(null as double) as numerator,
    cast(null as double) as denominator,
    p90_hours as value,
    n,
    customers
from ages
