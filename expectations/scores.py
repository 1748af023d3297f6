"""How unlike is a number to those before it? Student's t on a scale of even spread.

With few deliveries the spread between them is hardly known, so it is moderated by one taken for
granted.

References
----------
Smyth, G. K. (2004): Linear models and empirical Bayes methods for assessing differential
expression. Statistical Applications in Genetics and Molecular Biology 3(1) (the moderated t).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr  # scipy.stats takes two seconds to import

_MAD_TO_SIGMA = 1.4826


@dataclass(frozen=True)
class Finding:
    """What was said of one measure of one delivery."""

    measure: str
    part: str
    is_like_before: bool
    is_stop: bool
    said: str


@dataclass(frozen=True)
class Score:
    """How far a value is from those before it.

    Parameters
    ----------
    chance : float
        Of a value at least this far, were it drawn like those before.
    center : float
        Median of those before, on the scale of the values.
    is_outside, is_far_outside : bool
        Beyond all of them; beyond all of them by as much as they differ.
    history : int
        How many there are.
    """

    chance: float
    center: float
    is_outside: bool
    is_far_outside: bool
    history: int


def score_of(
    value: float, values: np.ndarray, noise: float, noises: np.ndarray, kind: str, rules: dict
) -> Score | None:
    """Return how likely a value this far from those before would be by chance."""
    count = len(values)
    if count < rules["least_history"] or not np.isfinite(value) or not np.isfinite(values).all():
        return None
    center = float(np.median(values))
    # The median deviation is blind to what happens now and then, the standard one to nothing.
    seen = max(
        (_MAD_TO_SIGMA * float(np.median(np.abs(values - center)))) ** 2,
        float(np.var(values)) / 4,
    )
    trust = rules["prior_deliveries"]
    freedom = trust + count - 1
    prior = rules["prior_spread"][kind] ** 2
    variance = (trust * prior + (count - 1) * seen) / freedom
    # What was seen holds the sampling noise of the deliveries before; a smaller one has more of it.
    extra = max(0.0, noise - float(np.median(noises)))
    statistic = (value - center) / np.sqrt(variance * (1 + 1 / count) + extra)
    low, high = float(values.min()), float(values.max())
    width = high - low
    return Score(
        chance=float(2 * stdtr(freedom, -abs(statistic))),
        center=center,
        is_outside=bool(not low <= value <= high),
        is_far_outside=bool(not low - width <= value <= high + width),
        history=count,
    )


def is_odd(score: Score, rules: dict) -> bool:
    """Say whether somebody should be told."""
    return score.chance < rules["warn_chance"] and score.is_outside


def is_beyond(score: Score, rules: dict) -> bool:
    """Say whether it is beyond doubt."""
    return score.chance < rules["stop_chance"] and score.is_far_outside
