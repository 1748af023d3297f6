"""What the recommender is given besides its tables: refused in words where it cannot be meant."""

from __future__ import annotations

import numpy as np
import pandas as pd


def columns(frame: pd.DataFrame, *names: str | None) -> None:
    """Raise ValueError where a column that is named is not there."""
    for name in names:
        if name is not None and name not in frame:
            raise ValueError(f"X has no column {name!r}; segment and kin name columns of it")


def shares(recency: float, segment_share: float) -> None:
    """Raise ValueError where the weights of popularity leave nothing for what is popular beside."""
    if min(recency, segment_share) < 0 or recency + segment_share > 1:
        raise ValueError("recency and segment_share are shares; together they are 1 at most")


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
