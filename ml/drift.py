"""Has what comes in changed? Stability of features and scores, with limits that know the sample."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import chi2

from ml.columns import MANY, NUMBER, TableEncoder

BINS = 10
WATCHED, DRIFTED = 0.10, 0.25
# A limit no feature passes by chance more often than once in so many nights of a hundred columns.
_CHANCE = 1 - 1e-4
STEADY, WATCH, DRIFT = "steady", "watch", "drifted"
FEATURE, SCORE, CALIBRATION = "feature", "score", "calibration"


def stability(reference: np.ndarray, current: np.ndarray) -> tuple[float, int]:
    """Return the population stability index of counts by bin, and the bins that hold anybody.

    Half a person is added to each bin, so that an empty one is finite.
    """
    filled = (reference + current) > 0
    one, two = reference[filled] + 0.5, current[filled] + 0.5
    one, two = one / one.sum(), two / two.sum()
    return float(((two - one) * np.log(two / one)).sum()), int(filled.sum())


def limit_of(n_reference: int, n_current: int, bins: int) -> float:
    """Return the index that pure chance exceeds once in 10,000 times.

    Without drift it is about (1/n + 1/m) times a chi-square with bins - 1 degrees of freedom.

    References
    ----------
    Yurdakul and Naranjo: Statistical properties of the population stability index.
    Journal of Risk Model Validation 14 (2020).
    """
    noise = 1 / max(n_reference, 1) + 1 / max(n_current, 1)
    return float(noise * chi2.ppf(_CHANCE, max(bins - 1, 1)))


def verdict_of(psi: float, noise: float) -> str:
    """Return `drifted` or `watch` where the index is large and no chance, else `steady`."""
    if psi > max(DRIFTED, noise):
        return DRIFT
    return WATCH if psi > max(WATCHED, noise) else STEADY


def feature_drift(reference: pd.DataFrame, current: pd.DataFrame) -> pd.DataFrame:
    """Compare each column of two tables; an absent value is a bin of its own.

    Returns
    -------
    DataFrame with columns subject_kind, subject, n_reference, n_current, bins, value, noise_limit,
    verdict
    """
    # Fitted on both, so that a column that was blank and a level that is new are seen.
    encoder = TableEncoder().fit(pd.concat([reference, current], ignore_index=True))
    one, two = encoder.transform(reference), encoder.transform(current)
    told = [
        _compared(FEATURE, name, one[:, place], two[:, place], encoder.kinds_[place] == NUMBER)
        for place, name in enumerate(encoder.names_)
        if encoder.kinds_[place] != MANY
    ]
    return pd.DataFrame(told)


def score_drift(reference: np.ndarray, current: np.ndarray) -> pd.DataFrame:
    """Compare the scores of two cut-offs; the same columns as `feature_drift`, one row."""
    return pd.DataFrame([_compared(SCORE, SCORE, reference, current, True)])


def _compared(
    kind: str, name: str, reference: np.ndarray, current: np.ndarray, is_number: bool
) -> dict[str, object]:
    both = [np.asarray(values, dtype=float) for values in (reference, current)]
    if is_number:
        known = both[0][~np.isnan(both[0])]
        share = np.linspace(0, 1, BINS + 1)[1:-1]
        edges = np.unique(np.quantile(known, share)) if len(known) else np.array([])
        codes = [np.searchsorted(edges, values, side="left") + 1 for values in both]
    else:
        codes = [np.where(np.isnan(values), 0, values).astype(int) + 1 for values in both]
    codes = [np.where(np.isnan(v), 0, c) for v, c in zip(both, codes, strict=True)]
    size = int(max(code.max(initial=0) for code in codes)) + 1
    counts = [np.bincount(code, minlength=size).astype(float) for code in codes]
    psi, bins = stability(*counts)
    noise = limit_of(len(both[0]), len(both[1]), bins)
    return {
        "subject_kind": kind,
        "subject": name,
        "n_reference": len(both[0]),
        "n_current": len(both[1]),
        "bins": bins,
        "value": psi,
        "noise_limit": noise,
        "verdict": verdict_of(psi, noise),
    }


def calibration_drift(realised: pd.DataFrame) -> pd.DataFrame:
    """Return per cut-off how far scores given out lie from what came true, and what is noise.

    Parameters
    ----------
    realised : DataFrame with columns as_of_date, y, score
        Only cut-offs whose label window is over.

    Returns
    -------
    DataFrame
        As `feature_drift`, with `reference_date`, the cut-off judged; `value` is the mean score
        less the share that left.
    """
    told = []
    for date, own in realised.groupby("as_of_date"):
        score = own["score"].to_numpy(dtype=float)
        gap = float(score.mean() - own["y"].to_numpy(dtype=float).mean())
        noise = 3 * float(np.sqrt((score * (1 - score)).sum())) / len(own)
        told.append(
            {
                "subject_kind": CALIBRATION,
                "subject": "mean score less share that left",
                "reference_date": date,
                "n_reference": len(own),
                "n_current": len(own),
                "bins": 1,
                "value": gap,
                "noise_limit": noise,
                "verdict": DRIFT if abs(gap) > noise else STEADY,
            }
        )
    return pd.DataFrame(told)
