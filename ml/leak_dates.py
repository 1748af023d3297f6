"""The gate of dates: facts dated after what their row may know, however a date is written."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pandas as pd

_AS_OF = (
    r"as of( date)?|(snapshot|cut ?off|reference|observation|scor(e|ing))( (date|day|time|at))?"
)
_PLANNED = re.compile(
    r"\b(end|ends|ending|expir\w*|until|due|planned|renew\w*|next|maturity|valid to|scheduled)\b"
)
_DATED = re.compile(r"\b(date|day|dt|time|timestamp|ts|epoch|at|on|last|first|since|when)\b")
_AGO = re.compile(r"\b(days?|hours?|weeks?|months?) (since|ago)\b|\bsince last\b|\brecency\b")
_LOOKED_AT, _READ = 200, 0.95
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_TEXT = re.compile(
    rf"\d[-/.]\d{{1,2}}[-/.]\d|^(?:19|20)\d{{6}}(?:\d{{6}})?$|\d[ -]{_MONTH},?[ -]\d|"
    rf"^{_MONTH} \d",
    re.IGNORECASE,
)
_PAST, _AHEAD = pd.Timedelta(days=365 * 40), pd.Timedelta(days=365 * 5)


def words(name: str) -> str:
    """Return a column's name as small words: `MonthsInService`, `Account.Length` and the like."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return " ".join(re.findall(r"[^\W_]+", split)).lower()


def future(frame: pd.DataFrame, as_of: object) -> list[tuple]:
    """A date beyond what its row may know, unless its name says that it is planned."""
    found = [_less_than_none_ago(name, frame[name]) for name in frame if _AGO.search(words(name))]
    found = [row for row in found if row]
    skipped = as_of if isinstance(as_of, str) and as_of in frame else None
    if skipped is None and as_of is None:
        skipped = next((name for name in frame if _is_as_of(name, frame[name])), None)
        if skipped is None:
            return found
    known_until = as_dates(frame[skipped] if skipped else pd.Series(as_of, index=frame.index))
    if not known_until.notna().any():
        raise ValueError(f"as_of: {as_of!r} is no date and no column; give one of them")
    for name in frame:
        if name == skipped or _PLANNED.search(words(name)):
            continue
        dates = _dates_of(name, frame[name], known_until)
        if dates is None:
            continue
        is_late = dates > known_until
        if late := float(is_late.mean()):
            told = (
                f"{int(is_late.sum())} rows ({late:.2%}) hold a date in `{name}` after what they "
                f"may know, the latest {dates[is_late].max():%Y-%m-%d}; cut the facts at the "
                "cut-off, or name the column as planned (`…_due`, `…_end`)"
            )
            found.append(("future", name, "refused", late, told))
    return found


def _is_as_of(name: str, column: pd.Series) -> bool:
    return bool(re.fullmatch(_AS_OF, words(name))) and is_date(column)


def _less_than_none_ago(name: str, column: pd.Series) -> tuple | None:
    """Days since something that are negative lie ahead; one value alone stands for `never`."""
    if not pd.api.types.is_numeric_dtype(column.dtype) or column.dtype == bool:
        return None
    ahead = column < 0
    if column[ahead].nunique() < 2:
        return None
    told = (
        f"{int(ahead.sum())} rows have a negative `{name}`: the fact comes after the cut-off; cut "
        "the facts there"
    )
    return ("future", name, "refused", float(ahead.mean()), told)


def _dates_of(name: str, column: pd.Series, known_until: pd.Series) -> pd.Series | None:
    """Return a column as dates when it is one, be it as seconds since 1970; None otherwise."""
    if is_date(column):
        return as_dates(column)
    if not pd.api.types.is_numeric_dtype(column.dtype) or column.dtype == bool:
        return None
    numbers = column.astype("float64")
    given = numbers[numbers.notna()]
    if given.empty or (given != np.round(given)).any() or given.nunique() < 2:
        return None
    low, high = known_until.min() - _PAST, known_until.max() + _AHEAD
    if given.between(19_000_101, 21_001_231).all():
        read = pd.to_datetime(
            numbers.astype("Int64").astype("string"), format="%Y%m%d", errors="coerce", utc=True
        )
        return read.dt.as_unit("us") if _covers(read, numbers, low, high) else None
    units = {"s": 1e8, "ms": 1e11, "us": 1e14, "ns": 1e17}
    # Days since 1970 look like any other number: only a name can say so.
    if _DATED.search(words(name)) and not _AGO.search(words(name)):
        units["D"] = 7_000
    for unit, least in units.items():
        if given.median() < least or given.median() > 30 * least:
            continue
        read = pd.to_datetime(numbers, unit=unit, errors="coerce", utc=True)
        if _covers(read, numbers, low, high):
            return read.dt.as_unit("us")
    return None


def _covers(read: pd.Series, given: pd.Series, low: pd.Timestamp, high: pd.Timestamp) -> bool:
    own = read[given.notna()]
    return bool(((own >= low) & (own <= high)).mean() > _READ)


def is_date(column: pd.Series) -> bool:
    """Say whether a column holds dates, as such or as text in any usual order."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype) or isinstance(
        column.dtype, pd.PeriodDtype
    ):
        return True
    if pd.api.types.is_numeric_dtype(column.dtype):
        return False
    given = column.dropna().astype(object)
    given = given[given.astype(str).str.strip() != ""].head(_LOOKED_AT)
    if len(given) == 0 or not given.astype(str).str.contains(_TEXT).all():
        return False
    return bool(as_dates(given).notna().mean() > _READ)


def as_dates(column: pd.Series) -> pd.Series:
    """Return dates in UTC; of several ways to read a text, that which reads more."""
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    with warnings.catch_warnings():
        # Texts of several shapes are read one by one, which pandas thinks worth a warning.
        warnings.simplefilter("ignore", UserWarning)
        dates = pd.to_datetime(column, errors="coerce", utc=True)
        for how in ({"dayfirst": True}, {"format": "mixed"}):
            if dates.notna().sum() >= _READ * column.notna().sum():
                break
            other = pd.to_datetime(column, errors="coerce", utc=True, **how)
            dates = other if other.notna().sum() > dates.notna().sum() else dates
    return dates.dt.as_unit("us")
