"""Moments of a customer: through which stages they lead, and how long each takes."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from app.queries.privacy import FEWEST, hidden_beside
from app.serving import ask, shown

MOMENTS = "marts.agg_moment_step"
ALL = "all"

_TYPES = """
select journey_type, max(journeys) as journeys
from marts.agg_moment_step
where period_grain = 'total' and dimension = 'all'
group by journey_type
order by journeys desc, journey_type
"""

_PARTS = """
select dimension as field, dimension_value as code, sum(journeys) as journeys
from marts.agg_moment_step
where period_grain = 'total' and dimension <> 'all' and journey_type = $journey
group by dimension, dimension_value
order by dimension, journeys desc, dimension_value
"""

_STAGES = """
select
    dimension_value, stage, stage_order, office, journeys, customers, median_minutes, p90_minutes,
    total_minutes, due_customers, median_due_minutes, period_start
from marts.agg_moment_step
where
    journey_type = $journey
    and dimension = $dimension
    and period_grain = if(cast($month as date) is null, 'total', 'month')
    and (cast($month as date) is null or period_start = cast($month as date))
order by stage_order, stage, dimension_value
"""

_BY_MONTH = """
select dimension_value, period_start, stage, journeys, customers, median_minutes, p90_minutes
from marts.agg_moment_step
where journey_type = $journey and dimension = $dimension and period_grain = 'month'
order by period_start, stage, dimension_value
"""

_ASKED = """
select
    dimension_value, period_grain, period_start, stage, followed_journeys, followed_customers,
    asked_journeys, asked_customers, asked_again_journeys, asked_again_customers
from marts.agg_moment_step
where journey_type = $journey and dimension = $dimension
order by stage_order, stage, period_grain, period_start, dimension_value
"""

_FIGURES = ["journeys", "median_minutes", "p90_minutes", "total_minutes"]


def types() -> list[str]:
    """Return the kinds of journeys there are, the most frequent first."""
    return ask(_TYPES)["journey_type"].tolist() if shown().has(MOMENTS) else []


def parts(journey: str) -> pd.DataFrame:
    """Return the parts of the base that a kind of journey is told of, the busiest first."""
    return ask(_PARTS, journey=journey)


def stages(journey: str, month: str | None, dimension: str = ALL, code: str = ALL) -> pd.DataFrame:
    """Return the stages of a kind of journey in a part of the base; of few customers, empty."""
    rows = ask(_STAGES, journey=journey, month=month, dimension=dimension)
    is_few = rows["due_customers"] < FEWEST
    safe = rows.assign(median_due_minutes=rows["median_due_minutes"].astype(float).mask(is_few))
    return _told(safe.drop(columns=["due_customers"]), code, [*_FIGURES, "median_due_minutes"])


def by_month(journey: str, dimension: str = ALL, code: str = ALL) -> pd.DataFrame:
    """Return the stages of a kind of journey month by month; small cells are empty."""
    return _told(ask(_BY_MONTH, journey=journey, dimension=dimension), code, _FIGURES[:3])


def asked(journey: str, month: str | None, dimension: str = ALL, code: str = ALL) -> pd.DataFrame:
    """Return how many journeys' customers asked within a week of coming into each stage.

    Returns
    -------
    DataFrame with columns stage, followed_journeys, asked_journeys, asked_again_journeys
        A count about few customers is empty, and so is what would give it away: the least other
        part of the same month, and the least other month of the same part.
    """
    rows = ask(_ASKED, journey=journey, dimension=dimension)
    safe, is_month = rows.copy(), rows["period_grain"] == "month"
    parts = [rows["stage"], rows["period_grain"], rows["period_start"]]
    months = [rows["stage"], rows["period_grain"], rows["dimension_value"]]
    for counted in ("followed", "asked", "asked_again"):
        customers = rows[f"{counted}_customers"]
        hidden = hidden_beside(customers, [parts, months] if is_month.any() else [parts])
        safe[f"{counted}_journeys"] = rows[f"{counted}_journeys"].astype(float).mask(hidden)
    # Without those it is a share of, and without those who asked, a figure tells nothing.
    safe["asked_journeys"] = safe["asked_journeys"].mask(safe["followed_journeys"].isna())
    safe["asked_again_journeys"] = safe["asked_again_journeys"].mask(safe["asked_journeys"].isna())
    is_asked = ~is_month if month is None else rows["period_start"].astype(str).str[:10].eq(month)
    own = safe[is_asked & (is_month | (month is None)) & (rows["dimension_value"] == code)]
    kept = ["stage", "followed_journeys", "asked_journeys", "asked_again_journeys"]
    return own[kept].reset_index(drop=True)


def _told(rows: pd.DataFrame, code: str, figures: Sequence[str]) -> pd.DataFrame:
    """Return one part's rows; where a part is of few, the next smallest is hidden with it (C8).

    One part alone hidden would be what the others leave of the whole.
    """
    cell = [rows["period_start"], rows["stage"]]
    # Summed by name: a function of Python is called for each of hundreds of cells.
    small = (rows["customers"] < FEWEST).groupby(cell, dropna=False).transform("sum")
    hidden = (small + 1).where(small > 0, 0)
    is_small = rows["customers"].groupby(cell, dropna=False).rank(method="first") <= hidden
    safe = rows.assign(is_small=is_small)
    for column in ("customers", *figures):
        safe[column] = safe[column].astype("Float64").mask(is_small).astype(float)
    return safe[safe["dimension_value"] == code].reset_index(drop=True)
