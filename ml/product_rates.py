"""How often each product is taken: of all, within a segment, by who had it and who had not."""

from __future__ import annotations

import numpy as np

from ml.columns import as_text

# A level or a side is drawn to the product's rate as by so many rows.
_SMOOTHING = 20


def rates_of(outcomes: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return each product's rate among who could take it; half a taker more, so that none is 0.

    What nobody could take has the rate of all products together.

    Parameters
    ----------
    outcomes : ndarray of shape (n_rows, n_products)
        1 taken, 0 not taken, NaN where it could not be.
    weight : ndarray of shape (n_rows,)
    """
    asked = (~np.isnan(outcomes) * weight[:, None]).sum(axis=0)
    taken = (np.nan_to_num(outcomes) * weight[:, None]).sum(axis=0)
    overall = (taken.sum() + 0.5) / (asked.sum() + 1.0)
    return np.where(asked > 0, (taken + 0.5) / (asked + 1.0), overall)


def rates_within(
    groups: np.ndarray, outcomes: np.ndarray, weight: np.ndarray, rates: np.ndarray
) -> np.ndarray:
    """Return each product's rate in each group, smoothed towards its rate of all.

    Parameters
    ----------
    groups : sequence of ndarray of shape (n_rows,) or (n_rows, n_products), bool
    outcomes, weight, rates : as above

    Returns
    -------
    ndarray of shape (n_groups, n_products)
    """
    asked = ~np.isnan(outcomes) * weight[:, None]
    taken = np.nan_to_num(outcomes) * weight[:, None]
    found = []
    for group in groups:
        own = group if group.ndim == 2 else group[:, None]
        hits, all_rows = (taken * own).sum(axis=0), (asked * own).sum(axis=0)
        found.append((hits + _SMOOTHING * rates) / (all_rows + _SMOOTHING))
    return np.array(found).reshape(len(groups), outcomes.shape[1])


def levels_of(column: object) -> tuple[np.ndarray, np.ndarray]:
    """Return a column's levels in order, and which rows are of each, (n_levels, n_rows)."""
    names = as_text(column)
    levels = np.unique(names[names != None].astype(str)).astype(object)  # noqa: E711
    return levels, np.array([names == level for level in levels]).reshape(len(levels), len(names))
