-- One row per stretch of downtime and problem that held the service down in it: why these minutes
-- were lost. Two problems may hold one stretch; its minutes are in fct_service_downtime, once.
with

downtimes as (

    select * from {{ ref('fct_service_downtime') }}

),

disturbances as (

    select * from {{ ref('int_service_disturbances') }} where is_outage

)

select
    ---------- keys
    downtimes.service_id,
    downtimes.down_from,
    disturbances.problem_id,

    ---------- attributes
    arg_max(disturbances.rule, (disturbances.confidence, disturbances.rule)) as rule,
    max(disturbances.confidence) as confidence,

    ---------- times
    downtimes.down_to,
    min(greatest(downtimes.down_from, disturbances.disturbed_from)) as held_from,
    max(least(downtimes.down_to, disturbances.disturbed_to)) as held_to
from downtimes
inner join disturbances
    on
        downtimes.service_id = disturbances.service_id
        and downtimes.down_from < disturbances.disturbed_to
        and downtimes.down_to > disturbances.disturbed_from
group by
    downtimes.service_id,
    downtimes.down_from,
    downtimes.down_to,
    disturbances.problem_id
