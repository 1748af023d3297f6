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

downtimes as (

    select
        impacts.service_id,
        coalesce(problems.cause, 'unknown') as cause,
        impacts.is_planned,
        impacts.disturbed_from as down_from,
        impacts.disturbed_to as down_to
    from impacts
    inner join problems
        on impacts.problem_id = problems.problem_id

),

lived as (

    select *
    from {{ lived_downtimes(
        ['service_id', 'subscription_id', 'customer_id', 'segment', 'family', 'region'],
        ['cause', 'is_planned']
    ) }}

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
