"""Numbers and times of a table as the session's language writes them.

Streamlit's own formats know the decimal point only and no thousands, or follow the browser and not
the page. So the displayed texts come from here, and what is below them stays a number or a moment
to sort by: as texts October would stand before September, and 10% before 2%.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pandas as pd

from app import i18n

_TIMES = {"date": i18n.day, "datetime": i18n.moment_text}
_FORMAT = re.compile(r"%(\+?)\.(\d)f(%%|×)?")


def localised(
    rows: pd.DataFrame,
    columns: Mapping[str, object],
    written: Mapping[str, Callable[[object], str]] | None = None,
) -> tuple[object, dict[str, object]]:
    """Return rows and column configurations as `st.dataframe` takes them.

    Parameters
    ----------
    written : mapping, optional
        How a column's values are written that need more than a format.
    """
    config = dict(columns)
    if rows.empty:
        return rows, config
    writers: dict[str, Callable[[object], str]] = dict(written or {})
    for name, column in columns.items():
        kind = column.get("type_config") or {} if isinstance(column, Mapping) else {}
        if name not in writers and kind.get("type") in _TIMES:
            writers[name] = _TIMES[kind["type"]]
        writer = _writer(str(kind.get("format") or "")) if kind.get("type") == "number" else None
        if writer is not None and pd.api.types.is_numeric_dtype(rows[name]):
            writers[name] = writer
            config[name] = {**column, "type_config": {**kind, "format": None}}
    return (rows.style.format(writers) if writers else rows), config


def _writer(told: str) -> Callable[[float], str] | None:
    if told == "localized":
        return lambda value: i18n.number(value, 0 if i18n.is_missing(value) else _digits(value))
    found = _FORMAT.fullmatch(told)
    if not found:
        return None
    sign, digits, unit = found[1], int(found[2]), found[3] or ""

    def write(value: float) -> str:
        if i18n.is_missing(value):
            return i18n.NOTHING
        if unit == "%%":
            return i18n.percent(value, digits)
        text = i18n.number(value, digits)
        return ("+" if sign and round(value, digits) >= 0 else "") + text + unit

    return write


def _digits(value: float) -> int:
    return 0 if float(value).is_integer() else 2
