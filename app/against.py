"""What a month is compared with: the one before, the same last year, the target, or any other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import pandas as pd
import streamlit as st

from app import i18n, urls
from app.i18n import t

CODES = ("prev", "year", "target")
_MONTHS = {"prev": 1, "year": 12}
# A month of the reader's own choice stands in the address as itself.
_OWN = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def choose(
    page: str,
    *,
    is_period: bool = False,
    codes: Sequence[str] = CODES,
    months: Iterable[object] = (),
) -> str:
    """Let the reader choose what to compare with; the address keeps it.

    Parameters
    ----------
    is_period : bool
        The page is about a period of days; else about a month.
    codes : sequence of str
        What there is to compare with.
    months : iterable of timestamps, optional
        Which months the reader may choose besides, in their order: all but the one shown.
    """
    own = "against.period" if is_period else "against"
    return urls.chosen(
        st.selectbox,
        t("against"),
        [*codes, *(f"{pd.Timestamp(month):%Y-%m}" for month in months)],
        page=page,
        name="vs",
        format_func=lambda code: i18n.month(f"{code}-01") if is_own(code) else t(f"{own}.{code}"),
        width=215,
    )


def is_own(code: str) -> bool:
    """Tell whether a code is a month that the reader chose."""
    return _OWN.fullmatch(code) is not None


def month_of(code: str, month: pd.Timestamp) -> pd.Timestamp | None:
    """Return the month to compare with, or None where it is a target."""
    if is_own(code):
        return pd.Timestamp(f"{code}-01")
    return month - pd.DateOffset(months=_MONTHS[code]) if code in _MONTHS else None


def in_words(code: str, month: pd.Timestamp, *, is_short: bool = False) -> str:
    """Write what a month is compared with."""
    before = month_of(code, month)
    if before is None:
        return t("target")
    return i18n.short_month(before) if is_short else i18n.month(before)
