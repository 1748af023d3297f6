"""The model of one product: which rows it learns from, and how much each column is heard."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from ml.additive import RampLogistic
from ml.columns import TableEncoder, row_hashes
from ml.curves import sigmoid
from ml.selection import blend, greedy_weights, line, platt

_NEGATIVES_PER_TAKER = 20
# Takers of one product are few, the profile is long: a narrow prior keeps its noise down. Of a
# product's own past, and of the segment, the prior is wide (one logit and not a sixth of one): the
# baselines know no more than these, so the model never knows less than a baseline.
_C = 0.03
_TOLD_WIDTH = (1 / _C) ** 0.5
# With so many of either kind interactions can be learned, and how far to stretch what is said; a
# third of it brought noise alone.
_ENOUGH_FOR_BOOSTING = 1_000
_C_WIDE = 1.0
_FOLDS = 2
# So many standard errors better: the luck of few takers would choose else.
_SURELY = 2.0
NARROW, WIDE, BOOSTING = "narrow", "wide", "boosting"


def fitted_products(
    encoder: TableEncoder,
    matrix: np.ndarray,
    columns: dict[object, list[int]],
    tells: dict[object, set[str]],
    outcomes: np.ndarray,
    weight: np.ndarray,
    limits: tuple[int, int],
    seed: int,
) -> dict[object, dict[str, object]]:
    """Return the models of products; none of a product too few took (`fitted_product`).

    Parameters
    ----------
    encoder : TableEncoder
    matrix : ndarray of shape (n_rows, n_columns)
        The table as the encoder turned it.
    columns : dict of product to list of int
        Columns each product is learned from; products in the order of `outcomes`.
    tells : dict of product to set of str
        Names of the columns that get a wide prior.
    outcomes : ndarray of shape (n_rows, n_products)
        1 taken, 0 not taken, NaN where it could not be.
    weight : ndarray of shape (n_rows,)
    limits : tuple of (int, int)
        Fewest takers, most rows.
    seed : int
    """
    models = {}
    hashes = row_hashes(np.column_stack([matrix, outcomes]), seed)
    with threadpool_limits(limits=1):
        for (item, own), taken in zip(columns.items(), outcomes.T, strict=True):
            found = fitted_product(
                matrix[:, own],
                [encoder.kinds_[column] for column in own],
                [encoder.names_[column] in tells[item] for column in own],
                taken,
                weight,
                hashes,
                limits,
                seed,
            )
            if found is not None:
                models[item] = found
    return models


def fitted_product(
    matrix: np.ndarray,
    kinds: list[str],
    tells: list[bool],
    taken: np.ndarray,
    weight: np.ndarray,
    hashes: np.ndarray,
    limits: tuple[int, int],
    seed: int,
) -> dict[str, object] | None:
    """Return a product's model: members, their weights, and the line that makes them true.

    A logistic regression with a narrow prior, and one with a wide prior where rows not seen are
    likelier with it, by more than the error. Where many took it the two and a boosting share the
    word, as much as each deserved on such rows.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_columns)
    kinds : list of str
        Kind of each column (`ml.columns`).
    tells : list of bool
        Columns with a wide prior: the product's own past, and the segment.
    taken : ndarray of shape (n_rows,)
        1 taken, 0 not taken, NaN where it could not be.
    weight : ndarray of shape (n_rows,)
    hashes : ndarray of shape (n_rows,), uint64
        The order of rows, whatever order they came in.
    limits : tuple of (int, int)
        Fewest takers, most rows.
    seed : int

    Returns
    -------
    dict with members (name to estimator), weights (name to float) and line (slope, intercept);
    None where takers, others or columns are too few
    """
    fewest, most = limits
    takers, others = np.flatnonzero(taken == 1), np.flatnonzero(taken == 0)
    if min(len(takers), len(others)) < fewest or not kinds:
        return None
    takers = takers[np.argsort(hashes[takers], kind="stable")][: most // 2]
    wanted = min(most - len(takers), max(4_000, _NEGATIVES_PER_TAKER * len(takers)))
    kept = others[np.argsort(hashes[others], kind="stable")][:wanted]
    rows = np.concatenate([takers, kept])
    rows = rows[np.argsort(hashes[rows], kind="stable")]
    stands_for = np.where(
        taken[rows] == 1,
        weight[taken == 1].sum() / weight[takers].sum(),
        weight[others].sum() / weight[kept].sum(),
    )
    own, weights = matrix[rows], stands_for * weight[rows]
    if (np.nanmin(own, axis=0, initial=np.inf) >= np.nanmax(own, axis=0, initial=-np.inf)).all():
        # Of these rows nothing but missing values could differ.
        return None
    y, folds = taken[rows], _folds(taken[rows])
    width = [_TOLD_WIDTH if told else 1.0 for told in tells]
    priors = _Priors(RampLogistic(kinds, n_knots=6), width, own, y, weights)
    said = priors.unseen(folds)
    is_much = min(len(takers), len(kept)) >= _ENOUGH_FOR_BOOSTING
    boosting = HistGradientBoostingClassifier(
        max_iter=60,
        learning_rate=0.12,
        max_leaf_nodes=8,
        l2_regularization=5.0,
        max_features=0.3,
        max_bins=64,
        early_stopping=False,
        random_state=seed,
    )
    if is_much:
        said[BOOSTING] = _unseen(boosting, own, y, weights, folds)
    weight_of, straight = greedy_weights(said, y, weights), (1.0, 0.0)
    if is_much:
        straight = platt(blend(weight_of, said), y, weights)
    elif not _is_likelier(blend(weight_of, said), said[NARROW], y, weights):
        weight_of = {NARROW: 1.0}
    members = {
        name: _fitted(boosting, own, y, weights) if name == BOOSTING else priors.member(name)
        for name in weight_of
    }
    return {"members": members, "weights": weight_of, "line": straight}


class _Priors:
    """The logistic regressions of one product's rows: what they share is worked out once."""

    def __init__(
        self,
        ramps: RampLogistic,
        width: list[float],
        own: np.ndarray,
        y: np.ndarray,
        weights: np.ndarray,
    ) -> None:
        design, self.plan = ramps.laid_out(own)
        self.ramps, self.own, self.y, self.weights = ramps, own, y, weights
        self.used = design.any(axis=0)
        self.design = design[:, self.used]
        wide = np.repeat(width, [size + 1 for _, size, _ in self.plan])[self.used]
        # a standard deviation for each coefficient's prior
        self.prior = {NARROW: _C**0.5 * wide, WIDE: np.full(len(wide), _C_WIDE**0.5)}
        self.found = {NARROW: _solved(self.design, y, weights, self.prior[NARROW])}

    def unseen(self, folds: np.ndarray) -> dict[str, np.ndarray]:
        """Return each prior's logits of rows it was not fitted on."""
        said = {name: np.empty(len(self.y)) for name in self.prior}
        for each in range(_FOLDS):
            inside, outside = folds != each, folds == each
            rows = self.design[inside], self.y[inside], self.weights[inside]
            theta = self.found[NARROW]
            for name, prior in self.prior.items():
                theta = _solved(*rows, prior, theta)
                said[name][outside] = self.design[outside] @ theta[:-1] + theta[-1]
        return said

    def member(self, name: str) -> RampLogistic:
        """Return the estimator under a prior, fitted on all rows."""
        if name not in self.found:
            found = self.found[NARROW]
            self.found[name] = _solved(self.design, self.y, self.weights, self.prior[name], found)
        theta = np.zeros(len(self.used) + 1)
        theta[np.append(self.used, True)] = self.found[name]
        return clone(self.ramps).told(theta, self.plan)


