-- One row per version of a team.
with

agent_teams as (

    select * from {{ ref('stg_agent_teams') }}

),

versions as (

    select *
    from {{ scd2('agent_teams', 'team_id', ['name', 'office', 'function']) }}

)

select
    ---------- keys
    {{ surrogate_key(['team_id', 'valid_from']) }} as team_key,
    team_id,

    ---------- attributes
    name as team_name,
    office,
    function as team_function,

    ---------- flags
    office = 'front' as is_front_office,

    ---------- times
    valid_from,
    valid_to,
    is_current,

    ---------- lineage
    source_system,
    source_systems,
    conflicts,
    known_at
from versions
