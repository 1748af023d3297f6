-- Generated from ingest/contracts/intake.yml by `python -m ingest.intake`: change that file.
-- One row per service_order_item_id and content version: what we knew during [known_at, superseded_at).
with

source as (

    select * from {{ source('raw', 'service_order') }}

),

deliveries as (

    select
        service_order_item_id,
        service_order_id,
        order_item_id,
        service_id,
        action,
        state,
        team_id,
        is_manual,
        ordered_at,
        started_at,
        promised_at,
        completed_at,
        source_system,
        file_id,
        row_number,
        known_at,
        hash(service_order_id, order_item_id, service_id, action, state, team_id, is_manual, ordered_at, started_at, promised_at, completed_at) as content_hash
    from source

),

-- Re-deliveries and in-file duplicates say nothing new: keep a row only when its content changed.
changes as (

    select
        *,
        lag(content_hash) over delivered as previous_content_hash
    from deliveries
    window delivered as (
        partition by source_system, service_order_item_id
        order by known_at, file_id, row_number
    )

),

versions as (

    select
        *,
        lead(known_at) over (
            partition by source_system, service_order_item_id
            order by known_at, file_id, row_number
        ) as superseded_at
    from changes
    where previous_content_hash is null or previous_content_hash <> content_hash

)

select
    service_order_item_id,
    service_order_id,
    order_item_id,
    service_id,
    action,
    state,
    team_id,
    is_manual,
    ordered_at,
    started_at,
    promised_at,
    completed_at,
    source_system,
    file_id,
    row_number,
    known_at,
    superseded_at,
    superseded_at is null as is_current
from versions
where superseded_at is null or superseded_at > known_at
