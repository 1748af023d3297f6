"""Who has left by when, and why: curves by slice, by tenure as seen or from now on as expected."""

from __future__ import annotations

import pandas as pd

from app.queries.privacy import FEWEST
from app.serving import ask, shown

CURVES = "ml.ml_survival_curve"

_SLICES = """
select clock, dimension, dimension_value, exit_cause, max(n_at_risk) as lines
from ml.ml_survival_curve
group by all
order by clock, dimension, lines desc, dimension_value, exit_cause
"""

_POINTS = """
select dimension_value, exit_cause, month, value, low, high, n_at_risk, is_low_n
from ml.ml_survival_curve
where
    clock = $clock
    and dimension = $dimension
    and list_contains($values, dimension_value)
    and list_contains($causes, exit_cause)
    and (n_at_risk is null or n_at_risk >= $fewest)
order by dimension_value, exit_cause, month
"""


def slices() -> pd.DataFrame:
    """Return which curves there are, with the most lines at risk of each."""
    return ask(_SLICES) if shown().has(CURVES) else pd.DataFrame()


def points(clock: str, dimension: str, values: list[str], causes: list[str]) -> pd.DataFrame:
    """Return the share that has left by each month, as long as enough lines are at risk."""
    return ask(
        _POINTS, clock=clock, dimension=dimension, values=values, causes=causes, fewest=FEWEST
    )
