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
    string_split(edges, ' ') as edges,
    definition,
    made_by,
    awaits,
    string_split(slices, ' ') as slices,
    string_split(grains, ' ') as grains
from {{ ref('metric_catalogue') }}
