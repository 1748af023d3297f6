-- One row: what "now" means for this build. No model asks the machine for the time: two builds of
-- the same deliveries must be equal, so the clock is read off the deliveries themselves.
{% set entities = [
    'resources', 'resource_relationships', 'locations', 'services', 'service_resources', 'alarms',
    'performance_measurements', 'service_problems', 'service_problem_links', 'trouble_tickets',
    'trouble_ticket_statuses', 'service_orders', 'service_order_events', 'appointments',
    'service_qualities', 'parties', 'customers', 'billing_accounts', 'product_offerings',
    'products', 'product_services', 'product_orders', 'number_ports', 'customer_bills',
    'applied_billing_rates', 'payments', 'adjustments', 'usages', 'interactions', 'agent_teams',
    'survey_responses', 'communication_messages', 'campaign_contacts', 'consents',
] %}
{% set happenings = {
    'alarms': 'raised_at', 'service_problems': 'started_at', 'trouble_tickets': 'opened_at',
    'service_orders': 'ordered_at', 'product_orders': 'ordered_at', 'interactions': 'started_at',
    'customer_bills': 'billed_at', 'payments': 'paid_at', 'usages': 'started_at',
    'number_ports': 'requested_at',
} %}
with

{% for entity in entities %}
{{ entity }}_files as (

    select
        file_id,
        min(known_at) as first_known_at,
        max(known_at) as last_known_at
    from {{ ref('stg_' ~ entity) }}
    group by file_id

),

{% endfor %}
files as (

    {% for entity in entities %}
    select * from {{ entity }}_files
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

deliveries as (

    select
        date_trunc('day', max(last_known_at)) + interval 1 day as as_of,
        min(first_known_at) as first_known_at,
        md5(coalesce(string_agg(distinct file_id::varchar, ',' order by file_id::varchar), '')) as batch_id
    from files

),

-- A misread year must not stretch every calendar of the warehouse: hence the earliest_event floor.
happenings as (

    {% for entity, happened_at in happenings.items() %}
    select min({{ happened_at }}) as first_happened_at
    from {{ ref('stg_' ~ entity) }}
    where {{ happened_at }} >= timestamp '{{ var("earliest_event") }}'
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

first_happening as (

    select min(first_happened_at) as first_happened_at from happenings

)

select
    deliveries.as_of,
    date_trunc(
        'day', least(first_happening.first_happened_at, deliveries.first_known_at)
    ) as first_at,
    deliveries.batch_id
from deliveries
cross join first_happening
