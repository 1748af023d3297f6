-- Share of all self-service sessions whose task was done (M12b), and that no contact with a person
-- for the same reason followed either (M12), by the end of the session. Where no session says
-- whether its task was done there is no value, which is not 0 %.
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
from counts
where told > 0
{{ 'union all' if not loop.last }}
{% endfor %}
