"""Whether a figure really changed: two values with intervals, and what may be said about them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.i18n import is_missing


@dataclass(frozen=True)
class Figure:
    """A metric's value in one period, with its 95 % interval where there is one."""

    value: float | None
    low: float | None = None
    high: float | None = None

    @property
    def has_interval(self) -> bool:
        """Tell whether both bounds are known."""
        return not (is_missing(self.low) or is_missing(self.high))


@dataclass(frozen=True)
class Change:
    """What may be said about two periods.

    Parameters
    ----------
    verdict : str
        ``clear``: the interval of the difference leaves zero out; ``unclear``: it covers zero;
        ``bare``: there is no interval to tell; ``none``: there is nothing to compare with.
    difference : float
        Later less earlier, in the metric's unit.
    """

    verdict: str
    difference: float = math.nan


def compared(now: Figure, before: Figure) -> Change:
    """Compare two periods.

    The interval of a difference of independent values has half-width ``sqrt(h1² + h0²)``, where
    ``h`` are the half-widths of the two 95 % intervals.
    """
    if is_missing(now.value) or is_missing(before.value):
        return Change("none")
    difference = now.value - before.value
    if not (now.has_interval and before.has_interval):
        return Change("bare", difference)
    half = math.hypot((now.high - now.low) / 2, (before.high - before.low) / 2)
    return Change("clear" if abs(difference) > half else "unclear", difference)


def wilson(hits: float, trials: float) -> Figure:
    """Return a share in percent with its Wilson 95 % interval."""
    if is_missing(hits) or is_missing(trials) or trials <= 0:
        return Figure(None)
    z = 1.959964
    share = hits / trials
    scale = 1 + z * z / trials
    middle = (share + z * z / (2 * trials)) / scale
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / scale
    return Figure(100 * share, 100 * max(middle - half, 0), 100 * min(middle + half, 1))
