"""The gate of columns: what one column alone says of the outcome, however it says it."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from ml.columns import MANY, NUMBER, TableEncoder, as_frame, as_text, row_hashes
from ml.evaluate import auc_with_interval

REFUSED, WARNED, PASSED = "refused", "warned", "passed"
LEAK_REFUSED, LEAK_WARNED = 0.90, 0.80
# Among the rows that are filled, a column must be seen to rank: so low may its interval begin.
_LEAST_LOW, _LEAST_GIVEN, _LEAST_OF_EACH = 0.85, 100, 30
# A level says outright who left when so many of its rows did, on rows it was not found on.
_SURE, _SURE_ROWS, _SURE_REFUSED, _SURE_WARNED, _MOST_LEAVE = 0.98, 30, 0.20, 0.05, 0.75
_PRIOR, _UNLIKELY = 10, 1e-9
_FEW_LEVELS, _MOST_LEVELS_SHARE = 60, 0.5
_NUMERIC_SHARE = 0.95
_MARKS = re.compile(r"[%€$£₸₽\s\u00a0]")
_COMMA = re.compile(r"^([-+]?\d+),(\d+)$")


def leak_gate(X: object, y: np.ndarray, seed: int) -> pd.DataFrame:
    """Ask of each column alone how well it tells the classes apart; nothing honest does so well.

    Each column is looked at in several ways: a number by its order, by twenty quantile bins, by
    its values where they repeat and by its last two digits; a text by its levels, as the number it
    may hold, by what is left without digits, by its beginning and end; all by being filled at all
    and, where part of the rows is filled, on those. Rates of bins and levels are out of fold.

    Parameters
    ----------
    X : DataFrame of shape (n_rows, n_columns)
    y : ndarray of shape (n_rows,)
        0 or 1.
    seed : int
        Of the two folds.

    Returns
    -------
    DataFrame with columns feature, auc, verdict (`refused`, `warned`, `passed`), told
        AUC from 0.90 on is refused, from 0.80 warned. So is a value (a text, a blank, being
        filled) whose rows nearly all left, where it names a fifth of the leavers; if it is a
        number's, or names a twentieth, it is warned: silence may say so honestly.

    References
    ----------
    LEARNING.md, point 10: clean columns peaked at 0.78, leaky ones began at 0.94.
    """
    frame, y = as_frame(X), np.asarray(y, dtype=float)
    encoder = TableEncoder().fit(frame)
    matrix = encoder.transform(frame)
    halves = row_hashes(np.column_stack([matrix, y]), seed) % np.uint64(2)
    kept = dict(zip(encoder.names_, range(len(encoder.names_)), strict=True))
    found = []
    for name in frame:
        place = kept.get(name)
        if place is None and encoder.dropped_.get(name) != "identifier":
            continue
        kind = None if place is None else encoder.kinds_[place]
        values = None if place is None else matrix[:, place]
        numbers, codes = _views(frame[name], kind, values)
        found.append((name, *_judged(numbers, codes, y, halves)))
    gate = pd.DataFrame(found, columns=["feature", "auc", "verdict", "told"])
    order = np.lexsort((gate["feature"], -gate["auc"], -_rank(gate["verdict"])))
    return gate.iloc[order].reset_index(drop=True)


def _rank(verdicts: pd.Series) -> np.ndarray:
    return verdicts.map({REFUSED: 2, WARNED: 1, PASSED: 0}).to_numpy(dtype=float)


def _views(
    column: pd.Series, kind: str | None, values: np.ndarray | None
) -> tuple[list[np.ndarray], list[tuple[np.ndarray, bool]]]:
    """Return a column as numbers to be ranked by, and as codes (missing is 0) with their kind.

    The bool of a view says that its codes are names: a text, or filled and not.
    """
    if kind == NUMBER:
        given = ~np.isnan(values)
        codes = [(binned(values), False), (given.astype(np.intp), True)]
        distinct = len(np.unique(values[given]))
        if 20 < distinct <= _MOST_LEVELS_SHARE * given.sum():
            codes.append((_coded(values), False))
        if distinct > 20:
            codes.append((_binned_last(values), False))
        return [values], codes
    texts = as_text(column)
    given = texts != None  # noqa: E711 - element-wise on an object array
    codes = [(given.astype(np.intp), True)]
    if values is not None:
        codes.append((np.where(np.isnan(values), -1, values).astype(np.intp) + 1, True))
    if kind not in (None, MANY):
        return [], codes
    written = pd.Series(np.where(given, texts, "").astype(str))
    amounts = _amounts(written.where(given))
    numbers = [] if amounts is None else [amounts]
    if amounts is not None:
        codes.append((binned(amounts), False))
    else:
        # An identifier may be numbered by outcome; what stands around the number may name it.
        digits = pd.to_numeric(written.str.extract(r"(\d+)")[0].str[:15], errors="coerce")
        numbers.append(digits.to_numpy(dtype=float))
        shapes = (
            written.str.replace(r"\d+", "0", regex=True),
            written.str.split().str[0].fillna(""),
            written.str[:1],
            written.str[:3],
            written.str[-1:],
        )
        for shape in shapes:
            levels = _coded_texts(shape.where(given))
            if levels.max() <= _FEW_LEVELS:
                codes.append((levels, True))
    return numbers, codes


def _judged(
    numbers: list[np.ndarray],
    codes: list[tuple[np.ndarray, bool]],
    y: np.ndarray,
    halves: np.ndarray,
) -> tuple[float, str, str]:
    """Return the highest AUC of all views, the verdict, and why with what to do."""
    aucs, among = [], []
    for values in numbers:
        given = ~np.isnan(values)
        if 0 < y[given].sum() < given.sum():
            own = auc_with_interval(y[given], values[given])
            # Only where the column covers nearly everybody may its order speak for all.
            if given.mean() > 0.5:
                aucs.append(max(own[0], 1 - own[0]))
            elif _is_clear(y[given], values[given]):
                among.append(max(own[0], 1 - own[0]))
    sure = {True: 0.0, False: 0.0}
    for code, is_name in codes:
        cells = _cells(code, y, halves)
        aucs.append(_auc_of_cells(*cells))
        given = code > 0
        if given.mean() <= 0.5 and _auc_of_cells(*(own[:, 1:] for own in cells)) >= LEAK_REFUSED:
            rate = rates_out_of_fold(code, y, halves)[given]
            if _is_clear(y[given], rate):
                among.append(auc_with_interval(y[given], rate)[0])
        sure[is_name] = max(sure[is_name], _told_outright(code, y, halves))
    auc, own = max(aucs, default=0.5), max(among, default=0.5)
    said = [f"alone it ranks with AUC {auc:.3f}"] if auc >= LEAK_WARNED else []
    if own >= LEAK_REFUSED > auc:
        said.append(f"where it is filled it ranks with AUC {own:.3f}")
    named = max(sure.values())
    if named >= _SURE_WARNED and auc < LEAK_REFUSED:
        said.append(f"by its value alone {named:.0%} of those who left are known for sure")
    auc = max(auc, own) if own >= LEAK_REFUSED else auc
    if auc >= LEAK_REFUSED or sure[True] >= _SURE_REFUSED:
        verdict = REFUSED
    else:
        verdict = WARNED if said else PASSED
    return auc, verdict, ", ".join(said) or f"alone it ranks with AUC {auc:.3f}"


def _is_clear(y: np.ndarray, score: np.ndarray) -> bool:
    """Say whether part of the rows is enough to believe what a column ranks like on them."""
    enough = len(y) >= _LEAST_GIVEN and min(y.sum(), len(y) - y.sum()) >= _LEAST_OF_EACH
    if not enough:
        return False
    auc, low, high = auc_with_interval(y, score)
    return low >= _LEAST_LOW or (auc < 0.5 and high <= 1 - _LEAST_LOW)


def _told_outright(codes: np.ndarray, y: np.ndarray, halves: np.ndarray) -> float:
    """Return the share of the leavers whose value is one that only leavers have.

    Values are chosen on one half of the rows and counted on the other.
    """
    if not 0 < y.mean() < _MOST_LEAVE:
        return 0.0
    # Where most leave anyway, a value must be surer, and of more rows, to say more than that.
    sure = 1 - (1 - _SURE) * min(1.0, 2 * (1 - y.mean()))
    least = max(_SURE_ROWS, np.log(_UNLIKELY) / np.log(y.mean()))
    rows = left = 0.0
    for half in (0, 1):
        inside = halves != half
        n = np.bincount(codes[inside], minlength=codes.max() + 1)
        hits = np.bincount(codes[inside], weights=y[inside], minlength=codes.max() + 1)
        chosen = ((n > 0) & (hits >= sure * n))[codes[~inside]]
        rows += chosen.sum()
        left += y[~inside][chosen].sum()
    return float(left / y.sum()) if rows >= least and left >= sure * rows else 0.0


def binned(values: np.ndarray) -> np.ndarray:
    """Return the quantile bin of a number, from 1; missing is 0."""
    known = ~np.isnan(values)
    codes = np.zeros(len(values), dtype=np.intp)
    if known.any():
        edges = np.unique(np.quantile(values[known], np.linspace(0, 1, 21)))
        codes[known] = np.searchsorted(edges, values[known], side="left") + 1
    return codes


def _binned_last(values: np.ndarray) -> np.ndarray:
    """Return the last digit of a whole number, or the hundredths of another, from 1."""
    known = ~np.isnan(values) & (np.abs(values) < 1e13)
    codes = np.zeros(len(values), dtype=np.intp)
    own = values[known]
    is_whole = bool((own == np.round(own)).all())
    last = np.abs(own) % 10 if is_whole else np.round(np.abs(own) * 100) % 100
    codes[known] = last.astype(np.intp) + 1
    return codes


def _coded(values: np.ndarray) -> np.ndarray:
    known = ~np.isnan(values)
    codes = np.zeros(len(values), dtype=np.intp)
    codes[known] = np.unique(values[known], return_inverse=True)[1] + 1
    return codes


def _coded_texts(texts: pd.Series) -> np.ndarray:
    return pd.factorize(texts, sort=True)[0].astype(np.intp) + 1


def _amounts(texts: pd.Series) -> np.ndarray | None:
    """Return texts as numbers when they are ones in disguise: `12,5`, `40 %`, `$ 3`."""
    bare = texts.str.replace(_MARKS, "", regex=True).str.replace(_COMMA, r"\1.\2", regex=True)
    numbers = pd.to_numeric(bare, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    given = texts.notna().to_numpy()
    if not given.any() or np.isfinite(numbers[given]).mean() < _NUMERIC_SHARE:
        return None
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _cells(
    codes: np.ndarray, y: np.ndarray, halves: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rates out of fold, leavers and stayers by half and code, each of shape (2, n)."""
    size = int(codes.max()) + 1
    place = halves.astype(np.intp) * size + codes
    n = np.bincount(place, minlength=2 * size).reshape(2, size)
    left = np.bincount(place, weights=y, minlength=2 * size).reshape(2, size)
    base = left.sum(axis=1, keepdims=True) / np.maximum(n.sum(axis=1, keepdims=True), 1)
    # A row's rate is that of its value in the other half.
    rate = ((left + _PRIOR * base) / (n + _PRIOR))[::-1]
    return rate, left, n - left


def _auc_of_cells(rate: np.ndarray, left: np.ndarray, stayed: np.ndarray) -> float:
    """Return the AUC of rows that share their scores cell by cell (0.5 where it means nothing)."""
    _, level = np.unique(rate, return_inverse=True)
    left = np.bincount(level.ravel(), weights=left.ravel())
    stayed = np.bincount(level.ravel(), weights=stayed.ravel())
    pairs = left.sum() * stayed.sum()
    below = np.cumsum(stayed) - stayed / 2
    return float((left * below).sum() / pairs) if pairs else 0.5


def rates_out_of_fold(codes: np.ndarray, y: np.ndarray, halves: np.ndarray) -> np.ndarray:
    """Return for each row the rate of its code in the other half, drawn a little to the mean."""
    return _cells(codes, y, halves)[0][halves.astype(np.intp), codes]
