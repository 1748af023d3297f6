"""Leak gates of a learning table: columns that know the outcome, alone or in pairs, dropped
joiners, rows that stand there twice, facts of the future."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.checked import checked_labels
from ml.columns import as_frame
from ml.leak_columns import PASSED, REFUSED, WARNED, leak_gate
from ml.leak_dates import future
from ml.leak_pairs import pairs
from ml.leak_rows import cohort, twice

__all__ = ["PASSED", "REFUSED", "WARNED", "leak_report"]
# Texts of which it is plain which one means that somebody left.
_PLAIN = {"0": "1", "false": "true", "n": "y", "no": "yes", "stayed": "left"}
_WHAT_TO_DO = "leave it out, or show that it is known before the cut-off"


def leak_report(
    X: object,
    y: np.ndarray,
    *,
    as_of: object = None,
    tenure: str | list[str] | None = None,
    key: str | list[str] | None = None,
    left: object = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Ask every gate about a table before anything is learned from it.

    Parameters
    ----------
    X : DataFrame of shape (n_rows, n_columns)
    y : array of shape (n_rows,)
        Two labels; of numbers and bools the greater one left.
    as_of : date, array of shape (n_rows,) or name of a column, optional
        What the rows may know: a date column that holds a later one is refused. Without it a
        column named `as_of_date` is taken where there is one.
    tenure : str or list of str, optional
        Columns that say how long somebody is a customer; found by name when left out.
    key : str or list of str, optional
        Columns that name a row (customer and cut-off): a key that comes twice is refused. Without
        it, rows are compared by all they say.
    left : label, optional
        The label of those who left, where texts do not say so as plainly as No and Yes do.
    seed : int

    Returns
    -------
    DataFrame with columns gate, subject, verdict, value, told
        Only what was refused or warned, worst first; empty when every gate is passed.

    References
    ----------
    LEARNING.md, point 10.
    """
    # A row's label and cut-off are those at its place, whatever the index says.
    frame = as_frame(X).reset_index(drop=True)
    as_of = as_of.reset_index(drop=True) if isinstance(as_of, pd.Series) else as_of
    y = _has_left(y, len(frame), left)
    keys = [key] if isinstance(key, str) else list(key or [])
    tenures = [tenure] if isinstance(tenure, str) else list(tenure or [])
    if absent := [name for name in [*keys, *tenures] if name not in frame]:
        raise ValueError(f"X has no columns {absent}; name key and tenure as X does")
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


def _has_left(y: object, n_rows: int, left: object) -> np.ndarray:
    """Return 1.0 for each row that left; never guess which of two texts means so."""
    classes, codes = checked_labels(y, n_rows)
    if left is not None:
        if left not in classes.tolist():
            raise ValueError(
                f"y holds {classes.tolist()} and not {left!r}; give `left` one of them"
            )
        return (codes == classes.tolist().index(left)).astype(float)
    first, second = (str(label).strip().lower() for label in classes)
    if _PLAIN.get(second) == first:
        return 1.0 - codes
    if isinstance(classes[0], str) and _PLAIN.get(first) != second:
        raise ValueError(
            f"y holds {classes.tolist()}; say which of them left, as left='{classes[0]}'"
        )
    return codes.astype(float)


def _columns(gate: pd.DataFrame, cohorts: set[str]) -> list[tuple]:
    """Return what the gate of columns says; a tenure whose cohort is told of is not warned of."""
    told = gate[(gate["verdict"] != PASSED)]
    told = told[(told["verdict"] == REFUSED) | ~told["feature"].isin(cohorts)]
    return [
        ("column", row.feature, row.verdict, row.auc, f"`{row.feature}`: {row.told}; {_WHAT_TO_DO}")
        for row in told.itertuples()
    ]
