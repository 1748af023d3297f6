{#
    Half-open periods [from, to) merged per key, as a subquery: overlapping and touching periods
    become one, so no minute counts twice. An open end is null on the way in and out.
    `measures` are columns carried along, {name: aggregate}.
    Most keys have one period; only the others pay for the window.
#}
{% macro merged_periods(relation, keys, period_from, period_to, measures={}) -%}
(
    with

    periods as (

        select
            {% for key in keys -%}
            {{ key }},
            {% endfor -%}
            {% for measure in measures -%}
            {{ measure }},
            {% endfor -%}
            {{ period_from }} as period_from,
            coalesce({{ period_to }}, timestamp 'infinity') as period_to
        from {{ relation }}

    ),

    key_spans as (

        select
            {% for key in keys -%}
            {{ key }},
            {% endfor -%}
            {% for measure, aggregate in measures.items() -%}
            {{ aggregate }}({{ measure }}) as {{ measure }},
            {% endfor -%}
            min(period_from) as period_from,
            max(period_to) as period_to,
            count(*) as periods
        from periods
        group by {{ keys | join(', ') }}

    ),

    seen as (

        select
            periods.*,
            max(periods.period_to) over (
                partition by
                    {% for key in keys -%}
                    periods.{{ key }}{{ ',' if not loop.last }}
                    {% endfor %}
                order by periods.period_from
                rows between unbounded preceding and 1 preceding
            ) as seen_to
        from periods
        semi join key_spans
            on
                key_spans.periods > 1
                {% for key in keys -%}
                and periods.{{ key }} is not distinct from key_spans.{{ key }}
                {% endfor %}
    ),

    -- Counted by value, not by row: periods that begin together belong together in any order.
    islands as (

        select
            *,
            count(*) filter (where seen_to is null or period_from > seen_to) over (
                partition by {{ keys | join(', ') }}
                order by period_from
                range between unbounded preceding and current row
            ) as island
        from seen

    ),

    merged as (

        select
            {% for key in keys -%}
            {{ key }},
            {% endfor -%}
            {% for measure in measures -%}
            {{ measure }},
            {% endfor -%}
            period_from,
            period_to
        from key_spans
        where periods = 1

        union all

        select
            {% for key in keys -%}
            {{ key }},
            {% endfor -%}
            {% for measure, aggregate in measures.items() -%}
            {{ aggregate }}({{ measure }}) as {{ measure }},
            {% endfor -%}
            min(period_from) as period_from,
            max(period_to) as period_to
        from islands
        group by {{ keys | join(', ') }}, island

    )

    select
        * exclude (period_from, period_to),
        period_from as {{ period_from }},
        nullif(period_to, timestamp 'infinity') as {{ period_to }}
    from merged
)
{%- endmacro %}

{# Whole and part minutes between two timestamps, as a double. #}
{% macro minutes_between(period_from, period_to) -%}
    (epoch_ms({{ period_to }}) - epoch_ms({{ period_from }})) / 60000.0
{%- endmacro %}

{# True where a half-open period holds at a moment; an open end is null. #}
{% macro holds_at(moment, period_from, period_to) -%}
    {{ moment }} >= {{ period_from }}
    and ({{ period_to }} is null or {{ moment }} < {{ period_to }})
{%- endmacro %}

{# Half-open periods cut at midnight: the keys, slice_date, slice_from, slice_to. #}
{% macro day_slices(relation, keys, period_from, period_to) -%}
    select
        {% for key in keys -%}
        {{ key }},
        {% endfor -%}
        cast(slice_day as date) as slice_date,
        greatest({{ period_from }}, slice_day) as slice_from,
        least({{ period_to }}, slice_day + interval 1 day) as slice_to
    from (

        select
            {% for key in keys -%}
            {{ key }},
            {% endfor -%}
            {{ period_from }},
            {{ period_to }},
            unnest(generate_series(
                date_trunc('day', {{ period_from }}),
                date_trunc('day', {{ period_to }} - interval 1 microsecond),
                interval 1 day
            )) as slice_day
        from {{ relation }}

    ) as sliced
{%- endmacro %}
