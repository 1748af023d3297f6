-- One row per subscriber's service, cause and day with downtime in service. Outages of one cause
-- are merged, those of two causes are not: minutes of a day do not add up over causes.
with

impacts as (

    select * from {{ ref('int_service_disturbances') }}
    where is_outage

),

problems as (

    select * from {{ ref('int_problems') }}

),

service_times as (

    select * from {{ ref('int_service_times') }}

),

clock as (

    select * from {{ ref('int_clock') }}

),

in_service as (

    select
        service_times.service_id,
        service_times.subscription_id,
        service_times.customer_id,
        service_times.segment,
        service_times.family,
        service_times.region,
        coalesce(problems.cause, 'unknown') as cause,
        impacts.is_planned,
        greatest(
            impacts.disturbed_from, service_times.in_service_from, clock.first_at
        ) as down_from,
        least(impacts.disturbed_to, service_times.in_service_to, clock.as_of) as down_to
    from impacts
    inner join problems
        on impacts.problem_id = problems.problem_id
    inner join service_times
        on impacts.service_id = service_times.service_id
    cross join clock

),

lived as (

    select * from in_service
    where down_from < down_to

),

merged as (

    select *
    from {{ merged_periods(
        'lived', [
            'service_id', 'subscription_id', 'customer_id', 'segment', 'family', 'region',
            'cause', 'is_planned'
        ], 'down_from', 'down_to'
    ) }}

),

slices as (

    {{ day_slices(
        'merged', [
            'service_id', 'subscription_id', 'customer_id', 'segment', 'family', 'region',
            'cause', 'is_planned'
        ], 'down_from', 'down_to'
    ) }}

),

minutes as (

    select
        *,
        {{ minutes_between('slice_from', 'slice_to') }} as minutes
    from slices

)

select
    service_id,
    subscription_id,
    customer_id,
    segment,
    family,
    region,
    cause,
    slice_date as downtime_date,
    sum(minutes) as minutes,
    sum(case when is_planned then 0.0 else minutes end) as unplanned_minutes
from minutes
group by
    service_id, subscription_id, customer_id, segment, family, region, cause, slice_date
