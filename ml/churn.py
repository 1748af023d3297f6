"""The churn classifier: additive and boosted members, selected and calibrated out of fold."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import TargetEncoder
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from ml.additive import AdditiveBoosting, RampLogistic, both_classes
from ml.columns import CATEGORY, MANY, NUMBER, TableEncoder, as_frame, row_hashes, text_hashes

WITH_INTERACTIONS = "boosting"
_SELECTION_ROUNDS = 25
_MANY_ROWS = 15_000
_WORKERS = 2


class ChurnClassifier(ClassifierMixin, BaseEstimator):
    """Probability of leaving, from any table, with exact reasons whenever they cost little.

    Additive members (boosting without interactions, one or two logistic regressions on broken
    lines) and one boosting with interactions are blended in logits by greedy selection on their
    out-of-fold log-loss, then calibrated (Platt). When the additive blend alone is within
    `additive_tolerance` AUC of the full one, it is the champion and its reasons are exact;
    otherwise the additive blend explains the champion with a stated fidelity.

    Columns may be numbers, bools, dates, text, categories of any cardinality; values may be
    missing anywhere. Rows are put into an order of their own content first, so the order of the
    input never shows in a score.

    Parameters
    ----------
    n_folds : int, default=5
        Folds for selection and calibration; three at most above 15,000 rows.
    max_rows : int, default=30_000
        Rows used at most; above, an even sample by content is taken.
    max_levels : int, default=100
        Text columns with more levels are encoded by their target, cross-fitted.
    additive_tolerance : float, default=0.005
        AUC one is willing to give for exact reasons.
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
        max_rows: int = 30_000,
        max_levels: int = 100,
        additive_tolerance: float = 0.005,
        random_state: int = 20261123,
    ) -> None:
        self.n_folds = n_folds
        self.max_rows = max_rows
        self.max_levels = max_levels
        self.additive_tolerance = additive_tolerance
        self.random_state = random_state

    def fit(self, X: object, y: object, groups: object = None) -> ChurnClassifier:
        """Fit members, selection and calibration.

        Parameters
        ----------
        X : DataFrame or array of shape (n_rows, n_columns)
        y : array of shape (n_rows,)
            Two classes; the second in sorted order is the positive one.
        groups : array of shape (n_rows,), optional
            Rows of one group (a subscription at several dates) never meet across folds.

        Raises
        ------
        ValueError
            When `y` does not hold two classes.
        """
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
        matrix = self.encoder_.transform(frame)
        matrix, codes, folds = self._canonical(matrix, codes.astype(float), groups)
        self._fit_portfolio(matrix, codes, folds)
        return self

    def _canonical(
        self, matrix: np.ndarray, y: np.ndarray, groups: object
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Sort rows by content, thin them to `max_rows`, and give each a fold."""
        hashes = row_hashes(np.column_stack([matrix, y]), self.random_state)
        own = hashes if groups is None else text_hashes(groups, self.random_state)
        order = np.lexsort((own, hashes))[: self.max_rows]
        matrix, y, own = np.asfortranarray(matrix[order]), y[order], own[order]
        n_folds = min(self.n_folds, 3) if len(y) > _MANY_ROWS else self.n_folds
        n_folds = int(min(n_folds, max(2, min(y.sum(), (1 - y).sum()))))
        if groups is not None:
            return matrix, y, (own >> np.uint64(7)) % np.uint64(n_folds)
        # Rows stand in the random order of their hashes: dealing them out class by class
        # stratifies, and equal rows with equal labels cannot tell their folds apart.
        folds = np.empty(len(y), dtype=np.uint64)
        for label in (0.0, 1.0):
            folds[y == label] = np.arange(int((y == label).sum())) % n_folds
        return matrix, y, folds

    def _fit_portfolio(self, matrix: np.ndarray, y: np.ndarray, folds: np.ndarray) -> None:
        kinds = [NUMBER if kind == MANY else kind for kind in self.encoder_.kinds_]
        fold_numbers = np.unique(folds)
        parts = _in_threads(
            [partial(self._out_of_fold, matrix, y, folds == fold, kinds) for fold in fold_numbers]
        )
        oof = {name: np.zeros(len(y)) for name in parts[0]}
        for fold, part in zip(fold_numbers, parts, strict=True):
            for name, logit in part.items():
                oof[name][folds == fold] = logit
        self._select(oof, y)
        self.target_encoder_ = self._target_encoder(matrix, y)
        train = self._encoded(self.target_encoder_, matrix, y)
        members = self._members(kinds, len(train))
        wanted = [name for name in members if name in {**self.weights_, **self.explainer_weights_}]
        fitted = _in_threads([partial(members[name].fit, train, y) for name in wanted])
        self.members_ = dict(zip(wanted, fitted, strict=True))
        self._centre(train)

    def _out_of_fold(
        self, matrix: np.ndarray, y: np.ndarray, outside: np.ndarray, kinds: list[str]
    ) -> dict[str, np.ndarray]:
        """Return each member's logits for the rows it was not fitted on."""
        members = self._members(kinds, len(y))
        if len(np.unique(y[~outside])) < 2:
            return {name: np.full(int(outside.sum()), _base_logit(y)) for name in members}
        encoder = self._target_encoder(matrix[~outside], y[~outside])
        train = self._encoded(encoder, matrix[~outside], y[~outside])
        test = self._encoded(encoder, matrix[outside])
        return {
            name: member.fit(train, y[~outside]).decision_function(test)
            for name, member in members.items()
        }

    def _members(self, kinds: list[str], n_rows: int) -> dict[str, ClassifierMixin]:
        leaf = int(np.clip(n_rows // 250, 10, 80))
        # With many rows the penalty no longer shows: one logistic member is enough.
        logistic = (
            {"ramp_logistic": RampLogistic(kinds, C=0.3)}
            if n_rows > _MANY_ROWS
            else {
                "ramp_logistic": RampLogistic(kinds, C=1.0),
                "ramp_logistic_tight": RampLogistic(kinds, C=0.1),
            }
        )
        return {
            "additive_boosting": AdditiveBoosting(
                kinds, min_samples_leaf=leaf, random_state=self.random_state
            ),
            **logistic,
            WITH_INTERACTIONS: HistGradientBoostingClassifier(
                max_iter=200,
                learning_rate=0.05,
                max_leaf_nodes=8,
                min_samples_leaf=leaf,
                l2_regularization=10.0,
                max_features=0.3,
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

    def _select(self, oof: dict[str, np.ndarray], y: np.ndarray) -> None:
        full = greedy_weights(oof, y)
        additive = greedy_weights(
            {name: own for name, own in oof.items() if name != WITH_INTERACTIONS}, y
        )
        full_logit, additive_logit = blend(full, oof), blend(additive, oof)
        auc = {"full": roc_auc_score(y, full_logit), "additive": roc_auc_score(y, additive_logit)}
        self.is_additive_ = bool(auc["additive"] >= auc["full"] - self.additive_tolerance)
        self.weights_ = additive if self.is_additive_ else full
        self.explainer_weights_ = additive
        champion = additive_logit if self.is_additive_ else full_logit
        self.platt_ = platt(champion, y)
        self.explainer_platt_ = self.platt_ if self.is_additive_ else platt(additive_logit, y)
        spread = np.var(_line(self.platt_, champion))
        gap = _line(self.platt_, champion) - _line(self.explainer_platt_, additive_logit)
        self.fidelity_ = float(1.0 - np.mean(gap**2) / spread) if spread > 0 else 1.0
        self.oof_ = {
            "auc_additive": float(auc["additive"]),
            "auc_full": float(auc["full"]),
            "log_loss_champion": log_loss_of(_line(self.platt_, champion), y),
            "log_loss_full": log_loss_of(_line(platt(full_logit, y), full_logit), y),
        }

    def _centre(self, train: np.ndarray) -> None:
        """Remember each column's mean contribution: reasons are relative to the average row."""
        raw = self._raw_contributions(train)
        self.centre_ = raw.mean(axis=0)

    def _matrix(self, X: object) -> np.ndarray:
        check_is_fitted(self, "members_")
        return self._encoded(self.target_encoder_, self.encoder_.transform(X))

    def decision_function(self, X: object) -> np.ndarray:
        """Return the calibrated logit of each row, shape (n_rows,)."""
        matrix = self._matrix(X)
        logits = {name: self.members_[name].decision_function(matrix) for name in self.weights_}
        return _line(self.platt_, blend(self.weights_, logits))

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
        return float(_line(self.explainer_platt_, intercept) + self.centre_.sum())

    def explain_decision(self, X: object) -> np.ndarray:
        """Return the explainer's logit; the champion's own when `is_additive_`."""
        matrix = self._matrix(X)
        logits = {
            name: self.members_[name].decision_function(matrix) for name in self.explainer_weights_
        }
        return _line(self.explainer_platt_, blend(self.explainer_weights_, logits))


def _in_threads(jobs: list[Callable[[], object]]) -> list:
    """Run jobs two at a time, each on one thread of its own, and return their results in order.

    At this size handing bins to a second OpenMP thread costs four times what it saves, and with
    one thread per job no sum depends on how many cores there are.
    """

    def alone(job: Callable[[], object]) -> object:
        with threadpool_limits(limits=1):
            return job()

    with threadpool_limits(limits=1), ThreadPoolExecutor(_WORKERS) as pool:
        return list(pool.map(alone, jobs))


def _base_logit(y: np.ndarray) -> float:
    return float(np.log((y.sum() + 0.5) / ((1 - y).sum() + 0.5)))


def _line(coefficients: tuple[float, float], logit: np.ndarray | float) -> np.ndarray:
    return coefficients[0] * logit + coefficients[1]


def blend(weights: dict[str, float], logits: dict[str, np.ndarray]) -> np.ndarray:
    """Return the weighted sum of members' logits, added in the order of the weights."""
    return sum(weight * logits[name] for name, weight in weights.items())


def greedy_weights(logits: dict[str, np.ndarray], y: np.ndarray) -> dict[str, float]:
    """Select members with replacement, each round the one that lowers log-loss most.

    Parameters
    ----------
    logits : dict of str to ndarray of shape (n_rows,)
        Out-of-fold logits of each member.
    y : ndarray of shape (n_rows,)
        0 or 1.

    Returns
    -------
    dict of str to float
        Weights above 0, summing to 1, in the order of `logits`.
    """
    total = np.zeros(len(y))
    counts = dict.fromkeys(logits, 0)
    for n_chosen in range(1, _SELECTION_ROUNDS + 1):
        losses = {name: log_loss_of((total + own) / n_chosen, y) for name, own in logits.items()}
        best = min(losses, key=lambda name: (losses[name], name))
        total = total + logits[best]
        counts[best] += 1
    return {name: n / _SELECTION_ROUNDS for name, n in counts.items() if n}


def platt(logit: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return slope and intercept that calibrate a logit (a slope never below a small positive)."""
    if np.ptp(logit) == 0:
        return 1.0, 0.0
    fitted = LogisticRegression(C=1e6, solver="newton-cholesky", max_iter=100, tol=1e-8).fit(
        logit[:, None], y
    )
    slope, intercept = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    if slope <= 0:
        # Out of fold the members rank no better than chance: say the base rate, keep the order.
        return 1e-3, _base_logit(y) - 1e-3 * float(logit.mean())
    return slope, intercept


def log_loss_of(logit: np.ndarray, y: np.ndarray) -> float:
    """Return the mean log-loss of logits, in nats."""
    return float(np.mean(np.logaddexp(0.0, logit) - y * logit))
