-- One row per thing shown and delivered line behind it: source system, file and line of every
-- experience that costs points, every lost minute and every record. A view, read by one id at a
-- time: stored, it would hold each problem's lines once for everyone the problem hit.
-- A stretch of downtime is asked for by service, and by a minute between record_from and record_to.
-- No step is shared by two branches: a shared one is computed whole, whatever id is asked for.
{{ config(materialized='view') }}
{% set nowhere = 'cast(null as timestamp)' %}
with

told as (

    select
        record_type,
        record_id,
        record_type as through_type,
        record_id as through_id,
        {{ nowhere }} as record_from,
        {{ nowhere }} as record_to,
        entity,
        source_system,
        file_id,
        row_number,
        known_at,
        is_current
    from {{ ref('bdg_record_source') }}

),

{% for record_type, entity, fact, id in [
    ('bill', 'customer_bill', 'fct_bill', 'bill_id'),
    ('bill_line', 'applied_billing_rate', 'fct_bill_line', 'rate_id'),
    ('payment', 'payment', 'fct_payment', 'movement_id'),
] %}
{{ record_type }}_told as (

    select
        '{{ record_type }}' as record_type,
        {{ id }} as record_id,
        '{{ record_type }}' as through_type,
        {{ id }} as through_id,
        {{ nowhere }} as record_from,
        {{ nowhere }} as record_to,
        '{{ entity }}' as entity,
        source_system,
        file_id,
        row_number,
        known_at,
        true as is_current
    from {{ ref(fact) }}
    {{ "where payment_type = 'payment'" if record_type == 'payment' }}

),

{% endfor %}
experienced as (

    select
        'cx_event' as record_type,
        experiences.cx_event_id as record_id,
        lines.record_type as through_type,
        lines.record_id as through_id,
        {{ nowhere }} as record_from,
        {{ nowhere }} as record_to,
        lines.entity,
        lines.source_system,
        lines.file_id,
        lines.row_number,
        lines.known_at,
        lines.is_current
    from {{ ref('fct_cx_event') }} as experiences
    inner join {{ ref('bdg_record_source') }} as lines
        on
            case experiences.evidence_type
                when 'outage' then 'problem'
                when 'complaint' then 'ticket'
                when 'appointment' then 'visit'
                else experiences.evidence_type
            end = lines.record_type
            and experiences.evidence_id = lines.record_id
            -- Several systems may describe one problem; two may use one number for two tickets.
            and (
                experiences.evidence_type = 'outage'
                or experiences.source_system = lines.source_system
            )

),

-- The line in which the problem names the very service this subscription used.
experienced_by_name as (

    select
        'cx_event' as record_type,
        experiences.cx_event_id as record_id,
        lines.record_type as through_type,
        lines.record_id as through_id,
        {{ nowhere }} as record_from,
        {{ nowhere }} as record_to,
        lines.entity,
        lines.source_system,
        lines.file_id,
        lines.row_number,
        lines.known_at,
        lines.is_current
    from {{ ref('fct_cx_event') }} as experiences
    inner join {{ ref('fct_service_impact') }} as impacts
        on
            experiences.evidence_type = 'outage'
            and experiences.evidence_id = impacts.problem_id
            and experiences.subscription_id = impacts.subscription_id
            and impacts.rule = 'affected_service'
    inner join {{ ref('bdg_record_source') }} as lines
        on
            lines.record_type = 'problem_service'
            and impacts.problem_id || '→' || impacts.service_id = lines.record_id
    -- A service may be hit twice by one problem: group, keep the line once.
    group by all

),

shocked as (

    select
        'cx_event' as record_type,
        experiences.cx_event_id as record_id,
        'bill' as through_type,
        bills.bill_id as through_id,
        {{ nowhere }} as record_from,
        {{ nowhere }} as record_to,
        'customer_bill' as entity,
        bills.source_system,
        bills.file_id,
        bills.row_number,
        bills.known_at,
        true as is_current
    from {{ ref('fct_cx_event') }} as experiences
    inner join {{ ref('fct_bill') }} as bills
        on
            experiences.evidence_type = 'bill'
            and experiences.evidence_id = bills.bill_id
            and experiences.source_system = bills.source_system

),

