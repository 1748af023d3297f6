"""What problems may cost: what the lines they hit pay, and who left beyond those of like lines."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from app.queries.privacy import FEWEST
from app.serving import ask, later, shown

REVENUES, EFFECTS = "marts.agg_problem_revenue", "ml.ml_problem_effect"
# Stands where the figure may not be told though the problem's others are: below every figure.
HIDDEN = -np.inf
# … and where nobody told what any of the lines hit is charged.
UNKNOWN = -1.0
EXCESS = ("excess_exits", "excess_low", "excess_high")

_ALL_LOSSES = """
select
    revenues.problem_id,
    coalesce(effects.excess_status, 'not compared') as excess_status,
    revenues.monthly_revenue,
    revenues.largest_nine_revenue,
    effects.exit_customers,
    effects.excess_exits,
    effects.excess_low,
    effects.excess_high,
    effects.exit_days
from marts.agg_problem_revenue as revenues
left join ml.ml_problem_effect as effects
    on revenues.problem_id = effects.problem_id
""".rstrip()

_LOSSES = f"""
{_ALL_LOSSES}
where list_contains($problems, revenues.problem_id)
"""


def beside(problems: pd.DataFrame) -> pd.DataFrame:
    """Return problems with what each may cost, as far as it may be told.

    Parameters
    ----------
    problems : DataFrame with columns problem_id, affected_customers, is_small
        Safe already: of a small one `affected_customers` is missing.

    Returns
    -------
    DataFrame
        With `monthly_revenue` (missing of a small one, HIDDEN where it would tell what one
        customer pays), `excess_status` (hidden, too few, too early, not compared or usable) and,
        per line hit, `excess_exits`, `excess_low`, `excess_high` of a usable one. Without these in
        a release built before.
    """
    if not has():
        return problems
    return _told(problems, ask(_LOSSES, problems=problems["problem_id"].tolist()))


def beside_later(read: Callable[[], pd.DataFrame]) -> Callable[[], pd.DataFrame]:
    """Return what reads problems for a download with what each may cost."""
    if not has():
        return read
    losses = later(_ALL_LOSSES)
    return lambda: _told(read(), losses())


def has() -> bool:
    """Tell whether the release says what problems may cost: one built before does not."""
    return shown().has(REVENUES) and shown().has(EFFECTS)


def _told(problems: pd.DataFrame, losses: pd.DataFrame) -> pd.DataFrame:
    rows = problems.merge(losses, on="problem_id", how="left")
    is_small = rows["is_small"].astype(bool)
    told = revenue(rows["monthly_revenue"], rows["largest_nine_revenue"])
    nobody = rows["affected_customers"].fillna(FEWEST) == 0
    status = rows["excess_status"].fillna("not compared")
    # How many left is not told of few, so nothing that follows from it is.
    few = rows["exit_customers"].between(1, FEWEST - 1) & (status == "usable")
    status = status.mask(few, "too few").mask(is_small, "hidden")
    shares = {name: rows[name].astype(float).where(status == "usable") for name in EXCESS}
    return rows.assign(
        monthly_revenue=pd.Series(told, index=rows.index).mask(nobody, 0.0).mask(is_small),
        excess_status=status,
        **shares,
    ).drop(columns=["largest_nine_revenue", "exit_customers"])


def revenue(total: ArrayLike, largest_nine: ArrayLike) -> np.ndarray:
    """Return revenues in steps no smaller than what the FEWEST - 1 largest customers pay.

    Two problems that hit the same customers but a few would tell by their difference what those
    pay. In steps of 1, 2 or 5 times a power of ten that are no less than that, a difference of few
    is never told closer than to a step.

    Parameters
    ----------
    total, largest_nine : array-like of shape (n_problems,)
        What all customers of a problem, and the nine who pay most, pay a month.

    Returns
    -------
    ndarray of shape (n_problems,)
        UNKNOWN where no charge is known, HIDDEN where all is less than a step.
    """
    total, nine = np.asarray(total, dtype=float), np.asarray(largest_nine, dtype=float)
    is_free = nine <= 0
    few = np.where(is_free, 1.0, nine) * max(1.0, (FEWEST - 1) / 9)
    power = 10.0 ** np.floor(np.log10(few))
    step = power * np.select([power >= few, 2 * power >= few, 5 * power >= few], [1, 2, 5], 10)
    told = np.where(total < step, HIDDEN, np.round(total / step) * step)
    return np.where(np.isnan(total) | np.isnan(nine), UNKNOWN, np.where(is_free, 0.0, told))
