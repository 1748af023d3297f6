"""Segments people can name: as many as keep their shape when the data are shaken."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from ml.columns import as_frame, row_hashes

COUNTS = (2, 3, 4, 5, 6, 7, 8)
DRAWS = 12
MOST_ROWS = 4_000
# Fewer clusters are stable more easily: so much of it one more segment is worth.
TOLERANCE = 0.05
LEAST_STABILITY = 0.6
TOLD = 3
# What sets a segment apart by less sets nothing apart (Cohen: "small").
LEAST_GAP = 0.2
# Less is rounding: a column that is the same all over.
_NO_SPREAD = 1e-9


@dataclass(frozen=True)
class Stability:
    """How alike segments come out of resamples, and of other months, by how many there are."""

    count: int
    over_draws: float
    over_months: float

    @property
    def least(self) -> float:
        """The weaker of the two; of draws alone where there is one month."""
        return (
            self.over_draws
            if np.isnan(self.over_months)
            else min(self.over_draws, self.over_months)
        )


class StableSegments(BaseEstimator):
    """k-means on ranks, with as many segments as bootstrap and months agree on.

    Columns are turned into ranks from -1 to 1 (a heavy tail is no segment of its own), missing
    into the middle. For each number of segments the data are resampled and clustered again; two
    results are compared by the adjusted Rand index on all rows, and so are the results of two
    months. Stable is what is alike in both; of numbers whose stability is within TOLERANCE of the
    best, the largest is taken, for it says most. Where nothing reaches LEAST_STABILITY there is
    one segment.

    Parameters
    ----------
    counts : tuple of int
        Numbers of segments tried.
    random_state : int

    Attributes
    ----------
    count_ : int
    tried_ : ndarray of shape (n_counts, 3)
        Number of segments, stability over draws and over months; `stability_` names them.
    centres_ : ndarray of shape (count_, n_columns)
        In ranks, largest segment first.
    names_ : list of str
        Columns; `feature_names_in_` is the same as an array.

    References
    ----------
    Hennig: Cluster-wise assessment of cluster stability. Computational Statistics & Data Analysis
    52 (2007). Hubert, Arabie: Comparing partitions. Journal of Classification 2 (1985).
    """

    def __init__(  # noqa: D107
        self, counts: tuple[int, ...] = COUNTS, random_state: int = 20261123
    ) -> None:
        self.counts = counts
        self.random_state = random_state

    def fit(self, X: pd.DataFrame, months: np.ndarray | None = None) -> StableSegments:
        """Choose the number and fit.

        Parameters
        ----------
        X : DataFrame of shape (n_rows, n_columns), numbers
        months : ndarray of shape (n_rows,), optional
            Which month a row is of.

        Raises
        ------
        ValueError
            When there are fewer rows than twice the smallest number of segments.
        """
        if len(X) < 2 * min(self.counts):
            raise ValueError(f"{len(X)} rows are too few for segments")
        X = as_frame(X)
        self.names_ = list(X.columns)
        self.n_features_in_ = len(self.names_)
        self.feature_names_in_ = np.array(self.names_, dtype=object)
        values = X.to_numpy(dtype=np.float64)
        self.edges_ = [np.sort(column[np.isfinite(column)]) for column in values.T]
        ranked = self.ranks(X)
        months = np.zeros(len(X)) if months is None else months
        labels = pd.factorize(np.asarray(months), sort=True)[0]
        # Rows in the order of their content: as they came they would choose who is drawn.
        order = np.lexsort((labels, row_hashes(ranked)))
        ranked, labels = ranked[order], labels[order]
        # One thread: two wait for one another when a core is busy, and sums depend on how many.
        with threadpool_limits(limits=1):
            self._choose(ranked, labels)
        return self

    def _choose(self, ranked: np.ndarray, labels: np.ndarray) -> None:
        draw = np.random.default_rng(self.random_state)
        kept = draw.permutation(len(ranked))[:MOST_ROWS]
        own, month = ranked[kept], labels[kept]
        found = [self._stability(own, month, count) for count in self.counts]
        self.tried_ = np.array([(each.count, each.over_draws, each.over_months) for each in found])
        best = max(each.least for each in self.stability_)
        self.count_, self.centres_ = 1, ranked.mean(axis=0, keepdims=True)
        if best >= LEAST_STABILITY:
            self.count_ = max(
                each.count for each in self.stability_ if each.least >= best - TOLERANCE
            )
            found = self._clustered(own, self.count_)
            sizes = np.bincount(_nearest(ranked, found), minlength=self.count_)
            self.centres_ = found[np.argsort(-sizes, kind="stable")]

    @property
    def stability_(self) -> list[Stability]:
        """How alike segments came out, by how many there were."""
        return [Stability(int(count), *map(float, rest)) for count, *rest in self.tried_]

    def ranks(self, X: pd.DataFrame) -> np.ndarray:
        """Return each value's place among those learned from, -1 to 1; the middle where missing."""
        X, columns = as_frame(X), []
        missing = [name for name in self.names_ if name not in X]
        if missing:
            raise ValueError(f"columns {missing} were there in fit and are not here; add them")
        for name, edges in zip(self.names_, self.edges_, strict=True):
            value = X[name].to_numpy(dtype=np.float64)
            if not len(edges):
                columns.append(np.zeros(len(X)))
                continue
            below = np.searchsorted(edges, value, side="left")
            upto = np.searchsorted(edges, value, side="right")
            place = (below + upto) / len(edges) - 1
            columns.append(np.where(np.isfinite(value), place, 0.0))
        return np.column_stack(columns)

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Return each row's segment, 0 for the largest at the time of fitting."""
        check_is_fitted(self, "centres_")
        return _nearest(self.ranks(X), self.centres_)

    def described(self, X: pd.DataFrame, told: int = TOLD) -> list[list[tuple[str, float]]]:
        """Return for each segment the columns that set it apart most, with how far, in deviations.

        The difference of the segment's mean rank to everybody else's, over their joint deviation;
        none below LEAST_GAP, so that a segment in the middle of everything has none.
        """
        ranked, own = self.ranks(X), self.predict(X)
        result = []
        for segment in range(self.count_):
            inside, outside = ranked[own == segment], ranked[own != segment]
            if not len(inside) or not len(outside):
                result.append([])
                continue
            spread = np.sqrt((inside.var(axis=0) + outside.var(axis=0)) / 2)
            gap = (inside.mean(axis=0) - outside.mean(axis=0)) / np.where(
                spread > _NO_SPREAD, spread, 1
            )
            order = np.argsort(-np.abs(gap), kind="stable")[:told]
            order = order[np.abs(gap[order]) >= LEAST_GAP]
            result.append([(self.names_[place], float(gap[place])) for place in order])
        return result

    def _clustered(self, rows: np.ndarray, count: int) -> np.ndarray:
        return (
            KMeans(count, n_init=3, max_iter=100, random_state=self.random_state)
            .fit(rows)
            .cluster_centers_
        )

    def _stability(self, rows: np.ndarray, month: np.ndarray, count: int) -> Stability:
        if len(np.unique(rows, axis=0)) < count:
            # Fewer kinds of rows than segments: some would be of nobody, and always alike.
            return Stability(count, 0.0, np.nan)
        draw = np.random.default_rng(self.random_state + count)
        whole = _nearest(rows, self._clustered(rows, count))
        over_draws = np.mean(
            [
                adjusted_rand_score(
                    whole, _nearest(rows, self._clustered(rows[_again(draw, len(rows))], count))
                )
                for _ in range(DRAWS)
            ]
        )
        parts = [rows[month == each] for each in np.unique(month)]
        parts = [part for part in parts if len(part) >= 2 * count]
        if len(parts) < 2:
            return Stability(count, float(over_draws), np.nan)
        each = [_nearest(rows, self._clustered(part, count)) for part in parts]
        over_months = [adjusted_rand_score(one, two) for one, two in pairwise(each)]
        return Stability(count, float(over_draws), float(np.mean(over_months)))


def _again(draw: np.random.Generator, count: int) -> np.ndarray:
    return draw.integers(0, count, count)


def _nearest(rows: np.ndarray, centres: np.ndarray) -> np.ndarray:
    distance = (centres**2).sum(axis=1) - 2 * rows @ centres.T
    return np.argmin(distance, axis=1)
