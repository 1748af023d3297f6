"""The model of one product: which rows it learns from, and how much each column is heard."""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from ml.additive import RampLogistic
from ml.columns import TableEncoder, row_hashes
from ml.curves import sigmoid

_NEGATIVES_PER_TAKER = 20
# Takers of one product are few, the profile is long: a narrow prior keeps its noise down. Of a
# product's own past, and of the segment, the prior is wide (one logit and not a sixth of one): the
# baselines know no more than these, so the model never knows less than a baseline.
_C = 0.03
_TOLD_WIDTH = (1 / _C) ** 0.5
# With so many of either kind interactions can be learned; a third of it brought noise alone.
_ENOUGH_FOR_BOOSTING = 1_000


def fitted_products(
    encoder: TableEncoder,
    matrix: np.ndarray,
    columns: dict[object, list[int]],
    tells: dict[object, set[str]],
    outcomes: np.ndarray,
    weight: np.ndarray,
    limits: tuple[int, int],
    seed: int,
) -> tuple[dict[object, RampLogistic], dict[object, HistGradientBoostingClassifier]]:
    """Return the models of products, and the boostings of those that many took.

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
    models, boostings = {}, {}
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
                models[item], boosting = found
                if boosting is not None:
                    boostings[item] = boosting
    return models, boostings


def fitted_product(
    matrix: np.ndarray,
    kinds: list[str],
    tells: list[bool],
    taken: np.ndarray,
    weight: np.ndarray,
    hashes: np.ndarray,
    limits: tuple[int, int],
    seed: int,
) -> tuple[RampLogistic, HistGradientBoostingClassifier | None] | None:
    """Return a product's logistic regression, and its boosting where many took it.

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
    tuple, or None where takers, others or columns are too few
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
    width = [_TOLD_WIDTH if told else 1.0 for told in tells]
    model = RampLogistic(kinds, C=_C, n_knots=6, width=width)
    boosting = None
    if min(len(takers), len(kept)) >= _ENOUGH_FOR_BOOSTING:
        boosting = HistGradientBoostingClassifier(
            max_iter=120,
            learning_rate=0.06,
            max_leaf_nodes=8,
            l2_regularization=5.0,
            max_features=0.3,
            max_bins=64,
            early_stopping=False,
            random_state=seed,
        ).fit(own, taken[rows], sample_weight=weights)
    return model.fit(own, taken[rows], sample_weight=weights), boosting


def chance_of(
    model: RampLogistic, boosting: HistGradientBoostingClassifier | None, matrix: np.ndarray
) -> np.ndarray:
    """Return the chance of each row to take the product, by the mean of the members' logits."""
    logit = model.decision_function(matrix)
    if boosting is not None:
        logit = (logit + boosting.decision_function(matrix)) / 2
    return sigmoid(logit)
