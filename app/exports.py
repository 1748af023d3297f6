"""Downloads: rows as CSV in which no spreadsheet finds a formula."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from app.access import Visitor, export_told

# What makes a spreadsheet read a text cell as a formula, also behind blanks (OWASP, ASVS 1.2.10).
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def neutral(value: object) -> object:
    """Return a cell that no spreadsheet runs; numbers, dates and booleans stay as they are."""
    if isinstance(value, list | tuple | np.ndarray):
        return [neutral(each) for each in value]
    if not isinstance(value, str):
        return value
    bare = value.lstrip(" \u00a0\u200b\ufeff")
    if value.startswith(_STARTS) or bare.startswith(_STARTS):
        return "'" + value.replace("\0", "")
    return value


def neutralised(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with every text cell and column name neutral."""
    safe = frame.copy()
    for column in safe.columns:
        if pd.api.types.is_numeric_dtype(safe[column]):
            continue
        if isinstance(safe[column].dtype, pd.CategoricalDtype):
            safe[column] = safe[column].astype(object)
        safe[column] = safe[column].map(neutral, na_action="ignore")
    safe.columns = [neutral(str(column)) for column in safe.columns]
    return safe


def as_csv(frame: pd.DataFrame) -> bytes:
    """Return the rows as UTF-8 CSV with a byte order mark, which spreadsheets expect."""
    return neutralised(frame).to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def taken(frame: pd.DataFrame, name: str, who: Visitor, right: str) -> bytes:
    """Return the rows as CSV and write into the audit log who took how much of what.

    Raises
    ------
    NotAllowed
        When the visitor may not, or no longer.
    """
    content = as_csv(frame)
    export_told(
        who,
        right,
        name=name,
        rows=len(frame),
        columns=[str(column) for column in frame.columns],
        sha256=hashlib.sha256(content).hexdigest(),
    )
    return content
