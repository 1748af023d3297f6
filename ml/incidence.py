"""Who has left for which cause by when, from counts alone: cumulative incidence with its bounds."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

_HALF = norm.ppf(0.975)


def incidence(at_risk: np.ndarray, left: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the Aalen–Johansen cumulative incidence of each cause, and of any, with 95 % bounds.

    Parameters
    ----------
    at_risk : ndarray of shape (n_months,)
    left : ndarray of shape (n_months, n_causes)

    Returns
    -------
    tuple of three ndarrays of shape (n_months, n_causes + 1)
        Value, low and high; the last column is any cause: one less Kaplan–Meier.

    References
    ----------
    Marubini, Valsecchi: Analysing Survival Data from Clinical Trials and Observational Studies
    (1995), section 10.4: variance by the delta method; bounds on the log(−log) scale.
    """
    left = np.column_stack([left, left.sum(axis=1)])
    there = np.maximum(at_risk, 1)[:, None]
    any_left = left[:, -1:]
    alive = np.cumprod(1 - any_left / there, axis=0)
    before = np.concatenate([np.ones((1, 1)), alive[:-1]])
    value = np.cumsum(before * left / there, axis=0)
    # Var F(t) = Σ_s over s ≤ t of three terms; F(t) − F(s) is written out over both.
    stays = np.maximum(there - any_left, 0.5)
    first = any_left / (there * stays)
    second = before**2 * (there - left) * left / there**3
    third = before * left / there**2
    # (F(t) − F(s))² and F(t) − F(s), summed over s ≤ t, from running sums.
    variance = (
        value**2 * np.cumsum(first, axis=0)
        - 2 * value * np.cumsum(first * value, axis=0)
        + np.cumsum(first * value**2, axis=0)
        + np.cumsum(second, axis=0)
        - 2 * (value * np.cumsum(third, axis=0) - np.cumsum(third * value, axis=0))
    )
    error = np.sqrt(np.maximum(variance, 0))
    is_inside = (value > 0) & (value < 1)
    safe = np.where(is_inside, value, 0.5)
    # Beyond this the lower bound is nought, and e to its power no longer a number.
    reach = np.minimum(_HALF * error / np.abs(safe * np.log(safe)), 700)
    low = np.where(is_inside, safe ** np.exp(reach), value)
    high = np.where(is_inside, safe ** np.exp(-reach), value)
    # No exit seen among n is no proof of none: three in n at most (95 %).
    high = np.where(value <= 0, np.minimum(3 / there, 1), high)
    return value, low, high
