-- One row per thing a subscription lived through, with the measure its quality is judged by.
-- Easy to get wrong: it is dated by when it closed (C3) and carries the root problem behind it, so
-- that an outage, its ticket and its calls are known to be one matter.
with

impacts as (

    select * from {{ ref('fct_service_impact') }}

),

problems as (

    select * from {{ ref('int_problems') }}

),

service_qualities as (

    select * from {{ ref('stg_service_qualities') }}
    where is_current

),

subscription_services as (

    select * from {{ ref('bdg_subscription_service') }}

),

parameters as (

    select * from {{ ref('cxi_parameters') }}
    where level = 'event' and parameter_version = {{ var('cxi_version') }}

),

product_orders as (

    select * from {{ ref('fct_product_order') }}

),

visits as (

    select * from {{ ref('fct_visit') }}

),

bills as (

    select * from {{ ref('fct_bill') }}

),

payments as (

    select * from {{ ref('fct_payment') }}

),

tickets as (

    select * from {{ ref('fct_ticket') }}

),

interactions as (

    select * from {{ ref('fct_interaction') }}

),

first_known as (

    select * from {{ ref('int_first_known') }}

),

service_outages as (

    select
        problem_id,
        subscription_id,
        service_id,
        sum(minutes + degraded_minutes) as minutes,
        max(impact_to) as impact_to
    from impacts
    group by problem_id, subscription_id, service_id

),

-- A subscription may have several services in one problem: it lived through the longest.
outages as (

    select
        case
            when not problems.is_outage then 'degradation'
            when problems.is_planned then 'planned_outage'
            else 'outage'
        end as event_type,
        service_outages.subscription_id,
        max(service_outages.impact_to) as occurred_at,
        max(service_outages.minutes) as measure,
        'problem:' || problems.problem_id as root_id,
        'outage' as evidence_type,
        problems.problem_id as evidence_id,
        problems.source_system,
        problems.known_at
    from service_outages
    inner join problems
        on service_outages.problem_id = problems.problem_id
    where not problems.is_open
    group by
        service_outages.subscription_id,
        problems.problem_id,
        problems.is_outage,
        problems.is_planned,
        problems.source_system,
        problems.known_at

),

-- One bad day of one KPI is one matter, however often it was measured that day.
bad_days as (

    select
        parameters.event_type,
        subscription_services.subscription_id,
        max(service_qualities.measured_from) as occurred_at,
        case
            when any_value(parameters.target) > any_value(parameters.floor)
                then min(service_qualities.value)
            else max(service_qualities.value)
        end as measure,
        'quality:' || service_qualities.service_id || ':' || parameters.event_type || ':'
        || cast(cast(service_qualities.measured_from as date) as varchar) as root_id,
        'service_quality' as evidence_type,
        service_qualities.service_id || ':' || service_qualities.kpi || ':'
        || cast(max(service_qualities.measured_from) as varchar) as evidence_id,
        service_qualities.source_system,
        max(service_qualities.known_at) as known_at
    from service_qualities
    inner join parameters
        on parameters.event_type = 'quality_' || service_qualities.kpi
    inner join subscription_services
        on
            service_qualities.service_id = subscription_services.service_id
            and service_qualities.measured_from >= subscription_services.valid_from
            and (
                subscription_services.valid_to is null
                or service_qualities.measured_from < subscription_services.valid_to
            )
    group by
        parameters.event_type,
        subscription_services.subscription_id,
        service_qualities.service_id,
        service_qualities.kpi,
        service_qualities.source_system,
        cast(service_qualities.measured_from as date)

),

orders as (

    select
        case
            when state = 'failed' then 'failed_order'
            when first_promised_at is null then 'slow_order'
            else 'late_order'
        end as event_type,
        subscription_id,
        coalesce(completed_at, known_at) as occurred_at,
        case
            when state = 'failed' then 1.0
            when first_promised_at is null then lead_hours / 24.0
            else date_diff('second', first_promised_at, completed_at) / 86400.0
        end as measure,
        'order:' || order_item_id as root_id,
        'order' as evidence_type,
        order_item_id as evidence_id,
        source_system,
        known_at
    from product_orders
    where state = 'failed' or completed_at is not null

),

