-- One row per channel code, as known now: our channels with their kind, and under each the codes
-- sources use for it.
with

channels as (

    select *
    from {{ code_tree('channels', 'channel', 'channel_kind', [
        'channel_name', 'channel_name_ru', 'is_self_service', 'meaning'
    ]) }}
    where valid_to is null

)

select
    ---------- keys
    {{ surrogate_key(['source_code', 'channel']) }} as channel_key,
    source_code as channel_code,
    channel,
    channel_kind,

    ---------- attributes
    channel_name,
    channel_name_ru,
    meaning,

    ---------- flags
    is_self_service,
    is_mapped
from channels
