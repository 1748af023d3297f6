{#
    What subscribers lived through of `relation`, a CTE of service_id and two times: cut to the time a
    service was in use and to what we know, as a subquery. Beside the two times it has `of_service`
    (columns of int_service_times) and `of_period`. `service_times` and `clock` are CTEs.
#}
{% macro lived_periods(relation, period_from, period_to, of_service, of_period=[]) -%}
(
    select *
    from (

        select
            {% for column in of_service -%}
            service_times.{{ column }},
            {% endfor -%}
            {% for column in of_period -%}
            {{ relation }}.{{ column }},
            {% endfor -%}
            greatest(
                {{ relation }}.{{ period_from }}, service_times.in_service_from, clock.first_at
            ) as {{ period_from }},
            least({{ relation }}.{{ period_to }}, service_times.in_service_to, clock.as_of)
                as {{ period_to }}
        from {{ relation }}
        inner join service_times
            on {{ relation }}.service_id = service_times.service_id
        cross join clock

    ) as in_service
    where {{ period_from }} < {{ period_to }}
)
{%- endmacro %}

{# The same of `downtimes`, a CTE of service_id, down_from, down_to. #}
{% macro lived_downtimes(of_service, of_downtime=[]) -%}
{{ lived_periods('downtimes', 'down_from', 'down_to', of_service, of_downtime) }}
{%- endmacro %}
