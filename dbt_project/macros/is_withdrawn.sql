{# True where a problem or ticket was called off or not taken in: it never was one. #}
{% macro is_withdrawn(status) -%}
    coalesce({{ status }} in ('cancelled', 'rejected'), false)
{%- endmacro %}
