"""The item recommender over products: the log that tables tell, and what it says of a history."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from ml.item_odds import fitted_line
from ml.items import ItemRecommender

# What a line holds when first seen it took some time before.
_BEFORE_DAYS = 30.0


def log_of(
    history: np.ndarray, outcomes: np.ndarray, line: np.ndarray, day: np.ndarray
) -> pd.DataFrame:
    """Return who held or took which product, and when that was first seen.

    Parameters
    ----------
    history : ndarray of shape (n_rows, n_products)
        Above 0 for what each row holds, or once held.
    outcomes : ndarray of shape (n_rows, n_products)
        1 taken.
    line : ndarray of shape (n_rows,)
    day : ndarray of shape (n_rows,)
        The row's date, in days.

    Returns
    -------
    DataFrame with columns customer, item (position), at (days)
    """
    parts = []
    for found, late in ((history > 0, -_BEFORE_DAYS), (np.nan_to_num(outcomes) > 0, 0.0)):
        row, item = np.nonzero(found)
        parts.append(pd.DataFrame({"customer": line[row], "item": item, "at": day[row] + late}))
    log = pd.concat(parts, ignore_index=True)
    return log.groupby(["customer", "item"], as_index=False, sort=True)["at"].min()


def fitted_ranks(
    history: np.ndarray, outcomes: np.ndarray, weight: np.ndarray, rates: np.ndarray,
    line: np.ndarray, day: np.ndarray,
) -> tuple[ItemRecommender | None, np.ndarray]:  # fmt: skip
    """Return the item recommender, no customer in it, and the line that makes its word log odds.

    Returns
    -------
    tuple of (ItemRecommender or None where nothing was held or taken, ndarray of shape (3,))
        The line as of `ml.item_odds.fitted_odds`.
    """
    log = log_of(history, outcomes, line, day)
    if log.empty:
        return None, np.array([0.0, 1.0, 0.0])
    ranker = ItemRecommender().fit(log).without_customers()
    return ranker, fitted_line(lambda rows: said_by(ranker, history[rows], rates), outcomes, weight)


def said_by(ranker: ItemRecommender | None, history: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Return the rate's log odds and the logarithm of the ranker's score beside its mean.

    Returns
    -------
    ndarray of shape (n_rows, n_products, 2)
    """
    level = np.broadcast_to(np.log(rates / (1 - rates)), history.shape)
    word = np.zeros(history.shape)
    if ranker is not None:
        known = ranker.items_.astype(np.intp)
        held = sparse.csr_matrix((history[:, known] > 0).astype(float))
        score = ranker.scores_by(held, history.any(axis=1))
        score[~np.isfinite(score)] = 0.0
        told = np.full(history.shape, score[score > 0].min(initial=1.0))
        told[:, known] = np.maximum(score, told[:, known])
        word = np.log(told / told.mean(axis=1, keepdims=True))
    return np.stack([level, word], axis=2)
