"""What a table of offers says, however it is written: flags, outcomes, names of products."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from ml.columns import as_frame, as_text

HOLDS, HAD, NEAR = "holds_", "had_", "near_"
_YES = ("yes", "y", "true", "t", "on", "x", "да")
_NO = ("no", "n", "false", "f", "off", "нет")
# What a table writes where it knows nothing.
UNKNOWN = ("unknown", "n/a", "na", "not available", "missing", "null", "none", "nan", "?", "-", "")
# "No internet service" is no, too.
_NO_WHAT = "no "
# "Yes", "No", "No internet service", "No phone service".
_MOST_WORDS = 4
# Rows looked at to see what a column holds.
_LOOKED_AT = 1_000


def in_order(names: object) -> list:
    """Return names in their own order; of several types (1 and "1") by how they read."""
    names = list(names)
    try:
        return sorted(names)
    except TypeError:
        return sorted(names, key=lambda name: (str(name), type(name).__name__))


def as_outcome(column: pd.Series) -> np.ndarray:
    """Return 1 where a column says yes or any number above nought, 0 for no (whatever), else NaN.

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
        if word.lower() in (*_YES, *_NO) or word.lower().startswith(_NO_WHAT):
            told[place] = word.lower() in _YES
        elif not np.isnan(number):
            told[place] = number > 0
        elif word.lower() not in UNKNOWN:
            raise ValueError(
                f"column {column.name!r} says {str(word)!r}; give yes or no, 1 or 0, or nothing"
            )
    return told[codes]


def as_flag(column: pd.Series) -> np.ndarray:
    """Return whether a column says yes, or a number above nought; what is missing is no."""
    return as_outcome(column) == 1


def flags_of(frame: pd.DataFrame, items: list, prefix: str) -> np.ndarray:
    """Return what the columns of that prefix say of each item, (n_rows, n_items); none is no."""
    found = np.zeros((len(frame), len(items)), dtype=bool)
    for position, item in enumerate(items):
        if f"{prefix}{item}" in frame:
            found[:, position] = as_flag(frame[f"{prefix}{item}"])
    return found


def held_of(
    frame: pd.DataFrame, items: list, known: set[str], twins: dict[object, list[str]]
) -> np.ndarray:
    """Return what is held: `holds_<product>`, a known column of its name, or a twin."""
    held = flags_of(frame, items, HOLDS)
    if not known.isdisjoint(map(str, items)):
        held |= flags_of(frame, items, "")
    for position, item in enumerate(items):
        for name in twins[item]:
            held[:, position] |= as_flag(frame[name]) if name in frame else False
    return held


def with_flags(X: object, items: list) -> pd.DataFrame:
    """Return a table whose columns of items held, had and near are flags, whatever they were.

    A column called by an item that is no text (10, not "10") is what is held of it; but not where
    columns are merely counted, as those of an array are.
    """
    if isinstance(X, pd.DataFrame) and not isinstance(X.columns, pd.RangeIndex):
        own = {item for item in items if not isinstance(item, str)}
        if any(not isinstance(name, str) and name in own for name in X.columns):
            X = X.set_axis(
                [
                    f"{HOLDS}{name}" if not isinstance(name, str) and name in own else name
                    for name in X.columns
                ],
                axis=1,
            )
    frame = as_frame(X)
    for name in frame:
        told = frame[name]
        if pd.api.types.is_object_dtype(told) and told.iloc[:_LOOKED_AT].map(_is_several).any():
            raise ValueError(
                f"column {name!r} holds lists; give each product a column of its own, "
                f"called {HOLDS}<product>, that says yes or no"
            )
    names = [f"{prefix}{item}" for prefix in (HOLDS, HAD, NEAR) for item in items]
    told = {name: as_flag(frame[name]) for name in names if name in frame}
    return frame.assign(**told) if told else frame


def twins_of(
    frame: pd.DataFrame, items: list, outcomes: np.ndarray, least: int
) -> dict[object, list[str]]:
    """Return the columns that say of each item, in every row, what the outcomes say.

    Such a column is the outcome itself (what is held, asked for as what is taken), whatever it is
    called: learned from, it would foretell itself.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
    items : list of length n_items
    outcomes : ndarray of shape (n_rows, n_items)
        1, 0, or NaN, of which nothing is asked.
    least : int
        So many rows at least must say yes, and so many no: few may agree by chance.
    """
    found = {item: [] for item in items}
    named = {f"{prefix}{item}" for prefix in (HOLDS, HAD, NEAR) for item in items}
    for name in frame.columns.difference(named, sort=False):
        flag = _flag_or_none(frame[name], _MOST_WORDS)
        if flag is None:
            continue
        for item, taken in zip(items, outcomes.T, strict=True):
            known = ~np.isnan(taken)
            yes = int(flag[known].sum())
            is_enough = min(yes, int(known.sum()) - yes) >= least
            if is_enough and np.array_equal(flag[known], taken[known] == 1):
                found[item].append(name)
    return found


