"""The churn classifier: additive and boosted members, selected and calibrated out of fold."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import TargetEncoder
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from ml.additive import AdditiveBoosting, RampLogistic, both_classes
from ml.columns import CATEGORY, MANY, NUMBER, TableEncoder, as_frame, row_hashes, text_hashes
from ml.selection import (
    auc_difference_error,
    base_logit,
    blend,
    greedy_weights,
    line,
    log_loss_of,
    platt,
    thin,
)

WITH_INTERACTIONS = "boosting"
_MANY_ROWS = 6_000
_CERTAINTY = 1.64
_SELECTION = (
    "is_additive_",
    "weights_",
    "explainer_weights_",
    "platt_",
    "explainer_platt_",
    "fidelity_",
    "oof_",
)


class ChurnClassifier(ClassifierMixin, BaseEstimator):
    """Probability of leaving, from any table, with exact reasons whenever they cost little.

    Three additive members (boosting without interactions, two logistic regressions on broken
    lines) and one boosting with interactions are blended in logits by greedy selection on their
    out-of-fold log-loss, then calibrated (Platt). Unless the full blend is better than the additive
    one by more than `additive_tolerance` AUC, and by more than chance explains, the additive one is
    the champion and its reasons are exact; otherwise it explains the champion with a stated
    fidelity.

    Columns may be numbers, bools, dates, text, categories of any cardinality; values may be
    missing anywhere. Rows are put into an order of their own content first, so the order of the
    input never shows in a score.

    Parameters
    ----------
    n_folds : int, default=5
        Folds for selection and calibration; three at most above 6,000 rows.
    max_rows : int, default=20_000
        Rows used at most; above, all positives (up to half of the rows) and a sample of the
        negatives are used, each weighted by how many it stands for, so that calibration stays.
    max_levels : int, default=60
        Text columns with more levels are encoded by their target, cross-fitted.
    additive_tolerance : float, default=0.005
        AUC one is willing to give for exact reasons; negative to give none.
    random_state : int, default=20261123
        Seed of folds, samples and members.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
    weights_ : dict of str to float
        Weight of each chosen member of the champion.
    is_additive_ : bool
        True when the champion itself is additive.
    fidelity_ : float
        R² of the explainer's logit against the champion's, out of fold (1.0 when the same).
    oof_ : dict of str to float
        Out-of-fold AUC and log-loss of the additive and the full blend.

    References
    ----------
    Caruana et al.: Ensemble selection from libraries of models. ICML 2004.
    Platt: Probabilistic outputs for support vector machines. 1999.
    """

    def __init__(  # noqa: D107
        self,
        n_folds: int = 5,
        max_rows: int = 20_000,
        max_levels: int = 60,
        additive_tolerance: float = 0.005,
        random_state: int = 20261123,
    ) -> None:
        self.n_folds = n_folds
        self.max_rows = max_rows
        self.max_levels = max_levels
        self.additive_tolerance = additive_tolerance
        self.random_state = random_state

    def fit(
        self, X: object, y: object, groups: object = None, sample_weight: object = None
    ) -> ChurnClassifier:
        """Fit members, selection and calibration.

        Parameters
        ----------
        X : DataFrame or array of shape (n_rows, n_columns)
        y : array of shape (n_rows,)
            Two classes; the second in sorted order is the positive one.
        groups : array of shape (n_rows,), optional
            Rows of one group (a subscription at several dates) never meet across folds.
        sample_weight : array of shape (n_rows,), optional
            How many rows each row stands for.

        Raises
        ------
        ValueError
            When `y` does not hold two classes.
        """
        matrix, codes, weight, folds = self._prepared(X, y, groups, sample_weight)
        oof = self._out_of_fold(matrix, codes, weight, folds)
        self._select(oof, codes, weight)
        self._fit_members(matrix, codes, weight)
        return self

    def refit(
        self, X: object, y: object, groups: object = None, sample_weight: object = None
    ) -> ChurnClassifier:
        """Return a new classifier on other rows that keeps this one's selection and calibration.

        What was chosen out of fold on an honest past need not be chosen again to serve: only the
        members learn from the newer rows.
        """
        check_is_fitted(self, "members_")
        other = clone(self)
        matrix, codes, weight, _ = other._prepared(X, y, groups, sample_weight)
        for name in _SELECTION:
            setattr(other, name, getattr(self, name))
        other._fit_members(matrix, codes, weight)
        return other

    def _prepared(
        self, X: object, y: object, groups: object, sample_weight: object
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Check the input, learn the columns, and return rows in canonical order with folds."""
        frame = as_frame(X)
        y = np.asarray(y)
        if len(y) != len(frame):
            raise ValueError(f"X has {len(frame)} rows and y has {len(y)}; give one label per row")
        if type_of_target(y) != "binary" or len(np.unique(y)) != 2:
            raise ValueError("y must hold two classes, such as True and False; check the labels")
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.encoder_ = TableEncoder(self.max_levels).fit(frame)
        self.feature_names_in_ = self.encoder_.feature_names_in_
        self.n_features_in_ = self.encoder_.n_features_in_
        if not self.encoder_.names_:
            raise ValueError("no column holds two different values; give a table with content")
        weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, float)
        matrix = self.encoder_.transform(frame)
        return self._canonical(matrix, codes.astype(float), weight, groups)

    def _canonical(
        self, matrix: np.ndarray, y: np.ndarray, weight: np.ndarray, groups: object
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Sort rows by content, thin them to `max_rows`, and give each a fold."""
        hashes = row_hashes(np.column_stack([matrix, y, weight]), self.random_state)
        own = hashes if groups is None else text_hashes(groups, self.random_state)
        order, stands_for = thin(np.lexsort((own, hashes)), y, weight, self.max_rows)
        matrix, y, own = np.asfortranarray(matrix[order]), y[order], own[order]
        n_folds = min(self.n_folds, 3) if len(y) > _MANY_ROWS else self.n_folds
        n_folds = int(min(n_folds, max(2, min(y.sum(), (1 - y).sum()))))
        if groups is not None:
            return matrix, y, stands_for, (own >> np.uint64(7)) % np.uint64(n_folds)
        # Rows stand in the random order of their hashes: dealing them out class by class
        # stratifies, and equal rows with equal labels cannot tell their folds apart.
        folds = np.empty(len(y), dtype=np.uint64)
        for label in (0.0, 1.0):
            folds[y == label] = np.arange(int((y == label).sum())) % n_folds
        return matrix, y, stands_for, folds

    def _kinds(self) -> list[str]:
        return [NUMBER if kind == MANY else kind for kind in self.encoder_.kinds_]

    def _out_of_fold(
        self, matrix: np.ndarray, y: np.ndarray, weight: np.ndarray, folds: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Return each member's logits for rows it was not fitted on."""
        members = self._members(self._kinds(), len(y))
        if len(y) > _MANY_ROWS:
            del members["ramp_logistic"]  # with many rows the looser penalty adds time, not skill
        oof = {name: np.full(len(y), base_logit(y, weight)) for name in members}
        for fold in np.unique(folds):
            inside, outside = folds != fold, folds == fold
            if len(np.unique(y[inside])) < 2:
                continue
            encoder = self._target_encoder(matrix[inside], y[inside])
            train = self._encoded(encoder, matrix[inside], y[inside])
            test = self._encoded(encoder, matrix[outside])
            for name, member in members.items():
                fitted = _fitted(clone(member), train, y[inside], weight[inside])
                oof[name][outside] = fitted.decision_function(test)
        return oof

    def _fit_members(self, matrix: np.ndarray, y: np.ndarray, weight: np.ndarray) -> None:
        self.target_encoder_ = self._target_encoder(matrix, y)
        train = self._encoded(self.target_encoder_, matrix, y)
        wanted = {**self.weights_, **self.explainer_weights_}
        members = self._members(self._kinds(), len(train))
        self.members_ = {
            name: _fitted(members[name], train, y, weight) for name in members if name in wanted
        }
        # Reasons are relative to the average row, so each column's mean goes into the base.
        self.centre_ = np.average(self._raw_contributions(train), axis=0, weights=weight)

    def _members(self, kinds: list[str], n_rows: int) -> dict[str, ClassifierMixin]:
        leaf = int(np.clip(n_rows // 250, 10, 80))
        knots = 9 if n_rows <= _MANY_ROWS else 7
        return {
            "additive_boosting": AdditiveBoosting(
                kinds, min_samples_leaf=leaf, random_state=self.random_state
            ),
            "ramp_logistic": RampLogistic(kinds, C=1.0, n_knots=knots),
            "ramp_logistic_tight": RampLogistic(kinds, C=0.1, n_knots=knots),
            WITH_INTERACTIONS: HistGradientBoostingClassifier(
                max_iter=200,
                learning_rate=0.05,
                max_leaf_nodes=8,
                min_samples_leaf=leaf,
                l2_regularization=10.0,
                max_features=0.3,
                max_bins=max(64, min(self.max_levels + 2, 255)),
                categorical_features=np.array([kind == CATEGORY for kind in kinds]),
                early_stopping=False,
                random_state=self.random_state,
            ),
        }

    def _target_encoder(self, matrix: np.ndarray, y: np.ndarray) -> TargetEncoder | None:
        many = self._many()
        if not many.any():
            return None
        folds = StratifiedKFold(5, shuffle=True, random_state=self.random_state)
        encoder = TargetEncoder(cv=folds, target_type="binary")
        return encoder.fit(matrix[:, many], y)

    def _encoded(
        self, encoder: TargetEncoder | None, matrix: np.ndarray, y: np.ndarray | None = None
    ) -> np.ndarray:
        """Replace codes of high-cardinality columns by rates; with `y`, cross-fitted ones."""
        if encoder is None:
            return matrix
        many = self._many()
        result = np.array(matrix, order="F")
        result[:, many] = (
            encoder.transform(matrix[:, many])
            if y is None
            else encoder.fit_transform(matrix[:, many], y)
        )
        return result

    def _many(self) -> np.ndarray:
        return np.array([kind == MANY for kind in self.encoder_.kinds_])

    def _select(self, oof: dict[str, np.ndarray], y: np.ndarray, weight: np.ndarray) -> None:
        full = greedy_weights(oof, y, weight)
        additive = greedy_weights(
            {name: own for name, own in oof.items() if name != WITH_INTERACTIONS}, y, weight
        )
        full_logit, additive_logit = blend(full, oof), blend(additive, oof)
        auc_full = roc_auc_score(y, full_logit, sample_weight=weight)
        auc_additive = roc_auc_score(y, additive_logit, sample_weight=weight)
        noise = auc_difference_error(y, full_logit, additive_logit)
        self.is_additive_ = bool(
            self.additive_tolerance >= 0
            and auc_full - auc_additive <= max(self.additive_tolerance, _CERTAINTY * noise)
        )
        self.weights_ = additive if self.is_additive_ else full
        self.explainer_weights_ = additive
        champion = additive_logit if self.is_additive_ else full_logit
        self.platt_ = platt(champion, y, weight)
        self.explainer_platt_ = (
            self.platt_ if self.is_additive_ else platt(additive_logit, y, weight)
        )
        calibrated = line(self.platt_, champion)
        gap = calibrated - line(self.explainer_platt_, additive_logit)
        spread = np.average(
            (calibrated - np.average(calibrated, weights=weight)) ** 2, weights=weight
        )
        lost = np.average(gap**2, weights=weight)
        self.fidelity_ = float(1.0 - lost / spread) if spread > 0 else 1.0
        self.oof_ = {
            "auc_additive": float(auc_additive),
            "auc_full": float(auc_full),
            "log_loss_champion": log_loss_of(calibrated, y, weight),
            "log_loss_full": log_loss_of(line(platt(full_logit, y, weight), full_logit), y, weight),
        }

    def _matrix(self, X: object) -> np.ndarray:
        check_is_fitted(self, "members_")
        return self._encoded(self.target_encoder_, self.encoder_.transform(X))

    def decision_function(self, X: object) -> np.ndarray:
        """Return the calibrated logit of each row, shape (n_rows,)."""
        matrix = self._matrix(X)
        logits = {name: self.members_[name].decision_function(matrix) for name in self.weights_}
        return line(self.platt_, blend(self.weights_, logits))

    def predict_proba(self, X: object) -> np.ndarray:
        """Return the calibrated probability of each class, shape (n_rows, 2)."""
        return both_classes(self.decision_function(X))

    def predict(self, X: object) -> np.ndarray:
        """Return the likelier class; a threshold by cost is the caller's business."""
        return self.classes_[(self.decision_function(X) > 0).astype(int)]

    def _raw_contributions(self, matrix: np.ndarray) -> np.ndarray:
        total = np.zeros(matrix.shape, order="F")
        for name, weight in self.explainer_weights_.items():
            total += weight * self.members_[name].model_.contributions(matrix)
        return total * self.explainer_platt_[0]

    def contributions(self, X: object) -> pd.DataFrame:
        """Return what each column adds to the explainer's logit, against the average row.

        Returns
        -------
        DataFrame of shape (n_rows, n_kept_columns), in logits
            Each row sums to `explain_decision(X) - base_logit_`.
        """
        raw = self._raw_contributions(self._matrix(X)) - self.centre_
        return pd.DataFrame(raw, columns=self.encoder_.names_)

    @property
    def base_logit_(self) -> float:
        """The explainer's logit of the average row."""
        check_is_fitted(self, "members_")
        intercept = sum(
            weight * self.members_[name].model_.intercept
            for name, weight in self.explainer_weights_.items()
        )
        return float(line(self.explainer_platt_, intercept) + self.centre_.sum())

    def explain_decision(self, X: object) -> np.ndarray:
        """Return the explainer's logit; the champion's own when `is_additive_`."""
        matrix = self._matrix(X)
        logits = {
            name: self.members_[name].decision_function(matrix) for name in self.explainer_weights_
        }
        return line(self.explainer_platt_, blend(self.explainer_weights_, logits))


def _fitted(
    member: ClassifierMixin, matrix: np.ndarray, y: np.ndarray, weight: np.ndarray
) -> ClassifierMixin:
    """Fit on one thread: at this size a second one costs four times what it saves, and sums
    must not depend on how many there are."""
    with threadpool_limits(limits=1):
        return member.fit(matrix, y, sample_weight=weight)
