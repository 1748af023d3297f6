select
    metric_id,
    metric_version,
    name as metric_name,
    formula,
    unit,
    direction,
    scale,
    interval_kind,
    window_days,
    edges,
    definition
from {{ ref('metric_catalogue') }}