def _flag_or_none(column: pd.Series, most: int) -> np.ndarray | None:
    """Return a flag where a column says yes, no or nothing, in so many words at most; else None."""
    if column.iloc[:1_000].nunique() > most or column.nunique() > most:
        return None
    try:
        return as_flag(column)
    except ValueError:
        return None


def text_of(frame: pd.DataFrame, name: str) -> np.ndarray:
    """Return a column that was there in fit, as text."""
    if name not in frame:
        raise ValueError(f"column {name!r} was there in fit and is not here; add it")
    return as_text(frame[name])


def outcomes_of(Y: object) -> tuple[list, np.ndarray]:
    """Return products in order, and what was taken of them.

    Parameters
    ----------
    Y : DataFrame, dict, array, list or sparse matrix of shape (n_rows, n_products), or one column
        Products of what has no names are called 0, 1, 2 …. One column that names products (or holds
        more than two values) says which one was taken; where it says nothing none was. So does one
        of lists or sets of names. Where nothing says no anywhere, what is missing was not taken.

    Returns
    -------
    tuple of (list of length n_products, ndarray of shape (n_rows, n_products))
        1 taken, 0 not taken, NaN missing.

    Raises
    ------
    ValueError
        When it is no table, names a product twice, or says what is neither yes nor no.
    """
    frame = _table_of(Y)
    if not frame.columns.is_unique:
        raise ValueError("Y names a product twice; give each product one column")
    items = in_order(frame.columns)
    parts = [as_outcome(frame[item]) for item in items]
    outcomes = np.column_stack(parts) if parts else np.empty((len(frame), 0))
    if not (outcomes == 0).any():
        # Only what was taken is written down: blanks are all there is to tell the others by.
        outcomes = np.nan_to_num(outcomes)
    return items, outcomes


def _table_of(Y: object) -> pd.DataFrame:
    if isinstance(Y, dict) or hasattr(Y, "to_pandas"):
        Y = pd.DataFrame(Y) if isinstance(Y, dict) else Y.to_pandas()
    if isinstance(Y, pd.DataFrame):
        is_one = Y.shape[1] == 1 and len(Y) > 0
        is_named = is_one and _flag_or_none(Y.iloc[:, 0], _MOST_WORDS) is None
        return _table_of(Y.iloc[:, 0]) if is_named else Y
    if Y is None:
        raise ValueError("Y is missing; give a column of outcomes for each product")
    if sparse.issparse(Y):
        return pd.DataFrame(Y.toarray())
    several = _several_of(Y)
    if several is not None:
        names = in_order(set().union(*several))
        return pd.DataFrame({name: [name in own for own in several] for name in names})
    if not isinstance(Y, pd.Series):
        values = np.asarray(Y)
        if values.ndim != 1:
            return pd.DataFrame(values)
        Y = pd.Series(values, name=0)
    if _flag_or_none(Y, 2) is None:
        names = in_order(
            name
            for name in Y.dropna().unique()
            if not isinstance(name, str) or name.strip().lower() not in UNKNOWN
        )
        return pd.DataFrame({name: (name == Y).to_numpy(dtype=bool) for name in names})
    return Y.to_frame("product" if Y.name is None else Y.name)


def _several_of(Y: object) -> list[set] | None:
    """Return the names each row tells, of rows of lists or sets of names; None of any other table.

    Lists that are as long as one another and say only yes, no or numbers are the rows of a matrix.
    """
    rows = list(Y) if isinstance(Y, (pd.Series, list)) else []
    told = [row for row in rows if _is_several(row)]
    if not told or isinstance(told[0], dict):
        return None
    words = {word for row in told for word in row if isinstance(word, str)}
    are_flags = all(word.strip().lower() in (*_YES, *_NO, *UNKNOWN, "0", "1") for word in words)
    is_matrix = isinstance(Y, list) and len({len(row) for row in told}) == 1 and are_flags
    if is_matrix and len(told) == len(rows) and not isinstance(told[0], (set, frozenset)):
        return None
    return [set(row) if _is_several(row) else set() for row in rows]


def _is_several(value: object) -> bool:
    return isinstance(value, (list, tuple, set, frozenset, dict, np.ndarray))
