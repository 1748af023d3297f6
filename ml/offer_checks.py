"""What the recommender is given besides its tables: refused in words where it cannot be meant."""

from __future__ import annotations

from numbers import Real

import numpy as np
import pandas as pd


def columns(frame: pd.DataFrame, *names: str | None) -> None:
    """Raise ValueError where a column that is named is not there."""
    for name in names:
        if name is not None and name not in frame:
            raise ValueError(f"X has no column {name!r}; segment and kin name columns of it")


def shares(recency: float, segment_share: float) -> None:
    """Raise ValueError where the weights of popularity leave nothing for what is popular beside."""
    are_numbers = all(isinstance(each, Real) for each in (recency, segment_share))
    # What is no number at all (nan) is neither above nought nor below.
    if not (are_numbers and min(recency, segment_share) >= 0 and recency + segment_share <= 1):
        raise ValueError("recency and segment_share are shares; together they are 1 at most")


def limits(min_takers: int, max_rows: int) -> None:
    """Raise ValueError where there is no such number of takers or rows."""
    for name, value in (("min_takers", min_takers), ("max_rows", max_rows)):
        if not isinstance(value, Real) or not value >= 1:
            raise ValueError(f"{name} is {value!r}; give a number from 1")


def one_allowed(eligible: object, items: list, shape: tuple[int, int]) -> np.ndarray:
    """Return what each row may be offered, in the order of items, shape (n_rows, n_items).

    Raises
    ------
    ValueError
        When it has another shape, or is a frame of other products.
    """
    if isinstance(eligible, pd.DataFrame):
        if set(eligible.columns) != set(items):
            raise ValueError("eligible has other columns than products; give each product one")
        eligible = eligible[items]
    eligible = np.asarray(eligible, dtype=bool)
    if eligible.shape != shape:
        raise ValueError(f"eligible has shape {eligible.shape} and not {shape}")
    return eligible


def one_each(values: object, rows: int, name: str) -> np.ndarray:
    """Return an array of one value a row.

    Raises
    ------
    ValueError
        When it is none.
    """
    values = np.asarray(values)
    if values.shape != (rows,):
        raise ValueError(f"{name} has shape {values.shape}; give one value for each of {rows} rows")
    return values


def weights(sample_weight: object, rows: int) -> np.ndarray:
    """Return how many rows each row stands for.

    Raises
    ------
    ValueError
        When a weight is missing, negative or infinite, or all are nought.
    """
    if sample_weight is None:
        return np.ones(rows)
    weight = one_each(sample_weight, rows, "sample_weight").astype(np.float64)
    if not (np.isfinite(weight).all() and (weight >= 0).all() and weight.any()):
        raise ValueError("sample_weight must be finite, not negative, and above 0 somewhere")
    return weight


def recent_rows(is_recent: object, rows: int) -> np.ndarray:
    """Return which rows are of the last period; all when left out."""
    if is_recent is None:
        return np.ones(rows, dtype=bool)
    return one_each(is_recent, rows, "is_recent").astype(bool)
