"""How good scores are: discrimination, calibration against its noise floor, rankings."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata
from sklearn.metrics import average_precision_score

_TOP_SHARE = 0.10
_BINS = 10
_FLOOR_DRAWS = 200


def auc_with_interval(y: np.ndarray, score: np.ndarray) -> tuple[float, float, float]:
    """Return the area under the ROC curve with its 95 % interval.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
        0 or 1.
    score : ndarray of shape (n_rows,)
        Higher means likelier.

    Returns
    -------
    tuple of (auc, low, high)
        All NaN when `y` holds one class only.

    References
    ----------
    DeLong, DeLong, Clarke-Pearson: Comparing the areas under two or more correlated ROC curves.
    Biometrics 44 (1988); ranks after Sun and Xu, IEEE Signal Processing Letters 21 (2014).
    """
    positive, negative = score[y == 1], score[y == 0]
    n_positive, n_negative = len(positive), len(negative)
    if n_positive == 0 or n_negative == 0:
        return np.nan, np.nan, np.nan
    ranks = rankdata(np.concatenate([positive, negative]))
    of_positive = (ranks[:n_positive] - rankdata(positive)) / n_negative
    of_negative = 1 - (ranks[n_positive:] - rankdata(negative)) / n_positive
    auc = float(of_positive.mean())
    spread = 0.0
    for parts in (of_positive, of_negative):
        spread += parts.var(ddof=1) / len(parts) if len(parts) > 1 else 0.25
    half = norm.ppf(0.975) * np.sqrt(spread)
    return auc, float(max(auc - half, 0.0)), float(min(auc + half, 1.0))


def calibration_bins(y: np.ndarray, probability: np.ndarray) -> pd.DataFrame:
    """Return predicted and observed rate in ten bins of equal size.

    Of rows with one probability on both sides of a border each counts in part: which of them are
    in which bin would be chance, or the order of rows.

    Returns
    -------
    DataFrame with columns bin, rows, predicted, observed
    """
    own, of, size = np.unique(
        np.asarray(probability, dtype=float), return_inverse=True, return_counts=True
    )
    borders = _equal_borders(len(of))
    rows = np.diff(borders)
    return pd.DataFrame(
        {
            "bin": np.arange(1, len(rows) + 1),
            "rows": rows,
            "predicted": sums_between(borders, size, size * own) / rows,
            "observed": sums_between(borders, size, np.bincount(of, weights=y)) / rows,
        }
    )


def sums_between(borders: np.ndarray, size: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return sums of groups of rows that stand in a row, between borders that may cut a group.

    Parameters
    ----------
    borders : ndarray of shape (n_bins + 1,)
        Counts of rows from the first on.
    size, total : ndarray of shape (n_groups,)
        Rows of each group and what they sum to: a part of them sums to its share.
    """
    return _sums_of_cuts(np.asarray(total), *_cuts(borders, size))


