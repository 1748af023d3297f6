"""Which of the list the reader wants: by risk, value, what it is about, consent and segment."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import components, i18n, urls
from app.i18n import t
from app.parts import segment_names, work_risk
from app.queries import currency, moment_list, segments, work_list
from app.queries.work_list import Only

ALL, SURE = "all", "sure"
# Round steps and not those of tonight's list: a link shall mean the same tomorrow.
VALUES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)
CONSENTS = ("not_needed", "marketing", "profiling", "both")
NAMES = ("risk", "value", "about", "consent", "kind", "at")


def choose(page: str, risks: pd.DataFrame) -> Only:
    """Let the reader choose which of the first so many to list, for those who may see rows."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        risk = work_risk.choose(page, risks)
        value = urls.chosen(
            st.selectbox,
            currency.heading(t("value_from")),
            [ALL, SURE, *map(str, VALUES)],
            page=page,
            name="value",
            format_func=_value_in_words,
            width=190,
            help=t("value_from.help"),
        )
        about = _about(page)
        consent = urls.chosen(
            st.selectbox,
            t("consent"),
            [ALL, *CONSENTS],
            page=page,
            name="consent",
            format_func=lambda code: t(f"consent.{code}"),
            width=170,
            help=t("consent.only.help"),
        )
        kind = _kind(page)
        only = Only(
            risk=risk,
            value=float(value) if value not in (ALL, SURE) else None,
            is_sure=value == SURE,
            about=about,
            consent=None if consent == ALL else consent,
            kind=kind,
            stage=_stage(page),
        )
        if only != Only():
            components.reset(page, *NAMES, "p", key="reset_list")
    return only


def _value_in_words(code: str) -> str:
    if code in (ALL, SURE):
        return t(f"value_from.{code}")
    return i18n.number(int(code))


def _about(page: str) -> str | None:
    """Let the reader choose a product or an outage that the reasons are about."""
    rows = work_list.subjects().to_dict("records")
    named = {row["code"]: t(f"about.{row['kind']}", name=row["name"]) for row in rows}
    return _one_of(page, "about", "about", named)


def _kind(page: str) -> str | None:
    """Let the reader choose a segment found by behaviour; one of few customers is none."""
    rows = segments.segments().to_dict("records")
    named = {row["segment_id"]: segment_names.name_of(row) for row in rows}
    return _one_of(page, "kind", "kind_of_customer", named)


def _stage(page: str) -> str | None:
    """Let the reader choose a stage of a moment at which lines stand now."""
    return _one_of(
        page, "at", "at_stage", {code: stage_name(code) for code in moment_list.stages()}
    )


def stage_name(code: str) -> str:
    """Write a stage of a journey, such as ``join.ordered``, in words."""
    journey, _, stage = code.partition(".")
    return f"{i18n.word('journey', journey)}, {i18n.inside(i18n.word('stage', stage))}"


def _one_of(page: str, name: str, word: str, named: dict[str, str]) -> str | None:
    if not named:
        return None
    chosen = urls.chosen(
        st.selectbox,
        t(word),
        [ALL, *named],
        page=page,
        name=name,
        format_func=lambda code: named.get(code, t(f"{word}.all")),
        width=230,
        help=t(f"{word}.help"),
    )
    return None if chosen == ALL else chosen
