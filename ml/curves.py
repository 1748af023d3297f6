"""Sums of curves and of small tables: what additive members learn, and how they are blended."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

TOLERANCE = 0.005


def _nothing() -> np.ndarray:
    return np.empty(0)


@dataclass
class Curve:
    """What one column adds to the logit: steps for boosting, a broken line for logistic.

    Parameters
    ----------
    edges, steps : ndarray of shape (k,), (k + 1,)
        The value on (edges[i-1], edges[i]] is steps[i].
    knots, heights : ndarray of shape (m,)
        Linear between the knots, flat outside. Empty for boosting.
    levels : ndarray of shape (n_levels,)
        Value per category code; empty for numbers.
    missing : float
        Value when the column is missing.
    """

    missing: float = 0.0
    edges: np.ndarray = field(default_factory=_nothing)
    steps: np.ndarray = field(default_factory=_nothing)
    knots: np.ndarray = field(default_factory=_nothing)
    heights: np.ndarray = field(default_factory=_nothing)
    levels: np.ndarray = field(default_factory=_nothing)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Return the contribution of each value (NaN is missing), in logits."""
        missing = np.isnan(values)
        if len(self.levels):
            # A level the member never met (rare, so absent from its folds) counts as missing.
            codes = np.where(missing, len(self.levels), values).astype(np.intp)
            padded = np.append(self.levels, self.missing)
            return padded[np.minimum(codes, len(self.levels))]
        if len(self.knots):
            result = np.interp(values, self.knots, self.heights)
        elif len(self.steps):
            result = self.steps[np.searchsorted(self.edges, values, side="left")]
        else:
            result = np.zeros(len(values))
        result[missing] = self.missing
        return result


@dataclass
class Axis:
    """Where a value stands in a table of two columns; place 0 is for what is missing.

    Parameters
    ----------
    edges : ndarray of shape (k,)
        A number on (edges[i-1], edges[i]] stands at i + 1.
    places : ndarray of shape (n_levels,), int
        Place of each category code; empty for numbers. Codes beyond it count as missing.
    missing : int
        Place of a missing value, where it is not 0.
    """

    edges: np.ndarray = field(default_factory=_nothing)
    places: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    missing: int = 0

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Return the place of each value, ndarray of shape (n_rows,), int."""
        missing = np.isnan(values)
        if len(self.places):
            codes = np.where(missing, len(self.places), values).astype(np.intp)
            return np.append(self.places, self.missing)[np.minimum(codes, len(self.places))]
        found = np.searchsorted(self.edges, values, side="left") + 1
        found[missing] = self.missing
        return found

    @property
    def size(self) -> int:
        """Number of places, missing included."""
        return int(self.places.max(initial=0)) + 1 if len(self.places) else len(self.edges) + 2


@dataclass
class PairTable:
    """What two columns add to the logit together, beyond what each adds alone.

    Parameters
    ----------
    first, second : int
        Positions of the columns in the matrix.
    first_axis, second_axis : Axis
    table : ndarray of shape (first_axis.size, second_axis.size), in logits
    """

    first: int
    second: int
    first_axis: Axis
    second_axis: Axis
    table: np.ndarray

    def __call__(self, matrix: np.ndarray) -> np.ndarray:
        """Return the contribution of each row of a matrix, in logits."""
        first = self.first_axis(matrix[:, self.first])
        second = self.second_axis(matrix[:, self.second])
        return self.table.ravel()[first * self.table.shape[1] + second]


@dataclass
class AdditiveModel:
    """An intercept, one curve per matrix column, and tables of a few pairs of columns."""

    intercept: float
    curves: list[Curve]
    pairs: list[PairTable] = field(default_factory=list)

    def decision(self, matrix: np.ndarray) -> np.ndarray:
        """Return the logit of each row.

        Columns are added one after the other on purpose: a matrix product may round a row
        differently depending on where in the batch it stands.
        """
        total = np.full(len(matrix), self.intercept)
        for position, curve in enumerate(self.curves):
            total += curve(matrix[:, position])
        for pair in self.pairs:
            total += pair(matrix)
        return total


@dataclass
class Pieces:
    """Several curves of one number as one: straight pieces, which may jump where they meet.

    Parameters
    ----------
    edges : ndarray of shape (k,)
        Piece i covers (edges[i-1], edges[i]].
    bases, slopes : ndarray of shape (k + 1,)
        The value on piece i is bases[i] + slopes[i] * value; the outermost pieces are flat.
    missing : float
    """

    edges: np.ndarray
    bases: np.ndarray
    slopes: np.ndarray
    missing: float

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Return the contribution of each value (NaN is missing), in logits."""
        missing = np.isnan(values)
        given = np.where(missing, 0.0, values)
        piece = np.searchsorted(self.edges, given, side="left")
        result = self.bases[piece] + self.slopes[piece] * given
        result[missing] = self.missing
        return result


