{# Seconds of team time from a moment to another: Monday to Friday (var team_days), from hour to hour
   (var team_hours), UTC, less holidays on such days (var team_holidays). Exact, and no calendar table:
   team time up to a moment, twice. #}
{% macro business_seconds(period_from, period_to) -%}
    ({{ _team_seconds_until(period_to) }} - {{ _team_seconds_until(period_from) }}
    {%- for day in var('team_holidays') %}
    - case when isodow(date '{{ day }}') <= {{ var('team_days') }} then greatest(date_diff(
        'second',
        greatest({{ period_from }}, timestamp '{{ day }}' + interval {{ var('team_hours')[0] }} hour),
        least({{ period_to }}, timestamp '{{ day }}' + interval {{ var('team_hours')[1] }} hour)
    ), 0) else 0 end
    {%- endfor %})
{%- endmacro %}

{% macro _team_seconds_until(moment) -%}
    {%- set length = (var('team_hours')[1] - var('team_hours')[0]) * 3600 -%}
    {%- set days = "date_diff('day', date '1970-01-05', " ~ moment ~ ")" -%}
    (
        {{ days }} // 7 * {{ var('team_days') * length }}
        + least({{ days }} % 7, {{ var('team_days') }}) * {{ length }}
        + case
            when {{ days }} % 7 < {{ var('team_days') }}
                then greatest(least(
                    date_diff('second', date_trunc('day', {{ moment }}), {{ moment }})
                    - {{ var('team_hours')[0] * 3600 }},
                    {{ length }}
                ), 0)
            else 0
        end
    )
{%- endmacro %}
