-- What using a service was like: minutes of outages and degradations, and measured quality per day.
-- Easy to get wrong: a minute without service is lived through once, however many problems hold the
-- service down (a redundancy group, two systems that tell one outage). It is that of the problem that
-- was told first, so that what is learned later changes nothing that was counted before.
with

impacts as (

    select * from {{ ref('fct_service_impact') }}

),

problems as (

    select * from {{ ref('int_problems') }}

),

first_known as (

    select * from {{ ref('int_first_known') }}
    where evidence_type = 'outage'

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

told_impacts as (

    select
        impacts.problem_id,
        impacts.subscription_id,
        impacts.service_id,
        impacts.minutes + impacts.degraded_minutes as minutes,
        impacts.impact_from,
        impacts.impact_to,
        case
            when not problems.is_outage then 'degradation'
            when problems.is_planned then 'planned_outage'
            else 'outage'
        end as event_type,
        problems.source_system,
        problems.known_at,
        coalesce(first_known.known_at, problems.known_at) as told_at
    from impacts
    inner join problems
        on impacts.problem_id = problems.problem_id
    left join first_known
        on
            problems.problem_id = first_known.evidence_id
            and problems.source_system = first_known.source_system
    where not problems.is_open

),

shared_impacts as (

    select
        *,
        coalesce(
            max(impact_to) over (
                partition by subscription_id, service_id, event_type
                order by impact_from, impact_to, problem_id
                rows between unbounded preceding and 1 preceding
            ) > impact_from,
            false
        )
        or coalesce(
            lead(impact_from) over (
                partition by subscription_id, service_id, event_type
                order by impact_from, impact_to, problem_id
            ) < impact_to,
            false
        ) as is_shared
    from told_impacts

),

moments as (

    select
        subscription_id,
        service_id,
        event_type,
        impact_from as span_from
    from shared_impacts
    where is_shared

    union

    select
        subscription_id,
        service_id,
        event_type,
        impact_to as span_from
    from shared_impacts
    where is_shared

),

spans as (

    select
        *,
        lead(span_from) over (
            partition by subscription_id, service_id, event_type
            order by span_from
        ) as span_to
    from moments

),

taken_spans as (

    select
        shared_impacts.*,
        spans.span_from,
        spans.span_to,
        row_number() over (
            partition by
                spans.subscription_id, spans.service_id, spans.event_type, spans.span_from
            order by shared_impacts.told_at, shared_impacts.impact_from, shared_impacts.problem_id
        ) as turn
    from spans
    inner join shared_impacts
        on
            spans.subscription_id = shared_impacts.subscription_id
            and spans.service_id = shared_impacts.service_id
            and spans.event_type = shared_impacts.event_type
            and spans.span_from >= shared_impacts.impact_from
            and spans.span_to <= shared_impacts.impact_to
    where shared_impacts.is_shared

),

own_impacts as (

    select
        problem_id,
        subscription_id,
        service_id,
        event_type,
        source_system,
        known_at,
        impact_to,
        minutes
    from shared_impacts
    where not is_shared

    union all

    select
        problem_id,
        subscription_id,
        service_id,
        event_type,
        source_system,
        known_at,
        impact_to,
        {{ minutes_between('span_from', 'span_to') }} as minutes
    from taken_spans
    where turn = 1

),

service_outages as (

    select
        problem_id,
        subscription_id,
        service_id,
        event_type,
        source_system,
        known_at,
        sum(minutes) as minutes,
        max(impact_to) as impact_to
    from own_impacts
    group by problem_id, subscription_id, service_id, event_type, source_system, known_at

),

-- A subscription may have several services in one problem: it lived through the longest.
outages as (

    select
        event_type,
        subscription_id,
        max(impact_to) as occurred_at,
        max(minutes) as measure,
        'problem:' || problem_id as root_id,
        'outage' as evidence_type,
        problem_id as evidence_id,
        source_system,
        known_at
    from service_outages
    group by event_type, subscription_id, problem_id, source_system, known_at

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
