-- Generated from ingest/contracts/intake.yml by `python -m ingest.intake`: change that file.
-- One row per ticket_id, changed_at, status and content version: what we knew during [known_at, superseded_at).
{{ config(pre_hook=forget("changed_at in {{ new_values('trouble_ticket_status', 'changed_at') }} and hash(source_system, ticket_id, changed_at, status) in {{ new_keys('trouble_ticket_status', 'ticket_id, changed_at, status') }}")) }}
with

-- Read again rather than kept: a copy of the largest tables would not fit in memory.
source as not materialized (

    select
        delivered.*,
        file_ledger.source_system,
        hash(file_ledger.source_system, delivered.ticket_id, delivered.changed_at, delivered.status) as key_hash
    from {{ source('raw', 'trouble_ticket_status') }} as delivered
    left join {{ source('ops', 'file_ledger') }} as file_ledger
        on delivered.file_id = file_ledger.file_id
    {{ "where delivered.known_at < timestamp '" ~ var('as_was') ~ "'" if var('as_was') }}
    {{ "where delivered.changed_at in " ~ new_values('trouble_ticket_status', 'changed_at') ~ " and key_hash in " ~ new_keys('trouble_ticket_status', 'ticket_id, changed_at, status') if is_increment() }}

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
        hash(team_id) as content_hash,
        lag(hash(team_id)) over (
            partition by source_system, ticket_id, changed_at, status
            order by known_at, file_id, row_number
        ) as previous_content_hash
    from source
    semi join delivered_again on source.key_hash = delivered_again.key_hash

),

versions as (

    select
        *,
        lead(known_at) over (
            partition by source_system, ticket_id, changed_at, status
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
    ticket_id,
    status,
    changed_at,
    team_id,
    source_system,
    file_id,
    row_number,
    known_at,
    superseded_at,
    superseded_at is null as is_current
from unioned
