-- One row per record and delivered line that told something new of it, whichever delivery it came
-- in. Bills, their lines and payments are too many to list twice: they carry file_id and
-- row_number themselves, and evidence_source reads them there.
{% set records = [
    ('alarm', 'alarm', 'stg_alarms', 'alarm_id'),
    ('problem', 'service_problem', 'stg_service_problems', 'problem_id'),
    ('service', 'service', 'stg_services', 'service_id'),
    ('ticket', 'trouble_ticket', 'stg_trouble_tickets', 'ticket_id'),
    ('contact', 'interaction', 'stg_interactions', 'interaction_id'),
    ('notice', 'communication_message', 'stg_communication_messages', 'message_id'),
    ('order', 'product_order', 'stg_product_orders', 'order_item_id'),
    ('service_order', 'service_order', 'stg_service_orders', 'service_order_item_id'),
    ('visit', 'appointment', 'stg_appointments', 'appointment_id'),
    ('port', 'number_port', 'stg_number_ports', 'port_id'),
    ('survey', 'survey_response', 'stg_survey_responses', 'survey_id'),
] %}
with

{% for record_type, entity, staging, id in records %}
{{ record_type }}_lines as (

    select
        '{{ record_type }}' as record_type,
        {{ id }} as record_id,
        '{{ entity }}' as entity,
        source_system,
        file_id,
        row_number,
        known_at,
        is_current
    from {{ ref(staging) }}

),

{% endfor %}
-- One delivered line may tell a ticket's whole history.
ticket_status_lines as (

    select
        'ticket' as record_type,
        ticket_id as record_id,
        'trouble_ticket_status' as entity,
        source_system,
        file_id,
        row_number,
        known_at,
        bool_or(is_current) as is_current
    from {{ ref('stg_trouble_ticket_statuses') }}
    group by ticket_id, source_system, file_id, row_number, known_at

),

-- Where the operator delivers no problems, an alarm stands for one (int_problems).
derived_problem_lines as (

    select
        'problem' as record_type,
        problems.problem_id as record_id,
        'alarm' as entity,
        alarms.source_system,
        alarms.file_id,
        alarms.row_number,
        alarms.known_at,
        alarms.is_current
    from {{ ref('stg_alarms') }} as alarms
    inner join {{ ref('int_problems') }} as problems
        on alarms.alarm_id = problems.alarm_id

),

-- The line in which a problem names a service: what says that this service was hit.
problem_service_lines as (

    select
        'problem_service' as record_type,
        problem_id || '→' || related_id as record_id,
        'service_problem_link' as entity,
        source_system,
        file_id,
        row_number,
        known_at,
        is_current
    from {{ ref('stg_service_problem_links') }}
    where related_type = 'affected_service'

),

movement_lines as (

    select
        adjustment_type as record_type,
        adjustment_id as record_id,
        'adjustment' as entity,
        source_system,
        file_id,
        row_number,
        known_at,
        is_current
    from {{ ref('stg_adjustments') }}

),

subscription_lines as (

    select
        'subscription' as record_type,
        products.product_id as record_id,
        'product' as entity,
        products.source_system,
        products.file_id,
        products.row_number,
        products.known_at,
        products.is_current
    from {{ ref('stg_products') }} as products
    semi join {{ ref('dim_subscription') }} as subscriptions
        on products.product_id = subscriptions.subscription_id

),

customer_lines as (

    select
        'customer' as record_type,
        customer_links.customer_id as record_id,
        'customer' as entity,
        customers.source_system,
        customers.file_id,
        customers.row_number,
        customers.known_at,
        customers.is_current
    from {{ ref('stg_customers') }} as customers
    inner join {{ ref('int_customer_links') }} as customer_links
        on customers.customer_id = customer_links.source_key

),

-- A bad day of one KPI is told by all its measurements; only days that cost points are listed.
measured_days as (

    select
        service_id || ':' || kpi || ':' || cast(
            max(measured_from) over (
                partition by
                    source_system, service_id, kpi, cast(measured_from as date)
            ) as varchar
        ) as record_id,
        source_system,
        file_id,
        row_number,
        known_at,
        is_current
    from {{ ref('stg_service_qualities') }}
    where is_current

),

quality_lines as (

    select
        'service_quality' as record_type,
        measured_days.record_id,
        'service_quality' as entity,
        measured_days.source_system,
        measured_days.file_id,
        measured_days.row_number,
        measured_days.known_at,
        measured_days.is_current
    from measured_days
    semi join {{ ref('fct_cx_event') }} as experiences
        on
            experiences.evidence_type = 'service_quality'
            and measured_days.record_id = experiences.evidence_id

),

lines as (

    {% for record_type, _, _, _ in records %}
    select * from {{ record_type }}_lines
    union all
    {% endfor %}
    select * from ticket_status_lines
    union all
    select * from derived_problem_lines
    union all
    select * from problem_service_lines
    union all
    select * from movement_lines
    union all
    select * from subscription_lines
    union all
    select * from customer_lines
    union all
    select * from quality_lines

)

-- Some formats tell several records of one entity in one line: group, keep the line once.
select
    record_type,
    record_id,
    entity,
    source_system,
    file_id,
    row_number,
    max(known_at) as known_at,
    bool_or(is_current) as is_current
from lines
group by record_type, record_id, entity, source_system, file_id, row_number
