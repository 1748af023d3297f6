{# True where a reason in our words speaks of a fault (seeds/reasons.csv); an unknown one: no. #}
{% macro is_fault_reason(reason) -%}
    coalesce({{ reason }} in (
        select fault_reasons.reason
        from {{ ref('reasons') }} as fault_reasons
        where fault_reasons.is_fault
    ), false)
{%- endmacro %}
