-- One row per thing a problem names, as known now. Easy to get wrong: a list has no removal, so what a
-- later telling of the problem leaves out stays named, unless its source says that it names all it
-- touches each time (is_list_whole); then it was named until that telling. Staging keeps no telling
-- that repeats what was known, and here it counts when the last one was: so the tellings are raw's.
with

links as (

    select * from {{ ref('stg_service_problem_links') }}
    where is_current

),

file_ledger as (

    select * from {{ source('ops', 'file_ledger') }}

),

whole_tellings as (

    select
        file_ledger.source_system,
        problems.problem_id,
        max(problems.known_at) as last_told_at
    from {{ source('raw', 'service_problem') }} as problems
    inner join file_ledger
        on problems.file_id = file_ledger.file_id
    where
        problems.is_list_whole
        {{ "and problems.known_at < timestamp '" ~ var('as_was') ~ "'" if var('as_was') }}
    group by file_ledger.source_system, problems.problem_id

),

link_tellings as (

    select
        file_ledger.source_system,
        delivered.problem_id,
        delivered.related_type,
        delivered.related_id,
        max(delivered.known_at) as last_told_at
    from {{ source('raw', 'service_problem_link') }} as delivered
    inner join file_ledger
        on delivered.file_id = file_ledger.file_id
    semi join whole_tellings
        on
            file_ledger.source_system = whole_tellings.source_system
            and delivered.problem_id = whole_tellings.problem_id
    {{ "where delivered.known_at < timestamp '" ~ var('as_was') ~ "'" if var('as_was') }}
    group by
        file_ledger.source_system,
        delivered.problem_id,
        delivered.related_type,
        delivered.related_id

),

left_out as (

    select link_tellings.*
    from link_tellings
    inner join whole_tellings
        on
            link_tellings.source_system = whole_tellings.source_system
            and link_tellings.problem_id = whole_tellings.problem_id
            and link_tellings.last_told_at < whole_tellings.last_told_at

)

select
    links.problem_id,
    links.related_type,
    links.related_id,
    links.source_system,
    links.known_at
from links
anti join left_out
    on
        links.source_system = left_out.source_system
        and links.problem_id = left_out.problem_id
        and links.related_type = left_out.related_type
        and links.related_id = left_out.related_id
