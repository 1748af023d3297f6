"""What a metric should be: the operator's own targets."""

from __future__ import annotations

import pandas as pd

from app.serving import ask, shown

_TARGETS = """
select metric_id, valid_from, target
from marts.metric_target
order by metric_id, valid_from
"""


def target(metric: str, month: pd.Timestamp) -> float | None:
    """Return the target of a metric in force in a month, or None where there is none."""
    if not shown().has("marts.metric_target"):
        return None
    rows = ask(_TARGETS)
    own = rows[(rows["metric_id"] == metric) & (rows["valid_from"] <= month)]
    return None if own.empty else float(own["target"].iloc[-1])
