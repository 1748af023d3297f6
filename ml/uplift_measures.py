"""How much of what contacting changes a ranking finds."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

# Numbers of resamples times rows that are worked on at a time.
_CELLS = 1_000_000
TOP_SHARES = {"uplift_at_10": 0.1, "uplift_at_30": 0.3}
AUUC, QINI, EVERYONE = "auuc", "qini", "uplift_at_100"


def measures(
    score: np.ndarray,
    has_left: np.ndarray,
    is_treated: np.ndarray,
    treated_share: np.ndarray,
    times: np.ndarray,
    tie: np.ndarray,
) -> dict[str, np.ndarray]:
    """Return what contacting the lines ranked highest would have prevented.

    Parameters
    ----------
    score : ndarray of shape (n_rows,)
        Contacted first is what scores highest.
    has_left, is_treated : ndarray of bool, shape (n_rows,)
    treated_share : ndarray of shape (n_rows,)
        Chance to be contacted that the draw gave each row.
    times : ndarray of shape (n_draws, n_rows)
        How often each row counts in each resample.
    tie : ndarray of shape (n_rows,)
        Order among equal scores.

    Returns
    -------
    dict of str to ndarray of shape (n_draws,)
        uplift_at_10, _30, _100: churn of the control less churn of the treated among them. auuc:
        area under exits prevented per line by share contacted; qini: the same above chance.

    References
    ----------
    Radcliffe: Using control groups to target on predicted lift (2007). Gutierrez, Gérardy: Causal
    inference and uplift modelling (2017).
    """
    order = np.lexsort((tie, -score))
    rows = (has_left[order], is_treated[order], treated_share[order])
    # Some resamples at a time: all of them, of a large trial, would be gigabytes.
    step = max(2, _CELLS // max(len(order), 1))
    parts = [
        _measures(np.asarray(times[start : start + step], dtype=float)[:, order], *rows)
        for start in range(0, len(times), step)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _measures(
    times: np.ndarray, has_left: np.ndarray, is_treated: np.ndarray, share: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the measures of some resamples of rows that are in the order of their ranking."""
    rates = []
    for arm, chance in ((~is_treated, 1 - share), (is_treated, share)):
        weight = times * (arm / chance)
        held = np.cumsum(weight, axis=1)
        left = np.cumsum(weight * has_left, axis=1)
        rates.append(np.divide(left, held, out=np.zeros_like(left), where=held > 0))
    uplift = rates[0] - rates[1]
    contacted = np.cumsum(times, axis=1)
    contacted /= contacted[:, -1:]
    prevented = uplift * contacted
    steps = np.diff(contacted, axis=1, prepend=0)
    before = np.concatenate([np.zeros((len(times), 1)), prevented[:, :-1]], axis=1)
    area = ((prevented + before) / 2 * steps).sum(axis=1)
    found = {
        name: uplift[np.arange(len(times)), np.argmax(contacted >= top - 1e-12, axis=1)]
        for name, top in TOP_SHARES.items()
    }
    return found | {
        EVERYONE: uplift[:, -1],
        AUUC: area,
        QINI: area - prevented[:, -1] / 2,
    }


def resamples(groups: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Return how often each row counts: once, and in `draws` resamples of its group.

    Returns
    -------
    ndarray of shape (1 + draws, n_rows)
    """
    own, names = pd.factorize(np.asarray(groups), sort=True)
    random = np.random.default_rng(seed)
    times = random.multinomial(len(names), np.full(len(names), 1 / len(names)), draws)
    # As small as they may be: of a large trial the counts are most of what is held.
    kind = np.min_scalar_type(max(int(times.max(initial=1)), 1))
    return np.concatenate([np.ones((1, len(own)), dtype=kind), times.astype(kind)[:, own]])


def some_groups(groups: np.ndarray, most: int, seed: int) -> np.ndarray:
    """Return which rows are of a part of the groups drawn by chance, `most` rows or fewer, bool.

    References
    ----------
    Bickel, Götze, van Zwet: Resampling fewer than n observations. Statistica Sinica 7 (1997).
    """
    own, names = pd.factorize(np.asarray(groups), sort=True)
    order = np.random.default_rng(seed).permutation(len(names))
    drawn = np.cumsum(np.bincount(own)[order]) <= most
    drawn[:1] = True
    return np.isin(own, order[drawn])


def difference_of_shares(left: np.ndarray, rows: np.ndarray) -> tuple[float, float, float]:
    """Return the first share less the second, with an interval that few rows do not collapse.

    Parameters
    ----------
    left, rows : array of shape (2,)
        Exits and rows of the control and of the treated.

    References
    ----------
    Agresti, Caffo: Simple and effective confidence intervals for proportions and differences of
    proportions. The American Statistician 54 (2000).
    """
    left, rows = np.asarray(left, dtype=float), np.asarray(rows, dtype=float)
    told = left / rows
    near = (left + 1) / (rows + 2)
    half = norm.ppf(0.975) * np.sqrt((near * (1 - near) / (rows + 2)).sum())
    middle = near[0] - near[1]
    return float(told[0] - told[1]), float(middle - half), float(middle + half)
