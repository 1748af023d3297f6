-- One row per customer, segment and day in which any service of the customer was down in service:
-- minutes of the clock. Easy to get wrong: two services down at once are one minute here, and two in
-- int_downtime_days; a service that two customers share is down for both.
with

downtimes as (

    select * from {{ ref('fct_service_downtime') }}

),

holds as (

    select * from {{ ref('int_service_holds') }}

),

slices as (

    select * from {{ ref('int_subscription_slices') }}

),

service_times as (

    select
        holds.service_id,
        coalesce(slices.customer_id, holds.subscription_id) as customer_id,
        slices.segment,
        greatest(holds.in_service_from, slices.valid_from) as in_service_from,
        least(holds.in_service_to, slices.valid_to) as in_service_to
    from holds
    inner join slices
        on
            holds.subscription_id = slices.subscription_id
            and holds.in_service_from < coalesce(slices.valid_to, timestamp 'infinity')
            and coalesce(holds.in_service_to, timestamp 'infinity') > slices.valid_from

),

clock as (

    select * from {{ ref('int_clock') }}

),

lived as (

    select * from {{ lived_downtimes(['customer_id', 'segment']) }}

),

merged as (

    select *
    from {{ merged_periods('lived', ['customer_id', 'segment'], 'down_from', 'down_to') }}

),

days as (

    {{ day_slices('merged', ['customer_id', 'segment'], 'down_from', 'down_to') }}

)

select
    customer_id,
    segment,
    slice_date as downtime_date,
    sum({{ minutes_between('slice_from', 'slice_to') }}) as minutes
from days
group by customer_id, segment, slice_date
