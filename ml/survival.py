"""How long a line stays: the chance of each cause of exit in each month to come."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import SplineTransformer
from sklearn.utils.validation import check_is_fitted

from ml.columns import as_frame, as_number, as_text

OTHER = "other"
_LEAST_ROWS = 20
_BATCH_ROWS = 2_000
# Hazards at the far ends of the clock rest on a handful of lines: they are held from here on.
_INNER = (0.01, 0.99)


class DiscreteHazards(BaseEstimator):
    """Cause-specific hazards a month, by multinomial logistic regression on months lived through.

    A row is a line and a month it entered. The hazard moves with the line's clock (a spline of its
    tenure), with the time left in its contract, and with covariates that are held as they are.
    Beyond the tenures seen in training the hazard is constant.

    Parameters
    ----------
    clock : str, default="tenure_months"
        Column that grows by one each month.
    countdown : str, default="contract_months_left"
        Column that shrinks by one each month: above `ending_months` bound, below its negative over,
        in between ending, missing without a contract. It may be absent.
    ending_months : float, default=1.0
    n_knots : int, default=5
        Of the spline, at quantiles of the clock.
    C : float, default=1.0
        Inverse strength of the ridge penalty.
    least_exits : int, default=30
    least_share : float, default=0.05
        A cause seen less often, or behind a lesser share of the exits, is counted as `other`.
    draws : int, default=0
        Resamples of the groups behind `sampled_survival`, each by one Newton step.
    random_state : int, default=0

    Attributes
    ----------
    causes_ : list of str
    coef_ : ndarray of shape (n_causes, n_terms)
        Log odds of each cause against living through the month; the first term is the constant.
    draws_ : ndarray of shape (draws, n_causes, n_terms)
    last_clock_ : float
        The hazard is constant beyond it.

    References
    ----------
    Tutz, Schmid: Modeling Discrete Time-to-Event Data (2016), chapters 3 and 8. Kline, Santos: A
    score based approach to wild bootstrap inference. Journal of Econometric Methods 1 (2012).
    """

    def __init__(  # noqa: D107
        self,
        clock: str = "tenure_months",
        countdown: str = "contract_months_left",
        ending_months: float = 1.0,
        n_knots: int = 5,
        C: float = 1.0,
        least_exits: int = 30,
        least_share: float = 0.05,
        draws: int = 0,
        random_state: int = 0,
    ) -> None:
        self.clock = clock
        self.countdown = countdown
        self.ending_months = ending_months
        self.n_knots = n_knots
        self.C = C
        self.least_exits = least_exits
        self.least_share = least_share
        self.draws = draws
        self.random_state = random_state

    def fit(
        self,
        X: pd.DataFrame,
        cause: np.ndarray,
        sample_weight: np.ndarray | None = None,
        groups: np.ndarray | None = None,
    ) -> DiscreteHazards:
        """Learn from months that are over.

        Parameters
        ----------
        X : DataFrame of shape (n_rows, n_columns)
            As it was at the month's start.
        cause : array of shape (n_rows,)
            Why the line left in the month; None where it lived through it.
        sample_weight : ndarray of shape (n_rows,), optional
            How many rows each row stands for.
        groups : array of shape (n_rows,), optional
            Whoever is resampled as one: the customer.

        Raises
        ------
        ValueError
            When nobody left, or everybody did.
        """
        X, names = as_frame(X), as_text(pd.Series(cause))
        weight = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight, float)
        has_left = np.array([name is not None for name in names])
        if has_left.all() or not has_left.any():
            raise ValueError("hazards need months that were lived through and months that were not")
        told, counts = np.unique(names[has_left].astype(str), return_counts=True)
        least = max(self.least_exits, self.least_share * counts.sum())
        often = set(told[counts >= least])
        names = np.array([n if n is None or n in often else OTHER for n in names], dtype=object)
        self.causes_ = sorted(set(names[has_left]))
        outcome = np.array([0 if n is None else 1 + self.causes_.index(n) for n in names])
        self._learn_columns(X)
        design = self._design(X, self._static(X), 0)
        solver = LogisticRegression(C=self.C, solver="newton-cholesky", tol=1e-6)
        solver.fit(design[:, 1:], outcome, sample_weight=weight)
        terms = np.column_stack([solver.intercept_, solver.coef_])
        # Two outcomes are told as one line; more are told as one each, of which living is the base.
        self.coef_ = terms if len(terms) == 1 else terms[1:] - terms[0]
        self.draws_ = self._draw(design, outcome, weight, groups)
        return self

    def _learn_columns(self, X: pd.DataFrame) -> None:
        clock = self._log_clock(X[self.clock], 0)
        known = clock[np.isfinite(clock)]
        knots = np.unique(np.quantile(known, np.linspace(*_INNER, self.n_knots)))
        self.last_clock_ = float(np.expm1(knots[-1]))
        self.usual_clock_ = float(np.median(known))
        self.knots_ = knots
        self.numbers_, self.levels_ = {}, {}
        for name in X.columns:
            if name in (self.clock, self.countdown):
                continue
            if pd.api.types.is_numeric_dtype(X[name].dtype):
                values = as_number(X[name])
                seen = values[np.isfinite(values)]
                if len(seen) and seen.std() > 0:
                    self.numbers_[name] = (float(seen.mean()), float(seen.std()))
                continue
            texts = as_text(X[name])
            told, counts = np.unique(texts[texts != None].astype(str), return_counts=True)  # noqa: E711
            if len(told) > 1 or counts.sum() < len(X):
                self.levels_[name] = sorted(told[counts >= _LEAST_ROWS].tolist())

    def _log_clock(self, column: pd.Series, months: int) -> np.ndarray:
        return np.log1p(np.maximum(as_number(column), 0) + months)

    def _static(self, X: pd.DataFrame) -> np.ndarray:
        """Return the terms that stay as they are, shape (n_rows, n_static)."""
        parts = []
        for name, (mean, spread) in self.numbers_.items():
            values = (as_number(X[name]) - mean) / spread
            parts += [np.nan_to_num(values), np.isnan(values).astype(float)]
        for name, levels in self.levels_.items():
            texts = as_text(X[name])
            parts += [(texts == level).astype(float) for level in levels]
        return np.column_stack(parts) if parts else np.empty((len(X), 0))

    def _design(self, X: pd.DataFrame, static: np.ndarray, months: int) -> np.ndarray:
        """Return all terms as they will be after some months, the constant first."""
        clock = self._log_clock(X[self.clock], months)
        is_unknown = np.isnan(clock)
        clock = np.where(is_unknown, self.usual_clock_, clock)
        parts = [np.ones((len(X), 1)), static, is_unknown[:, None].astype(float)]
        if len(self.knots_) > 1:
            # Built anew from its knots: a stored spline would drag private types along.
            knots = self.knots_[:, None]
            spline = SplineTransformer(
                knots=knots, degree=3, extrapolation="constant", include_bias=False
            )
            parts.append(spline.fit(knots).transform(clock[:, None]))
        if self.countdown in X:
            left = as_number(X[self.countdown]) - months
            parts += [
                (left > self.ending_months)[:, None].astype(float),
                (np.abs(left) <= self.ending_months)[:, None].astype(float),
                (left < -self.ending_months)[:, None].astype(float),
            ]
        return np.hstack(parts)

    def _draw(
        self,
        design: np.ndarray,
        outcome: np.ndarray,
        weight: np.ndarray,
        groups: np.ndarray | None,
    ) -> np.ndarray:
        """Return the coefficients of each resample of the groups, one Newton step from ours."""
        n_causes, n_terms = self.coef_.shape
        if not self.draws:
            return np.empty((0, n_causes, n_terms))
        hazard = _softmax(design @ self.coef_.T)[:, 1:]
        misses = (outcome[:, None] == np.arange(1, n_causes + 1)) - hazard
        curvature = np.zeros((n_causes, n_terms, n_causes, n_terms))
        for one in range(n_causes):
            for two in range(n_causes):
                bend = weight * hazard[:, one] * ((one == two) - hazard[:, two])
                curvature[one, :, two] = design.T @ (design * bend[:, None])
        size = n_causes * n_terms
        curvature = curvature.reshape(size, size) + np.eye(size) / self.C
        scores = (weight[:, None, None] * misses[:, :, None] * design[:, None, :]).reshape(-1, size)
        own = np.arange(len(design)) if groups is None else pd.factorize(np.asarray(groups))[0]
        order = np.argsort(own, kind="stable")
        starts = np.flatnonzero(np.diff(own[order], prepend=-1))
        scores = np.add.reduceat(scores[order], starts, axis=0)
        random = np.random.default_rng(self.random_state)
        times = random.multinomial(len(scores), np.full(len(scores), 1 / len(scores)), self.draws)
        steps = np.linalg.solve(curvature, ((times - 1) @ scores).T).T
        return self.coef_ + steps.reshape(self.draws, n_causes, n_terms)

    def predict_hazards(self, X: pd.DataFrame, months: int = 1) -> np.ndarray:
        """Return each cause's chance in each month to come, given that the line lives to see it.

        Returns
        -------
        ndarray of shape (n_rows, months, n_causes)
        """
        check_is_fitted(self)
        X = as_frame(X)
        static = self._static(X)
        return np.stack(
            [_softmax(self._design(X, static, t) @ self.coef_.T)[:, 1:] for t in range(months)],
            axis=1,
        )

    def predict_survival(self, X: pd.DataFrame, months: int) -> np.ndarray:
        """Return the chance to be still here after 1, 2, … months, shape (n_rows, months)."""
        return np.cumprod(1 - self.predict_hazards(X, months).sum(axis=2), axis=1)

    def predict_incidence(self, X: pd.DataFrame, months: int) -> dict[str, np.ndarray]:
        """Return the chance to have left for each cause after 1, 2, … months.

        Returns
        -------
        dict of str to ndarray of shape (n_rows, months)
            With `predict_survival` they add up to one.
        """
        hazards = self.predict_hazards(X, months)
        alive = np.cumprod(1 - hazards.sum(axis=2), axis=1)
        alive = np.column_stack([np.ones(len(alive)), alive[:, :-1]])
        gone = np.cumsum(hazards * alive[:, :, None], axis=1)
        return {cause: gone[:, :, place] for place, cause in enumerate(self.causes_)}

    def sampled_survival(self, X: pd.DataFrame, months: int) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield the survival of batches of rows, as fitted and in each resample.

        Yields
        ------
        tuple of (slice of rows, ndarray of shape (n_batch, 1 + draws, months))
            The first is that of `predict_survival`.
        """
        check_is_fitted(self)
        X = as_frame(X)
        coefs = np.concatenate([self.coef_[None], self.draws_])
        flat = coefs.reshape(-1, coefs.shape[2]).T
        for start in range(0, len(X), _BATCH_ROWS):
            rows = slice(start, min(start + _BATCH_ROWS, len(X)))
            batch = X.iloc[rows]
            static = self._static(batch)
            alive = np.empty((len(batch), len(coefs), months))
            for t in range(months):
                odds = np.exp(self._design(batch, static, t) @ flat)
                odds = odds.reshape(len(batch), len(coefs), -1).sum(axis=2)
                alive[:, :, t] = 1 / (1 + odds)
            yield rows, np.cumprod(alive, axis=2)

    def sampled_incidence(
        self, X: pd.DataFrame, months: int
    ) -> Iterator[tuple[slice, int, np.ndarray]]:
        """Yield the chance to have left for each cause, batch by batch and month by month.

        Yields
        ------
        tuple of (slice of rows, month, ndarray of shape (n_batch, 1 + draws, n_causes))
            As fitted and in each resample, after 1, 2, … months.
        """
        check_is_fitted(self)
        X = as_frame(X)
        coefs = np.concatenate([self.coef_[None], self.draws_])
        flat = coefs.reshape(-1, coefs.shape[2]).T
        for start in range(0, len(X), _BATCH_ROWS):
            rows = slice(start, min(start + _BATCH_ROWS, len(X)))
            batch = X.iloc[rows]
            static = self._static(batch)
            alive = np.ones((len(batch), len(coefs), 1))
            gone = np.zeros((len(batch), *coefs.shape[:2]))
            for t in range(months):
                odds = np.exp(self._design(batch, static, t) @ flat).reshape(gone.shape)
                stays = 1 / (1 + odds.sum(axis=2, keepdims=True))
                gone = gone + alive * odds * stays
                alive = alive * stays
                yield rows, t + 1, gone


def _softmax(scores: np.ndarray) -> np.ndarray:
    """Return the chance of living through (first) and of each cause, shape (n_rows, 1 + causes)."""
    odds = np.exp(np.column_stack([np.zeros(len(scores)), scores]))
    return odds / odds.sum(axis=1, keepdims=True)
