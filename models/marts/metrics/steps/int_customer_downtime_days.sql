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

lived as (

    select * from {{ lived_downtimes(['customer_id', 'segment']) }}

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