def blended(parts: list[tuple[float, Curve]]) -> Pieces | Curve:
    """Return the weighted sum of curves of one column as one curve.

    Of a number, runs of small steps become one straight piece wherever it stays within
    `TOLERANCE` of them: nobody can tell a customer's thousandths of a logit from noise.
    """
    missing = float(sum(weight * curve.missing for weight, curve in parts))
    n_levels = max((len(curve.levels) for _, curve in parts), default=0)
    if n_levels:
        codes = np.arange(n_levels, dtype=float)
        levels = sum(weight * curve(codes) for weight, curve in parts)
        return Curve(missing=missing, levels=np.asarray(levels))
    bends = [curve.knots if len(curve.knots) else curve.edges for _, curve in parts]
    edges = np.unique(np.concatenate([*bends, _nothing()]))
    if len(edges) == 0:
        value = sum(weight * float(curve(np.zeros(1))[0]) for weight, curve in parts)
        return Pieces(edges, np.array([value]), np.zeros(1), missing)
    # The first piece ends at the first edge; the last one is as high just behind the last edge.
    ends = np.append(edges, np.nextafter(edges[-1], np.inf))
    starts = np.append(edges[:1], edges)
    left, right = np.zeros(len(ends)), np.zeros(len(ends))
    for weight, curve in parts:
        right += weight * curve(ends)
        left += weight * curve(starts if len(curve.knots) else ends)
    return _simplified(edges, left, right, missing)


def _simplified(edges: np.ndarray, left: np.ndarray, right: np.ndarray, missing: float) -> Pieces:
    """Join neighbouring pieces while the line from first start to last end is near to all.

    A joined piece starts and ends where its parts did, so what only rose still only rises.
    """
    last = len(edges)
    kept, bases, slopes = [], [right[0]], [0.0]
    first = 1
    while first < last:
        end = first
        while end + 1 < last and _is_near(edges, left, right, first, end + 1):
            end += 1
        slope = (right[end] - left[first]) / (edges[end] - edges[first - 1])
        kept.append(first - 1)
        slopes.append(slope)
        bases.append(left[first] - slope * edges[first - 1])
        first = end + 1
    kept.append(last - 1)
    bases.append(right[last])
    slopes.append(0.0)
    return Pieces(edges[kept], np.array(bases), np.array(slopes), missing)


def _is_near(edges: np.ndarray, left: np.ndarray, right: np.ndarray, first: int, end: int) -> bool:
    low, high = edges[first - 1], edges[end]
    slope = (right[end] - left[first]) / (high - low)
    at_start = left[first] + slope * (edges[first - 1 : end] - low) - left[first : end + 1]
    at_end = left[first] + slope * (edges[first : end + 1] - low) - right[first : end + 1]
    return bool(max(np.abs(at_start).max(), np.abs(at_end).max()) <= TOLERANCE)


def both_classes(logit: np.ndarray) -> np.ndarray:
    """Return (1 - p, p) for logits, shape (n_rows, 2)."""
    positive = sigmoid(logit)
    return np.column_stack([1.0 - positive, positive])


def sigmoid(logit: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-logit)) without overflow."""
    # Element by element and branch-free, so that a row's value never depends on its neighbours.
    small = np.exp(-np.abs(logit))
    return np.where(logit >= 0, 1.0, small) / (1.0 + small)
