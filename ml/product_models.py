"""The model of one product: which rows it learns from, and how much each column is heard."""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from ml.additive import RampLogistic

_NEGATIVES_PER_TAKER = 20
# Takers of one product are few, the profile is long: a narrow prior keeps its noise down. Of a
# product's own past, and of the segment, the prior is wide (one logit and not a sixth of one): the
# baselines know no more than these, so the model never knows less than a baseline.
_C = 0.03
_TOLD_WIDTH = (1 / _C) ** 0.5
# With so many of either kind interactions can be learned; a third of it brought noise alone.
_ENOUGH_FOR_BOOSTING = 1_000


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
