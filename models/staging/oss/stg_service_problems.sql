-- Generated from ingest/contracts/intake.yml by `python -m ingest.intake`: change that file.
-- One row per problem_id and content version: what we knew during [known_at, superseded_at).
{{ config(pre_hook=forget("hash(source_system, problem_id) in {{ new_keys('service_problem', 'problem_id') }}")) }}
with

-- Read again rather than kept: a copy of the largest tables would not fit in memory.
source as not materialized (

    select
        delivered.*,
        file_ledger.source_system,
        hash(file_ledger.source_system, delivered.problem_id) as key_hash
    from {{ source('raw', 'service_problem') }} as delivered
    left join {{ source('ops', 'file_ledger') }} as file_ledger
        on delivered.file_id = file_ledger.file_id
    {{ "where delivered.known_at < timestamp '" ~ var('as_was') ~ "'" if var('as_was') }}
    {{ "where key_hash in " ~ new_keys('service_problem', 'problem_id') if is_increment() }}

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
        hash(category, cause, is_planned, first_alert, status, root_cause_resource_id, started_at, detected_at, acknowledged_at, restored_at, closed_at, is_list_whole) as content_hash,
        lag(hash(category, cause, is_planned, first_alert, status, root_cause_resource_id, started_at, detected_at, acknowledged_at, restored_at, closed_at, is_list_whole)) over (
            partition by source_system, problem_id
            order by known_at, file_id, row_number
        ) as previous_content_hash
    from source
    semi join delivered_again on source.key_hash = delivered_again.key_hash

),

versions as (

    select
        *,
        lead(known_at) over (
            partition by source_system, problem_id
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
    problem_id,
    category,
    cause,
    is_planned,
    first_alert,
    status,
    root_cause_resource_id,
    started_at,
    detected_at,
    acknowledged_at,
    restored_at,
    closed_at,
    is_list_whole,
    source_system,
    file_id,
    row_number,
    known_at,
    superseded_at,
    superseded_at is null as is_current
from unioned
