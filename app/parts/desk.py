"""What the work list and the decisions share: names of actions, and for whom nothing is done."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from app import charts, components, i18n
from app.i18n import t
from app.parts.earnings import money
from app.queries import work_list


def namer() -> Callable[[str], str]:
    """Return what names an action in the reader's language; the operator's own name of it."""
    rows = work_list.actions()
    if rows.empty:
        return lambda code: i18n.word("desk_action", code)
    column = "action_name_ru" if i18n.language() == "ru" else "action_name"
    named = dict(zip(rows["action_id"], rows[column], strict=True))

    def name(code: str) -> str:
        told = named.get(code)
        return i18n.word("desk_action", code) if i18n.is_missing(told) else str(told)

    return name


def idle_card(dimension: str, code: str) -> None:
    """Draw for how many lines nothing is done, and why."""
    told = work_list.idle(dimension, code)
    rows = told[told["why"] != "all"] if len(told) else told

    def tools() -> None:
        if len(rows):
            components.download(rows, "nothing_done", "desk.idle.csv")

    with components.card(t("idle"), t("idle.how"), tools):
        if rows.empty:
            components.nothing(t("idle.none"), t("idle.none.why"), "check_circle")
            return
        shown = pd.DataFrame(
            {
                "label": rows["why"].map(lambda why: i18n.word("idle_why", why)),
                "value": rows["lines"].astype(float),
                "value_text": rows["lines"].map(i18n.number),
                "customers": rows["customers"].map(i18n.number),
                "missed": [
                    money(value, currency)
                    for value, currency in zip(rows["best_value"], rows["currency"], strict=True)
                ],
            }
        )
        components.chart(
            charts.ranked(
                shown,
                tooltip=[
                    ("label", t("idle.why")),
                    ("value_text", t("lines")),
                    ("customers", t("customers")),
                    ("missed", t("idle.missed")),
                ],
            ),
            charts.height_of(len(shown), at_least=290),
            t("idle.alt", why=shown["label"].iloc[0], lines=shown["value_text"].iloc[0]),
        )
        untold = told.loc[told["why"] == "all", "lines"].sum() - rows["lines"].sum()
        if untold > 0:
            st.caption(t("idle.untold", lines=i18n.number(untold)))
