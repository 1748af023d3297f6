"""Choosing and calibrating members on what they said out of fold."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

_SELECTION_ROUNDS = 25
_BENT_ROWS, _BENT_OF_EACH = 2_000, 300
_CERTAINTY = 1.0
_LEAST_SLOPE = 0.02
_GROUPS, _PRIOR_ROWS = 12, 20.0


@dataclass
class Calibration:
    """A line on the logit, and a broken line behind it where one line is not enough.

    Parameters
    ----------
    platt : tuple of (float, float)
        Slope and intercept.
    knots, heights : ndarray of shape (m,)
        Calibrated logits by the line, and what they become; empty for the line alone.
    """

    platt: tuple[float, float]
    knots: np.ndarray = field(default_factory=lambda: np.empty(0))
    heights: np.ndarray = field(default_factory=lambda: np.empty(0))

    def __call__(self, logit: np.ndarray) -> np.ndarray:
        """Return calibrated logits."""
        straight = line(self.platt, logit)
        if len(self.knots) == 0:
            return straight
        low, high = self.knots[0], self.knots[-1]
        beyond = np.minimum(straight - low, 0.0) + np.maximum(straight - high, 0.0)
        return np.interp(straight, self.knots, self.heights) + beyond


def calibrated_best(logit: np.ndarray, y: np.ndarray, weight: np.ndarray) -> Calibration:
    """Return Platt's line, or isotonic regression where it is surely better on rows not seen.

    Isotonic is tried on enough rows only, and judged by log-loss across two halves.
    """
    straight = Calibration(platt(logit, y, weight))
    if len(y) < _BENT_ROWS or min(y.sum(), (1 - y).sum()) < _BENT_OF_EACH:
        return straight
    # Rows stand in the random order of their content: every other one is a fair half.
    half = np.arange(len(y)) % 2 == 0
    gain = np.empty(len(y))
    for own in (half, ~half):
        plain = Calibration(platt(logit[own], y[own], weight[own]))
        bent = _isotonic(plain.platt, logit[own], y[own], weight[own])
        losses = [
            np.logaddexp(0.0, c(logit[~own])) - y[~own] * c(logit[~own]) for c in (plain, bent)
        ]
        gain[~own] = losses[0] - losses[1]
    mean = np.average(gain, weights=weight)
    error = np.sqrt((weight**2 * (gain - mean) ** 2).sum()) / weight.sum()
    if mean <= _CERTAINTY * error:
        return straight
    return _isotonic(straight.platt, logit, y, weight)


def _isotonic(
    straight: tuple[float, float], logit: np.ndarray, y: np.ndarray, weight: np.ndarray
) -> Calibration:
    """Return a rising broken line through the observed rates of equal groups of rows.

    Each group's rate is drawn to what the straight line says of it, as if so many more rows had
    said the same; rates are made to rise by isotonic regression; nowhere is the line flat.
    """
    x = line(straight, logit)
    order = np.argsort(x, kind="stable")
    group = np.empty(len(x), dtype=np.intp)
    group[order] = np.arange(len(x)) * _GROUPS // len(x)
    mass = np.bincount(group, weight, _GROUPS)
    said = np.bincount(group, weight / (1 + np.exp(-x)), _GROUPS)
    rate = (np.bincount(group, weight * y, _GROUPS) + _PRIOR_ROWS * said / mass) / (
        mass + _PRIOR_ROWS
    )
    rate = IsotonicRegression().fit_transform(np.arange(_GROUPS), rate, sample_weight=mass)
    # Knots stand where the straight line itself says the group's mean.
    mean = np.clip(said / mass, 1e-6, 1 - 1e-6)
    knots = np.log(mean / (1 - mean))
    heights = np.log(rate / (1 - rate))
    # A flat stretch would give customers of different risk one rank.
    rise = np.maximum(np.diff(heights), _LEAST_SLOPE * np.diff(knots))
    heights = heights[0] + np.append(0.0, np.cumsum(rise))
    return Calibration(straight, knots, heights)


def dealt(own: np.ndarray, y: np.ndarray, n_folds: int) -> np.ndarray:
    """Deal rows into folds, stratified, rows of one key together.

    Parameters
    ----------
    own : ndarray of shape (n_rows,), uint64
        A random-looking key: of a group, or of the row's content.
    y : ndarray of shape (n_rows,)
        0 or 1.
    n_folds : int

    Returns
    -------
    ndarray of shape (n_rows,), int
    """
    keys, first = np.unique(own, return_inverse=True)
    has_positive = np.bincount(first, y, len(keys)) > 0
    # Keys stand in random order: dealing them out class by class stratifies.
    fold = np.empty(len(keys), dtype=np.intp)
    for label in (False, True):
        fold[has_positive == label] = np.arange(int((has_positive == label).sum())) % n_folds
    return fold[first]


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
