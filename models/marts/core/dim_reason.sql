-- One row per version of a reason code: our reasons with the areas they belong to, and under each
-- the codes sources use for it. Two sources may mean different things by one code.
with

versions as (

    select *
    from {{ code_tree('reasons', 'reason', 'parent_reason', [
        'reason_name', 'reason_name_ru', 'is_fault', 'meaning'
    ]) }}

)

select
    ---------- keys
    {{ surrogate_key(['source_code', 'reason', 'valid_from']) }} as reason_key,
    source_code as reason_code,
    reason,
    coalesce(parent_reason, reason) as reason_area,

    ---------- attributes
    reason_name,
    reason_name_ru,
    meaning,

    ---------- flags
    is_fault,
    is_mapped,

    ---------- times
    valid_from,
    valid_to,
    valid_to is null as is_current
from versions
