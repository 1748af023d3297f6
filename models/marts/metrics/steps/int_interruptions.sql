-- One row per scope (all, or unplanned: more than announced work), subscriber's service and
-- unbroken interruption of its time in service, of interruption_minutes or more. Easy to get wrong:
-- one interruption may be several stretches of downtime and pass through a change of segment; it
-- has the slice it ended in.
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
        greatest(downtimes.down_from, service_times.in_service_from) as interrupted_from,
        least(downtimes.down_to, service_times.in_service_to) as interrupted_to
    from downtimes
    inner join service_times
        on downtimes.service_id = service_times.service_id

),

scoped as (

    select
        *,
        'all' as scope
    from in_service
    where interrupted_from < interrupted_to

    union all

    select
        *,
        'unplanned' as scope
    from in_service
    where interrupted_from < interrupted_to and not is_planned

),

merged as (

    select *
    from {{ merged_periods(
        'scoped', ['scope', 'service_id'], 'interrupted_from', 'interrupted_to'
    ) }}

),

interruptions as (

    select
        *,
        {{ minutes_between('interrupted_from', 'interrupted_to') }} as minutes
    from merged

)

select
    interruptions.scope,
    interruptions.service_id,
    scoped.subscription_id,
    scoped.customer_id,
    scoped.segment,
    scoped.family,
    scoped.region,
    interruptions.interrupted_from,
    interruptions.interrupted_to,
    interruptions.minutes,
    interruptions.interrupted_to >= clock.as_of as is_open
from interruptions
inner join scoped
    on
        interruptions.scope = scoped.scope
        and interruptions.service_id = scoped.service_id
        and interruptions.interrupted_to = scoped.interrupted_to
cross join clock
where interruptions.minutes >= {{ var('interruption_minutes') }}
