"""The gates of rows: rows that stand there twice, and joiners who stayed and are missing."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from ml.columns import as_number, as_text, row_hashes
from ml.leak_dates import as_dates, is_date, words

_TENURE = re.compile(
    r"\b(tenure|seniority|vintage|aon)\b|"
    r"\b(months?|mths?|mnths?|weeks?|days?|years?|yrs?) (in service|with us|on (book|net|network)|"
    r"active|since (activation|join\w*|start|sign ?up))|"
    r"\b(active|lifetime|service) (months?|mths?|weeks?|days?|years?)\b|"
    r"\b(account|subscription|customer|relationship) "
    r"(length|age|weeks?|months?|mths?|days?|years?)\b|"
    r"\blength of (service|relationship|stay)\b|\bage on (net|network|book)\b"
)
_JOINED = re.compile(
    r"\bsince\b|\bjoin\w*|\bactivat\w*|\bsign ?up\b|\bregist\w*|\bonboard\w*|\bacquired\b|"
    r"\bfirst (seen|order|bill)\b|\b(customer|service|account|subscription) start\b"
)
_BANDS, _LEAST_BAND, _UNLIKELY = 20, 30, 1e-9
# Where few leave, fewer rows of which every one left are enough.
_LEAST_PURE = 15
# Those of the shortest tenures all left, nearly, and those just above leave far less.
_NEARLY_ALL, _MANY_LEFT, _LESS, _FAR_LESS = 0.95, 0.75, 0.8, 0.6
_TWICE_REFUSED, _EXCESS, _PURE = 0.01, 0.005, 0.5
_ALIKE_AT_MOST, _ONE_FREE = 0.8, 20


def cohort(frame: pd.DataFrame, y: np.ndarray, tenure: str | list[str] | None) -> list[tuple]:
    """Everybody of the shortest tenures left: those who joined and stayed were dropped.

    A few of them may have been kept. That nobody leaves in a band can be true (a binding
    contract), so it is a warning at most. Tenures are columns given or found by name: numbers,
    bands as text, or the date of joining.
    """
    names = [tenure] if isinstance(tenure, str) else tenure
    found = []
    base = float(y.mean())
    if not 0 < base < 1:
        return found
    for name in frame if names is None else names:
        own = words(name)
        is_joined = is_date(frame[name]) and (names is not None or bool(_JOINED.search(own)))
        if not is_joined and names is None and not _TENURE.search(own):
            continue
        values = as_number(as_dates(frame[name])) if is_joined else as_number(frame[name])
        known = ~np.isnan(values)
        if known.mean() < 0.5:
            found += _bands_of_text(name, frame[name], y, base)
            continue
        # The later somebody joined, the shorter the tenure.
        short = -np.floor(values) if is_joined else values
        found += _too_many_left(name, short[known], y[known], base, is_joined)
        if not is_joined:
            found += _nobody_left(name, values[known], y[known], base)
    return found


def _too_many_left(
    name: str, values: np.ndarray, y: np.ndarray, base: float, is_joined: bool
) -> list[tuple]:
    """Look at both sides of two tenures: the longest up to which nearly all left, and that which
    parts best who left from who did not."""
    months, own = np.unique(values, return_inverse=True)
    rows, left = np.bincount(own).cumsum(), np.bincount(own, y).cumsum()
    n, all_left = rows[-1], left[-1]
    fit = _log_likelihood(left, rows) + _log_likelihood(all_left - left, n - rows)
    is_pure = (left == rows) & (rows >= _LEAST_PURE)
    may_be = ((rows >= _LEAST_BAND) | is_pure) & (rows <= n / 2)
    nearly_all = np.flatnonzero(may_be & (left >= _NEARLY_ALL * rows))
    fit[~may_be] = -np.inf
    for place in [*nearly_all[-1:], *[int(np.argmax(fit))] * bool(may_be.any())]:
        short, rate = int(rows[place]), left[place] / rows[place]
        above = min(int(np.searchsorted(rows, short + max(short, _LEAST_BAND))), len(rows) - 1)
        if above == place or base ** left[place] >= _UNLIKELY:
            continue
        next_rate = (left[above] - left[place]) / (rows[above] - short)
        less = _LESS if rate >= _NEARLY_ALL else _FAR_LESS
        if rate < _MANY_LEFT or next_rate > less * rate:
            continue
        edge = f"up to {months[place]:g}"
        if is_joined:
            edge = f"since {pd.Timestamp(-months[place], unit='D'):%Y-%m-%d}"
        told = (
            f"{left[place]:.0f} of the {short} rows of the shortest tenure by `{name}` ({edge}) "
            f"left, {next_rate:.0%} of those just above: who joined and "
            "stayed seems to be missing; take everybody active at the cut-off"
        )
        verdict = "refused" if rate >= _NEARLY_ALL else "warned"
        return [("cohort", name, verdict, float(rate), told)]
    return []


def _log_likelihood(left: np.ndarray, rows: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = left / rows
        own = left * np.log(rate) + (rows - left) * np.log1p(-rate)
    return np.where((left == 0) | (left == rows), 0.0, own)


def _bands_of_text(name: str, column: pd.Series, y: np.ndarray, base: float) -> list[tuple]:
    found = []
    for band, place in pd.Series(as_text(column)).groupby(as_text(column)).groups.items():
        left = float(y[place].sum())
        if len(place) >= _LEAST_BAND and left >= 0.98 * len(place) and base**left < _UNLIKELY:
            told = (
                f"{left:.0f} of the {len(place)} rows of `{name}` {band!r} left: who joined and "
                "stayed seems to be missing; take everybody active at the cut-off"
            )
            found.append(("cohort", name, "refused", left / len(place), told))
    return found


def _nobody_left(name: str, values: np.ndarray, y: np.ndarray, base: float) -> list[tuple]:
    edges = np.unique(np.quantile(values, np.linspace(0, 1, _BANDS + 1)[1:-1]))
    band = np.searchsorted(edges, values, side="left")
    rows, left = np.bincount(band), np.bincount(band, y)
    found = []
    for place in np.flatnonzero((rows >= _LEAST_BAND) & (left == 0)):
        if (1 - base) ** rows[place] < _UNLIKELY:
            until = edges[place] if place < len(edges) else values.max()
            told = f"none of the {rows[place]} rows of the band of `{name}` up to {until:g} left"
            found.append(("cohort", name, "warned", 0.0, f"{told}: is that a binding contract?"))
    return found


def twice(frame: pd.DataFrame, y: np.ndarray, keys: list[str], seed: int) -> list[tuple]:
    """Rows that stand there twice: by their key, or by all they say, outcome included.

    Without a key, columns that name the row are left out, and rows are compared by the others; and
    once more without each column that takes many values, as a copy may have been touched. Twins by
    nature differ in the outcome, and there are as many rows that differ in one free column alone
    as chance lets them: what is far beyond that is copies.
    """
    if keys:
        again = float(frame.duplicated(keys, keep=False).mean())
        told = f"{again:.2%} of the rows share their key with another one; keep one of each"
        return [("duplicates", ", ".join(keys), "refused", again, told)] if again else []
    names = [name for name in frame if not _names_rows(frame[name])]
    if not names:
        return []
    coded = [_codes(frame[name]) for name in names]
    hashes = [row_hashes(own[:, None], seed + place) for place, own in enumerate(coded)]
    alike = [float(((np.bincount(own.astype(np.intp)) / len(y)) ** 2).sum()) for own in coded]
    free = [place for place, share in enumerate(alike) if share <= _ALIKE_AT_MOST]
    whole = np.bitwise_xor.reduce(hashes)
    if share := _copies(whole, hashes, alike, free, y):
        told = f"{share:.1%} of the rows equal another one in every column and in the outcome"
        return [("duplicates", "all columns", "refused", share, f"{told}; keep one of each")]
    for place in free:
        if len(np.unique(coded[place])) <= _ONE_FREE:
            continue
        rest = [other for other in free if other != place]
        share = _copies(whole ^ hashes[place], hashes, alike, rest, y)
        if share:
            told = (
                f"{share:.1%} of the rows equal another one in the outcome and in every column but "
                f"`{names[place]}`; keep one of each, or tell what tells them apart"
            )
            return [("duplicates", f"all columns but {names[place]}", "refused", share, told)]
    return []


def _copies(
    key: np.ndarray,
    hashes: list[np.ndarray],
    alike: list[float],
    free: list[int],
    y: np.ndarray,
) -> float:
    """Return the share of rows that have a copy, 0 where chance may have made the twins."""
    share, copies, is_pure = _twins(key, y)
    if share < _TWICE_REFUSED or is_pure < _PURE:
        return 0.0
    by_nature = 0.0
    for place in free:
        # So many rows are alike but for this column; a part of such pairs meets in it as well.
        _, others, _ = _twins(key ^ hashes[place], y)
        chance = max(others - copies, 0.0) * alike[place] / (1 - alike[place])
        by_nature = max(by_nature, chance)
        if copies - 2 * by_nature < _EXCESS * len(y):
            return 0.0
    return share


def _twins(key: np.ndarray, y: np.ndarray) -> tuple[float, float, float]:
    """Return the share of rows with a twin, how many are one too many, and how pure leavers are.

    Only twins of one outcome count; the last is the share of sets of twins with a leaver in which
    all left (1 where there is none).
    """
    _, twin, alike = np.unique(key, return_inverse=True, return_counts=True)
    left = np.bincount(twin, y)
    several = alike > 1
    same = several & ((left == 0) | (left == alike))
    with_leavers = several & (left > 0)
    is_pure = float((left == alike)[with_leavers].mean()) if with_leavers.any() else 1.0
    return float(alike[same].sum() / len(y)), float((alike[same] - 1).sum()), is_pure


def _codes(column: pd.Series) -> np.ndarray:
    """Return small integers, one per distinct value (missing is one), as floats."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return np.unique(as_number(column), return_inverse=True)[1] * 1.0
    texts = as_text(column)
    return np.unique(np.where(texts == None, "", texts).astype(str), return_inverse=True)[1] * 1.0  # noqa: E711


def _names_rows(column: pd.Series) -> bool:
    """Say whether a column is a name of the row: a text or a whole number, other on most rows."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        values = as_number(column)
        is_whole = bool((values == np.round(values)).all())
        return is_whole and column.nunique() > 0.9 * len(column)
    return not is_date(column) and column.nunique() > 0.5 * len(column)
