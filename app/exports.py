"""Downloads: rows as CSV or a workbook, in which no spreadsheet finds a formula."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from datetime import date, datetime

import numpy as np
import pandas as pd
import xlsxwriter

from app.access import NotAllowed, Visitor, export_told
from app.words.columns import HEADINGS

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
        kind = safe[column].dtype
        if pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_datetime64_any_dtype(kind):
            continue
        if isinstance(safe[column].dtype, pd.CategoricalDtype):
            safe[column] = safe[column].astype(object)
        safe[column] = safe[column].map(neutral, na_action="ignore")
    safe.columns = [neutral(str(column)) for column in safe.columns]
    return safe


def as_csv(frame: pd.DataFrame) -> bytes:
    """Return the rows as UTF-8 CSV with a byte order mark, which spreadsheets expect."""
    safe = neutralised(frame)
    for column in safe.select_dtypes("object"):
        safe[column] = safe[column].map(_listed, na_action="ignore")
    return safe.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def _listed(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def as_xlsx(frame: pd.DataFrame) -> bytes:
    """Return the rows as a workbook of one sheet; texts are texts, never formulas or links."""
    safe = neutralised(frame)
    told = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True,
               "nan_inf_to_errors": False, "remove_timezone": True}  # fmt: skip
    with xlsxwriter.Workbook(told, options) as book:
        bold = book.add_format({"bold": True})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, list(safe.columns), bold)
        for across, column in enumerate(safe.columns):
            for down, value in enumerate(safe[column].tolist(), start=1):
                if value is None or value is pd.NA or value is pd.NaT or value != value:
                    continue
                if isinstance(value, datetime):
                    sheet.write_datetime(down, across, value, moment)
                elif isinstance(value, date):
                    sheet.write_datetime(down, across, value, day)
                elif isinstance(value, bool):
                    sheet.write_boolean(down, across, value)
                elif isinstance(value, int | float):
                    sheet.write_number(down, across, value)
                else:
                    sheet.write_string(down, across, str(_listed(value)))
        if len(safe):
            sheet.autofilter(0, 0, len(safe), len(safe.columns) - 1)
        sheet.set_column(0, max(len(safe.columns) - 1, 0), 18)
    return told.getvalue()


def as_geojson(frame: pd.DataFrame) -> bytes:
    """Return rows with columns longitude and latitude as points of a GeoJSON collection."""
    told = frame.astype(object).where(frame.notna(), None)
    points = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [row["longitude"], row["latitude"]]},
            "properties": {
                name: value for name, value in row.items() if name not in ("longitude", "latitude")
            },
        }
        for row in told.to_dict("records")
    ]
    collection = {"type": "FeatureCollection", "features": points}
    return json.dumps(collection, ensure_ascii=False, default=str).encode()


def as_parquet(frame: pd.DataFrame) -> bytes:
    """Return rows as Parquet: every column keeps its type, for whoever computes further."""
    return frame.to_parquet(index=False)


WRITERS = {"csv": as_csv, "xlsx": as_xlsx, "geojson": as_geojson, "parquet": as_parquet}


def taken(
    rows: pd.DataFrame | Callable[[], pd.DataFrame],
    name: str,
    who: Visitor,
    right: str,
    kind: str = "csv",
    language: str = "en",
) -> bytes:
    """Return the rows as a file and write into the audit log who took how much of what.

    Parameters
    ----------
    rows : DataFrame or callable
        The rows, or what reads them now.
    kind : str
        A key of ``WRITERS``.
    language : str
        In Russian a workbook has Russian headings; what a program reads keeps its names.

    Raises
    ------
    NotAllowed
        When the visitor may not, or no longer.
    """
    if right not in who.rights:
        raise NotAllowed(f"your roles do not include the right {right!r}")
    frame = rows() if callable(rows) else rows
    is_translated = kind == "xlsx" and language == "ru"
    content = WRITERS[kind](frame.rename(columns=HEADINGS) if is_translated else frame)
    export_told(
        who,
        right,
        name=name,
        rows=len(frame),
        columns=[str(column) for column in frame.columns],
        sha256=hashlib.sha256(content).hexdigest(),
    )
    return content
