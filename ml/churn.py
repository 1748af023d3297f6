"""The churn classifier: a portfolio of members, selected and calibrated out of fold."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import PredefinedSplit
from sklearn.preprocessing import TargetEncoder
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from ml.checked import checked_labels, checked_table, checked_weight
from ml.columns import MANY, NUMBER, TableEncoder, row_hashes, text_hashes
from ml.curves import AdditiveModel, both_classes
from ml.portfolio import contestants, is_additive, members
from ml.scorecard import Scorecard, scorecard
from ml.selection import (
    Calibration,
    base_logit,
    blend,
    calibrated_best,
    dealt,
    greedy_weights,
    line,
    log_loss_of,
    platt,
    thin,
)

_MANY_ROWS = 6_000
_SELECTION = (
    "is_additive_",
    "weights_",
    "explainer_weights_",
    "calibration_",
    "explainer_platt_",
    "fidelity_",
    "oof_",
)


class ChurnClassifier(ClassifierMixin, BaseEstimator):
    """Probability of leaving, from any table, with exact reasons of a stated fidelity.

    A portfolio (`ml.portfolio`) of additive members (boosting on single columns, boosting with
    screened pairs, logistic regressions on broken lines) and members with interactions (three
    boostings, a bag of five, oblivious trees, networks, a forest) is blended in logits by greedy
    selection on out-of-fold log-loss, then calibrated (Platt; isotonic where it proves better).
    The additive members alone are blended once more: that is the explainer, a scorecard of curves
    and small tables. Where it ranks as well as the whole portfolio, within `additive_tolerance`, it
    is the champion and its reasons are exact; otherwise it explains the champion with a stated
    fidelity.

    Columns may be numbers, bools, dates, decimals, text, categories of any cardinality; values may
    be missing anywhere; at prediction columns are found by name. Rows are put into an order of
    their own content first, so the order of the input never shows in a score. Everything runs on
    one thread.

    Parameters
    ----------
    n_folds : int, default=5
        Folds for selection and calibration; three at most above 6,000 rows.
    max_rows : int, default=200_000
        Rows used at most; above, all positives (up to half of the rows) and a sample of the
        negatives are used, each weighted by how many it stands for, so that calibration stays.
    max_levels : int, default=60
        Text columns with more levels are encoded by their target, cross-fitted.
    additive_tolerance : float, default=0.0
        AUC one is willing to give for exact reasons; negative to give none. With 1, which any
        difference is below, members with interactions are not tried at all.
    monotone : dict of str to int, optional
        Columns of numbers the business is sure about: 1 where more may never lower the risk, -1
        where more may never raise it. Names that are not there are ignored.
    random_state : int, default=20261123
        Seed of folds, samples and members.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
    weights_ : dict of str to float
        Weight of each chosen member of the champion.
    is_additive_ : bool
        True when the champion is the explainer.
    explainer_ : Scorecard
    fidelity_ : float
        R² of the explainer's logit against the champion's, out of fold (1.0 when the same).
    oof_ : dict of str to float
        Out-of-fold AUC and log-loss of the additive and the full blend.

    References
    ----------
    Caruana et al.: Ensemble selection from libraries of models. ICML 2004.
    Lou, Caruana, Gehrke, Hooker: Accurate intelligible models with pairwise interactions. KDD 2013.
    Platt: Probabilistic outputs for support vector machines. 1999.
    """

    def __init__(  # noqa: D107
        self,
        n_folds: int = 5,
        max_rows: int = 200_000,
        max_levels: int = 60,
        additive_tolerance: float = 0.0,
        monotone: dict[str, int] | None = None,
        random_state: int = 20261123,
    ) -> None:
        self.n_folds = n_folds
        self.max_rows = max_rows
        self.max_levels = max_levels
        self.additive_tolerance = additive_tolerance
        self.monotone = monotone
        self.random_state = random_state

    def __sklearn_tags__(self) -> object:  # noqa: D105
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags

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
            Rows of one group (a subscription at several dates) never meet across folds. Without,
            equal rows are kept together.
        sample_weight : array of shape (n_rows,), optional
            How many rows each row stands for.

        Raises
        ------
        ValueError
            When `y` does not hold two classes, or no column holds two different values.
        """
        matrix, codes, weight, own, folds = self._prepared(X, y, groups, sample_weight)
        oof = self._out_of_fold(matrix, codes, weight, own, folds)
        self._select(oof, codes, weight)
        self._fit_members(matrix, codes, weight, own)
        return self

    def refit(
        self, X: object, y: object, groups: object = None, sample_weight: object = None
    ) -> ChurnClassifier:
        """Return a new classifier on other rows that keeps this one's selection and calibration.

        What was chosen out of fold on an honest past need not be chosen again to serve: only the
        members learn from the newer rows.
        """
        check_is_fitted(self, "explainer_")
        other = clone(self)
        matrix, codes, weight, own, _ = other._prepared(X, y, groups, sample_weight)
        for name in _SELECTION:
            setattr(other, name, getattr(self, name))
        other._fit_members(matrix, codes, weight, own)
        return other

    def _prepared(
        self, X: object, y: object, groups: object, sample_weight: object
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Check the input, learn the columns, and return rows in canonical order, each with the
        key of what must stay together and its fold."""
        frame = checked_table(self, X, reset=True)
        self.classes_, codes = checked_labels(y, len(frame))
        weight = checked_weight(sample_weight, len(frame))
        if len(np.unique(codes[weight > 0])) < 2:
            raise ValueError("y must hold two classes among the rows whose weight is not 0")
        self.encoder_ = TableEncoder(self.max_levels).fit(frame)
        if not self.encoder_.names_:
            raise ValueError("no column holds two different values; give a table with content")
        matrix = self.encoder_.transform(frame)
        return self._canonical(matrix, codes.astype(float), weight, groups)

    def _canonical(
        self, matrix: np.ndarray, y: np.ndarray, weight: np.ndarray, groups: object
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Sort rows by content, thin them to `max_rows`, and give each its key and fold."""
        hashes = row_hashes(np.column_stack([matrix, y, weight]), self.random_state)
        alike = row_hashes(matrix, self.random_state)
        own = alike if groups is None else text_hashes(groups, self.random_state)
        if len(own) != len(y):
            raise ValueError(f"X has {len(y)} rows and groups {len(own)}; give one group per row")
        order, stands_for = thin(np.lexsort((own, hashes)), y, weight, self.max_rows)
        matrix, y, own = np.asfortranarray(matrix[order]), y[order], own[order]
        n_folds = min(self.n_folds, 3) if len(y) > _MANY_ROWS else self.n_folds
        n_folds = int(min(n_folds, max(2, min(y.sum(), (1 - y).sum()))))
        return matrix, y, stands_for, own, dealt(own, y, n_folds)

    def _members(self, n_rows: int) -> dict[str, ClassifierMixin]:
        monotone = self._signs()
        return members(self.encoder_.kinds_, n_rows, monotone, self.random_state)

    def _signs(self) -> list[int] | None:
        """Return the sign each kept column must keep to, or None when there is none."""
        kinds = dict(zip(self.encoder_.names_, self.encoder_.kinds_, strict=True))
        sure = {name: sign for name, sign in (self.monotone or {}).items() if name in kinds}
        wrong = [name for name in sure if kinds[name] != NUMBER]
        if wrong:
            raise ValueError(f"monotone: {wrong} are texts, only numbers can rise; leave them out")
        return [sure.get(name, 0) for name in kinds] if any(sure.values()) else None

    def _out_of_fold(
        self,
        matrix: np.ndarray,
        y: np.ndarray,
        weight: np.ndarray,
        own: np.ndarray,
        folds: np.ndarray,
    ) -> dict[str, np.ndarray]:
        """Return each member's logits for rows it was not fitted on."""
        every = self._members(len(y))
        n_rarer = int(min(y.sum(), (1 - y).sum()))
        tried = contestants(len(y), n_rarer, self._signs() is not None)
        if self.additive_tolerance >= 1:
            tried = [name for name in tried if is_additive(every[name])]
        oof = {name: np.full(len(y), base_logit(y, weight)) for name in tried}
        for fold in np.unique(folds):
            inside, outside = folds != fold, folds == fold
            if len(np.unique(y[inside])) < 2:
                continue
            encoder = self._target_encoder(matrix[inside], y[inside])
            train = self._encoded(encoder, matrix[inside], y[inside], own[inside])
            test = self._encoded(encoder, matrix[outside])
            for name in tried:
                fitted = _fitted(clone(every[name]), train, y[inside], weight[inside])
                oof[name][outside] = _decision(fitted, test)
        return oof

    def _select(self, oof: dict[str, np.ndarray], y: np.ndarray, weight: np.ndarray) -> None:
        every = self._members(len(y))
        full = greedy_weights(oof, y, weight)
        plain = {name: own for name, own in oof.items() if is_additive(every[name])}
        additive = greedy_weights(plain, y, weight)
        full_logit, additive_logit = blend(full, oof), blend(additive, oof)
        auc_full = roc_auc_score(y, full_logit, sample_weight=weight)
        auc_additive = roc_auc_score(y, additive_logit, sample_weight=weight)
        self.is_additive_ = bool(
            self.additive_tolerance >= 0 and auc_full - auc_additive <= self.additive_tolerance
        )
        self.weights_ = additive if self.is_additive_ else full
        self.explainer_weights_ = additive
        self.explainer_platt_ = platt(additive_logit, y, weight)
        explained = line(self.explainer_platt_, additive_logit)
        if self.is_additive_:
            self.calibration_, calibrated = Calibration(self.explainer_platt_), explained
        else:
            self.calibration_ = calibrated_best(full_logit, y, weight)
            calibrated = self.calibration_(full_logit)
        spread = np.average(
            (calibrated - np.average(calibrated, weights=weight)) ** 2, weights=weight
        )
        lost = np.average((calibrated - explained) ** 2, weights=weight)
        self.fidelity_ = float(1.0 - lost / spread) if spread > 0 else 1.0
        self.oof_ = {
            "auc_additive": float(auc_additive),
            "auc_full": float(auc_full),
            "log_loss_champion": log_loss_of(calibrated, y, weight),
            "log_loss_full": log_loss_of(line(platt(full_logit, y, weight), full_logit), y, weight),
        }

    def _fit_members(
        self, matrix: np.ndarray, y: np.ndarray, weight: np.ndarray, own: np.ndarray
    ) -> None:
        self.target_encoder_ = self._target_encoder(matrix, y)
        train = self._encoded(self.target_encoder_, matrix, y, own)
        every = self._members(len(train))
        wanted = {**self.weights_, **self.explainer_weights_}
        fitted = {name: _fitted(every[name], train, y, weight) for name in wanted}
        self.explainer_ = self._explainer(
            [(own, fitted[name].model_) for name, own in self.explainer_weights_.items()],
            matrix,
            weight,
        )
        # The scorecard says all its members say: of an additive champion nothing else is kept.
        served = {} if self.is_additive_ else self.weights_
        self.members_ = {name: fitted[name] for name in served}

    def _explainer(
        self, models: list[tuple[float, AdditiveModel]], matrix: np.ndarray, weight: np.ndarray
    ) -> Scorecard:
        rates: dict[int, tuple[np.ndarray, float]] = {}
        many = np.flatnonzero(self._many())
        if len(many):
            sizes = [len(self.encoder_.levels_[self.encoder_.names_[column]]) for column in many]
            codes = np.full((max(sizes) + 1, len(many)), np.nan)
            for place, size in enumerate(sizes):
                codes[:size, place] = np.arange(size)
            found = self.target_encoder_.transform(codes)
            rates = {
                int(column): (found[:size, place], float(found[-1, place]))
                for place, (column, size) in enumerate(zip(many, sizes, strict=True))
            }
        return scorecard(
            models,
            self.explainer_platt_,
            self.encoder_,
            rates,
            matrix,
            weight,
            self.classes_,
            self.fidelity_,
        )

    def _target_encoder(self, matrix: np.ndarray, y: np.ndarray) -> TargetEncoder | None:
        many = self._many()
        if not many.any():
            return None
        return TargetEncoder(target_type="binary").fit(matrix[:, many], y)

    def _encoded(
        self,
        encoder: TargetEncoder | None,
        matrix: np.ndarray,
        y: np.ndarray | None = None,
        own: np.ndarray | None = None,
    ) -> np.ndarray:
        """Replace codes of high-cardinality columns by rates; with `y`, cross-fitted ones.

        Rows of one key part here as little as in the folds of the selection: the rate of a street
        that holds one customer at five dates would be that customer's own outcome.
        """
        if encoder is None or len(matrix) == 0:
            return matrix
        many = self._many()
        result = np.array(matrix, order="F")
        result[:, many] = (
            encoder.transform(matrix[:, many])
            if y is None
            else clone(encoder)
            .set_params(cv=PredefinedSplit(dealt(own, y, 5)))
            .fit_transform(matrix[:, many], y)
        )
        return result

    def _many(self) -> np.ndarray:
        return np.array([kind == MANY for kind in self.encoder_.kinds_])

    def decision_function(self, X: object) -> np.ndarray:
        """Return the calibrated logit of each row, shape (n_rows,)."""
        check_is_fitted(self, "explainer_")
        frame = checked_table(self, X, reset=False)
        if self.is_additive_:
            return self.explainer_.decision_function(frame)
        matrix = self._encoded(self.target_encoder_, self.encoder_.transform(frame))
        logits = {name: _decision(self.members_[name], matrix) for name in self.weights_}
        return self.calibration_(blend(self.weights_, logits))

    def predict_proba(self, X: object) -> np.ndarray:
        """Return the calibrated probability of each class, shape (n_rows, 2)."""
        return both_classes(self.decision_function(X))

    def predict(self, X: object) -> np.ndarray:
        """Return the likelier class; a threshold by cost is the caller's business."""
        check_is_fitted(self, "explainer_")
        return self.classes_[(self.decision_function(X) > 0).astype(int)]

    def contributions(self, X: object) -> pd.DataFrame:
        """Return what each column adds to the explainer's logit, against the average row.

        Returns
        -------
        DataFrame of shape (n_rows, n_kept_columns), in logits
            Each row sums to `explain_decision(X) - base_logit_`.
        """
        check_is_fitted(self, "explainer_")
        return self.explainer_.contributions(checked_table(self, X, reset=False))

    @property
    def base_logit_(self) -> float:
        """The explainer's logit of the average row."""
        check_is_fitted(self, "explainer_")
        return self.explainer_.base

    def explain_decision(self, X: object) -> np.ndarray:
        """Return the explainer's logit; the champion's own when `is_additive_`."""
        check_is_fitted(self, "explainer_")
        return self.explainer_.decision_function(checked_table(self, X, reset=False))


def _fitted(
    member: ClassifierMixin, matrix: np.ndarray, y: np.ndarray, weight: np.ndarray
) -> ClassifierMixin:
    """Fit on one thread: at this size a second one costs four times what it saves, and sums
    must not depend on how many there are."""
    with threadpool_limits(limits=1):
        return member.fit(matrix, y, sample_weight=weight)


def _decision(member: ClassifierMixin, matrix: np.ndarray) -> np.ndarray:
    """Ask in batches of 10,000 rows, which are fastest, on one thread."""
    with threadpool_limits(limits=1):
        parts = [
            member.decision_function(matrix[start : start + 10_000])
            for start in range(0, len(matrix), 10_000)
        ]
    return np.concatenate(parts) if parts else np.empty(0)
