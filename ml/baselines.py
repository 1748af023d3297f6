"""What a person would do without any learning: the bar every estimator is measured against."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

from ml.additive import RampLogistic
from ml.columns import MANY, TableEncoder, as_number, as_text
from ml.curves import both_classes

_NEW_DAYS = 365
_SMOOTHING = 20.0


class BaseRate(ClassifierMixin, BaseEstimator):
    """The same probability for everybody: the share seen in training."""

    def fit(self, X: object, y: np.ndarray, sample_weight: np.ndarray | None = None) -> BaseRate:
        """Remember the share of the positive class."""
        self.classes_ = np.array([0, 1])
        self.rate_ = float(np.average(y, weights=sample_weight))
        return self

    def predict_proba(self, X: object) -> np.ndarray:
        """Return the remembered share for each row, shape (n_rows, 2)."""
        return np.tile([1 - self.rate_, self.rate_], (len(X), 1))


class ThreeLineRule(ClassifierMixin, BaseEstimator):
    """No contract that binds, new with us, has complained: count them, and look the rate up.

    Columns that are not there count as zero, so the rule works on any table.
    """

    def fit(
        self, X: pd.DataFrame, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> ThreeLineRule:
        """Learn the rate of each count, smoothed towards the overall rate."""
        self.classes_ = np.array([0, 1])
        points, weight = self._points(X), np.ones(len(X))
        weight = weight if sample_weight is None else sample_weight
        n = np.bincount(points, weights=weight, minlength=4)
        hits = np.bincount(points, weights=weight * y, minlength=4)
        rate = np.average(y, weights=weight)
        self.rates_ = (hits + _SMOOTHING * rate) / (n + _SMOOTHING)
        return self

    def _points(self, X: pd.DataFrame) -> np.ndarray:
        points = np.zeros(len(X), dtype=np.intp)
        if "contract_type" in X:
            points += np.isin(as_text(X["contract_type"]), ["monthly", None])
        if "tenure_days" in X:
            points += as_number(X["tenure_days"]) < _NEW_DAYS
        if "complaints_90d" in X:
            points += as_number(X["complaints_90d"]) > 0
        return points

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Return the rate of each row's count, shape (n_rows, 2)."""
        rate = self.rates_[self._points(X)]
        return np.column_stack([1 - rate, rate])


class PlainLogistic(ClassifierMixin, BaseEstimator):
    """One logistic regression with straight lines, the textbook model."""

    def fit(
        self, X: pd.DataFrame, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> PlainLogistic:
        """Fit on numbers (clipped to their 1–99 % range) and categories, level by level."""
        self.encoder_ = TableEncoder().fit(X)
        matrix = self._matrix(X)
        self.member_ = RampLogistic(self._kinds(), C=1.0, straight=True).fit(
            matrix, np.asarray(y, dtype=float), sample_weight
        )
        self.classes_ = np.array([0, 1])
        return self

    def _kinds(self) -> list[str]:
        return [kind for kind in self.encoder_.kinds_ if kind != MANY]

    def _matrix(self, X: pd.DataFrame) -> np.ndarray:
        keep = np.array([kind != MANY for kind in self.encoder_.kinds_])
        return self.encoder_.transform(X)[:, keep]

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Return the probability of each class, shape (n_rows, 2)."""
        return both_classes(self.member_.decision_function(self._matrix(X)))
