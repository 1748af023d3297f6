-- Minutes from start to detection (M14) and from detection to acknowledgement (M14a) of problems,
-- outages and degradations alike: median and p90, always from rows (C2). A delay counts in the
-- period in which it ended (C3). What was withdrawn was no problem.
with

problems as (

    select * from {{ ref('fct_problem') }}
    where not is_withdrawn

),

slices as (

    select * from {{ ref('int_problem_slices') }}

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

{{ problem_cells('slices') }},

delayed_cells as (

    select
        problem_cells.*,
        delays.delay_id,
        delays.counted_at,
        delays.minutes
    from delays
    inner join problem_cells
        on delays.problem_id = problem_cells.problem_id

),

percentiles as (

    {{ per_cell('delayed_cells', 'counted_at', '
        ' ~ without_noise('quantile_cont(minutes, 0.5)') ~ ' as median_minutes,
        ' ~ without_noise('quantile_cont(minutes, 0.9)') ~ ' as p90_minutes,
        count(*) as n
    ', ['delay_id']) }}

)

{% for suffix, minutes in [('', 'median_minutes'), ('p90', 'p90_minutes')] %}
select
    delay_id || '{{ suffix }}' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    {{ minutes }} as value,
    n,
    customers
from percentiles
{{ 'union all' if not loop.last }}
{% endfor %}
