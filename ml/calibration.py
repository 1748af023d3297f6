"""How far probabilities must be stretched to be true: the slope and the level of calibration."""

from __future__ import annotations

import numpy as np

_STEPS = 50


def calibration_slope(y: np.ndarray, probability: np.ndarray) -> tuple[float, float]:
    """Return slope and intercept of the outcome's log odds on those of the probability.

    1 and 0 where the probabilities are true; a slope below 1 says they are too far apart.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
        0 or 1.
    probability : ndarray of shape (n_rows,)

    Returns
    -------
    tuple of (slope, intercept)
        NaN where all outcomes, or all probabilities, are alike.

    References
    ----------
    Cox: Two further applications of a model for binary regression. Biometrika 45 (1958). Van
    Calster et al.: Calibration: the Achilles heel of predictive analytics. BMC Medicine 17 (2019).
    """
    y = np.asarray(y, dtype=np.float64)
    safe = np.clip(np.asarray(probability, dtype=np.float64), 1e-9, 1 - 1e-9)
    odds = np.log(safe / (1 - safe))
    if y.min() == y.max() or np.ptp(odds) < 1e-12:
        return float("nan"), float("nan")
    # Centred and scaled, so that Newton's steps are as long one way as the other.
    middle, spread = odds.mean(), odds.std()
    design = np.column_stack([np.ones_like(odds), (odds - middle) / spread])
    found = np.array([np.log(y.mean() / (1 - y.mean())), 0.0])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        bend = design.T @ (design * (chance * (1 - chance))[:, None])
        step = np.linalg.lstsq(bend, design.T @ (y - chance), rcond=None)[0]
        found = found + np.clip(step, -5, 5)
        if np.abs(step).max() < 1e-10:
            break
    slope = found[1] / spread
    return float(slope), float(found[0] - slope * middle)
