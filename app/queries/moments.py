"""Moments of a customer: through which stages they lead, and how long each takes."""

from __future__ import annotations

import pandas as pd

from app.queries.privacy import without_small_cells
from app.serving import ask, shown

MOMENTS = "marts.agg_moment_step"

_TYPES = """
select journey_type, max(journeys) as journeys
from marts.agg_moment_step
where period_grain = 'total'
group by journey_type
order by journeys desc, journey_type
"""

_STAGES = """
select
    stage, stage_order, office, journeys, customers, median_minutes, p90_minutes, total_minutes,
    period_start
from marts.agg_moment_step
where
    journey_type = $journey
    and period_grain = if(cast($month as date) is null, 'total', 'month')
    and (cast($month as date) is null or period_start = cast($month as date))
order by stage_order, stage
"""

_BY_MONTH = """
select period_start, stage, journeys, customers, median_minutes, p90_minutes
from marts.agg_moment_step
where journey_type = $journey and period_grain = 'month'
order by period_start, stage
"""

_FIGURES = ["journeys", "median_minutes", "p90_minutes", "total_minutes"]


def types() -> list[str]:
    """Return the kinds of journeys there are, the most frequent first."""
    return ask(_TYPES)["journey_type"].tolist() if shown().has(MOMENTS) else []


def stages(journey: str, month: str | None) -> pd.DataFrame:
    """Return the stages of a kind of journey; those of few customers are empty."""
    rows = ask(_STAGES, journey=journey, month=month)
    return without_small_cells(rows, customers="customers", figures=_FIGURES)


def by_month(journey: str) -> pd.DataFrame:
    """Return the stages of a kind of journey month by month; small cells are empty."""
    return without_small_cells(
        ask(_BY_MONTH, journey=journey), customers="customers", figures=_FIGURES[:3]
    )
