-- Per service, stretches of downtime are disjoint, end by the clock and lie in in-service time.
with

downtimes as (

    select
        *,
        lag(down_to) over (partition by service_id order by down_from) as previous_down_to
    from {{ ref('fct_service_downtime') }}

),

services as (

    select * from {{ ref('dim_service') }} where is_current

),

clock as (

    select * from {{ ref('int_clock') }}

)

select downtimes.*
from downtimes
cross join clock
inner join services
    on downtimes.service_id = services.service_id
where
    downtimes.down_from >= downtimes.down_to
    or downtimes.down_from < downtimes.previous_down_to
    or downtimes.down_from < services.started_at
    or downtimes.down_to > least(services.ended_at, clock.as_of)
