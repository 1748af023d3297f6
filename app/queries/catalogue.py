"""The newest value of every metric, and how fresh it is."""

from __future__ import annotations

import pandas as pd

from app.serving import ask

# The newest final month, else the newest of any state; all time where there are no months.
_NEWEST = """
select
    metric_id,
    period_grain,
    period_start,
    value,
    ci_low,
    ci_high,
    n,
    seen_share,
    status,
    is_suppressed
from marts.metric_value
where dimension = 'all' and period_grain in ('month', 'total')
qualify
    row_number() over (
        partition by metric_id
        order by status = 'final' desc, period_grain = 'month' desc, period_start desc
    ) = 1
"""

# Some are counted by slice alone, such as exits by cause and links.
_SLICED = """
select metric_id, max(period_start) as period_start
from marts.metric_value
where dimension <> 'all' and value is not null
group by metric_id
"""


def newest() -> pd.DataFrame:
    """Return one row per metric that has any value for the whole base."""
    return ask(_NEWEST)


def sliced() -> set[str]:
    """Return the metrics that have a value by any slice."""
    return set(ask(_SLICED)["metric_id"])
