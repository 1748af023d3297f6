-- Analyst question: which delivered lines stand behind what is shown? Here the ten experiences that
-- cost most points on the last date, and each stretch of downtime of the service that lost most
-- minutes; `cx trace` asks the same of one id.
with

dearest as (

    select
        cx_event_id,
        sum(points_lost) as lost
    from {{ ref('cxi_points') }}
    where as_of_date = (select max(as_of_date) from {{ ref('fct_cxi_day') }})
    group by cx_event_id
    order by lost desc, cx_event_id
    limit 10

),

worst_service as (

    select
        service_id,
        sum(minutes) as lost
    from {{ ref('fct_service_downtime') }}
    group by service_id
    order by lost desc, service_id
    limit 1

),

asked as (

    select
        'cx_event' as record_type,
        cx_event_id as record_id,
        lost
    from dearest

    union all

    select
        'downtime' as record_type,
        service_id as record_id,
        lost
    from worst_service

)

select
    asked.lost,
    sources.*
from asked
inner join {{ ref('evidence_source') }} as sources
    on
        asked.record_type = sources.record_type
        and asked.record_id = sources.record_id
order by asked.record_type, asked.lost desc, sources.record_id, sources.record_from, sources.row_number
