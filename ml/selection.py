"""Choosing and calibrating members on what they said out of fold."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

_SELECTION_ROUNDS = 25


def greedy_weights(
    logits: dict[str, np.ndarray], y: np.ndarray, weight: np.ndarray | None = None
) -> dict[str, float]:
    """Select members with replacement, each round the one that lowers log-loss most.

    Parameters
    ----------
    logits : dict of str to ndarray of shape (n_rows,)
        Out-of-fold logits of each member.
    y : ndarray of shape (n_rows,)
        0 or 1.
    weight : ndarray of shape (n_rows,), optional

    Returns
    -------
    dict of str to float
        Weights above 0, summing to 1, in the order of `logits`.
    """
    total = np.zeros(len(y))
    counts = dict.fromkeys(logits, 0)
    for n_chosen in range(1, _SELECTION_ROUNDS + 1):
        losses = {
            name: log_loss_of((total + own) / n_chosen, y, weight) for name, own in logits.items()
        }
        best = min(losses, key=lambda name: (losses[name], name))
        total = total + logits[best]
        counts[best] += 1
    return {name: n / _SELECTION_ROUNDS for name, n in counts.items() if n}


def auc_difference_error(y: np.ndarray, first: np.ndarray, second: np.ndarray) -> float:
    """Return the standard error of the difference of two scores' AUC on the same rows.

    References
    ----------
    DeLong, DeLong, Clarke-Pearson: Biometrics 44 (1988). Weights that are constant within a class
    change no AUC, so they do not enter.
    """
    is_positive = y == 1
    n_positive, n_negative = int(is_positive.sum()), int((~is_positive).sum())
    of_positive, of_negative = np.zeros(n_positive), np.zeros(n_negative)
    for sign, score in ((1, first), (-1, second)):
        ranks = rankdata(score)
        of_positive += sign * (ranks[is_positive] - rankdata(score[is_positive])) / n_negative
        of_negative -= sign * (ranks[~is_positive] - rankdata(score[~is_positive])) / n_positive
    spread = of_positive.var() / n_positive + of_negative.var() / n_negative
    return float(np.sqrt(spread))


def platt(
    logit: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None
) -> tuple[float, float]:
    """Return slope and intercept that calibrate a logit (a slope never below a small positive)."""
    if np.ptp(logit) == 0:
        return 1.0, 0.0
    fitted = LogisticRegression(C=1e6, solver="newton-cholesky", max_iter=100, tol=1e-8)
    with threadpool_limits(limits=1):
        fitted.fit(logit[:, None], y, sample_weight=weight)
    slope, intercept = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    if slope <= 0:
        # Out of fold the members rank no better than chance: say the base rate, keep the order.
        return 1e-3, base_logit(y, weight) - 1e-3 * float(logit.mean())
    return slope, intercept


def log_loss_of(logit: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Return the mean log-loss of logits, in nats."""
    return float(np.average(np.logaddexp(0.0, logit) - y * logit, weights=weight))


def thin(
    order: np.ndarray, y: np.ndarray, weight: np.ndarray, max_rows: int
) -> tuple[np.ndarray, np.ndarray]:
    """Keep at most `max_rows` of the ordered rows, positives first, and weigh up the rest.

    Returns
    -------
    tuple of (ndarray, ndarray)
        The rows kept, in the same order, and the weight of each.
    """
    if len(order) <= max_rows:
        return order, weight[order]
    is_positive = y[order] == 1
    most = {True: max(max_rows // 2, max_rows - int((~is_positive).sum()))}
    most[False] = max_rows - min(most[True], int(is_positive.sum()))
    kept = np.zeros(len(order), dtype=bool)
    factor = np.ones(len(order))
    for label, quota in most.items():
        alike = np.flatnonzero(is_positive == label)
        chosen = alike[:quota]
        kept[chosen] = True
        factor[chosen] = weight[order[alike]].sum() / weight[order[chosen]].sum()
    return order[kept], (weight[order] * factor)[kept]


def base_logit(y: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Return the logit of the positive share."""
    rate = float(np.average(y, weights=weight))
    return float(np.log(rate / (1 - rate)))


def line(coefficients: tuple[float, float], logit: np.ndarray | float) -> np.ndarray:
    """Return slope times logit plus intercept."""
    return coefficients[0] * logit + coefficients[1]


def blend(weights: dict[str, float], logits: dict[str, np.ndarray]) -> np.ndarray:
    """Return the weighted sum of members' logits, added in the order of the weights."""
    return sum(weight * logits[name] for name, weight in weights.items())
