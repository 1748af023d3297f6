-- One row per customer, segment and day in which any service of the customer was down in service:
-- minutes of the clock. Easy to get wrong: two services down at once are one minute here, and two in
-- int_downtime_days.
with

downtimes as (

    select * from {{ ref('fct_service_downtime') }}

),

service_times as (

    select
        * replace (coalesce(customer_id, subscription_id) as customer_id)
    from {{ ref('int_service_times') }}

),

clock as (

    select * from {{ ref('int_clock') }}

),

in_service as (

    select
        service_times.customer_id,
        service_times.segment,
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

merged as (

    select *
    from {{ merged_periods('lived', ['customer_id', 'segment'], 'down_from', 'down_to') }}

),

slices as (

    {{ day_slices('merged', ['customer_id', 'segment'], 'down_from', 'down_to') }}

)

select
    customer_id,
    segment,
    slice_date as downtime_date,
    sum({{ minutes_between('slice_from', 'slice_to') }}) as minutes
from slices
group by customer_id, segment, slice_date
