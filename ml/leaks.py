"""Leak gates of a learning table: columns that know the outcome, alone or in pairs, dropped
joiners, rows that stand there twice, facts of the future."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.columns import as_frame
from ml.leak_columns import PASSED, REFUSED, WARNED, leak_gate
from ml.leak_dates import future
from ml.leak_pairs import pairs
from ml.leak_rows import cohort, twice

__all__ = ["PASSED", "REFUSED", "WARNED", "leak_report"]
_WHAT_TO_DO = "leave it out, or show that it is known before the cut-off"


def leak_report(
    X: object,
    y: np.ndarray,
    *,
    as_of: object = None,
    tenure: str | list[str] | None = None,
    key: str | list[str] | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Ask every gate about a table before anything is learned from it.

    Parameters
    ----------
    X : DataFrame of shape (n_rows, n_columns)
    y : ndarray of shape (n_rows,)
        1 (or True) left, 0 stayed.
    as_of : date, array of shape (n_rows,) or name of a column, optional
        What the rows may know: a date column that holds a later one is refused. Without it a
        column named `as_of_date` is taken where there is one.
    tenure : str or list of str, optional
        Columns that say how long somebody is a customer; found by name when left out.
    key : str or list of str, optional
        Columns that name a row (customer and cut-off): a key that comes twice is refused. Without
        it, rows are compared by all they say.
    seed : int

    Returns
    -------
    DataFrame with columns gate, subject, verdict, value, told
        Only what was refused or warned, worst first; empty when every gate is passed.

    References
    ----------
    LEARNING.md, point 10.
    """
    frame = as_frame(X)
    y = np.asarray(y, dtype=float)
    if len(y) != len(frame):
        raise ValueError(f"X has {len(frame)} rows and y has {len(y)}; give one label per row")
    keys = [key] if isinstance(key, str) else list(key or [])
    unkeyed = frame.drop(columns=keys)
    gate = leak_gate(unkeyed, y.astype(int), seed)
    alone = dict(zip(gate["feature"], gate["auc"], strict=True))
    joiners = cohort(frame, y, tenure)
    found = [
        *_columns(gate, {subject for _, subject, *_ in joiners}),
        *pairs(unkeyed, y, alone, seed),
        *joiners,
        *twice(frame, y, keys, seed),
        *future(frame, as_of),
    ]
    table = pd.DataFrame(found, columns=["gate", "subject", "verdict", "value", "told"])
    return table.sort_values(
        ["verdict", "gate", "value"], ascending=[True, True, False], ignore_index=True
    )


def _columns(gate: pd.DataFrame, cohorts: set[str]) -> list[tuple]:
    """Return what the gate of columns says; a tenure whose cohort is told of is not warned of."""
    told = gate[(gate["verdict"] != PASSED)]
    told = told[(told["verdict"] == REFUSED) | ~told["feature"].isin(cohorts)]
    return [
        ("column", row.feature, row.verdict, row.auc, f"`{row.feature}`: {row.told}; {_WHAT_TO_DO}")
        for row in told.itertuples()
    ]
