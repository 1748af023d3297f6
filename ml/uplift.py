"""Whom contacting keeps: the uplift estimators."""

from __future__ import annotations

import copy

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from ml.additive import RampLogistic
from ml.arms import both_arms, yes_or_no
from ml.columns import CATEGORY, MANY, TableEncoder, as_frame, row_hashes
from ml.offer_checks import one_each
from ml.ramps import ends, ramps

# One arm alone has few exits: straight lines, pulled hard towards no effect.
_C = 0.1
# The T-learner sees both arms: what they share, how wide their differences may be beside that (the
# narrowest first), and the mean effect, which may be anything.
_C_SHARED, _FREE = 1.0, 10.0
TIES = (0.1, 0.3, 1.0)
# Chosen on rows enough to tell them apart.
_TIE_FOLDS, _TIE_ROWS = 3, 60_000
# Where a number's line may bend: an effect often sets in somewhere.
_BENDS = (0.01, 0.25, 0.5, 0.75, 0.99)
# Rows whose effect is worked out at once.
_BLOCK = 50_000


class Learner(BaseEstimator):
    """Something that ranks lines by a chance it learns from one kind of row."""

    def _member(
        self, matrix: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None
    ) -> RampLogistic | float:
        """Fit a logistic regression; the share where all rows, or all that is known, are alike."""
        if y.min() == y.max() or not self.kinds_:
            return float(np.average(y, weights=weight))
        return RampLogistic(self.kinds_, C=_C, straight=True).fit(matrix, y, weight)

    def _chance(self, member: RampLogistic | float, X: pd.DataFrame) -> np.ndarray:
        if isinstance(member, float) or not len(X):
            return np.full(len(X), member if isinstance(member, float) else 0.0)
        return expit(member.decision_function(self._matrix(X)))

    def _matrix(self, X: pd.DataFrame) -> np.ndarray:
        return self.encoder_.transform(X)[:, self.kept_]

    def _learn_columns(self, X: object) -> pd.DataFrame:
        """Learn what the columns are and return the table."""
        X = as_frame(X)
        if not len(X):
            raise ValueError("X has no rows; give some")
        self.encoder_ = TableEncoder().fit(X)
        self.n_features_in_ = X.shape[1]
        self.feature_names_in_ = self.encoder_.feature_names_in_
        self.kept_ = np.array([kind != MANY for kind in self.encoder_.kinds_], dtype=bool)
        self.kinds_ = [kind for kind in self.encoder_.kinds_ if kind != MANY]
        return X


