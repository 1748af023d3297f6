"""A log of who did what when, however it is written: missing values, times of any kind, doubles."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.columns import as_number
from ml.offer_tables import in_order

LOG_COLUMNS = ("customer", "item", "at")
_DAY = 86_400.0
# Days without a row before what is a stray.
_STRAY = 366.0
# Numbers so large are moments since 1970 and no days: in seconds, ms, µs and ns.
_EPOCHS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3), (1e8, 1.0))
# 31.01.2026 or 1/31/2026, whatever follows it.
_DATE = r"^\s*(\d{1,2})([./-])(\d{1,2})([./-])(\d{2}|\d{4})(?!\d)"
_DAY_FIRST, _MONTH_FIRST = r"\5-\3-\1", r"\5-\1-\3"
# Numbers that read as dates or as months.
_WRITTEN = ((19_000_101, 21_001_231, "%Y%m%d"), (190_001, 210_012, "%Y%m"))


def read_log(log: pd.DataFrame) -> tuple[pd.DataFrame, list, list]:
    """Return a log by numbers, and the customers and items that the numbers stand for.

    A row without customer, item or time (a blank is none) is left out; what stands twice counts
    once.

    Parameters
    ----------
    log : DataFrame with columns customer, item, at

    Returns
    -------
    tuple of (DataFrame with columns customer, item, day, list, list)
        Sorted by day, customer, item.

    Raises
    ------
    ValueError
        When a column is missing, no row is left, or `at` holds what is no time.
    """
    if hasattr(log, "to_pandas"):
        log = log.to_pandas()
    if not isinstance(log, pd.DataFrame) or not set(LOG_COLUMNS) <= set(log.columns):
        raise ValueError("the log is a DataFrame with columns customer, item and at; name them so")
    rows = pd.DataFrame(
        {
            "customer": log["customer"].to_numpy(dtype=object),
            "item": log["item"].to_numpy(dtype=object),
            "day": days_of(log["at"]) if len(log) else np.empty(0),
        }
    )
    for column in ("customer", "item"):
        codes, seen = pd.factorize(rows[column])
        # the last place is that of a name which is missing
        is_blank = [isinstance(name, str) and not name.strip() for name in seen]
        rows[column] = rows[column].mask(np.array([*is_blank, False])[codes])
    rows = rows[rows.notna().all(axis=1) & np.isfinite(rows["day"])]
    if rows.empty:
        raise ValueError("the log is empty; give rows of customer, item and at")
    names = {}
    for column in ("customer", "item"):
        codes, seen = pd.factorize(rows[column])
        names[column] = in_order(seen)
        place = {name: number for number, name in enumerate(names[column])}
        rows[column] = np.array([place[name] for name in seen])[codes]
    rows = rows.drop_duplicates().sort_values(["day", "customer", "item"], kind="stable")
    return rows.reset_index(drop=True), names["customer"], names["item"]


def last_day(day: pd.Series) -> float:
    """Return the day up to which a log is told; a stray of the year 2099 is not of it.

    A stray is a hundredth of the rows, or less, that comes later than all the rest lasted, and
    more than a year after it.
    """
    first, last = np.quantile(day, [0.01, 0.99])
    told = day[day <= last + max(last - first, _STRAY)]
    return float(told.max())


def days_of(at: pd.Series) -> np.ndarray:
    """Return times as days, float64; missing ones are NaN.

    Numbers are days; above 100 million they are seconds (ms, µs, ns) since 1970, and numbers that
    read as 20260131 or 202601 are dates and months. Text may hold either.

    Raises
    ------
    ValueError
        When a text is no time.
    """
    at = pd.Series(at).reset_index(drop=True)
    if isinstance(at.dtype, pd.CategoricalDtype):
        at = at.astype(object)
    if isinstance(at.dtype, pd.PeriodDtype):
        at = at.dt.to_timestamp()
    is_time = pd.api.types.is_datetime64_any_dtype(at.dtype)
    if is_time or pd.api.types.is_timedelta64_dtype(at.dtype):
        return as_number(at)
    if not pd.api.types.is_numeric_dtype(at.dtype):
        numbers = pd.to_numeric(at.astype(object), errors="coerce")
        if numbers.notna().sum() < at.notna().sum():
            return as_number(_moments(at))
        at = numbers
    days = at.to_numpy(dtype=np.float64, na_value=np.nan)
    size = np.nanmax(np.abs(days), initial=0.0, where=np.isfinite(days))
    for least, unit in _EPOCHS:
        if size >= least:
            return days / unit / _DAY
    for low, high, form in _WRITTEN:
        if np.nanmin(days, initial=np.inf) >= low and size <= high:
            told = pd.Series(days).map(lambda day: None if np.isnan(day) else f"{day:.0f}")
            moments = pd.to_datetime(told, format=form, errors="coerce")
            if moments.notna().sum() == told.notna().sum():
                return as_number(moments)
    return days


def _moments(at: pd.Series) -> pd.Series:
    for form in ("ISO8601", "mixed"):
        # Left to itself pandas reads 05.03. as a month and a day, and 25.03. the other way round.
        told = at if form == "ISO8601" else _year_first(at)
        moments = pd.to_datetime(told, utc=True, errors="coerce", format=form)
        lost = at[moments.isna() & at.notna()]
        if lost.empty:
            return moments
    raise ValueError(f"at holds {lost.iloc[0]!r}, which is no time; give times, dates or days")


def _year_first(at: pd.Series) -> pd.Series:
    """Return dates such as 05/03/2026 with the year first, as all of them have it.

    Raises
    ------
    ValueError
        When they may be read either way, some only one way and some only the other, or their years
        have two digits.
    """
    told = at.astype(object).where(at.notna(), None)
    texts = told.astype(str)
    parts = texts.str.extract(_DATE)
    parts = parts[parts[0].notna()]
    if parts.empty:
        return at
    days, months = (parts[place].astype(int).gt(12) for place in (0, 2))
    first = "".join(parts.iloc[0])
    if days.any() and months.any():
        one, other = ("".join(parts[each].iloc[0]) for each in (days, months))
        raise ValueError(f"at holds {one!r} and {other!r}, days first and last; write 2026-01-31")
    is_told = days.any() or months.any() or "." in set(parts[1])
    if not is_told or parts[4].str.len().lt(4).any():
        raise ValueError(f"at holds {first!r}: day, month or year first? write 2026-01-31")
    return texts.str.replace(_DATE, _MONTH_FIRST if months.any() else _DAY_FIRST, regex=True).where(
        at.notna(), None
    )


def index_of(customers: object) -> pd.Index:
    """Return customers as an index; one alone, too."""
    if isinstance(customers, str) or not np.iterable(customers):
        customers = [customers]
    return pd.Index(customers, tupleize_cols=False)