{% for branch, through_id, condition in [
    ('down_by_problem', 'downtimes.problem_id', 'true'),
    (
        'down_by_name', "downtimes.problem_id || '→' || downtimes.service_id",
        "downtimes.rule = 'affected_service'",
    ),
] %}
{{ branch }} as (

    select
        'downtime' as record_type,
        downtimes.service_id as record_id,
        lines.record_type as through_type,
        lines.record_id as through_id,
        downtimes.down_from as record_from,
        downtimes.down_to as record_to,
        lines.entity,
        lines.source_system,
        lines.file_id,
        lines.row_number,
        lines.known_at,
        lines.is_current
    from {{ ref('bdg_downtime_problem') }} as downtimes
    inner join {{ ref('bdg_record_source') }} as lines
        on
            lines.record_type = '{{ 'problem' if branch == 'down_by_problem' else 'problem_service' }}'
            and {{ through_id }} = lines.record_id
    where {{ condition }}

),

{% endfor %}
-- Only the alarm at the root: in a storm its children say nothing more of the minutes.
down_by_alarm as (

    select
        'downtime' as record_type,
        downtimes.service_id as record_id,
        lines.record_type as through_type,
        lines.record_id as through_id,
        downtimes.down_from as record_from,
        downtimes.down_to as record_to,
        lines.entity,
        lines.source_system,
        lines.file_id,
        lines.row_number,
        lines.known_at,
        lines.is_current
    from {{ ref('bdg_downtime_problem') }} as downtimes
    inner join {{ ref('fct_alarm') }} as alarms
        on downtimes.problem_id = alarms.problem_id and not alarms.is_child
    inner join {{ ref('bdg_record_source') }} as lines
        on lines.record_type = 'alarm' and alarms.alarm_id = lines.record_id

),

-- An exit is told by the subscription's last line, and by the port request where there is one that
-- was not taken back: who stayed then did not leave by it.
ended as (

    select
        'exit' as record_type,
        exits.subscription_id as record_id,
        lines.record_type as through_type,
        lines.record_id as through_id,
        {{ nowhere }} as record_from,
        {{ nowhere }} as record_to,
        lines.entity,
        lines.source_system,
        lines.file_id,
        lines.row_number,
        lines.known_at,
        lines.is_current
    from {{ ref('fct_subscription_event') }} as exits
    inner join {{ ref('bdg_record_source') }} as lines
        on lines.record_type = 'subscription' and exits.subscription_id = lines.record_id
    where exits.event_type = 'exit' and lines.is_current
    -- A subscription that came back may have left twice: group, keep the line once.
    group by all

),

ended_by_port as (

    select
        'exit' as record_type,
        exits.subscription_id as record_id,
        lines.record_type as through_type,
        lines.record_id as through_id,
        {{ nowhere }} as record_from,
        {{ nowhere }} as record_to,
        lines.entity,
        lines.source_system,
        lines.file_id,
        lines.row_number,
        lines.known_at,
        lines.is_current
    from {{ ref('fct_subscription_event') }} as exits
    inner join {{ ref('fct_port_request') }} as ports
        on
            exits.subscription_id = ports.subscription_id
            and ports.direction = 'out'
            and coalesce(ports.status, '') not in ('cancelled', 'rejected', 'saved')
    inner join {{ ref('bdg_record_source') }} as lines
        on
            lines.record_type = 'port'
            and ports.port_id = lines.record_id
            and ports.source_system = lines.source_system
    where exits.event_type = 'exit' and lines.is_current
    group by all

),

traced as (

    {% for branch in [
        'told', 'bill_told', 'bill_line_told', 'payment_told', 'experienced',
        'experienced_by_name', 'shocked', 'down_by_problem', 'down_by_name', 'down_by_alarm',
        'ended', 'ended_by_port',
    ] %}
    select * from {{ branch }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    ---------- keys
    traced.record_type,
    traced.record_id,
    traced.through_type,
    traced.through_id,

    ---------- attributes
    traced.entity,
    traced.source_system,
    files.feed,
    files.file_name,
    traced.row_number,
    traced.file_id,

    ---------- flags
    traced.is_current,

    ---------- times
    traced.record_from,
    traced.record_to,
    traced.known_at
from traced
left join {{ source('ops', 'file_ledger') }} as files
    on traced.file_id = files.file_id