def _cuts(borders: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how many groups end by each border, and which part of the next one it cuts off."""
    ends = np.cumsum(size)
    whole = np.searchsorted(ends, borders, side="right")
    before = np.append(0, ends)[whole]
    return whole, (borders - before) / np.append(size, 1)[whole]


def _sums_of_cuts(total: np.ndarray, whole: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Return the sums between cuts, slice by slice: a running sum takes three times as long."""
    is_cut = whole < len(total)
    cut_off = np.where(is_cut, part * total[np.minimum(whole, len(total) - 1)], 0.0)
    own = [total[start:end].sum() for start, end in pairwise(whole)]
    return np.array(own, dtype=float) + np.diff(cut_off)


def _equal_borders(rows: int) -> np.ndarray:
    """Return the ends of ten bins of as many rows each; of a rest the first have one more."""
    sizes = rows // _BINS + (np.arange(_BINS) < rows % _BINS)
    return np.append(0, np.cumsum(sizes[sizes > 0]))


def calibration_error(y: np.ndarray, probability: np.ndarray) -> float:
    """Return the expected calibration error over ten bins of equal size (ECE10)."""
    bins = calibration_bins(y, probability)
    gaps = (bins["predicted"] - bins["observed"]).abs() * bins["rows"]
    return float(gaps.sum() / bins["rows"].sum())


def calibration_floor(probability: np.ndarray, seed: int) -> float:
    """Return the mean ECE10 a perfectly calibrated model would show on as many rows.

    Outcomes are drawn from the probabilities themselves, so what is left is noise only.
    """
    random = np.random.default_rng(seed)
    own, size = np.unique(np.asarray(probability, dtype=float), return_counts=True)
    borders, many = _equal_borders(size.sum()), size > 1
    cuts = _cuts(borders, size)
    expected = _sums_of_cuts(size * own, *cuts)
    total = 0.0
    for _ in range(_FLOOR_DRAWS):
        drawn = random.random(len(own)) < own
        if many.any():
            drawn = drawn.astype(np.int64)
            drawn[many] = random.binomial(size[many], own[many])
        total += np.abs(_sums_of_cuts(drawn, *cuts) - expected).sum()
    return float(total / _FLOOR_DRAWS / size.sum())


def losses(y: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Return the log-loss of each row, in nats."""
    safe = np.clip(probability, 1e-12, 1 - 1e-12)
    return -(y * np.log(safe) + (1 - y) * np.log1p(-safe))


def churn_figures(y: np.ndarray, probability: np.ndarray, seed: int) -> dict[str, float]:
    """Return the figures of M44 for one set of scores.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
        0 or 1.
    probability : ndarray of shape (n_rows,)
        Predicted probability of the positive class.
    seed : int
        Of the simulated calibration floor.

    Returns
    -------
    dict of str to float
        auc, auc_low, auc_high, average_precision, log_loss, brier, lift_top_decile,
        gain_top_decile, ece, ece_floor, mean_score, base_rate.
    """
    y, probability = np.asarray(y, dtype=float), np.asarray(probability, dtype=float)
    auc, low, high = auc_with_interval(y, probability)
    base = float(y.mean())
    tenth = max(1, round(_TOP_SHARE * len(y)))
    held = _outcomes_in_top(y, probability, tenth)
    return {
        "auc": auc,
        "auc_low": low,
        "auc_high": high,
        "average_precision": float(average_precision_score(y, probability)) if base else np.nan,
        "log_loss": float(losses(y, probability).mean()),
        "brier": float(np.mean((probability - y) ** 2)),
        "lift_top_decile": held / tenth / base if base else np.nan,
        "gain_top_decile": held / float(y.sum()) if base else np.nan,
        "ece": calibration_error(y, probability),
        "ece_floor": calibration_floor(probability, seed),
        "mean_score": float(probability.mean()),
        "base_rate": base,
    }


def _outcomes_in_top(y: np.ndarray, score: np.ndarray, count: int) -> float:
    """Return how many outcomes the `count` highest scores hold.

    Of rows with the score at the border each counts in part: which of them are in would be chance,
    or the order of rows, and a score that is the same for all would beat itself.
    """
    border = np.partition(score, len(score) - count)[len(score) - count]
    above, at = score > border, score == border
    return float(y[above].sum() + y[at].mean() * (count - above.sum()))


def ranking_figures(relevant: np.ndarray, score: np.ndarray) -> dict[str, float]:
    """Return how high the things taken were ranked, over rows that took something.

    Parameters
    ----------
    relevant : ndarray of shape (n_rows, n_items), bool
        What was taken.
    score : ndarray of shape (n_rows, n_items)
        Minus infinity where an item was not eligible. Ties go to the item further left.

    Returns
    -------
    dict of str to float
        map_at_3, ndcg_at_5, mrr, hit_rate_at_1, hit_rate_at_3, rows.
    """
    asked = relevant.any(axis=1)
    relevant, score = relevant[asked], score[asked]
    if len(relevant) == 0:
        return {"rows": 0.0}
    hits, wanted = _hits(relevant, score), relevant.sum(axis=1)
    places = np.arange(1, hits.shape[1] + 1)
    gains = np.where(places <= 5, 1 / np.log2(places + 1), 0.0)
    ideal = np.cumsum(gains)[np.minimum(wanted, len(places)) - 1]
    return {
        "map_at_3": float(average_precision(relevant, score).mean()),
        "ndcg_at_5": float(((hits * gains).sum(axis=1) / ideal).mean()),
        "mrr": float(np.where(hits, 1 / places, 0.0).max(axis=1).mean()),
        "hit_rate_at_1": float(hits[:, :1].any(axis=1).mean()),
        "hit_rate_at_3": float(hits[:, :3].any(axis=1).mean()),
        "rows": float(len(relevant)),
    }


def average_precision(relevant: np.ndarray, score: np.ndarray, k: int = 3) -> np.ndarray:
    """Return the average precision at k of each row that took something.

    Parameters
    ----------
    relevant, score : ndarray of shape (n_rows, n_items)
    k : int, default=3
    """
    asked = relevant.any(axis=1)
    hits = _hits(relevant[asked], score[asked])[:, :k]
    precision = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    return (precision * hits).sum(axis=1) / np.minimum(relevant[asked].sum(axis=1), k)


def _hits(relevant: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Say place by place whether what stands there was taken and could be."""
    order = np.argsort(-score, axis=1, kind="stable")
    hits = np.take_along_axis(relevant, order, axis=1)
    return hits & np.isfinite(np.take_along_axis(score, order, axis=1))
