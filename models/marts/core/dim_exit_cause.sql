-- One row per cause of an exit. Contracts map onto these; no other reaches the warehouse.
select
    ---------- keys
    {{ surrogate_key(['exit_cause']) }} as exit_key,
    exit_cause,
    exit_kind,

    ---------- attributes
    exit_name,
    exit_name_ru,
    meaning,

    ---------- flags
    is_voluntary
from {{ ref('exit_causes') }}
