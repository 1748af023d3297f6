-- One row per calendar month, week and day of the time we know about. The first and the last one
-- may be known in part: `days` counts known days only, and such a period is never complete.
with

clock as (

    select
        cast(first_at as date) as known_from,
        cast(as_of as date) as known_to
    from {{ ref('int_clock') }}
    where as_of is not null

),

periods as (

    {% for grain in ['month', 'week', 'day'] %}
    select
        '{{ grain }}' as period_grain,
        cast(unnest(generate_series(
            date_trunc('{{ grain }}', cast(known_from as timestamp)),
            cast(known_to as timestamp) - interval 1 day,
            interval 1 {{ grain }}
        )) as date) as period_start,
        cast(period_start + interval 1 {{ grain }} as date) as period_end,
        known_from,
        known_to
    from clock
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    period_grain,
    period_start,
    period_end,
    greatest(period_start, known_from) as counted_from,
    least(period_end, known_to) as counted_to,
    date_diff('day', counted_from, counted_to) as days,
    period_start >= known_from and period_end <= known_to as is_complete
from periods
