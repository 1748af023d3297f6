-- Generated from ingest/contracts/intake.yml by `python -m ingest.intake`: change that file.
-- One row per resource_id, kpi, measured_from and content version: what we knew during [known_at, superseded_at).
{{ config(pre_hook=forget("measured_from in {{ new_values('performance_measurement', 'measured_from') }} and hash(source_system, resource_id, kpi, measured_from) in {{ new_keys('performance_measurement', 'resource_id, kpi, measured_from') }}")) }}
with

-- Read again rather than kept: a copy of the largest tables would not fit in memory.
source as not materialized (

    select
        delivered.*,
        file_ledger.source_system,
        hash(file_ledger.source_system, delivered.resource_id, delivered.kpi, delivered.measured_from) as key_hash
    from {{ source('raw', 'performance_measurement') }} as delivered
    left join {{ source('ops', 'file_ledger') }} as file_ledger
        on delivered.file_id = file_ledger.file_id
    {{ "where delivered.known_at < timestamp '" ~ var('as_was') ~ "'" if var('as_was') }}
    {{ "where delivered.measured_from in " ~ new_values('performance_measurement', 'measured_from') ~ " and key_hash in " ~ new_keys('performance_measurement', 'resource_id, kpi, measured_from') if is_increment() }}

),

-- Most keys are delivered once; only the others need the windows below.
delivered_again as (

    select key_hash
    from source
    group by key_hash
    having count(*) > 1

),

-- Re-deliveries and in-file duplicates say nothing new: keep a row only when its content changed.
changes as (

    select
        source.*,
        hash(measured_to, value, unit, is_suspect) as content_hash,
        lag(hash(measured_to, value, unit, is_suspect)) over (
            partition by source_system, resource_id, kpi, measured_from
            order by known_at, file_id, row_number
        ) as previous_content_hash
    from source
    semi join delivered_again on source.key_hash = delivered_again.key_hash

),

versions as (

    select
        *,
        lead(known_at) over (
            partition by source_system, resource_id, kpi, measured_from
            order by known_at, file_id, row_number
        ) as superseded_at
    from changes
    where previous_content_hash is null or previous_content_hash <> content_hash

),

unioned as (

    select
        source.*,
        cast(null as timestamp) as superseded_at
    from source
    anti join delivered_again on source.key_hash = delivered_again.key_hash

    union all by name

    select * exclude (content_hash, previous_content_hash)
    from versions
    where superseded_at is null or superseded_at > known_at

)

select
    resource_id,
    kpi,
    measured_from,
    measured_to,
    value,
    unit,
    is_suspect,
    source_system,
    file_id,
    row_number,
    known_at,
    superseded_at,
    superseded_at is null as is_current
from unioned
