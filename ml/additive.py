"""Additive members: each column adds its own curve, so a score's reasons are table look-ups."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from ml.columns import CATEGORY

LARGEST_READOUT_ERROR = 1e-6


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
        known = ~np.isnan(values)
        result = np.full(len(values), self.missing)
        given = values[known]
        if len(self.levels):
            # A level the member never met (rare, so absent from its folds) counts as missing.
            codes = given.astype(np.intp)
            padded = np.append(self.levels, self.missing)
            result[known] = padded[np.minimum(codes, len(self.levels))]
        elif len(self.knots):
            result[known] = np.interp(given, self.knots, self.heights)
        elif len(self.steps):
            result[known] = self.steps[np.searchsorted(self.edges, given, side="left")]
        else:
            result[known] = 0.0
        return result


@dataclass
class AdditiveModel:
    """An intercept and one curve per matrix column."""

    intercept: float
    curves: list[Curve]

    def contributions(self, matrix: np.ndarray) -> np.ndarray:
        """Return what each column adds, ndarray of shape (n_rows, n_columns), in logits."""
        result = np.empty(matrix.shape, order="F")
        for position, curve in enumerate(self.curves):
            result[:, position] = curve(matrix[:, position])
        return result

    def decision(self, matrix: np.ndarray) -> np.ndarray:
        """Return the logit of each row.

        Columns are added one after the other on purpose: a matrix product may round a row
        differently depending on where in the batch it stands.
        """
        total = np.full(len(matrix), self.intercept)
        for position, curve in enumerate(self.curves):
            total += curve(matrix[:, position])
        return total


class AdditiveBoosting(ClassifierMixin, BaseEstimator):
    """Gradient boosting without interactions, read out into one curve per column.

    Parameters
    ----------
    kinds : list of str
        Kind of each matrix column (`ml.columns`).
    max_iter : int, default=150
        Trees.
    learning_rate : float, default=0.08
    max_leaf_nodes : int, default=4
    min_samples_leaf : int, default=20
    l2_regularization : float, default=5.0
    max_features : float, default=0.3
        Share of the columns looked at for each split: keeps near twins in the model together.
    random_state : int, default=0

    References
    ----------
    Lou, Caruana, Gehrke: Intelligible models for classification and regression. KDD 2012.
    """

    def __init__(  # noqa: D107
        self,
        kinds: list[str],
        max_iter: int = 150,
        learning_rate: float = 0.08,
        max_leaf_nodes: int = 4,
        min_samples_leaf: int = 20,
        l2_regularization: float = 5.0,
        max_features: float = 0.3,
        random_state: int = 0,
    ) -> None:
        self.kinds = kinds
        self.max_iter = max_iter
        self.learning_rate = learning_rate
        self.max_leaf_nodes = max_leaf_nodes
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.max_features = max_features
        self.random_state = random_state

    def fit(
        self, matrix: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> AdditiveBoosting:
        """Fit the trees and read their curves out; the trees themselves are not kept.

        Raises
        ------
        RuntimeError
            When the curves do not give the trees' own logits: a wrong reason must never be told.
        """
        # scikit-learn puts categories first inside and numbers its splits in that order.
        is_category = np.array([kind == CATEGORY for kind in self.kinds])
        order = np.argsort(~is_category, kind="stable")
        matrix = matrix[:, order]
        boosting = HistGradientBoostingClassifier(
            max_iter=self.max_iter,
            learning_rate=self.learning_rate,
            max_leaf_nodes=self.max_leaf_nodes,
            min_samples_leaf=self.min_samples_leaf,
            l2_regularization=self.l2_regularization,
            max_features=self.max_features,
            max_bins=bins_for(matrix, is_category[order]),
            categorical_features=is_category[order],
            interaction_cst="no_interactions",
            early_stopping=False,
            random_state=self.random_state,
        ).fit(matrix, y, sample_weight=sample_weight)
        self.classes_ = boosting.classes_
        intercept, curves = read_out(boosting, matrix, is_category[order])
        self.model_ = AdditiveModel(
            intercept, [curves[place] for place in np.argsort(order, kind="stable")]
        )
        ordered = AdditiveModel(intercept, curves)
        error = np.abs(ordered.decision(matrix) - boosting.decision_function(matrix)).max()
        self.readout_error_ = float(error)
        if self.readout_error_ > LARGEST_READOUT_ERROR:
            raise RuntimeError(
                f"curves miss the boosting's logits by {error:.2g}; this scikit-learn numbers its "
                "splits differently: pin the version in constraints.txt"
            )
        return self

    def decision_function(self, matrix: np.ndarray) -> np.ndarray:
        """Return the logit of each row."""
        check_is_fitted(self, "model_")
        return self.model_.decision(matrix)

    def predict_proba(self, matrix: np.ndarray) -> np.ndarray:
        """Return the probability of each class, shape (n_rows, 2)."""
        return both_classes(self.decision_function(matrix))


def bins_for(matrix: np.ndarray, is_category: np.ndarray) -> int:
    """Return 64, which halves the time of 255 without loss, or what the categories need."""
    codes = matrix[:, is_category]
    highest = np.nanmax(codes) if codes.size and not np.isnan(codes).all() else 0
    return int(np.clip(highest + 2, 64, 255))


def read_out(
    boosting: HistGradientBoostingClassifier, matrix: np.ndarray, is_category: np.ndarray
) -> tuple[float, list[Curve]]:
    """Turn an additive boosting into curves by asking it one value per bin.

    Parameters
    ----------
    boosting : HistGradientBoostingClassifier
        Fitted without interactions on a matrix whose categories come first.
    matrix : ndarray of shape (n_rows, n_columns)
    is_category : ndarray of shape (n_columns,)

    Returns
    -------
    tuple of (float, list of Curve)
        The logit of an empty row, and what each column adds to it.
    """
    n_columns = matrix.shape[1]
    nodes = np.concatenate([tree.nodes for trees in boosting._predictors for tree in trees])
    splits = nodes[nodes["is_leaf"] == 0]
    intercept = float(boosting.decision_function(np.full((1, n_columns), np.nan))[0])
    curves = []
    for position in range(n_columns):
        own = splits[splits["feature_idx"] == position]
        if len(own) == 0:
            curves.append(Curve())
            continue
        if is_category[position]:
            probes = np.arange(np.nanmax(matrix[:, position]) + 1)
        else:
            edges = np.unique(own["num_threshold"])
            edges = edges[np.isfinite(edges)]
            probes = np.append(edges, np.nextafter(edges[-1], np.inf) if len(edges) else 0.0)
        asked = np.full((len(probes), n_columns), np.nan)
        asked[:, position] = probes
        values = boosting.decision_function(asked) - intercept
        curves.append(
            Curve(levels=values) if is_category[position] else Curve(edges=edges, steps=values)
        )
    return intercept, curves


class RampLogistic(ClassifierMixin, BaseEstimator):
    """Logistic regression on broken lines: each number bends at its quantiles.

    A number enters as ramps between neighbouring quantile knots, so the penalty acts on the
    change from knot to knot and pulls each curve towards flat. A category enters level by level,
    a missing value as a level of its own.

    Parameters
    ----------
    kinds : list of str
        Kind of each matrix column (`ml.columns`).
    C : float, default=0.3
        Inverse strength of the L2 penalty.
    n_knots : int, default=7
        Knots per number, at equal quantiles.
    straight : bool, default=False
        Two knots only, at the 1 % and 99 % quantile: the textbook logistic regression.
    """

    def __init__(  # noqa: D107
        self, kinds: list[str], C: float = 0.3, n_knots: int = 7, straight: bool = False
    ) -> None:
        self.kinds = kinds
        self.C = C
        self.n_knots = n_knots
        self.straight = straight

    def fit(
        self, matrix: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> RampLogistic:
        """Fit by Newton's method and read the coefficients out into curves."""
        designs, plan = [], []
        for position, kind in enumerate(self.kinds):
            values = matrix[:, position]
            if kind == CATEGORY:
                size = int(np.nanmax(values)) + 1 if not np.isnan(values).all() else 0
                block = values[:, None] == np.arange(size)[None, :]
                plan.append(("levels", size, None))
            else:
                knots = self._knots(values)
                block = ramps(values, knots)
                plan.append(("ramps", block.shape[1], knots))
            designs.append(block.astype(np.float64))
            designs.append(np.isnan(values).astype(np.float64)[:, None])
        design = np.concatenate(designs, axis=1)
        used = design.any(axis=0) & ~design.all(axis=0)
        if not used.any():
            raise ValueError("no column holds two different values; give a table with content")
        fitted = LogisticRegression(C=self.C, solver="newton-cholesky", max_iter=50, tol=1e-6)
        fitted.fit(design[:, used], y, sample_weight=sample_weight)
        self.classes_ = fitted.classes_
        weights = np.zeros(design.shape[1])
        weights[used] = fitted.coef_[0]
        self.model_ = self._read_out(float(fitted.intercept_[0]), weights, plan)
        return self

    def _knots(self, values: np.ndarray) -> np.ndarray:
        given = values[~np.isnan(values)]
        if len(given) == 0:
            return np.empty(0)
        levels = np.unique(given)
        if self.straight:
            ends = np.unique(np.quantile(given, [0.01, 0.99]))
            # A constant column has one level, so no stretch to climb.
            return ends if len(ends) == 2 else np.unique(levels[[0, -1]])
        if len(levels) <= self.n_knots:
            return levels
        return np.unique(np.quantile(given, np.linspace(0.005, 0.995, self.n_knots)))

    @staticmethod
    def _read_out(intercept: float, weights: np.ndarray, plan: list[tuple]) -> AdditiveModel:
        curves, start = [], 0
        for shape, size, knots in plan:
            own, missing = weights[start : start + size], float(weights[start + size])
            start += size + 1
            if shape == "levels":
                curves.append(Curve(missing=missing, levels=own.copy()))
            elif len(knots):
                heights = np.concatenate([[0.0], np.cumsum(own)])
                curves.append(Curve(missing=missing, knots=knots, heights=heights))
            else:
                curves.append(Curve(missing=missing))
        return AdditiveModel(intercept, curves)

    def decision_function(self, matrix: np.ndarray) -> np.ndarray:
        """Return the logit of each row."""
        check_is_fitted(self, "model_")
        return self.model_.decision(matrix)

    def predict_proba(self, matrix: np.ndarray) -> np.ndarray:
        """Return the probability of each class, shape (n_rows, 2)."""
        return both_classes(self.decision_function(matrix))


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


def both_classes(logit: np.ndarray) -> np.ndarray:
    """Return (1 - p, p) for logits, shape (n_rows, 2)."""
    positive = sigmoid(logit)
    return np.column_stack([1.0 - positive, positive])


def sigmoid(logit: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-logit)) without overflow."""
    # Element by element and branch-free, so that a row's value never depends on its neighbours.
    small = np.exp(-np.abs(logit))
    return np.where(logit >= 0, 1.0, small) / (1.0 + small)
