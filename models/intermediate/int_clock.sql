-- One row: what "now" means for this build. No model asks the machine for the time: two builds of
-- the same deliveries must be equal, so the clock is read off the deliveries themselves. Easy to get
-- wrong: a delivery that only repeats what we knew leaves no row in staging, and still tells of its
-- day that nothing changed: so the files are those of raw.
{% set entities = [
    'resource', 'resource_relationship', 'location', 'service', 'service_resource', 'alarm',
    'performance_measurement', 'service_problem', 'service_problem_link', 'trouble_ticket',
    'trouble_ticket_status', 'service_order', 'service_order_event', 'appointment',
    'service_quality', 'party', 'customer', 'billing_account', 'product_offering', 'product',
    'product_service', 'product_order', 'number_port', 'customer_bill', 'applied_billing_rate',
    'payment', 'adjustment', 'usage', 'interaction', 'agent_team', 'survey_response',
    'communication_message', 'campaign_contact', 'consent',
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
    from {{ source('raw', entity) }}
    {{ "where known_at < timestamp '" ~ var('as_was') ~ "'" if var('as_was') }}
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
