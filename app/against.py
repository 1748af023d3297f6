"""What a month is compared with: the month before, the same month last year, or the target."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app import i18n, urls
from app.i18n import t

CODES = ("prev", "year", "target")
_MONTHS = {"prev": 1, "year": 12}


def choose(page: str, *, is_period: bool = False, codes: Sequence[str] = CODES) -> str:
    """Let the reader choose what to compare with; the address keeps it.

    Parameters
    ----------
    is_period : bool
        The page is about a period of days; else about a month.
    codes : sequence of str
        What there is to compare with.
    """
    own = "against.period" if is_period else "against"
    return urls.chosen(
        st.selectbox,
        t("against"),
        codes,
        page=page,
        name="vs",
        format_func=lambda code: t(f"{own}.{code}"),
        width=215,
    )


def month_of(code: str, month: pd.Timestamp) -> pd.Timestamp | None:
    """Return the month to compare with, or None where it is a target."""
    return month - pd.DateOffset(months=_MONTHS[code]) if code in _MONTHS else None


def in_words(code: str, month: pd.Timestamp, *, is_short: bool = False) -> str:
    """Write what a month is compared with."""
    before = month_of(code, month)
    if before is None:
        return t("target")
    return i18n.short_month(before) if is_short else i18n.month(before)
