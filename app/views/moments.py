"""Moments: which moment of a customer hurts, and at which stage?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import access, against, base_parts, components, figures, frame, i18n, urls
from app.i18n import t
from app.parts import moment_contacts, moment_people
from app.parts.moment_stages import (
    of_shown,
    share_text,
    stages_card,
    through_card,
    time_card,
    told,
    trend_card,
)
from app.queries import metrics, moments
from app.queries.moment_list import Scope

PAGE = "moments"
CARDS = ("M47", "M47b", "M47p90", "M47c", "M11j")


def page() -> None:
    """Draw the page."""
    frame.header(t("moments"), t("moments.question"), PAGE)
    known = moments.types()
    if not known:
        components.nothing(t("moments.none"), t("moments.none.why"), "route")
        return
    months = metrics.months()
    codes = [f"{start:%Y-%m}" for start in months["period_start"]]
    whole = [code for code, done in zip(codes, months["is_complete"], strict=True) if bool(done)]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        journey = urls.chosen(
            st.segmented_control,
            t("moment"),
            known,
            page=PAGE,
            name="journey",
            default="join",
            format_func=lambda code: i18n.word("journey", code),
            required=True,
        )
        month = urls.chosen(
            st.selectbox,
            t("month"),
            [*codes, "all"] if codes else ["all"],
            page=PAGE,
            name="m",
            is_dated=True,
            default=whole[0] if whole else "all",
            format_func=lambda code: (
                t("grain.total") if code == "all" else i18n.month(f"{code}-01")
            ),
            width=190,
        )
        dimension, code = base_parts.choose(
            PAGE, ("region", "segment", "channel"), moments.parts(journey)
        )
        # All time has nothing before it.
        others = [each for each in whole if each != month]
        versus = against.CODES[0] if month == "all" else against.choose(PAGE, months=others)
        first = None if month == "all" else f"{month}-01"
        stages = moments.stages(journey, first, dimension, code)
        stage = moment_people.choose(PAGE, stages["stage"].tolist())
        if code != base_parts.WHOLE or versus != against.CODES[0] or stage:
            components.reset(PAGE, "part", "vs", "stage", "who")
    components.finding(sentence(journey, stages))
    if month != "all":
        start = pd.Timestamp(f"{month}-01")
        values = metrics.values(CARDS, "journey")
        with st.grid(5, min_column_width=158, gap="small"):
            for metric in CARDS:
                figures.card(figures.read(values, metric, start, journey, versus))
        figures.definitions(CARDS)
        if code != base_parts.WHOLE:
            st.caption(t("moments.whole_base"))
    left, right = st.columns([1, 1], gap="small")
    with left:
        time_card(stages)
    with right:
        through_card(stages)
    # Below what was clicked: at the end of the page nobody saw that something had happened.
    if stage:
        part = {} if code == base_parts.WHOLE else {dimension: code}
        moment_people.section(PAGE, Scope(journey, stage, first, **part))
    asked = moment_contacts.read(journey, first, dimension, code)
    left, right = st.columns([1, 1], gap="small")
    with left:
        moment_contacts.asked_card(journey, asked)
    with right:
        newest = f"{whole[0]}-01" if whole else None
        moment_contacts.repeats_card(
            pd.Timestamp(first or newest) if first or newest else None, versus
        )
    trend_card(stages, moments.by_month(journey, dimension, code))
    earlier = None if month == "all" else against.month_of(versus, pd.Timestamp(f"{month}-01"))
    before = None if earlier is None else moments.stages(journey, str(earlier), dimension, code)
    told_before = "" if earlier is None else i18n.short_month(earlier)
    stages_card(journey, stages, before, told_before, asked)
    if not access.may("persons"):
        st.caption(t("persons.not"))


def sentence(journey: str, stages: pd.DataFrame) -> str:
    """Say which stage takes most of the time, and what its slowest tenth take."""
    rows = told(stages)
    total = rows["total_minutes"].sum() if len(rows) else 0
    if not total:
        return t("moments.finding.few", journey=i18n.word("journey", journey))
    # What waits for the customer, such as a bill not yet due, is nobody's delay.
    ours = rows[rows["office"] != "customer"]
    ours = rows if ours.empty or not ours["total_minutes"].sum() else ours
    worst = ours.loc[ours["total_minutes"].idxmax()]
    return t(
        f"moments.finding{of_shown(stages)}",
        journey=i18n.word("journey", journey),
        stage=i18n.word("stage", worst["stage"]),
        share=share_text(worst["total_minutes"] / total),
        median=i18n.lasting(worst["median_minutes"]),
        p90=i18n.lasting(worst["p90_minutes"]),
    )


if __name__ == "__main__":
    page()
