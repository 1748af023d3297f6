-- One row per subscriber's service and day with downtime in service: minutes, whatever held it
-- down.
with

downtimes as (

    select * from {{ ref('fct_service_downtime') }}

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
        downtimes.is_planned,
        greatest(downtimes.down_from, service_times.in_service_from, clock.first_at) as down_from,
        least(downtimes.down_to, service_times.in_service_to, clock.as_of) as down_to
    from downtimes
    inner join service_times
        on downtimes.service_id = service_times.service_id
    cross join clock

),

lived as (

    select * from in_service
    where down_from < down_to

),

slices as (

    {{ day_slices(
        'lived', [
            'service_id', 'subscription_id', 'customer_id', 'segment', 'family', 'region',
            'is_planned'
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
    slice_date as downtime_date,
    sum(minutes) as minutes,
    sum(case when is_planned then 0.0 else minutes end) as unplanned_minutes
from minutes
group by service_id, subscription_id, customer_id, segment, family, region, slice_date
