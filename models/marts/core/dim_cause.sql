-- One row per version of a fault cause: our causes with the part of the plant they belong to, and
-- under each the codes sources use for it, X.733 probable causes among them.
with

versions as (

    select *
    from {{ code_tree('causes', 'cause', 'parent_cause', [
        'cause_name', 'cause_name_ru', 'is_planned', 'meaning'
    ]) }}

)

select
    ---------- keys
    {{ surrogate_key(['source_code', 'cause', 'valid_from']) }} as cause_key,
    source_code as cause_code,
    cause,
    coalesce(parent_cause, cause) as cause_group,

    ---------- attributes
    cause_name,
    cause_name_ru,
    meaning,

    ---------- flags
    is_planned,
    is_mapped,

    ---------- times
    valid_from,
    valid_to,
    valid_to is null as is_current
from versions
