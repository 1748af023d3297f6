"""Any table → one float matrix: numbers, categories as codes, and canonical row order."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

NUMBER, CATEGORY, MANY = "number", "category", "many"
_BLANKS = ["", "nan", "None", "NaN", "<NA>", "NaT"]
_NUMERIC_TEXT_SHARE = 0.95
ISO_DATE = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.]\d{1,6})?)?)?"
_DATES, _DURATIONS = {"date", "datetime", "datetime64"}, {"timedelta", "timedelta64"}
WHOLE = 1e15
_PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


def as_frame(X: object) -> pd.DataFrame:
    """Return a table with text column names, whatever came in (frame, dict, array, Arrow …)."""
    if sparse.issparse(X):
        X = X.toarray()
    if hasattr(X, "to_pandas"):
        X = X.to_pandas()
    if isinstance(X, dict):
        X = pd.DataFrame(X)
    frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(np.asarray(X))
    if not all(isinstance(name, str) for name in frame.columns):
        frame = frame.set_axis(
            [n if isinstance(n, str) else f"x{n}" for n in frame.columns], axis=1
        )
    if not frame.columns.is_unique:
        twice = sorted(set(frame.columns[frame.columns.duplicated()]))
        raise ValueError(f"several columns are called {twice}; give each its own name")
    return frame


def as_number(column: pd.Series) -> np.ndarray:
    """Return a column as float64: a date as days since 1970, a duration as days.

    Dates may be pandas' own, Arrow's, Python's, or texts such as `2026-03-01 10:00`; what is no
    number is missing.
    """
    column = _moments(column)
    if column.dtype.kind in "mM":
        return _days(column)
    if pd.api.types.is_numeric_dtype(column.dtype):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return np.where(np.isfinite(values), values, np.nan)
    told = column.astype(object)
    values = pd.to_numeric(told, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    values = np.where(np.isfinite(values), values, np.nan)
    left = np.flatnonzero(np.isnan(values) & column.notna().to_numpy())
    if len(left):
        texts = told.iloc[left].astype(str).str.strip()
        own = pd.to_numeric(texts.astype(object), errors="coerce").to_numpy(dtype=np.float64)
        values[left] = np.where(np.isfinite(own), own, np.nan)
        is_date = texts.str.fullmatch(ISO_DATE).to_numpy(dtype=bool)
        dates = pd.to_datetime(
            texts[is_date].astype(object), errors="coerce", utc=True, format="ISO8601"
        )
        values[left[is_date]] = _days(dates.dt.tz_localize(None))
    return values


def _moments(column: pd.Series) -> pd.Series:
    """Return dates (in UTC) and durations, whatever they come as, in pandas' own types."""
    dtype = column.dtype
    if isinstance(dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    told = pd.api.types.infer_dtype(column, skipna=True) if dtype.kind == "O" else ""
    kind = dtype.kind if isinstance(dtype, pd.ArrowDtype) else ""
    if kind == "M" or told in _DATES:
        column = pd.to_datetime(column.astype(object), errors="coerce", utc=True)
    elif kind == "m" or told in _DURATIONS:
        column = pd.to_timedelta(column.astype(object), errors="coerce")
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    return column


def _days(column: pd.Series) -> np.ndarray:
    """Return dates since 1970, or durations, in days; the year 9999 is no nanosecond, but a day."""
    unit = np.datetime_data(column.dtype)[0]
    days = column.to_numpy().view(np.int64) / (86_400.0 * _PER_SECOND[unit])
    return np.where(column.isna().to_numpy(), np.nan, days)


def as_text(column: pd.Series) -> np.ndarray:
    """Return a column as trimmed text in an object array; blanks and missing values are None."""
    text = column.astype(object).where(column.notna(), None).to_numpy(dtype=object)
    if pd.api.types.infer_dtype(text, skipna=True) == "string":
        # Each word is looked at once. Of mixed columns not: 1 and True would be one word.
        codes, words = pd.factorize(text)
        words = np.array([word.strip() for word in words], dtype=str).astype(object)
        words[np.isin(words, _BLANKS)] = None
        words = np.append(words, None)
        return words[codes]
    levels, codes = np.unique(
        np.array([_word(value) for value in text], dtype=str), return_inverse=True
    )
    levels = levels.astype(object)
    levels[np.isin(levels, _BLANKS)] = None
    return levels[codes]


def _word(value: object) -> str:
    """Return a value as a word: a gap among whole numbers makes them floats, yet 3.0 is 3."""
    if isinstance(value, float | np.floating) and value.is_integer() and abs(value) < WHOLE:
        value = int(value)
    return str(value).strip()


def _is_text(column: pd.Series) -> bool:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return True
    if pd.api.types.is_numeric_dtype(column.dtype) or column.dtype.kind in "mM":
        return False
    if isinstance(column.dtype, pd.PeriodDtype):
        return False
    kind = pd.api.types.infer_dtype(column, skipna=True)
    numbers = {"boolean", "integer", "floating", "mixed-integer-float", "decimal", "empty"}
    return kind not in numbers | _DATES | _DURATIONS


class TableEncoder(TransformerMixin, BaseEstimator):
    """Turn a table of mixed columns into a float64 matrix, missing values as NaN.

    Each column becomes exactly one matrix column: a number, a bool (0/1) or a date (days) as it
    is; text as the code of its level in alphabetical order. Text that is a number, or a date
    such as `2026-03-01`, on 95 % of its levels is one. Columns that hold one value only, nothing,
    or a different text on almost every row (an identifier) are left out.

    Parameters
    ----------
    max_levels : int, default=60
        A text column with more levels is kept as codes but marked `many`: its consumer should
        encode it by its target, not level by level.

    Attributes
    ----------
    names_ : list of str
        Columns kept, in the order of the input.
    kinds_ : list of str
        `number`, `category` or `many`, one per kept column.
    levels_ : dict of str to ndarray
        Levels of each text column, by code.
    dropped_ : dict of str to str
        Columns left out, and why.
    """

    def __init__(self, max_levels: int = 60) -> None:  # noqa: D107
        self.max_levels = max_levels

    def fit(self, X: object, y: object = None) -> TableEncoder:
        """Learn the kind and the levels of each column.

        Parameters
        ----------
        X : DataFrame or array of shape (n_rows, n_columns)
            Mixed columns; missing values allowed everywhere.
        y : ignored
        """
        frame = as_frame(X)
        self.feature_names_in_ = np.array(frame.columns, dtype=object)
        self.n_features_in_ = frame.shape[1]
        self.names_, self.kinds_, self.levels_, self.dropped_ = [], [], {}, {}
        for name in frame.columns:
            kind, levels, reason = self._look_at(frame[name])
            if reason:
                self.dropped_[name] = reason
                continue
            self.names_.append(name)
            self.kinds_.append(kind)
            if levels is not None:
                self.levels_[name] = levels
        return self

    def _look_at(self, column: pd.Series) -> tuple[str, np.ndarray | None, str]:
        if not _is_text(column):
            values = as_number(column)
            return NUMBER, None, _why_useless(np.unique(values[~np.isnan(values)]), values)
        values = as_text(column)
        given = values[values != None]  # noqa: E711 - element-wise on an object array
        levels = np.unique(given.astype(str))
        if len(levels) and not isinstance(column.dtype, pd.CategoricalDtype):
            numeric = ~np.isnan(as_number(pd.Series(levels, dtype=object)))
            if numeric.mean() >= _NUMERIC_TEXT_SHARE:
                return NUMBER, None, _why_useless(levels[:2], values)
        if len(levels) > self.max_levels and len(levels) > 0.5 * len(given):
            return CATEGORY, None, "identifier"
        kind = CATEGORY if len(levels) <= self.max_levels else MANY
        missing = len(given) < len(values)
        return kind, levels.astype(object), _why_useless(levels[:2], [None] if missing else [])

    def transform(self, X: object) -> np.ndarray:
        """Return the matrix; a level never seen in `fit` counts as missing.

        Returns
        -------
        ndarray of shape (n_rows, n_kept_columns), float64, column-major
        """
        check_is_fitted(self, "names_")
        frame = as_frame(X)
        missing = [name for name in self.names_ if name not in frame.columns]
        if missing:
            raise ValueError(f"columns {missing} were there in fit and are not here; add them")
        matrix = np.empty((len(frame), len(self.names_)), dtype=np.float64, order="F")
        for position, name in enumerate(self.names_):
            if name not in self.levels_:
                matrix[:, position] = as_number(frame[name])
                continue
            codes = pd.Index(self.levels_[name]).get_indexer(as_text(frame[name]))
            matrix[:, position] = np.where(codes < 0, np.nan, codes)
        return matrix

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return the names of the kept columns."""
        return np.array(self.names_, dtype=object)


def _why_useless(levels: np.ndarray, values: object) -> str:
    """Say why a column cannot help, or nothing. One value beside missing ones still can."""
    if len(levels) == 0:
        return "empty"
    some_missing = bool(pd.isna(np.asarray(values, dtype=object)).any()) if len(values) else False
    return "" if len(levels) > 1 or some_missing else "constant"


def row_hashes(matrix: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return one uint64 per row that depends on its values and the seed only, not on its place.

    The canonical order of rows (and with it folds and samples) is the order of these hashes.
    """
    with np.errstate(over="ignore"):
        state = np.full(len(matrix), _salt(seed), dtype=np.uint64)
        for position in range(matrix.shape[1]):
            column = np.where(np.isnan(matrix[:, position]), -1.25e300, matrix[:, position]) + 0.0
            state = _mix(state ^ np.ascontiguousarray(column).view(np.uint64))
    return state


def text_hashes(texts: object, seed: int = 0) -> np.ndarray:
    """Return one uint64 per text, the same in every process."""
    values = np.asarray(texts, dtype=object).astype(str).astype(object)
    hashes = pd.util.hash_array(values, categorize=True)
    with np.errstate(over="ignore"):
        return _mix(hashes ^ _salt(seed))


def _salt(seed: int) -> np.uint64:
    return np.uint64((seed * 0x9E3779B97F4A7C15) % 2**64)


def _mix(state: np.ndarray) -> np.ndarray:
    """SplitMix64's finaliser: every input bit reaches every output bit."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31)) ^ np.uint64(0x632BE59BD9B4E019)
