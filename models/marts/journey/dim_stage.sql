select
    ---------- keys
    {{ surrogate_key(['journey_type', 'stage']) }} as stage_key,
    journey_type,
    stage,

    ---------- attributes
    stage_order,
    office,
    contact_reason,
    etom_process,
    meaning,

    ---------- flags
    is_customer_wait
from {{ ref('journey_stages') }}
