{#
    What subscribers lived through of `downtimes`, a CTE of service_id, down_from, down_to: cut to the
    time a service was in use and to what we know, as a subquery. Beside the two times it has
    `of_service` (columns of int_service_times) and `of_downtime`. `service_times` and `clock` are CTEs.
#}
{% macro lived_downtimes(of_service, of_downtime=[]) -%}
(
    select *
    from (

        select
            {% for column in of_service -%}
            service_times.{{ column }},
            {% endfor -%}
            {% for column in of_downtime -%}
            downtimes.{{ column }},
            {% endfor -%}
            greatest(
                downtimes.down_from, service_times.in_service_from, clock.first_at
            ) as down_from,
            least(downtimes.down_to, service_times.in_service_to, clock.as_of) as down_to
        from downtimes
        inner join service_times
            on downtimes.service_id = service_times.service_id
        cross join clock

    ) as in_service
    where down_from < down_to
)
{%- endmacro %}
