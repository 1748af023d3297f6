-- Whatever lowers the index or counts as lost is found in a delivered file, by name and line.
with

traced as (

    select
        record_type,
        record_id,
        record_from
    from {{ ref('evidence_source') }}
    where
        record_type in ('cx_event', 'downtime', 'exit')
        and is_current
        and file_name is not null
        and row_number is not null

),

wanted as (

    select
        'cx_event' as record_type,
        cx_event_id as record_id,
        cast(null as timestamp) as record_from
    from {{ ref('cxi_points') }}
    group by cx_event_id

    union all

    select
        'downtime' as record_type,
        service_id as record_id,
        down_from as record_from
    from {{ ref('fct_service_downtime') }}

    union all

    select
        'exit' as record_type,
        subscription_id as record_id,
        cast(null as timestamp) as record_from
    from {{ ref('fct_subscription_event') }}
    where event_type = 'exit'

)

select wanted.*
from wanted
anti join traced
    on
        wanted.record_type = traced.record_type
        and wanted.record_id = traced.record_id
        and wanted.record_from is not distinct from traced.record_from
