"""Broken lines of numbers, and the logistic regression whose lines only rise or only fall."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from ml.curves import sigmoid


def signed(
    design: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray,
    signs: np.ndarray,
    C: float,
    intercept: float,
    coefficients: np.ndarray,
) -> tuple[float, np.ndarray]:
    """Return the penalised logistic regression whose coefficients keep their signs."""

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        logit = design @ theta[1:] + theta[0]
        pull = weight * (sigmoid(logit) - y)
        value = float((weight * (np.logaddexp(0.0, logit) - y * logit)).sum())
        value += float(theta[1:] @ theta[1:]) / (2 * C)
        return value, np.concatenate([[pull.sum()], design.T @ pull + theta[1:] / C])

    low = np.where(signs > 0, 0.0, -np.inf)
    high = np.where(signs < 0, 0.0, np.inf)
    start = np.concatenate([[intercept], np.clip(coefficients, low, high)])
    bounds = [(None, None), *zip(low, high, strict=True)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return float(found.x[0]), found.x[1:]


def ends(values: np.ndarray) -> np.ndarray:
    """Return the 1 % and the 99 % quantile of what is given; the range where they are alike.

    Returns
    -------
    ndarray of shape (2,), or fewer where there is no stretch to climb
    """
    given = values[~np.isnan(values)]
    if len(given) == 0:
        return np.empty(0)
    found = np.unique(np.quantile(given, [0.01, 0.99]))
    return found if len(found) == 2 else np.unique([given.min(), given.max()])


def ramps(values: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Return the share of each knot-to-knot stretch a value has climbed (missing: none).

    Returns
    -------
    ndarray of shape (n_rows, max(len(knots) - 1, 0))
    """
    if len(knots) < 2:
        return np.zeros((len(values), 0))
    climbed = (values[:, None] - knots[None, :-1]) / np.diff(knots)[None, :]
    return np.nan_to_num(np.clip(climbed, 0.0, 1.0), nan=0.0)
