"""Boosting of oblivious trees: every level of a tree asks one question of all rows."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from ml.columns import CATEGORY, MANY
from ml.curves import both_classes, sigmoid

_PRIOR_ROWS = 10.0


class ObliviousBoosting(ClassifierMixin, BaseEstimator):
    """Gradient boosting whose trees are tables: few questions, each asked of every row.

    A tree of depth d has 2^d leaves but d questions only, so that deep interactions are tried
    without the freedom to chase single rows. Categories stand in the order of their rates. Columns
    of very many levels are left out: other members have them, and what they add is noise here.

    Parameters
    ----------
    kinds : list of str
        Kind of each matrix column (`ml.columns`), `many` included.
    n_trees : int, default=400
    learning_rate : float, default=0.04
    depth : int, default=6
        At most 8.
    l2_regularization : float, default=3.0
    max_features : float, default=0.3
        Share of the columns looked at for each tree.
    n_bins : int, default=32
        Bins of a column, the one of missing values included.
    random_state : int, default=0

    References
    ----------
    Prokhorenkova et al.: CatBoost: unbiased boosting with categorical features. NeurIPS 2018.
    """

    def __init__(  # noqa: D107
        self,
        kinds: list[str],
        n_trees: int = 400,
        learning_rate: float = 0.04,
        depth: int = 6,
        l2_regularization: float = 3.0,
        max_features: float = 0.3,
        n_bins: int = 32,
        random_state: int = 0,
    ) -> None:
        self.kinds = kinds
        self.n_trees = n_trees
        self.learning_rate = learning_rate
        self.depth = depth
        self.l2_regularization = l2_regularization
        self.max_features = max_features
        self.n_bins = n_bins
        self.random_state = random_state

    def fit(
        self, matrix: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> ObliviousBoosting:
        """Fit the trees one after the other, each to what the others leave."""
        self.classes_ = np.unique(y)
        y = (np.asarray(y) == self.classes_[-1]).astype(float)
        weight = np.ones(len(y)) if sample_weight is None else sample_weight
        plain = [place for place, kind in enumerate(self.kinds) if kind != MANY]
        self.used_ = np.array(plain or range(len(self.kinds)), dtype=np.intp)
        self.bins_ = [self._bins(matrix[:, own], self.kinds[own], y, weight) for own in self.used_]
        codes = self._codes(matrix)
        mean = float(np.average(y, weights=weight))
        self.base_ = float(np.log(mean / (1 - mean)))
        random = np.random.default_rng(self.random_state)
        logit = np.full(len(y), self.base_)
        n_columns = max(1, round(self.max_features * len(self.used_)))
        columns, cuts, leaves = [], [], []
        for _ in range(self.n_trees):
            chance = sigmoid(logit)
            pull, curvature = (y - chance) * weight, chance * (1 - chance) * weight
            tried = np.sort(random.choice(len(self.used_), n_columns, replace=False))
            own, cut, leaf = self._questions(codes, tried, pull, curvature)
            size = 1 << self.depth
            value = np.bincount(leaf, pull, size) / (
                np.bincount(leaf, curvature, size) + self.l2_regularization
            )
            columns.append(own)
            cuts.append(cut)
            leaves.append(self.learning_rate * value)
            logit += leaves[-1][leaf]
        self.columns_, self.cuts_ = np.array(columns), np.array(cuts)
        self.leaves_ = np.array(leaves)
        return self

    def _questions(
        self, codes: np.ndarray, tried: np.ndarray, pull: np.ndarray, curvature: np.ndarray
    ) -> tuple[list[int], list[int], np.ndarray]:
        """Return columns and cuts of one tree, level by level, and the leaf of each row."""
        own = codes[:, tried] + np.arange(len(tried)) * self.n_bins
        width = len(tried) * self.n_bins
        pulls, curvatures = np.repeat(pull, len(tried)), np.repeat(curvature, len(tried))
        leaf = np.zeros(len(codes), dtype=np.intp)
        columns, cuts = [], []
        for level in range(self.depth):
            n_leaves = 1 << level
            place = (own + (leaf * width)[:, None]).ravel()
            shape = (n_leaves, len(tried), self.n_bins)
            g = np.bincount(place, pulls, n_leaves * width).reshape(shape).cumsum(axis=2)
            h = np.bincount(place, curvatures, n_leaves * width).reshape(shape).cumsum(axis=2)
            below = g**2 / (h + self.l2_regularization)
            above = (g[:, :, -1:] - g) ** 2 / (h[:, :, -1:] - h + self.l2_regularization)
            gain = (below + above).sum(axis=0)[:, :-1]
            column, cut = divmod(int(np.argmax(gain)), self.n_bins - 1)
            columns.append(int(tried[column]))
            cuts.append(cut)
            leaf = leaf * 2 + (codes[:, tried[column]] > cut)
        return columns, cuts, leaf

    def _bins(
        self, values: np.ndarray, kind: str, y: np.ndarray, weight: np.ndarray
    ) -> tuple[bool, np.ndarray]:
        """Return whether a column is a category, and its edges or the bin of each level."""
        given = ~np.isnan(values)
        own, most = values[given], self.n_bins - 1
        if kind != CATEGORY:
            levels = np.unique(own)
            if len(levels) <= most:
                return False, (levels[1:] + levels[:-1]) / 2
            return False, np.unique(np.quantile(own, np.linspace(0, 1, most + 1)[1:-1]))
        if len(own) == 0:
            return True, np.zeros(0, dtype=np.intp)
        rows = np.bincount(own.astype(np.intp), weight[given])
        left = np.bincount(own.astype(np.intp), weight[given] * y[given])
        mean = np.average(y, weights=weight)
        rate = (left + _PRIOR_ROWS * mean) / (rows + _PRIOR_ROWS)
        rank = np.argsort(np.argsort(rate, kind="stable"), kind="stable")
        return True, rank if len(rank) <= most else rank * most // len(rank)

    def _codes(self, matrix: np.ndarray) -> np.ndarray:
        """Return the bin of each value, from 1; missing and levels never seen are 0."""
        codes = np.zeros((len(matrix), len(self.used_)), dtype=np.intp, order="F")
        for place, (column, (is_category, bins)) in enumerate(
            zip(self.used_, self.bins_, strict=True)
        ):
            values = matrix[:, column]
            given = ~np.isnan(values)
            if is_category:
                given &= values < len(bins)
                codes[given, place] = bins[values[given].astype(np.intp)] + 1
            else:
                codes[given, place] = np.searchsorted(bins, values[given], side="left") + 1
        return codes

    def decision_function(self, matrix: np.ndarray) -> np.ndarray:
        """Return the logit of each row."""
        check_is_fitted(self, "leaves_")
        codes = self._codes(matrix).astype(np.uint8)
        total = np.full(len(matrix), self.base_)
        for columns, cuts, leaves in zip(self.columns_, self.cuts_, self.leaves_, strict=True):
            leaf = np.zeros(len(matrix), dtype=np.uint8)
            for column, cut in zip(columns, cuts, strict=True):
                leaf = (leaf << 1) | (codes[:, column] > cut)
            total += leaves[leaf]
        return total

    def predict_proba(self, matrix: np.ndarray) -> np.ndarray:
        """Return the probability of each class, shape (n_rows, 2)."""
        return both_classes(self.decision_function(matrix))
