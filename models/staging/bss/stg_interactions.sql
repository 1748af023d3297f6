-- Generated from ingest/contracts/intake.yml by `python -m ingest.intake`: change that file.
-- One row per interaction_id and content version: what we knew during [known_at, superseded_at).
with

source as (

    select * from {{ source('raw', 'interaction') }}

),

deliveries as (

    select
        interaction_id,
        customer_id,
        product_id,
        contact_number,
        channel,
        direction,
        reason,
        is_human_handled,
        team_id,
        ticket_id,
        problem_id,
        is_resolved_first,
        transfers,
        talk_seconds,
        hold_seconds,
        wrap_up_seconds,
        started_at,
        ended_at,
        source_system,
        file_id,
        row_number,
        known_at,
        hash(customer_id, product_id, contact_number, channel, direction, reason, is_human_handled, team_id, ticket_id, problem_id, is_resolved_first, transfers, talk_seconds, hold_seconds, wrap_up_seconds, started_at, ended_at) as content_hash
    from source

),

-- Re-deliveries and in-file duplicates say nothing new: keep a row only when its content changed.
changes as (

    select
        *,
        lag(content_hash) over delivered as previous_content_hash
    from deliveries
    window delivered as (
        partition by source_system, interaction_id
        order by known_at, file_id, row_number
    )

),

versions as (

    select
        *,
        lead(known_at) over (
            partition by source_system, interaction_id
            order by known_at, file_id, row_number
        ) as superseded_at
    from changes
    where previous_content_hash is null or previous_content_hash <> content_hash

)

select
    interaction_id,
    customer_id,
    product_id,
    contact_number,
    channel,
    direction,
    reason,
    is_human_handled,
    team_id,
    ticket_id,
    problem_id,
    is_resolved_first,
    transfers,
    talk_seconds,
    hold_seconds,
    wrap_up_seconds,
    started_at,
    ended_at,
    source_system,
    file_id,
    row_number,
    known_at,
    superseded_at,
    superseded_at is null as is_current
from versions
where superseded_at is null or superseded_at > known_at
