"""Kinds of customers found by behaviour, as pages offer them to choose from."""

from __future__ import annotations

import pandas as pd

from app.queries.privacy import FEWEST
from app.serving import ask, shown

SEGMENTS = "ml.ml_segment"

_SEGMENTS = """
select
    as_of_date, segment_id, segment_name, segment_name_ru, lines, customers, share, segments,
    stability_over_draws, stability_over_months, mean_risk, mean_clv
from ml.ml_segment
where as_of_date = (select max(as_of_date) from ml.ml_segment)
order by segment_id
"""


def segments() -> pd.DataFrame:
    """Return the segments of the newest date; those of few customers are left out."""
    rows = ask(_SEGMENTS) if shown().has(SEGMENTS) else pd.DataFrame()
    return rows[rows["customers"] >= FEWEST] if len(rows) else rows
