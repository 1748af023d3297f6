-- One row per thing that can count as experience: when we first knew what we say about it now.
-- A later delivery that changes something else does not make an old experience young; one that
-- corrects the deciding columns does, because before it we knew something else.
{% set things = {
    'outage': ('stg_service_problems', 'problem_id', ['started_at', 'restored_at']),
    'appointment': ('stg_appointments', 'appointment_id', ['status']),
    'order': ('stg_product_orders', 'order_item_id', ['state', 'completed_at']),
    'bill': ('stg_customer_bills', 'bill_id', ['amount']),
    'dispute': ('stg_adjustments', 'adjustment_id', ['adjustment_type']),
    'complaint': ('stg_trouble_tickets', 'ticket_id', ['ticket_type']),
    'ticket': ('stg_trouble_tickets', 'ticket_id', ['coalesce({}.resolved_at, {}.closed_at)']),
    'contact': ('stg_interactions', 'interaction_id', ['started_at']),
} %}
with

{% for thing, (staging, id, deciding) in things.items() %}
{{ thing }}s as (

    select
        '{{ thing }}' as evidence_type,
        versions.source_system,
        versions.{{ id }} as evidence_id,
        min(versions.known_at) as known_at
    from {{ ref(staging) }} as versions
    inner join {{ ref(staging) }} as latest
        on
            versions.{{ id }} = latest.{{ id }}
            and versions.source_system = latest.source_system
            and latest.is_current
            {%- for column in deciding %}
            {%- set told = column if '{}' in column else '{}.' ~ column %}
            and {{ told.replace('{}', 'versions') }}
            is not distinct from {{ told.replace('{}', 'latest') }}
            {%- endfor %}
    group by versions.source_system, versions.{{ id }}

),

{% endfor %}
first_known as (

    {% for thing in things %}
    select * from {{ thing }}s
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from first_known
