"""What a table of offers says, however it is written: flags, outcomes, names of products."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.columns import as_frame, as_text

HOLDS, HAD, NEAR = "holds_", "had_", "near_"
_YES = ("yes", "y", "true", "t")
_NO = ("no", "n", "false", "f")


def in_order(names: object) -> list:
    """Return names in their own order; of several types (1 and "1") by how they read."""
    names = list(names)
    try:
        return sorted(names)
    except TypeError:
        return sorted(names, key=lambda name: (str(name), type(name).__name__))


def as_outcome(column: pd.Series) -> np.ndarray:
    """Return 1 where a column says yes or any number above nought, 0 for no, else NaN.

    Raises
    ------
    ValueError
        When it holds a word that says neither.
    """
    if pd.api.types.is_bool_dtype(column.dtype) or pd.api.types.is_numeric_dtype(column.dtype):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return np.where(np.isnan(values), np.nan, values > 0)
    words, codes = np.unique(as_text(column).astype(str), return_inverse=True)
    told = np.full(len(words), np.nan)
    for place, word in enumerate(words):
        number = pd.to_numeric(word, errors="coerce")
        if word.lower() in (*_YES, *_NO):
            told[place] = word.lower() in _YES
        elif not np.isnan(number):
            told[place] = number > 0
        elif word != "None":
            raise ValueError(
                f"column {column.name!r} says {str(word)!r}; give yes or no, 1 or 0, or nothing"
            )
    return told[codes]


def as_flag(column: pd.Series) -> np.ndarray:
    """Return whether a column says yes, or a number above nought; what is missing is no."""
    return as_outcome(column) == 1


def with_flags(X: object, items: list) -> pd.DataFrame:
    """Return a table whose columns of items held, had and near are flags, whatever they were."""
    frame = as_frame(X)
    names = [f"{prefix}{item}" for prefix in (HOLDS, HAD, NEAR) for item in items]
    told = {name: as_flag(frame[name]) for name in names if name in frame}
    return frame.assign(**told) if told else frame


def text_of(frame: pd.DataFrame, name: str) -> np.ndarray:
    """Return a column that was there in fit, as text."""
    if name not in frame:
        raise ValueError(f"column {name!r} was there in fit and is not here; add it")
    return as_text(frame[name])


def outcomes_of(Y: object) -> tuple[list, np.ndarray]:
    """Return products in order, and what was taken of them.

    Returns
    -------
    tuple of (list of length n_products, ndarray of shape (n_rows, n_products))
        1 taken, 0 not taken, NaN missing.
    """
    if isinstance(Y, pd.Series):
        Y = Y.to_frame(Y.name if Y.name is not None else "product")
    frame = Y if isinstance(Y, pd.DataFrame) else as_frame(Y)
    if not frame.columns.is_unique:
        raise ValueError("Y names a product twice; give each product one column")
    items = in_order(frame.columns)
    parts = [as_outcome(frame[item]) for item in items]
    return items, np.column_stack(parts) if parts else np.empty((len(frame), 0))
