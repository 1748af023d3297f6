{# True where a coded reason speaks of a fault; an unknown reason does not. #}
{% macro is_fault_reason(reason) -%}
    coalesce(lower({{ reason }}) in (
        {%- for fault_reason in var('fault_reasons') -%}
        '{{ fault_reason | lower }}'{{ ', ' if not loop.last }}
        {%- endfor -%}
    ), false)
{%- endmacro %}
