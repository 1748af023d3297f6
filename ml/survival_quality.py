"""How good survival curves are, and the curves anybody would draw without an estimator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata

from ml.calibration import calibration_slope
from ml.columns import as_number, as_text


@dataclass(frozen=True)
class FollowUp:
    """How long lines were seen from one day on.

    Parameters
    ----------
    months : ndarray of int, shape (n_rows,)
        Month in which the line left, or the last one it was seen to live through.
    has_left : ndarray of bool, shape (n_rows,)
        False where we stopped looking first.
    horizon : int
        Months looked ahead.
    cause : ndarray of str or None, shape (n_rows,), optional
        Why the line left.
    """

    months: np.ndarray
    has_left: np.ndarray
    horizon: int
    cause: np.ndarray | None = None

    def seen_share(self) -> np.ndarray:
        """Return the chance to be still in sight in months 1 … horizon.

        Kaplan–Meier with the losses as events; who leaves in a month was in sight for it.
        """
        share = np.ones(self.horizon)
        for month in range(1, self.horizon):
            is_there = (self.months > month) | ((self.months == month) & ~self.has_left)
            lost = ((self.months == month) & ~self.has_left).sum()
            share[month:] *= 1 - lost / max(is_there.sum(), 1)
        return share


def brier_parts(seen: FollowUp, survival: np.ndarray) -> np.ndarray:
    """Return each line's weighted squared error at each month, shape (n_rows, horizon).

    Parameters
    ----------
    seen : FollowUp
    survival : ndarray of shape (n_rows, horizon)

    References
    ----------
    Graf, Schmoor, Sauerbrei, Schumacher: Assessment and comparison of prognostic classification
    schemes for survival data. Statistics in Medicine 18 (1999).
    """
    share = seen.seen_share()
    month = np.arange(1, seen.horizon + 1)
    own = seen.months[:, None]
    has_left = seen.has_left[:, None] & (own <= month)
    is_here = (own > month) | ((own == month) & ~seen.has_left[:, None])
    weight_left = 1 / share[np.maximum(own - 1, 0)]
    return has_left * weight_left * survival**2 + is_here * (1 - survival) ** 2 / share[month - 1]


def concordance(seen: FollowUp, risk: np.ndarray, *, weighted: bool) -> float:
    """Return how often who left first was ranked first: Uno's C, or Harrell's when not weighted.

    Returns
    -------
    float
        NaN where nobody left while others stayed.

    References
    ----------
    Uno, Cai, Pencina, D'Agostino, Wei: On the C-statistics for evaluating overall adequacy of risk
    prediction procedures with censored survival data. Statistics in Medicine 30 (2011).
    """
    share = seen.seen_share()
    won = pairs = 0.0
    for month in range(1, seen.horizon + 1):
        left = seen.has_left & (seen.months == month)
        later = (seen.months > month) | ((seen.months == month) & ~seen.has_left)
        n_left, n_later = int(left.sum()), int(later.sum())
        if not n_left or not n_later:
            continue
        ranks = rankdata(np.concatenate([risk[left], risk[later]]))[:n_left]
        weight = share[month - 1] ** -2 if weighted else 1.0
        won += weight * (ranks.sum() - n_left * (n_left + 1) / 2)
        pairs += weight * n_left * n_later
    return won / pairs if pairs else float("nan")


def concordance_of_cause(seen: FollowUp, is_cause: np.ndarray, risk: np.ndarray) -> float:
    """Return how often who left first for one cause was ranked first (Uno's C of that cause).

    Who left for another cause never leaves for this one: it counts as there to the end.

    Parameters
    ----------
    seen : FollowUp
    is_cause : ndarray of bool, shape (n_rows,)
        True where the line left for the cause.
    risk : ndarray of shape (n_rows,)
        Chance to have left for the cause by the horizon.

    References
    ----------
    Wolbers, Blanche, Koller, Witteman, Gerds: Concordance for prognostic models with competing
    risks. Biostatistics 15 (2014).
    """
    share = seen.seen_share()
    won = pairs = 0.0
    for month in range(1, seen.horizon + 1):
        left = is_cause & (seen.months == month)
        later = (seen.months > month) | ((seen.months == month) & ~seen.has_left)
        gone = seen.has_left & ~is_cause
        rests = [(later, month)]
        rests += [(gone & (seen.months == other), other) for other in range(1, month + 1)]
        for rest, seen_until in rests:
            n_left, n_rest = int(left.sum()), int(rest.sum())
            if not n_left or not n_rest:
                continue
            ranks = rankdata(np.concatenate([risk[left], risk[rest]]))[:n_left]
            weight = 1 / (share[month - 1] * share[seen_until - 1])
            won += weight * (ranks.sum() - n_left * (n_left + 1) / 2)
            pairs += weight * n_left * n_rest
    return won / pairs if pairs else float("nan")


def figures(seen: FollowUp, survival: np.ndarray, baseline: np.ndarray) -> dict[str, float]:
    """Return the figures of one set of survival curves beside a baseline's.

    Returns
    -------
    dict of str to float
        brier_last (at the horizon), integrated_brier, c_uno, c_harrell, mean_survival and
        observed_survival at the horizon, brier_gain on the baseline with its 95 % interval,
        brier_skill (that gain as a share of the baseline's integrated_brier), and calibration_slope
        of who had left by the horizon, among those not lost from sight before.
    """
    own, other = brier_parts(seen, survival), brier_parts(seen, baseline)
    gain = (other - own).mean(axis=1)
    half = norm.ppf(0.975) * gain.std(ddof=1) / np.sqrt(len(gain))
    risk = 1 - survival[:, -1]
    is_told = seen.has_left | (seen.months >= seen.horizon)
    slope, _ = calibration_slope(seen.has_left[is_told], risk[is_told])
    return {
        "integrated_brier": float(own.mean()),
        "brier_last": float(own[:, -1].mean()),
        "brier_gain": float(gain.mean()),
        "brier_gain_low": float(gain.mean() - half),
        "brier_gain_high": float(gain.mean() + half),
        "brier_skill": float(1 - own.mean() / other.mean()) if other.mean() else float("nan"),
        "calibration_slope": slope,
        "c_uno": concordance(seen, risk, weighted=True),
        "c_harrell": concordance(seen, risk, weighted=False),
        "mean_survival": float(survival[:, -1].mean()),
        "observed_survival": kaplan_meier(seen)[-1],
    }


def kaplan_meier(seen: FollowUp) -> np.ndarray:
    """Return the share still here after 1 … horizon months."""
    month = np.arange(1, seen.horizon + 1)
    left = (seen.has_left[:, None] & (seen.months[:, None] == month)).sum(axis=0)
    there = (seen.months[:, None] >= month).sum(axis=0)
    return np.cumprod(1 - left / np.maximum(there, 1))


class FamilyCurves:
    """Kaplan–Meier of each product family by tenure, or one constant hazard a family.

    Parameters
    ----------
    by_tenure : bool
        True takes each whole month of tenure for itself, entered when the line came in sight; False
        one hazard for all.
    """

    def __init__(self, *, by_tenure: bool) -> None:  # noqa: D107
        self.by_tenure = by_tenure

    def fit(self, X: pd.DataFrame, has_left: np.ndarray, weight: np.ndarray) -> FamilyCurves:
        """Learn the hazards from months lived through."""
        keys = self._keys(X, 0)
        sums = (
            pd.DataFrame({"key": keys, "left": weight * has_left, "all": weight})
            .groupby("key")
            .sum()
        )
        self.hazards_ = (sums["left"] / sums["all"]).to_dict()
        return self

    def _keys(self, X: pd.DataFrame, months: int) -> list[tuple[str, int]]:
        families = [name or "" for name in as_text(X["family"])]
        if not self.by_tenure:
            return list(zip(families, [0] * len(families), strict=True))
        tenure = np.nan_to_num(as_number(X["tenure_months"]), nan=-1.0) + months
        return list(zip(families, np.floor(tenure).astype(int).tolist(), strict=True))

    def predict_survival(self, X: pd.DataFrame, months: int) -> np.ndarray:
        """Return the chance to be still here after 1, 2, … months; no exit seen is no hazard."""
        hazards = [[self.hazards_.get(key, 0.0) for key in self._keys(X, t)] for t in range(months)]
        return np.cumprod(1 - np.array(hazards).T, axis=1)