class TLearner(Learner):
    """Uplift as the difference of two risks, where nobody called and where we did, learned at once.

    Both are logistic regressions on the same columns. What the arms have in common is learned from
    all rows; how they differ, column by column, is pulled towards nothing: a hold-out is small, and
    two risks learned apart differ by their luck before they differ by our call. How hard, says the
    log-loss of rows left out. Who accepts is known of every row we contacted, while few leave: how
    the effect goes with the chance to accept is learned beside, nearly free, as the mean effect is.

    Parameters
    ----------
    tie : float, optional
        Width of the prior of a difference, beside that of what is shared; chosen among TIES when
        left out.

    Attributes
    ----------
    tie_ : float
        The one in use.
    taker_ : RampLogistic or None
        The chance to accept; None where nothing was told of it.

    References
    ----------
    Künzel, Sekhon, Bickel, Yu: Metalearners for estimating heterogeneous treatment effects. PNAS
    116 (2019). Evgeniou, Pontil: Regularized multi-task learning. KDD 2004 (the tie).
    """

    def __init__(self, tie: float | None = None) -> None:  # noqa: D107
        self.tie = tie

    def fit(
        self,
        X: pd.DataFrame,
        has_left: np.ndarray,
        is_treated: np.ndarray,
        has_accepted: np.ndarray | None = None,
    ) -> TLearner:
        """Learn both arms' risk.

        Parameters
        ----------
        X : DataFrame of shape (n_rows, n_columns)
        has_left, is_treated : ndarray of shape (n_rows,), bool
            Or 0 and 1, -1 and 1, words for yes and no, of arms "treatment" and "control".
        has_accepted : ndarray of shape (n_rows,), bool, optional
            Of the treated; what it says of the others is not read.

        Raises
        ------
        ValueError
            When there are no rows, an outcome or arm is missing or neither yes nor no, or all rows
            are of one arm.
        """
        if self.tie is not None and not self.tie >= 0:
            raise ValueError(f"tie is {self.tie!r}; give a width from 0, or None")
        X = self._learn_columns(X)
        left = yes_or_no(has_left, len(X), "has_left")
        arm = both_arms(is_treated, len(X))
        return self._learn(self._matrix(X), left, arm, has_accepted)

    def _learn(
        self,
        matrix: np.ndarray,
        left: np.ndarray,
        arm: np.ndarray,
        has_accepted: np.ndarray | None,
    ) -> TLearner:
        self.knots_ = [
            None if kind == CATEGORY else _bends(values)
            for kind, values in zip(self.kinds_, matrix.T, strict=True)
        ]
        self.sizes_ = [int(np.nanmax(np.append(values, 0))) + 1 for values in matrix.T]
        design = self._design(matrix)
        self.middle_ = design.mean(axis=0)
        self.share_ = float(arm.mean())
        self._learn_takers(matrix, arm > 0, has_accepted)
        design = np.column_stack([design, self._taking(matrix)])
        self.tie_ = self._tie_of(design, left, arm) if self.tie is None else self.tie
        self.member_ = self._fitted(design, left, arm, self.tie_)
        return self

    def _learn_takers(
        self, matrix: np.ndarray, is_treated: np.ndarray, has_accepted: np.ndarray | None
    ) -> None:
        self.taker_, self.level_ = None, (0.0, 1.0)
        if has_accepted is None:
            return
        treated = np.asarray(has_accepted)[is_treated]
        accepted = yes_or_no(treated, int(is_treated.sum()), "has_accepted of the treated")
        if accepted.any() and not accepted.all():
            self.taker_ = self._member(matrix[is_treated], accepted)
            logit = self.taker_.decision_function(matrix)
            self.level_ = (float(logit.mean()), max(float(logit.std()), 1e-9))

    def _taking(self, matrix: np.ndarray) -> np.ndarray:
        """Return how likely each row is to accept, in standard deviations; nought unknown."""
        if self.taker_ is None:
            return np.zeros(len(matrix))
        return (self.taker_.decision_function(matrix) - self.level_[0]) / self.level_[1]

    def _fitted(
        self, design: np.ndarray, left: np.ndarray, arm: np.ndarray, tie: float
    ) -> LogisticRegression | None:
        """Return both risks; None where all rows are alike, so that no risk differs."""
        if left.min() == left.max():
            return None
        member = LogisticRegression(C=_C_SHARED, solver="newton-cholesky", max_iter=50)
        return member.fit(self._both(design, arm, tie), left)

    def _tie_of(self, design: np.ndarray, left: np.ndarray, arm: np.ndarray) -> float:
        """Return the width under which rows left out are likeliest; the narrowest of equals."""
        # In the order of what rows say, whatever order they came in.
        order = np.argsort(row_hashes(np.column_stack([design, left, arm])), kind="stable")
        order = order[:_TIE_ROWS]
        design, left, arm = design[order], left[order], arm[order]
        fold = np.arange(len(left)) % _TIE_FOLDS
        losses = np.zeros(len(TIES))
        for each in range(_TIE_FOLDS):
            inside, outside = fold != each, fold == each
            for place, tie in enumerate(TIES):
                member = self._fitted(design[inside], left[inside], arm[inside], tie)
                if member is None:
                    return TIES[0]
                logit = member.decision_function(self._both(design[outside], arm[outside], tie))
                losses[place] += (np.logaddexp(0, logit) - left[outside] * logit).sum()
        return TIES[int(np.argmin(np.round(losses, 9)))]

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Return the exits prevented per contact, shape (n_rows,)."""
        check_is_fitted(self, "member_")
        X = as_frame(X)
        return self._effects(self._matrix(X)) if len(X) else np.zeros(0)

    def standard_error(
        self,
        X: pd.DataFrame,
        has_left: np.ndarray,
        is_treated: np.ndarray,
        has_accepted: np.ndarray | None,
        times: np.ndarray,
        ahead: pd.DataFrame,
    ) -> np.ndarray:
        """Return how far what is predicted for rows goes astray when other rows are learned from.

        Columns and tie stay those learned: a row drawn twice would stand on both sides of a choice.

        Parameters
        ----------
        X, has_left, is_treated, has_accepted
            As of `fit`.
        times : ndarray of shape (n_draws, n_rows)
            How often each resample draws each row.
        ahead : DataFrame
            The rows to predict for.

        Returns
        -------
        ndarray of shape (len(ahead),)
        """
        check_is_fitted(self, "member_")
        matrix, to_come = self._matrix(as_frame(X)), self._matrix(as_frame(ahead))
        left = yes_or_no(has_left, len(matrix), "has_left")
        arm = yes_or_no(is_treated, len(matrix), "is_treated")
        mean, spread, drawn = np.zeros(len(to_come)), np.zeros(len(to_come)), 0
        for each in times:
            rows = np.repeat(np.arange(len(matrix)), each)
            # A resample without one of the arms says nothing of their difference.
            if not 0 < arm[rows].sum() < len(rows):
                continue
            learner = copy.copy(self)
            learner.tie = self.tie_
            taken = None if has_accepted is None else np.asarray(has_accepted)[rows]
            # Welford's running variance: thirty columns of a large base need not be kept.
            drawn += 1
            away = learner._learn(matrix[rows], left[rows], arm[rows], taken)._effects(to_come)
            away -= mean
            mean += away / drawn
            spread += away**2 * (drawn - 1) / drawn
        return np.sqrt(spread / max(drawn - 1, 1))

    def _effects(self, matrix: np.ndarray) -> np.ndarray:
        """Return what the arms' risks differ by, as `_both` lays them out but never written out."""
        if self.member_ is None:
            return np.zeros(len(matrix))
        found = []
        for begin in range(0, len(matrix), _BLOCK):
            block = matrix[begin : begin + _BLOCK]
            away = self._design(block) - self.middle_
            shared, own, (mean, taking) = np.split(
                self.member_.coef_[0], [away.shape[1], 2 * away.shape[1]]
            )
            side = self.tie_ * (away @ own) + _FREE * (mean + taking * self._taking(block))
            alike = self.member_.intercept_[0] + away @ shared - self.share_ * side
            found.append(expit(alike) - expit(alike + side))
        return np.concatenate(found)

    def _design(self, matrix: np.ndarray) -> np.ndarray:
        """Return each number between its ends, each level, and what is missing, 0 to 1."""
        blocks = [np.empty((len(matrix), 0))]
        for values, knots, size in zip(matrix.T, self.knots_, self.sizes_, strict=True):
            own = values[:, None] == np.arange(size) if knots is None else ramps(values, knots)
            blocks += [own.astype(float), np.isnan(values)[:, None].astype(float)]
        return np.concatenate(blocks, axis=1)

    def _both(self, design: np.ndarray, arm: np.ndarray, tie: float) -> np.ndarray:
        """Return what is shared, what differs by arm, and the arm itself, all but free.

        The last column of the design is the chance to accept: it stands by the arm alone.
        """
        away, side = design[:, :-1] - self.middle_, (arm - self.share_)[:, None]
        free = _FREE * side * np.column_stack([np.ones(len(design)), design[:, -1]])
        return np.concatenate([away, tie * side * away, free], axis=1)


