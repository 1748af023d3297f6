-- Minutes from the last event each source system told of to the build's now, over all we know: no
-- period. What has only a state (customers, products, inventory) tells of no event. An event told
-- again is one event, and happened when it was told last to have.
{% set events = {
    'alarms': 'raised_at', 'performance_measurements': 'measured_from',
    'service_problems': 'started_at', 'trouble_tickets': 'opened_at',
    'trouble_ticket_statuses': 'changed_at', 'appointments': 'window_from',
    'service_orders': 'ordered_at', 'service_order_events': 'occurred_at',
    'service_qualities': 'measured_from', 'product_orders': 'ordered_at',
    'number_ports': 'requested_at', 'customer_bills': 'billed_at', 'payments': 'paid_at',
    'adjustments': 'created_at', 'usages': 'started_at', 'interactions': 'started_at',
    'survey_responses': 'invited_at', 'communication_messages': 'sent_at',
    'campaign_contacts': 'contacted_at',
} %}
with

clock as (

    select * from {{ ref('int_clock') }}

),

{% for entity, happened_at in events.items() %}
{{ entity }} as (

    select
        delivered.source_system,
        max(delivered.{{ happened_at }}) as last_event_at,
        count(delivered.{{ happened_at }}) as events
    from {{ ref('stg_' ~ entity) }} as delivered
    cross join clock
    where delivered.is_current and delivered.{{ happened_at }} < clock.as_of
    group by delivered.source_system

),

{% endfor %}
told as (

    {% for entity in events %}
    select * from {{ entity }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

last_events as (

    select
        source_system,
        max(last_event_at) as last_event_at,
        cast(sum(events) as bigint) as events
    from told
    group by source_system

)

select
    'M49' as metric_id,
    'total' as period_grain,
    cast(clock.first_at as date) as period_start,
    'source_system' as dimension,
    last_events.source_system as dimension_value,
    {{ minutes_between('last_events.last_event_at', 'clock.as_of') }} as value,
    last_events.events as n,
    cast(null as bigint) as customers
from last_events
cross join clock
