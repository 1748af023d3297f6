"""Which part of the base a page is about: all of it, or one region, segment, family or channel."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app import i18n, urls
from app.i18n import t
from app.queries import metrics

WHOLE = "all"


def choose(page: str, fields: Sequence[str], known: pd.DataFrame | None = None) -> tuple[str, str]:
    """Let the reader choose a part of the base; return dimension and code, both `all` for all.

    Parameters
    ----------
    fields : sequence of str
        Dimensions to choose from: region, segment, family, channel.
    known : DataFrame, optional
        Columns field and code; the parts that metric values are told of, without.
    """
    known = metrics.parts() if known is None else known
    options = [WHOLE] + [
        f"{field}:{code}" for field in fields for code in known[known["field"] == field]["code"]
    ]
    chosen = urls.chosen(
        st.selectbox,
        t("part_of_base"),
        options,
        page=page,
        name="part",
        format_func=in_words,
        width=260,
    )
    field, _, code = chosen.partition(":")
    return field, code or WHOLE


def in_words(part: str) -> str:
    """Write a part of the base, such as ``region:north``."""
    field, _, code = part.partition(":")
    return (
        t("whole_base")
        if not code
        else f"{i18n.word('dimension', field)}: {i18n.word(field, code)}"
    )
