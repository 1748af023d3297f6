"""How well a ranking of many items foretells what is done next, and which one to believe."""

from __future__ import annotations

import numpy as np
import pandas as pd

TOP = 10
_ROUNDS = 200


def best_of(score: np.ndarray, k: int) -> np.ndarray:
    """Return the places of each row's k highest scores, the highest first, of equals the first.

    As a stable sort of everything would, ten times as fast where items are many.

    Parameters
    ----------
    score : ndarray of shape (n_rows, n_items)
    k : int

    Returns
    -------
    ndarray of shape (n_rows, min(k, n_items))
    """
    k = min(k, score.shape[1])
    if not 0 < k < score.shape[1]:
        return np.argsort(-score, axis=1, kind="stable")[:, :k]
    least = np.partition(score, -k, axis=1)[:, -k, None]
    found = score >= least
    is_plain = found.sum(axis=1) == k
    place = np.empty((len(score), k), dtype=np.intp)
    place[is_plain] = np.nonzero(found[is_plain])[1].reshape(-1, k)
    # Equals at the edge: the first of them.
    place[~is_plain] = np.argsort(-score[~is_plain], axis=1, kind="stable")[:, :k]
    own = np.argsort(-np.take_along_axis(score, place, axis=1), axis=1, kind="stable")
    return np.take_along_axis(place, own, axis=1)


def best_table(score: np.ndarray, k: int, items: object) -> pd.DataFrame:
    """Return each row's k best items; fewer where fewer are possible (minus infinity is not).

    Parameters
    ----------
    score : ndarray of shape (n_rows, n_items)
    k : int
    items : sequence of length n_items

    Returns
    -------
    DataFrame with columns row, rank, item, score

    Raises
    ------
    ValueError
        When k is no whole number from 0.
    """
    if not isinstance(k, int | np.integer) or k < 0:
        raise ValueError(f"k is {k!r}; give how many are wanted, a whole number from 0")
    names = np.empty(score.shape[1], dtype=object)
    names[:] = items
    order = best_of(score, k)
    table = pd.DataFrame(
        {
            "row": np.repeat(np.arange(len(score)), order.shape[1]),
            "rank": np.tile(np.arange(1, order.shape[1] + 1), len(score)),
            "item": names[order.ravel()],
            "score": np.take_along_axis(score, order, axis=1).ravel(),
        }
    )
    # Names that are numbers come back as a column of numbers.
    return table[np.isfinite(table["score"])].reset_index(drop=True).infer_objects()


def ndcg(
    score: np.ndarray, items: np.ndarray, customers: pd.Index, future: pd.DataFrame, k: int = TOP
) -> np.ndarray:
    """Return each customer's NDCG@k of what it did afterwards and had not had.

    Parameters
    ----------
    score : ndarray of shape (n_customers, n_items)
        Minus infinity for what it had.
    items : ndarray of shape (n_items,)
    customers : Index of length n_customers
    future : DataFrame with columns customer, item

    Returns
    -------
    ndarray of shape (n_customers_with_something_new,)
    """
    pairs = future[["customer", "item"]].drop_duplicates()
    row = customers.get_indexer(pairs["customer"])
    column = pd.Index(items).get_indexer(pairs["item"])
    # What nobody had done before could not have been named; it still counts as missed.
    wanted = np.bincount(row[row >= 0], minlength=len(customers)).astype(float)
    own = (row >= 0) & (column >= 0)
    relevant = np.zeros(score.shape, dtype=bool)
    relevant[row[own], column[own]] = True
    had = np.isneginf(score)
    wanted -= (relevant & had).sum(axis=1)
    order = best_of(score, k)
    k = order.shape[1]
    hits = np.take_along_axis(relevant & ~had, order, axis=1)
    gains = 1 / np.log2(np.arange(2, k + 2))
    asked = wanted > 0
    ideal = np.cumsum(gains)[np.minimum(wanted[asked], k).astype(int) - 1]
    return (hits[asked] * gains).sum(axis=1) / ideal


def likeliest(said: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return the shares of forecasts under which what came is likeliest (a mixture, by EM).

    Parameters
    ----------
    said : ndarray of shape (n_events, n_forecasts)
        The probability each forecast gave to each event; above 0.
    times : ndarray of shape (n_events,)
        How often each event counts.
    """
    shares = np.full(said.shape[1], 1 / said.shape[1])
    for _ in range(_ROUNDS if len(said) else 0):
        owed = said * shares
        shares = times @ (owed / owed.sum(axis=1, keepdims=True)) / times.sum()
    return shares


def is_better(one: np.ndarray, other: np.ndarray) -> bool:
    """Say whether one is above the other by more than the standard error of their difference."""
    gain = one - other
    return len(gain) > 1 and bool(gain.mean() > gain.std(ddof=1) / np.sqrt(len(gain)))


def mean_of(found: np.ndarray) -> float:
    """Return the mean, nought of nothing."""
    return float(found.mean()) if len(found) else 0.0
