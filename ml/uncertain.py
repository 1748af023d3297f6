"""Numbers with their standard errors: what an action's value is summed up from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

HALF = float(norm.ppf(0.975))


@dataclass(frozen=True)
class Uncertain:
    """Estimates with standard errors that are independent of those of any other.

    Parameters
    ----------
    value, error : float or ndarray of shape (n,)
    """

    value: float | np.ndarray
    error: float | np.ndarray = 0.0

    @classmethod
    def between(
        cls, value: float | np.ndarray, low: float | np.ndarray, high: float | np.ndarray
    ) -> Uncertain:
        """Return an estimate whose 95 % interval is known; an unknown one has no error."""
        half = (np.asarray(high, dtype=np.float64) - np.asarray(low, dtype=np.float64)) / 2
        return cls(value, np.nan_to_num(half) / HALF)

    def __add__(self, other: Uncertain) -> Uncertain:
        """Return the sum."""
        return Uncertain(self.value + other.value, np.hypot(self.error, other.error))

    def __mul__(self, other: Uncertain | float | np.ndarray) -> Uncertain:
        """Return the product; of two estimates with the error of both (Goodman 1960)."""
        if not isinstance(other, Uncertain):
            return Uncertain(self.value * other, np.abs(self.error * other))
        square = (self.value * other.error) ** 2 + (other.value * self.error) ** 2
        square = square + (np.asarray(self.error) * other.error) ** 2
        return Uncertain(self.value * other.value, np.sqrt(square))

    def within(self, least: np.ndarray, most: np.ndarray) -> Uncertain:
        """Return it held between bounds; nothing between them errs by more than half the span."""
        return Uncertain(
            np.clip(self.value, least, most), np.minimum(self.error, (most - least) / 2)
        )

    @property
    def low(self) -> float | np.ndarray:
        """Lower bound of the 95 % interval."""
        return self.value - HALF * self.error

    @property
    def high(self) -> float | np.ndarray:
        """Upper bound of the 95 % interval."""
        return self.value + HALF * self.error


def pooled(prior: Uncertain, measured: Uncertain) -> Uncertain:
    """Return two estimates of one thing, each weighed by how sure it is.

    Parameters
    ----------
    prior, measured : Uncertain
        Single numbers; an error of 0 is certainty, and the prior goes before.
    """
    if prior.error <= 0:
        return prior
    if measured.error <= 0:
        return measured
    one, two = 1 / prior.error**2, 1 / measured.error**2
    return Uncertain(
        (one * prior.value + two * measured.value) / (one + two), float(np.sqrt(1 / (one + two)))
    )