def _bends(values: np.ndarray) -> np.ndarray:
    given = values[~np.isnan(values)]
    found = np.unique(np.quantile(given, _BENDS)) if len(given) else given
    return found if len(found) > 1 else ends(values)


class ClassTransformation(Learner):
    """Uplift by one model of who is where we want them: treated and here, or held out and gone.

    References
    ----------
    Jaskowski, Jaroszewicz: Uplift modeling for clinical trial data. ICML workshop (2012); weights
    by the inverse of each arm's share where the arms are not alike in size.
    """

    def fit(
        self,
        X: pd.DataFrame,
        has_left: np.ndarray,
        is_treated: np.ndarray,
        treated_share: np.ndarray | float | None = None,
    ) -> ClassTransformation:
        """Learn the turned outcome, each row weighted by how rare its arm was.

        Parameters
        ----------
        X, has_left, is_treated
            As of `TLearner.fit`.
        treated_share : float or ndarray of shape (n_rows,), optional
            Chance to be treated that the draw gave each row; the share of the treated if left out.

        Raises
        ------
        ValueError
            As `TLearner.fit`, and when a share is not between 0 and 1.
        """
        X = self._learn_columns(X)
        left = yes_or_no(has_left, len(X), "has_left")
        arm = both_arms(is_treated, len(X))
        share = arm.mean() if treated_share is None else np.asarray(treated_share, dtype=float)
        if np.ndim(share):
            share = one_each(share, len(X), "treated_share")
        if not ((share > 0) & (share < 1)).all():
            raise ValueError("treated_share must be above 0 and below 1: both arms are needed")
        weight = np.where(arm == 1, 1 / share, 1 / (1 - share)) / 2
        self.member_ = self._member(self._matrix(X), (arm != left).astype(float), weight)
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Return the exits prevented per contact, shape (n_rows,)."""
        check_is_fitted(self, "member_")
        return 2 * self._chance(self.member_, as_frame(X)) - 1


class Propensity(Learner):
    """The chance of whatever is marked: to leave (risk), to accept (response), to be contacted."""

    def fit(self, X: pd.DataFrame, y: np.ndarray) -> Propensity:
        """Learn the chance."""
        X = self._learn_columns(X)
        self.member_ = self._member(self._matrix(X), yes_or_no(y, len(X), "y"))
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Return the chance, shape (n_rows,)."""
        check_is_fitted(self, "member_")
        return self._chance(self.member_, as_frame(X))
