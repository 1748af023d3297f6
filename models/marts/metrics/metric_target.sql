select
    metric_id,
    valid_from,
    target,
    source
from {{ ref('metric_targets') }}
