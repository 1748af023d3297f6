"""The day by which whom the churn scores name are expected to leave."""

from __future__ import annotations

from app.serving import ask, shown

SUMMARY = "ml.ml_score_summary"
# All columns, for a release of an earlier version has no such day.
_NEWEST = """
select *
from ml.ml_score_summary
where target = 'churn' and dimension = 'all' and part = 'total'
order by as_of_date desc
limit 1
"""


def until() -> object | None:
    """Return the day, or None where nothing was scored or the release is older than the day."""
    rows = ask(_NEWEST) if shown().has(SUMMARY) else None
    return None if rows is None or rows.empty else rows.iloc[0].get("window_to")
