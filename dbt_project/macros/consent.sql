{#  Whether a customer's consent to a purpose holds at a moment, over a CTE `consents` (fct_consent).
    Who was never asked has not agreed. Where no source tells of a purpose at all, consent is kept
    elsewhere and nobody is left out: answer_readiness then says that privacy cannot be answered. #}
{% macro is_agreed(customer_id, purpose, moment) -%}
(
    not exists (select 1 from consents where consents.purpose = '{{ purpose }}')
    or exists (
        select 1 from consents
        where
            consents.customer_id = {{ customer_id }}
            and consents.purpose = '{{ purpose }}'
            and consents.is_granted
            and {{ holds_at(moment, 'consents.valid_from', 'consents.valid_to') }}
    )
)
{%- endmacro %}