def _solved(
    design: np.ndarray,
    y: np.ndarray,
    weights: np.ndarray,
    prior: np.ndarray,
    start: np.ndarray | None = None,
) -> np.ndarray:
    """Return the coefficients under a prior and the intercept, begun near where they may end.

    A wider column is pulled less: the same as a wider prior.
    """
    solver = LogisticRegression(
        C=1.0, solver="newton-cholesky", max_iter=100, tol=1e-6, warm_start=start is not None
    )
    if start is not None:
        solver.classes_ = np.array([0.0, 1.0])
        solver.coef_, solver.intercept_ = (start[:-1] / prior)[None, :], start[-1:].copy()
    solver.fit(design * prior, y, sample_weight=weights)
    return np.append(solver.coef_[0] * prior, solver.intercept_)


def _is_likelier(one: np.ndarray, other: np.ndarray, y: np.ndarray, weights: np.ndarray) -> bool:
    """Say whether what came is likelier by one's logits than by the other's, beyond the error."""
    likely = [weights * (y * said - np.logaddexp(0.0, said)) for said in (one, other)]
    gain = likely[0] - likely[1]
    return bool(gain.mean() > _SURELY * gain.std(ddof=1) / np.sqrt(len(gain)))


def _folds(y: np.ndarray) -> np.ndarray:
    """Return the fold of each row; rows come in a drawn order."""
    fold = np.empty(len(y), dtype=np.intp)
    for label in (0, 1):
        fold[y == label] = np.arange(int((y == label).sum())) % _FOLDS
    return fold


def _unseen(
    member: BaseEstimator, own: np.ndarray, y: np.ndarray, weights: np.ndarray, folds: np.ndarray
) -> np.ndarray:
    """Return a member's logits of rows it was not fitted on."""
    said = np.empty(len(y))
    for each in range(_FOLDS):
        inside, outside = folds != each, folds == each
        fitted = _fitted(member, own[inside], y[inside], weights[inside])
        said[outside] = fitted.decision_function(own[outside])
    return said


def _fitted(
    member: BaseEstimator, own: np.ndarray, y: np.ndarray, weights: np.ndarray
) -> BaseEstimator:
    # A boosting that hears of weights takes half as long again, be they all 1.
    return clone(member).fit(own, y, sample_weight=None if (weights == 1).all() else weights)


def chance_of(model: dict[str, object], matrix: np.ndarray) -> np.ndarray:
    """Return the chance of each row to take the product, by its model."""
    said = {name: member.decision_function(matrix) for name, member in model["members"].items()}
    return sigmoid(line(model["line"], blend(model["weights"], said)))
