"""Retention and cohorts: do newer customers stay longer, and when do they leave?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import against, base_parts, components, frame, i18n, urls
from app.i18n import t
from app.parts import cohort_cards, cohort_people, recurring, survival_curves
from app.queries import base_months, cohorts

PAGE = "retention"
AT = ("1", "2", "3", "6", "9", "12")
AS = ("share", "count")
# Of those who joined, who is still here; of those here as a month began, who was at its end.
KINDS = ("birth", "recurring")
PARTS = ("region", "segment", "family")


def page() -> None:
    """Draw the page."""
    frame.header(t("retention"), t("retention.question"), PAGE)
    with components.as_far_as_built():
        kind = KINDS[0]
        if base_months.has_months():
            kind = urls.chosen(
                st.segmented_control,
                t("retention.kind"),
                KINDS,
                page=PAGE,
                name="kind",
                format_func=lambda code: t(f"retention.kind.{code}"),
                required=True,
                label_visibility="collapsed",
            )
        (months_of_the_base if kind == "recurring" else cohorts_of_joining)()
    survival_curves.card(PAGE)


def months_of_the_base() -> None:
    """Draw how many of those here as a month began were still here at its end."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        dimension, code = base_parts.choose(PAGE, PARTS, base_months.parts())
        rows = base_months.months(dimension, code)
        told = rows[rows["left_in"].notna()]["month_start"].iloc[::-1]
        versus = against.choose(PAGE, codes=("prev", "year"), months=told.iloc[1:])
        if code != base_parts.WHOLE or versus != "prev":
            components.reset(PAGE, "part", "vs")
    recurring.section(rows, dimension, code, versus)


def cohorts_of_joining() -> None:
    """Draw what became of those who joined in a month, or in a quarter."""
    whole = cohorts.cohorts()
    if whole.empty:
        components.nothing(t("cohorts.none"), t("cohorts.none.why"), "group_off")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        grain = urls.chosen(
            st.segmented_control,
            t("cohorts.grain"),
            list(cohort_cards.GRAINS),
            page=PAGE,
            name="grain",
            format_func=lambda code: t(f"cohorts.grain.{code}"),
            required=True,
        )
        if grain != "month":
            whole = cohorts.cohorts(grain=grain)
        telling = str(cohort_cards.telling_month(whole))
        at = urls.chosen(
            st.segmented_control,
            t("cohorts.at"),
            months_offered(int(whole["month_number"].max()), telling),
            page=PAGE,
            name="at",
            default=telling,
            format_func=lambda code: t("after_months", months=i18n.months_long(int(code))),
            required=True,
        )
        shown_as = urls.chosen(
            st.segmented_control,
            t("cohorts.as"),
            AS,
            page=PAGE,
            name="as",
            format_func=lambda code: t(f"cohorts.as.{code}"),
            required=True,
        )
        dimension, code = base_parts.choose(PAGE, (*PARTS, "channel"), cohorts.parts())
        is_whole = code == base_parts.WHOLE
        rows = whole if is_whole else cohorts.cohorts(dimension, code, grain)
        rows = cohort_cards.with_leavers(rows)
        line = cohort_cards.at_month(rows, int(at))
        versus = against.choose(
            PAGE,
            is_period=grain != "month",
            codes=("prev", "year"),
            # Quarters have no names that months have.
            months=line["cohort"].iloc[-2::-1] if grain == "month" else (),
        )
        months = pd.to_datetime(whole["cohort_month"]).dt.strftime("%Y-%m")
        # Lists are of the people of a month.
        is_month = grain == "month"
        cohort = cohort_people.choose(PAGE, sorted(set(months), reverse=True)) if is_month else None
        if (
            not is_month
            or code != base_parts.WHOLE
            or versus != "prev"
            or at != telling
            or shown_as != AS[0]
            or cohort
        ):
            components.reset(PAGE, "grain", "at", "as", "part", "vs", "cohort", "who")
    coming = cohort_cards.next_told(rows, int(at), grain)
    said = cohort_cards.sentence(line, at, versus, grain)
    components.finding(f"{said} {coming}" if len(line) < 2 else said)
    left, right = st.columns([2, 3], gap="small")
    with left:
        cohort_cards.line_card(line, at, coming, grain)
        cohort_cards.sizes_card(rows, grain)
    with right:
        cohort_cards.triangle_card(rows, shown_as, grain)
    if cohort:
        part = {} if is_whole else {dimension: code}
        cohort_people.section(PAGE, cohort, int(at), part)


def months_offered(most: int, telling: str) -> list[str]:
    """Return after how many months one may look: round ones, the telling, one that was clicked."""
    key = f"{PAGE}.at"
    cohort_people.heed_click(PAGE, telling)
    own = {st.session_state.get(key), st.query_params.get("at"), telling}
    # No number of months has more digits; Python makes no number of thousands of them.
    own = {code for code in own if code and code.isdecimal() and len(code) <= 3}
    offered = {code for code in own if 0 < int(code) <= most}
    return sorted(offered | {code for code in AT if int(code) <= most}, key=int) or [AT[0]]


if __name__ == "__main__":
    page()
