-- Generated from ingest/contracts/intake.yml by `python -m ingest.intake`: change that file.
-- One row per ticket_id and content version: what we knew during [known_at, superseded_at).
{{ config(pre_hook=forget("hash(source_system, ticket_id) in {{ new_keys('trouble_ticket', 'ticket_id') }}")) }}
with

-- Read again rather than kept: a copy of the largest tables would not fit in memory.
source as not materialized (

    select
        delivered.*,
        file_ledger.source_system,
        hash(file_ledger.source_system, delivered.ticket_id) as key_hash
    from {{ source('raw', 'trouble_ticket') }} as delivered
    left join {{ source('ops', 'file_ledger') }} as file_ledger
        on delivered.file_id = file_ledger.file_id
    {{ "where delivered.known_at < timestamp '" ~ var('as_was') ~ "'" if var('as_was') }}
    {{ "where key_hash in " ~ new_keys('trouble_ticket', 'ticket_id') if is_increment() }}

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
        hash(ticket_type, customer_id, product_id, service_id, problem_id, reason, severity, channel, area, status, team_id, opened_at, resolved_at, closed_at, due_at, is_reopened, is_regulatory) as content_hash,
        lag(hash(ticket_type, customer_id, product_id, service_id, problem_id, reason, severity, channel, area, status, team_id, opened_at, resolved_at, closed_at, due_at, is_reopened, is_regulatory)) over (
            partition by source_system, ticket_id
            order by known_at, file_id, row_number
        ) as previous_content_hash
    from source
    semi join delivered_again on source.key_hash = delivered_again.key_hash

),

versions as (

    select
        *,
        lead(known_at) over (
            partition by source_system, ticket_id
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
    ticket_type,
    customer_id,
    product_id,
    service_id,
    problem_id,
    reason,
    severity,
    channel,
    area,
    status,
    team_id,
    opened_at,
    resolved_at,
    closed_at,
    due_at,
    is_reopened,
    is_regulatory,
    source_system,
    file_id,
    row_number,
    known_at,
    superseded_at,
    superseded_at is null as is_current
from unioned
