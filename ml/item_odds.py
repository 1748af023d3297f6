"""What goes with what is held, as a probability: one line for all products."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn.linear_model import LogisticRegression

from ml.curves import sigmoid
from ml.items import item_weights

PENALTY = 200.0
_MOST_ROWS, _MOST_CELLS = 20_000, 2_000_000


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
    return weights, fitted_line(lambda rows: said_of(held[rows], weights, rates), outcomes, weight)


def fitted_line(
    say: Callable[[np.ndarray], np.ndarray], outcomes: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Return intercept and slopes that make what is said log odds, one for all products.

    Parameters
    ----------
    say : callable
        Of the numbers of rows, what is said of them: ndarray of shape (n, n_products, 2).
    outcomes : ndarray of shape (n_rows, n_products)
    weight : ndarray of shape (n_rows,)
    """
    # Takers first, in the rows' own order: enough for three numbers.
    most = min(_MOST_ROWS, max(_MOST_CELLS // outcomes.shape[1], 500))
    order = np.argsort(-np.nan_to_num(outcomes).max(axis=1), kind="stable")
    rows, left_out = order[:most], order[most:]
    taken = np.nan_to_num(outcomes).max(axis=1) > 0
    others = rows[~taken[rows]]
    stands_for = weight.astype(float)
    if len(left_out) and len(others):
        stands_for[others] *= 1 + weight[left_out].sum() / weight[others].sum()
    asked = ~np.isnan(outcomes[rows])
    both = say(rows)[asked]
    truth = outcomes[rows][asked]
    line = np.array([0.0, 1.0, 0.0])
    if len(truth) and truth.min() < truth.max():
        times = np.broadcast_to(stands_for[rows, None], asked.shape)[asked]
        found = LogisticRegression(C=1.0, solver="newton-cholesky", max_iter=50)
        found.fit(both, truth, sample_weight=times)
        line = np.append(found.intercept_, found.coef_[0])
    return line


def odds(said: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Return the probability of each product, shape (n_rows, n_products), by what is said."""
    return sigmoid(said @ line[1:] + line[0])


def said_of(held: np.ndarray, weights: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Return the rate's log odds and the item model's word, shape (n_rows, n_products, 2)."""
    level = np.broadcast_to(np.log(rates / (1 - rates)), held.shape)
    return np.stack([level, held @ weights], axis=2)
