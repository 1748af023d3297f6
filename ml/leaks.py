"""Leak gates of a learning table: columns that know the outcome, dropped joiners, rows that stand
there twice, facts of the future."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pandas as pd

from ml.columns import as_frame, as_number, as_text, row_hashes
from ml.evaluate import leak_gate

REFUSED, WARNED, PASSED = "refused", "warned", "passed"
_TENURE = re.compile(
    r"tenure|months?_in_service|months?_with_us|account_(length|weeks|days|age)|\baon\b|"
    r"subscription_length|customer_age_(days|months)",
    re.IGNORECASE,
)
_BANDS, _LEAST_BAND = 20, 30
_UNLIKELY = 1e-9
_TWICE_REFUSED, _SAME_OUTCOME, _TIMES_CHANCE = 0.01, 0.98, 10
_AS_OF = ("as_of_date", "as_of", "snapshot_date")
_PLANNED = re.compile(r"end|expir|until|due|planned|renew|next", re.IGNORECASE)
_LOOKED_AT = 200


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
    found = [
        *_columns(frame.drop(columns=keys), y, seed),
        *_cohort(frame, y, tenure),
        *_twice(frame, y, keys, seed),
        *_future(frame, as_of),
    ]
    table = pd.DataFrame(found, columns=["gate", "subject", "verdict", "value", "told"])
    return table.sort_values(
        ["verdict", "gate", "value"], ascending=[True, True, False], ignore_index=True
    )


def _columns(frame: pd.DataFrame, y: np.ndarray, seed: int) -> list[tuple]:
    gate = leak_gate(frame, y.astype(int), seed)
    return [
        ("column", row.feature, row.verdict, row.auc, f"alone it ranks with AUC {row.auc:.3f}")
        for row in gate[gate["verdict"] != PASSED].itertuples()
    ]


def _cohort(frame: pd.DataFrame, y: np.ndarray, tenure: str | list[str] | None) -> list[tuple]:
    """Everybody of the shortest tenures left: those who joined and stayed were dropped.

    That nobody leaves in a band can be true (a binding contract), so it is a warning at most.
    """
    names = [tenure] if isinstance(tenure, str) else tenure
    if names is None:
        names = [name for name in frame if _TENURE.search(name)]
    found = []
    base = float(y.mean())
    for name in names:
        values = as_number(frame[name])
        known = ~np.isnan(values)
        if not known.any() or not 0 < base < 1:
            continue
        months, own = np.unique(values[known], return_inverse=True)
        rows, left = np.bincount(own), np.bincount(own, y[known])
        # From the shortest tenure on: as long as everybody left, joiners who stayed are missing.
        n_all = int((left == rows).argmin()) if (left < rows).any() else len(rows)
        lost = int(rows[:n_all].sum())
        if lost >= _LEAST_BAND and base**lost < _UNLIKELY:
            until = months[n_all - 1]
            told = f"all {lost} rows up to {until:g} left; who joined and stayed is missing"
            found.append(("cohort", name, REFUSED, 1.0, told))
        edges = np.unique(np.quantile(values[known], np.linspace(0, 1, _BANDS + 1)[1:-1]))
        band = np.searchsorted(edges, values[known], side="left")
        rows, left = np.bincount(band), np.bincount(band, y[known])
        for place in np.flatnonzero((rows >= _LEAST_BAND) & (left == 0)):
            if (1 - base) ** rows[place] < _UNLIKELY:
                until = edges[place] if place < len(edges) else values[known].max()
                told = f"none of the {rows[place]} rows of the band up to {until:g} left"
                found.append(("cohort", name, WARNED, 0.0, told))
    return found


def _twice(frame: pd.DataFrame, y: np.ndarray, keys: list[str], seed: int) -> list[tuple]:
    """Rows that stand there twice: by their key, or by all they say, outcome included.

    Without a key: a share of rows equals another one in every column but identifiers, with the
    same outcome nearly always (twins by nature differ in it), and far more often than columns that
    have nothing to do with one another would repeat by chance.
    """
    if keys:
        again = float(frame.duplicated(keys, keep=False).mean())
        told = f"{again:.2%} of the rows share their key with another one"
        return [("duplicates", ", ".join(keys), REFUSED, again, told)] if again else []
    coded = np.column_stack([_codes(frame[name]) for name in frame if not _names_rows(frame[name])])
    hashes = row_hashes(coded, seed)
    _, twin, alike = np.unique(hashes, return_inverse=True, return_counts=True)
    is_twin = alike[twin] > 1
    share = float(is_twin.mean())
    if share < _TWICE_REFUSED:
        return []
    left = np.bincount(twin, y)
    same = (left == 0) | (left == alike)
    agreement = float(same[twin][is_twin].mean())
    pairs = float((alike * (alike - 1.0) / 2).sum())
    by_chance = len(y) * (len(y) - 1.0) / 2
    for column in coded.T:
        by_chance *= float(((np.bincount(column.astype(np.intp)) / len(y)) ** 2).sum())
    if agreement < _SAME_OUTCOME or pairs < _TIMES_CHANCE * by_chance:
        return []
    told = f"{share:.1%} of the rows equal another one in every column and in the outcome"
    return [("duplicates", "all columns", REFUSED, share, told)]


def _codes(column: pd.Series) -> np.ndarray:
    """Return small integers, one per distinct value (missing is one), as floats."""
    texts = as_text(column)
    return np.unique(np.where(texts == None, "", texts).astype(str), return_inverse=True)[1] * 1.0  # noqa: E711


def _names_rows(column: pd.Series) -> bool:
    """Say whether a column is a name of the row, different on most of them."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return False
    return not _is_date(column) and column.nunique() > 0.5 * len(column)


def _future(frame: pd.DataFrame, as_of: object) -> list[tuple]:
    """A date beyond what its row may know, unless its name says that it is planned."""
    skipped = as_of if isinstance(as_of, str) and as_of in frame else None
    if skipped is None and as_of is None:
        skipped = next((name for name in _AS_OF if name in frame), None)
        if skipped is None:
            return []
    known_until = _as_dates(frame[skipped] if skipped else pd.Series(as_of, index=frame.index))
    found = []
    for name in frame:
        if name == skipped or _PLANNED.search(name) or not _is_date(frame[name]):
            continue
        late = float((_as_dates(frame[name]) > known_until).mean())
        if late > 0:
            told = f"{late:.2%} of the rows hold a date after what they may know"
            found.append(("future", name, REFUSED, late, told))
    return found


def _is_date(column: pd.Series) -> bool:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return True
    if pd.api.types.is_numeric_dtype(column.dtype) or isinstance(column.dtype, pd.CategoricalDtype):
        return False
    given = column.dropna().head(_LOOKED_AT)
    if len(given) == 0 or not given.astype(str).str.contains(r"\d[-/.]\d{1,2}[-/.]\d").all():
        return False
    return bool(_as_dates(given).notna().mean() > 0.95)


def _as_dates(column: pd.Series) -> pd.Series:
    with warnings.catch_warnings():
        # Texts of several shapes are read one by one, which pandas thinks worth a warning.
        warnings.simplefilter("ignore", UserWarning)
        dates = pd.to_datetime(column, errors="coerce", utc=True)
    return dates.dt.as_unit("us")
