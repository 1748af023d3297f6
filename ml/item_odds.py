"""What goes with what is held, as a probability: one line for all products."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression

from ml.curves import sigmoid
from ml.items import item_weights

PENALTY = 200.0
_MOST_ROWS = 20_000


def fitted_odds(
    held: np.ndarray, outcomes: np.ndarray, weight: np.ndarray, rates: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return item weights, and the line that makes what they say a log odds of taking.

    The item model (EASE) ranks; how far it moves the odds of a product away from those of its rate
    is one logistic regression over all products, so few takers of each are enough.

    Parameters
    ----------
    held : ndarray of shape (n_rows, n_products)
        1 for what each row holds, or once held.
    outcomes : ndarray of shape (n_rows, n_products)
        1 taken, 0 not taken, NaN where it could not be.
    weight : ndarray of shape (n_rows,)
        How many rows each row stands for.
    rates : ndarray of shape (n_products,)
        Each product's rate of being taken.

    Returns
    -------
    tuple of (ndarray of shape (n_products, n_products), ndarray of shape (3,))
        The line: intercept, slope on the rate's log odds, slope on the item model.

    References
    ----------
    Steck: Embarrassingly shallow autoencoders for sparse data. WWW 2019.
    """
    weights = item_weights(held * np.sqrt(weight)[:, None], PENALTY)
    # Takers first, in the rows' own order: enough for three numbers.
    order = np.argsort(-np.nan_to_num(outcomes).max(axis=1), kind="stable")
    rows, left_out = order[:_MOST_ROWS], order[_MOST_ROWS:]
    taken = np.nan_to_num(outcomes).max(axis=1) > 0
    others = rows[~taken[rows]]
    stands_for = weight.astype(float)
    if len(left_out) and len(others):
        stands_for[others] *= 1 + weight[left_out].sum() / weight[others].sum()
    asked = ~np.isnan(outcomes[rows])
    both = _said(held[rows], weights, rates)[asked]
    truth = outcomes[rows][asked]
    line = np.array([0.0, 1.0, 0.0])
    if truth.min() < truth.max():
        times = np.broadcast_to(stands_for[rows, None], asked.shape)[asked]
        found = LogisticRegression(C=1.0, solver="newton-cholesky", max_iter=50)
        found.fit(both, truth, sample_weight=times)
        line = np.append(found.intercept_, found.coef_[0])
    return weights, line


def odds(held: np.ndarray, weights: np.ndarray, line: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Return the probability of each product, shape (n_rows, n_products)."""
    return sigmoid(_said(held, weights, rates) @ line[1:] + line[0])


def _said(held: np.ndarray, weights: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Return the rate's log odds and the item model's word, shape (n_rows, n_products, 2)."""
    level = np.broadcast_to(np.log(rates / (1 - rates)), held.shape)
    return np.stack([level, held @ weights], axis=2)
