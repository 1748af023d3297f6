"""Additive members: columns, and a few pairs of them, add up, so reasons are table look-ups."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from ml.columns import CATEGORY
from ml.curves import AdditiveModel, Curve, both_classes, sigmoid
from ml.pairs import read_out, screened_pairs
from ml.ramps import ends, ramps, signed

LARGEST_READOUT_ERROR = 1e-6


class AdditiveBoosting(ClassifierMixin, BaseEstimator):
    """Gradient boosting on single columns and a few pairs (GA2M), read out into curves and tables.

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
    max_bins : int, default=64
        Half the time of 255 without loss; more where categories need them.
    n_pairs : int, default=0
        Pairs of columns at most; those that explain what single columns leave.
    monotone : list of int, optional
        Per column: 1 where more may never lower the risk, -1 where it may never raise it, else 0.
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
        max_bins: int = 64,
        n_pairs: int = 0,
        monotone: list[int] | None = None,
        random_state: int = 0,
    ) -> None:
        self.kinds = kinds
        self.max_iter = max_iter
        self.learning_rate = learning_rate
        self.max_leaf_nodes = max_leaf_nodes
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.max_features = max_features
        self.max_bins = max_bins
        self.n_pairs = n_pairs
        self.monotone = monotone
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
        matrix, is_category = matrix[:, order], is_category[order]
        weight = np.ones(len(y)) if sample_weight is None else sample_weight
        pairs = self._pairs(matrix, is_category, order, y, weight) if self.n_pairs else []
        boosting = self._boosting(matrix, is_category, order, pairs, self.max_iter)
        boosting.fit(matrix, y, sample_weight=weight)
        self.classes_ = boosting.classes_
        model = read_out(boosting, matrix, is_category, pairs, weight)
        error = np.abs(model.decision(matrix) - boosting.decision_function(matrix)).max()
        self.readout_error_ = float(error)
        if self.readout_error_ > LARGEST_READOUT_ERROR:
            raise RuntimeError(
                f"curves miss the boosting's logits by {error:.2g}; this scikit-learn numbers its "
                "splits differently: pin the version in constraints.txt"
            )
        for pair in model.pairs:
            pair.first, pair.second = int(order[pair.first]), int(order[pair.second])
        curves = [model.curves[place] for place in np.argsort(order, kind="stable")]
        self.model_ = AdditiveModel(model.intercept, curves, model.pairs)
        return self

    def _boosting(
        self,
        matrix: np.ndarray,
        is_category: np.ndarray,
        order: np.ndarray,
        pairs: list[tuple[int, int]],
        max_iter: int,
    ) -> HistGradientBoostingClassifier:
        groups = [{position} for position in range(matrix.shape[1])] + [set(own) for own in pairs]
        monotone = None if self.monotone is None else np.asarray(self.monotone)[order]
        return HistGradientBoostingClassifier(
            max_iter=max_iter,
            learning_rate=self.learning_rate * self.max_iter / max_iter,
            max_leaf_nodes=self.max_leaf_nodes,
            min_samples_leaf=self.min_samples_leaf,
            l2_regularization=self.l2_regularization,
            max_features=self.max_features,
            max_bins=bins_for(matrix, is_category, self.max_bins),
            categorical_features=is_category,
            interaction_cst=groups if pairs else "no_interactions",
            monotonic_cst=monotone,
            early_stopping=False,
            random_state=self.random_state,
        )

    def _pairs(
        self,
        matrix: np.ndarray,
        is_category: np.ndarray,
        order: np.ndarray,
        y: np.ndarray,
        weight: np.ndarray,
    ) -> list[tuple[int, int]]:
        """Ask what a coarse model of single columns leaves unexplained."""
        coarse = self._boosting(matrix, is_category, order, [], max(self.max_iter // 3, 1))
        chance = sigmoid(coarse.fit(matrix, y, sample_weight=weight).decision_function(matrix))
        residual, variance = (y - chance) * weight, chance * (1 - chance) * weight
        return screened_pairs(matrix, residual, variance, self.n_pairs)

    def decision_function(self, matrix: np.ndarray) -> np.ndarray:
        """Return the logit of each row."""
        check_is_fitted(self, "model_")
        return self.model_.decision(matrix)

    def predict_proba(self, matrix: np.ndarray) -> np.ndarray:
        """Return the probability of each class, shape (n_rows, 2)."""
        return both_classes(self.decision_function(matrix))


def bins_for(matrix: np.ndarray, is_category: np.ndarray, least: int) -> int:
    """Return how many bins to use: so many at least, or what the categories need."""
    codes = matrix[:, is_category]
    highest = np.nanmax(codes) if codes.size and not np.isnan(codes).all() else 0
    return int(np.clip(highest + 2, least, 255))


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
    monotone : list of int, optional
        Per column: 1 where more may never lower the risk, -1 where it may never raise it, else 0.
    width : list of float, optional
        Per column: how wide the prior of its coefficients is beside that of a column of width 1.
    """

    def __init__(  # noqa: D107
        self,
        kinds: list[str],
        C: float = 0.3,
        n_knots: int = 7,
        straight: bool = False,
        monotone: list[int] | None = None,
        width: list[float] | None = None,
    ) -> None:
        self.kinds = kinds
        self.C = C
        self.n_knots = n_knots
        self.straight = straight
        self.monotone = monotone
        self.width = width

    def fit(
        self, matrix: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> RampLogistic:
        """Fit by Newton's method and read the coefficients out into curves."""
        design, plan = self.laid_out(matrix)
        width = self._widths(plan)
        if self.width is not None:
            # A wider column is pulled less: the same as a wider prior.
            design *= width
        used = design.any(axis=0) & ~design.all(axis=0)
        if not used.any():
            raise ValueError("no column holds two different values; give a table with content")
        fitted = LogisticRegression(C=self.C, solver="newton-cholesky", max_iter=50, tol=1e-6)
        fitted.fit(design[:, used], y, sample_weight=sample_weight)
        self.classes_ = fitted.classes_
        weights, intercept = np.zeros(design.shape[1]), float(fitted.intercept_[0])
        weights[used] = fitted.coef_[0]
        if self.monotone is not None:
            is_positive = (np.asarray(y) == self.classes_[1]).astype(float)
            weight = np.ones(len(design)) if sample_weight is None else sample_weight
            signs = self._signs(plan)[used]
            intercept, weights[used] = signed(
                design[:, used], is_positive, weight, signs, self.C, intercept, weights[used]
            )
        self.model_ = self._read_out(intercept, weights * width, plan)
        return self

    def laid_out(self, matrix: np.ndarray) -> tuple[np.ndarray, list[tuple]]:
        """Return the ramps, levels and gaps of a matrix, and what each column became."""
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
        return np.concatenate(designs, axis=1), plan

    def told(self, coefficients: np.ndarray, plan: list[tuple]) -> RampLogistic:
        """Take coefficients of `laid_out`, and the intercept last, that were found elsewhere."""
        self.classes_ = np.array([0.0, 1.0])
        self.model_ = self._read_out(float(coefficients[-1]), coefficients[:-1], plan)
        return self

    def _widths(self, plan: list[tuple]) -> np.ndarray:
        """Return the width of each column of the design."""
        width = np.ones(len(plan)) if self.width is None else np.asarray(self.width, dtype=float)
        return np.repeat(width, [size + 1 for _, size, _ in plan])

    def _signs(self, plan: list[tuple]) -> np.ndarray:
        """Return which sign each coefficient must have (0: any); a missing value's is free."""
        signs = []
        for (shape, size, _), sign in zip(plan, self.monotone, strict=True):
            signs += [sign if shape == "ramps" else 0] * size + [0]
        return np.array(signs)

    def _knots(self, values: np.ndarray) -> np.ndarray:
        given = values[~np.isnan(values)]
        if len(given) == 0:
            return np.empty(0)
        if self.straight:
            return ends(given)
        levels = np.unique(given)
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
