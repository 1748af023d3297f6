-- One row per outage or degradation, with what it cost: services, subscriptions, minutes, contacts,
-- tickets, exits. Two problems may share minutes; for a total over problems take
-- fct_service_downtime, where a minute counts once.
with

problems as (

    select * from {{ ref('int_problems') }}

),

disturbances as (

    select * from {{ ref('int_service_disturbances') }}

),

impacts as (

    select * from {{ ref('fct_service_impact') }}

),

problem_contacts as (

    select * from {{ ref('int_problem_contacts') }}

),

problem_tickets as (

    select * from {{ ref('int_problem_tickets') }}

),

problem_notices as (

    select * from {{ ref('int_problem_notices') }}

),

problem_exits as (

    select * from {{ ref('int_problem_exits') }}

),

alarms as (

    select * from {{ ref('fct_alarm') }} where problem_id is not null

),

resources as (

    select * from {{ ref('dim_resource') }} where is_current

),

-- Two subscriptions may share a service: its minutes count once (M18).
service_periods as (

    select *
    from {{ merged_periods(
        'impacts', ['problem_id', 'service_id', 'is_outage'], 'impact_from', 'impact_to'
    ) }}

),

lost_minutes as (

    select
        problem_id,
        sum({{ minutes_between('impact_from', 'impact_to') }}) filter (where is_outage)
            as customer_minutes_lost,
        sum({{ minutes_between('impact_from', 'impact_to') }}) filter (where not is_outage)
            as degraded_minutes
    from service_periods
    group by problem_id

),

affected_services as (

    select
        problem_id,
        count(distinct service_id) as affected_services
    from disturbances
    group by problem_id

),

affected_customers as (

    select
        problem_id,
        count(distinct subscription_id) as affected_subscriptions,
        count(distinct customer_id) as affected_customers
    from impacts
    group by problem_id

),

contact_counts as (

    select
        problem_id,
        count(*) as contacts,
        count(*) filter (where rule <> 'impact_window') as contacts_named
    from problem_contacts
    group by problem_id

),

ticket_counts as (

    select
        problem_id,
        count(*) as tickets,
        count(*) filter (where rule <> 'impact_window') as tickets_named
    from problem_tickets
    group by problem_id

),

notice_counts as (

    select
        problem_id,
        count(*) as notices,
        count(distinct customer_id) as customers_told
    from problem_notices
    group by problem_id

),

exit_counts as (

    select
        problem_exits.problem_id,
        count(distinct problem_exits.subscription_id) as exits_30d,
        count(distinct impacts.customer_id) as exit_customers_30d
    from problem_exits
    left join impacts
        on
            problem_exits.problem_id = impacts.problem_id
            and problem_exits.subscription_id = impacts.subscription_id
    group by problem_exits.problem_id

),

alarm_counts as (

    select
        problem_id,
        count(*) as alarms,
        count(*) filter (where is_child) as child_alarms
    from alarms
    group by problem_id

),

told_problems as (

    select
        ---------- keys
        problems.problem_id,
        resources.resource_key as root_cause_resource_key,
        problems.root_cause_resource_id,

        ---------- attributes
        coalesce(problems.category, 'unknown') as category,
        problems.cause,
        problems.cause_code,
        problems.first_alert,
        problems.status,
        resources.resource_type,
        resources.technology,
        resources.area,
        resources.region,

        ---------- numbers
        coalesce(affected_services.affected_services, 0) as affected_services,
        coalesce(affected_customers.affected_subscriptions, 0) as affected_subscriptions,
        coalesce(affected_customers.affected_customers, 0) as affected_customers,
        coalesce(lost_minutes.customer_minutes_lost, 0.0) as customer_minutes_lost,
        coalesce(lost_minutes.degraded_minutes, 0.0) as degraded_minutes,
        coalesce(contact_counts.contacts, 0) as contacts,
        coalesce(contact_counts.contacts_named, 0) as contacts_named,
        coalesce(ticket_counts.tickets, 0) as tickets,
        coalesce(ticket_counts.tickets_named, 0) as tickets_named,
        coalesce(notice_counts.notices, 0) as notices,
        coalesce(notice_counts.customers_told, 0) as customers_told,
        coalesce(exit_counts.exits_30d, 0) as exits_30d,
        coalesce(exit_counts.exit_customers_30d, 0) as exit_customers_30d,
        coalesce(alarm_counts.alarms, 0) as alarms,
        coalesce(alarm_counts.child_alarms, 0) as child_alarms,
        {{ minutes_between('problems.started_at', 'problems.detected_at') }} as minutes_to_detect,
        {{ minutes_between('problems.detected_at', 'problems.acknowledged_at') }}
            as minutes_to_acknowledge,
        {{ minutes_between('problems.started_at', 'problems.restored_at') }} as minutes_to_restore,

        ---------- flags
        problems.is_outage,
        problems.is_planned,
        problems.is_open,
        problems.is_withdrawn,
        problems.is_derived,

        ---------- times
        problems.started_at,
        problems.detected_at,
        problems.acknowledged_at,
        problems.restored_at,
        problems.closed_at,
        problems.lasted_to,

        ---------- lineage
        problems.source_system,
        problems.known_at
    from problems
    left join resources
        on problems.root_cause_resource_id = resources.resource_id
    left join affected_services
        on problems.problem_id = affected_services.problem_id
    left join affected_customers
        on problems.problem_id = affected_customers.problem_id
    left join lost_minutes
        on problems.problem_id = lost_minutes.problem_id
    left join contact_counts
        on problems.problem_id = contact_counts.problem_id
    left join ticket_counts
        on problems.problem_id = ticket_counts.problem_id
    left join notice_counts
        on problems.problem_id = notice_counts.problem_id
    left join exit_counts
        on problems.problem_id = exit_counts.problem_id
    left join alarm_counts
        on problems.problem_id = alarm_counts.problem_id

)

{{ with_version_keys('told_problems', 'started_at', ['cause']) }}
