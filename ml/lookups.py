"""Looking a batch of values up in curves and tables, several times faster than one by one."""

from __future__ import annotations

import numpy as np

from ml.curves import Axis, Curve, PairTable, Pieces

_CELLS = 2_048
_MOST_STEPS = 6
_QUICK_ROWS = 4_096


class _Search:
    """Which piece a number lies on: a grid gives a piece at most its own, a few steps the rest.

    The same answer as `searchsorted`: a value's cell is never below that of a smaller edge.
    """

    def __init__(self, edges: np.ndarray) -> None:
        self.edges = edges
        self.steps = _MOST_STEPS + 1
        if len(edges) < 4:
            return
        self.low = edges[0]
        with np.errstate(all="ignore"):
            self.scale = _CELLS / (edges[-1] - edges[0])
        if not np.isfinite(self.scale):
            return
        cells = self._cells(edges)
        self.before = np.searchsorted(cells, np.arange(_CELLS + 1), side="left")
        self.steps = int(np.bincount(cells).max())
        self.padded = np.append(edges, np.inf)

    def _cells(self, values: np.ndarray) -> np.ndarray:
        cells = (values - self.low) * self.scale
        return np.clip(cells, 0, _CELLS, out=cells).astype(np.intp)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        if self.steps > _MOST_STEPS or len(values) < _QUICK_ROWS:
            return np.searchsorted(self.edges, values, side="left")
        piece = self.before[self._cells(values)]
        for _ in range(self.steps):
            piece += values > self.padded[piece]
        return piece


class _Column:
    """One column: where a value stands, what it adds there, and its place in each pair's table."""

    def __init__(self, curve: Pieces | Curve, axes: list[Axis]) -> None:
        self.is_number = isinstance(curve, Pieces)
        if self.is_number:
            self.search = _Search(
                np.unique(np.concatenate([curve.edges, *(a.edges for a in axes)]))
            )
            edges = self.search.edges
            last = np.nextafter(edges[-1], np.inf) if len(edges) else 0.0
            inside = np.append(edges, last)
            own = np.searchsorted(curve.edges, inside, side="left")
            self.bases = np.append(curve.bases[own], curve.missing)
            self.slopes = np.append(curve.slopes[own], 0.0) if curve.slopes.any() else None
        else:
            inside = np.arange(max([len(curve.levels), *(len(a.places) for a in axes)]))
            self.bases = np.append(curve(inside.astype(float)), curve.missing)
            self.slopes = None
        self.missing = len(inside)
        self.places = [axis(np.append(inside, np.nan)) for axis in axes]

    def __call__(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what each value adds, and where it stands."""
        missing = np.isnan(values)
        has_missing = missing.any()
        if has_missing:
            values = np.where(missing, 0.0, values)
        if self.is_number:
            at = self.search(values)
        else:
            at = np.minimum(values.astype(np.intp), self.missing)
        if has_missing:
            at[missing] = self.missing
        result = self.bases.take(at)
        if self.slopes is not None:
            result += self.slopes.take(at) * values
        return result, at


class Lookups:
    """Curves and tables made ready for many rows; what it says of a row is its own alone.

    Parameters
    ----------
    curves : list of Pieces or Curve
    pairs : list of PairTable
    """

    def __init__(  # noqa: D107
        self, curves: list[Pieces | Curve], pairs: list[PairTable]
    ) -> None:
        axes: list[list[Axis]] = [[] for _ in curves]
        self.where = []
        for pair in pairs:
            places = []
            for position, axis in ((pair.first, pair.first_axis), (pair.second, pair.second_axis)):
                places.append((position, len(axes[position])))
                axes[position].append(axis)
            self.where.append((*places, pair.table.shape[1], pair.table.ravel()))
        self.columns = [_Column(curve, own) for curve, own in zip(curves, axes, strict=True)]

    def __call__(self, matrix: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return what each column adds alone and what each pair adds, arrays of shape (n_rows,)."""
        found = [column(matrix[:, n]) for n, column in enumerate(self.columns)]
        together = []
        for (first, own), (second, other), width, table in self.where:
            place = self.columns[first].places[own].take(found[first][1]) * width
            place += self.columns[second].places[other].take(found[second][1])
            together.append(table.take(place))
        return [alone for alone, _ in found], together