missed_visits as (

    select
        case
            when order_item_id is null and ticket_id is not null then 'missed_repair_visit'
            else 'missed_visit'
        end as event_type,
        subscription_id,
        coalesce(window_to, window_from) as occurred_at,
        1.0 as measure,
        coalesce(
            'order:' || order_item_id, 'ticket:' || ticket_id, 'visit:' || appointment_id
        ) as root_id,
        'appointment' as evidence_type,
        appointment_id as evidence_id,
        source_system,
        known_at
    from visits
    where is_missed_by_us

),

bill_shocks as (

    select
        'bill_shock' as event_type,
        subscription_id,
        billed_at as occurred_at,
        cast(amount / nullif(previous_median_amount, 0) as double) as measure,
        'bill:' || bill_id as root_id,
        'bill' as evidence_type,
        bill_id as evidence_id,
        source_system,
        known_at
    from bills
    where is_shock

),

disputes as (

    select
        'dispute' as event_type,
        subscription_id,
        occurred_at,
        1.0 as measure,
        coalesce('bill:' || bill_id, 'dispute:' || movement_id) as root_id,
        'dispute' as evidence_type,
        movement_id as evidence_id,
        source_system,
        known_at
    from payments
    where payment_type = 'dispute'

),

ticket_roots as (

    select
        *,
        coalesce('problem:' || problem_id, 'ticket:' || ticket_id) as root_id
    from tickets

),

complaints as (

    select
        'complaint' as event_type,
        subscription_id,
        opened_at as occurred_at,
        1.0 as measure,
        root_id,
        'complaint' as evidence_type,
        ticket_id as evidence_id,
        source_system,
        known_at
    from ticket_roots
    where ticket_type = 'complaint'

),

resolved_tickets as (

    select
        'slow_ticket' as event_type,
        subscription_id,
        resolved_at as occurred_at,
        date_diff('second', opened_at, resolved_at) / 3600.0 as measure,
        root_id,
        'ticket' as evidence_type,
        ticket_id as evidence_id,
        source_system,
        known_at
    from ticket_roots
    where resolved_at is not null

),

reopened_tickets as (

    select
        'reopened_ticket' as event_type,
        subscription_id,
        resolved_at as occurred_at,
        1.0 as measure,
        root_id,
        'ticket' as evidence_type,
        ticket_id as evidence_id,
        source_system,
        known_at
    from ticket_roots
    where is_reopened and resolved_at is not null

),

contacts as (

    select
        *,
        coalesce(
            'problem:' || problem_id, 'ticket:' || ticket_id, 'contact:' || interaction_id
        ) as root_id
    from interactions
    where is_contact

),

repeat_contacts as (

    select
        'repeat_contact' as event_type,
        subscription_id,
        closed_at as occurred_at,
        1.0 as measure,
        root_id,
        'contact' as evidence_type,
        interaction_id as evidence_id,
        source_system,
        known_at
    from contacts
    where is_repeat_7d

),

transferred_contacts as (

    select
        'transferred_contact' as event_type,
        subscription_id,
        closed_at as occurred_at,
        transfers as measure,
        root_id,
        'contact' as evidence_type,
        interaction_id as evidence_id,
        source_system,
        known_at
    from contacts
    where transfers > 0

),

measures as (

    {% for step in [
        'outages', 'bad_days', 'orders', 'missed_visits', 'bill_shocks', 'disputes', 'complaints',
        'resolved_tickets', 'reopened_tickets', 'repeat_contacts', 'transferred_contacts',
    ] %}
    select * from {{ step }}
    {{ 'union all by name' if not loop.last }}
    {% endfor %}

)

select
    measures.event_type,
    measures.subscription_id,
    measures.occurred_at,
    cast(measures.measure as double) as measure,
    measures.root_id,
    measures.evidence_type,
    measures.evidence_id,
    measures.source_system,
    coalesce(first_known.known_at, measures.known_at) as known_at
from measures
left join first_known
    on
        measures.evidence_type = first_known.evidence_type
        and measures.evidence_id = first_known.evidence_id
        and measures.source_system = first_known.source_system
where measures.subscription_id is not null
