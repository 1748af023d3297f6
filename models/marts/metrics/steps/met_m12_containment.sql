-- Share of all self-service sessions whose task was done (M12b), and that no contact with a person
-- for the same reason followed either (M12), by the end of the session. Where no session says
-- whether its task was done there is no value, which is not 0 %. Easy to get wrong: in a period that
-- tells it, a segment, family or region without a word of it has sessions all the same (as in M07).
with

sessions as (

    select * from {{ ref('fct_interaction') }}
    where direction = 'inbound' and not is_human_handled

),

sliced_sessions as (

    {{ sliced('sessions', 'closed_at') }}

),

counts as (

    {{ per_period('sliced_sessions', 'closed_at', '
        count(*) filter (where is_contained_24h) as contained,
        count(*) filter (where is_resolved_first) as done,
        count(is_resolved_first) as told,
        count(*) as sessions,
        count(distinct customer_id) as customers
    ', ['segment', 'family', 'region', 'channel', 'reason']) }}

),

told_periods as (

    select
        period_grain,
        period_start
    from counts
    where dimension = 'all' and told > 0

),

told_counts as (

    select counts.*
    from counts
    semi join told_periods
        on
            counts.period_grain = told_periods.period_grain
            and counts.period_start = told_periods.period_start
    where counts.told > 0 or {{ is_of_base('counts.dimension') }}

)

{% for metric_id, numerator in [('M12', 'contained'), ('M12b', 'done')] %}
select
    '{{ metric_id }}' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    cast({{ numerator }} as double) as numerator,
    cast(sessions as double) as denominator,
    sessions as n,
    customers
from told_counts
{{ 'union all' if not loop.last }}
{% endfor %}
