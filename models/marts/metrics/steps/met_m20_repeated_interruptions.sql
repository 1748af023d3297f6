-- Share of services interrupted interruptions_many times or more (M20, T-CEMI-n), and of those ever
-- interrupted for interruption_hours or longer (M20h, T-CELID-h), over the months that end with the
-- period. A trailing b leaves out announced work. Every service served in that time counts: those
-- that left are not forgotten. A month whose whole window is not known has no row.
{% set months_back = var('interruption_months') %}
with

feed_starts as (

    select * from {{ ref('int_feed_starts') }}
    where feed = 'problems'

),

service_times as (

    select * from {{ ref('int_service_times') }}

),

ended_interruptions as (

    select * from {{ ref('int_interruptions') }}
    where not is_open

),

metric_periods as (

    select * from {{ ref('int_metric_periods') }}
    where period_grain = 'month'

),

months as (

    select
        period_start as month_start,
        cast(period_end - to_months({{ months_back }}) as timestamp) as window_from,
        cast(counted_to as timestamp) as window_to
    from metric_periods
    where window_from >= (select feed_starts.first_at from feed_starts)

),

-- The slice a service was last in.
served as (

    select
        months.month_start,
        service_times.service_id,
        unnest(arg_max(
            {
                'customer_id': service_times.customer_id,
                'segment': service_times.segment,
                'family': service_times.family,
                'region': service_times.region
            },
            service_times.in_service_from
        ))
    from months
    inner join service_times
        on
            service_times.in_service_from < months.window_to
            and coalesce(service_times.in_service_to > months.window_from, true)
    group by months.month_start, service_times.service_id

),

interrupted as (

    select
        months.month_start,
        ended_interruptions.service_id,
        {% for scope in ['all', 'unplanned'] -%}
        count(*) filter (where ended_interruptions.scope = '{{ scope }}')
            as interruptions_{{ scope }},
        max(ended_interruptions.minutes) filter (where ended_interruptions.scope = '{{ scope }}')
            as longest_minutes_{{ scope }}{{ ',' if not loop.last }}
        {% endfor %}
    from months
    inner join ended_interruptions
        on
            ended_interruptions.interrupted_to >= months.window_from
            and ended_interruptions.interrupted_to < months.window_to
    group by months.month_start, ended_interruptions.service_id

),

services as (

    select
        served.*,
        interrupted.interruptions_all,
        interrupted.longest_minutes_all,
        interrupted.interruptions_unplanned,
        interrupted.longest_minutes_unplanned
    from served
    left join interrupted
        on
            served.month_start = interrupted.month_start
            and served.service_id = interrupted.service_id

),

shares as (

    {{ per_period('services', 'month_start', "
        count(*) filter (where interruptions_all >= " ~ var('interruptions_many') ~ ") as m20,
        count(*) filter (where interruptions_unplanned >= " ~ var('interruptions_many') ~ ")
            as m20b,
        count(*) filter (where longest_minutes_all >= 60 * " ~ var('interruption_hours') ~ ")
            as m20h,
        count(*) filter (where longest_minutes_unplanned >= 60 * " ~ var('interruption_hours') ~ ")
            as m20hb,
        count(*) as services,
        count(distinct customer_id) as customers
    ", grains=['month']) }}

)

{% for metric_id in ['M20', 'M20b', 'M20h', 'M20hb'] %}
select
    '{{ metric_id }}' as metric_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    {{ metric_id | lower }} as numerator,
    services as denominator,
    services as n,
    customers
from shares
{{ 'union all' if not loop.last }}
{% endfor %}
