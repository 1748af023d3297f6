"""Who left and whom chance treated, however a trial's table writes it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.columns import as_text
from ml.offer_checks import one_each
from ml.offer_tables import UNKNOWN, as_outcome

ARM = "is_treated"
_TREATED = ("treated", "treatment", "treat", "test", "contacted", "target", "exposed")
_CONTROL = ("control", "held out", "hold-out", "holdout", "untreated", "placebo")
_WITHOUT = ("no ", "not ")


def yes_or_no(values: object, rows: int, name: str) -> np.ndarray:
    """Return 1 for yes and 0 for no of each row, float64.

    Parameters
    ----------
    values : array-like of shape (n_rows,)
        1 and 0 (or -1), True and False, words for yes and no, or names of the two arms.
    rows : int
    name : str

    Raises
    ------
    ValueError
        When there is not one value a row, one is missing, or says neither (a third arm, a count).
    """
    values = np.asarray(values)
    values = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
    values = one_each(values, rows, name)
    if pd.api.types.is_numeric_dtype(values.dtype):
        if not np.isin(values, (0, 1)).all() and not np.isin(values, (-1, 1)).all():
            raise ValueError(
                f"{name} must be 0 or 1 in every row: nothing missing, no third arm; of several "
                "arms give one beside the control at a time"
            )
        return (values > 0).astype(np.float64)
    told = as_outcome(pd.Series(_by_arm(values) if name == ARM else values, name=name))
    if np.isnan(told).any():
        raise ValueError(f"{name} is missing in some rows; leave these rows out")
    return told


def both_arms(values: object, rows: int) -> np.ndarray:
    """Return 1 for each row treated and 0 for each of the control.

    Raises
    ------
    ValueError
        As `yes_or_no`, and when one of the arms has no row.
    """
    arm = yes_or_no(values, rows, ARM)
    if arm.min() == arm.max():
        raise ValueError(f"{ARM} says the same of every row; both arms are needed")
    return arm


def _by_arm(values: np.ndarray) -> np.ndarray:
    """Return yes and no where the words are names of two arms, one of which is a control."""
    words = pd.Series(as_text(pd.Series(values)), dtype=object).str.lower()
    names = set(words.dropna())
    control = {name for name in names if name in _CONTROL or name.startswith(_WITHOUT)}
    if len(names) == 2 and len(control) == 1 and names.isdisjoint(UNKNOWN):
        # "No E-Mail" beside "Womens E-Mail"
        is_treated = ~words.isin(control)
    elif names and names <= {*_TREATED, *_CONTROL}:
        is_treated = words.isin(_TREATED)
    else:
        return values
    return is_treated.where(words.notna(), None).to_numpy(dtype=object)
