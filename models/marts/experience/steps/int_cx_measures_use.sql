-- What using a service was like: minutes of outages and degradations, and measured quality per day.
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

)

select * from outages
union all by name
select * from bad_days
