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

lived as (

    select *
    from {{ lived_downtimes(
        ['service_id', 'subscription_id', 'customer_id', 'segment', 'family', 'region'],
        ['is_planned']
    ) }}

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
