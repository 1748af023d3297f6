"""Block bootstrap over cut-offs and subscriptions: what differs by chance, and what does not."""

from __future__ import annotations

import numpy as np
import pandas as pd

DRAWS = 200


def mean_draws(
    rows: pd.DataFrame, values: np.ndarray, seed: int, draws: int = DRAWS
) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean over cut-offs of the mean of rows, and how it would have come out again.

    A subscription is drawn with all of its months (a block), cut-offs are drawn with replacement,
    and every cut-off counts the same.

    Parameters
    ----------
    rows : DataFrame with columns subscription_id, as_of_date
    values : ndarray of shape (n_rows, n_values)
    seed : int
    draws : int

    Returns
    -------
    tuple of (ndarray of shape (n_values,), ndarray of shape (draws, n_values))

    References
    ----------
    Cameron, Gelbach, Miller: Bootstrap-based improvements for inference with clustered errors.
    Review of Economics and Statistics 90 (2008).
    """
    blocks, months, times, chosen = _drawn(rows, seed, draws)
    point, again = [], []
    for month in range(months.max() + 1):
        own = months == month
        point.append(values[own].mean(axis=0))
        stands_for = times[:, blocks[own]]
        again.append(stands_for @ values[own] / np.maximum(stands_for.sum(axis=1), 1.0)[:, None])
    every = np.stack(again, axis=1)
    return np.mean(point, axis=0), every[np.arange(draws)[:, None], chosen].mean(axis=1)


def auc_draws(
    rows: pd.DataFrame, y: np.ndarray, score: np.ndarray, seed: int, draws: int = DRAWS
) -> np.ndarray:
    """Return the mean AUC over cut-offs as it would have come out again, shape (draws,)."""
    blocks, months, times, chosen = _drawn(rows, seed, draws)
    every = np.empty((draws, months.max() + 1))
    for month in range(months.max() + 1):
        own = np.flatnonzero(months == month)
        own = own[np.argsort(score[own], kind="stable")]
        starts = np.flatnonzero(np.r_[True, np.diff(score[own]) != 0])
        stands_for = times[:, blocks[own]]
        left = np.add.reduceat(stands_for * (y[own] == 1), starts, axis=1)
        stayed = np.add.reduceat(stands_for * (y[own] == 0), starts, axis=1)
        below = np.cumsum(stayed, axis=1) - stayed / 2
        pairs = left.sum(axis=1) * stayed.sum(axis=1)
        every[:, month] = np.where(
            pairs > 0, (left * below).sum(axis=1) / np.maximum(pairs, 1), 0.5
        )
    return every[np.arange(draws)[:, None], chosen].mean(axis=1)


def interval(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the 2.5 % and 97.5 % quantiles over the first axis."""
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    return low, high


def _drawn(
    rows: pd.DataFrame, seed: int, draws: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return block and cut-off of each row, how often each block is drawn, cut-offs drawn."""
    random = np.random.default_rng(seed)
    blocks, names = pd.factorize(rows["subscription_id"], sort=True)
    months, dates = pd.factorize(rows["as_of_date"], sort=True)
    # Poisson(1) counts are the bootstrap's for many blocks, without drawing them together.
    times = random.poisson(1.0, (draws, len(names))).astype(np.float32)
    return blocks, months, times, random.integers(0, len(dates), (draws, len(dates)))
