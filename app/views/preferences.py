"""Preferences & segments: which customers are alike, what do they prefer, what do they lack?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import access, components, frame, goto, i18n, urls
from app.i18n import t
from app.parts import habits, needs, segment_names, segments
from app.parts.earnings import figure
from app.queries import currency, preferences
from app.queries import segments as segment_rows

PAGE = "preferences"
VIEWS = goto.PARTS[PAGE]
# Fewer customers than these make no segment that is told of.
LEAST_CUSTOMERS = 50


def page() -> None:
    """Draw the part the reader chose."""
    frame.header(t("preferences"), t("preferences.question"), PAGE)
    rows = segment_rows.segments()
    if len(rows):
        rows = rows[rows["customers"] >= LEAST_CUSTOMERS].reset_index(drop=True)
    if rows.empty and preferences.unmet().empty:
        components.nothing(t("segments.none"), t("segments.none.why"), "group_off")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        view = urls.chosen(
            st.segmented_control,
            t("view"),
            VIEWS,
            page=PAGE,
            name="view",
            format_func=lambda code: t(f"preferences.view.{code}"),
            required=True,
        )
        segment = choose_segment(rows) if view != "needs" and len(rows) else None
    st.caption(t("preferences.agreed"))
    if view == "needs":
        needs.section(PAGE)
    elif segment is None:
        components.nothing(t("segments.none"), t("segments.none.why"), "group_off")
    elif view == "habits":
        habits.section(PAGE, preferences.profile(), segment)
    else:
        who(rows, segment)


def choose_segment(rows: pd.DataFrame) -> str:
    """Let the reader choose a segment."""
    named = {row["segment_id"]: segment_names.name_of(row) for row in rows.to_dict("records")}
    return urls.chosen(
        st.selectbox,
        t("segments.name"),
        list(named),
        page=PAGE,
        name="segment",
        format_func=named.get,
        width=360,
    )


def who(rows: pd.DataFrame, segment: str) -> None:
    """Draw what a segment is like, who moved, and all segments."""
    profile, moves = preferences.profile(), preferences.moves()
    own = rows[rows["segment_id"] == segment].iloc[0]
    components.finding(sentence(own, segments.traits_of(profile, segment), len(rows)))
    figures_row(own, moves)
    left, right = st.columns([3, 2], gap="small")
    with left:
        segments.traits_card(profile, segment)
    with right:
        segments.flow_card(rows, moves)
    segments.table_card(rows)
    if access.may("persons"):
        segments.members_card(segment)


def sentence(own: pd.Series, traits: pd.DataFrame, count: int) -> str:
    """Say how big a segment is and what sets it apart most; or that the base has no shape."""
    if count == 1 or int(own["segments"]) == 1:
        return t("segments.finding.one", lines=i18n.number(own["lines"]))
    said = t(
        "segments.finding",
        segment=segment_names.name_of(own),
        share=i18n.percent(100 * own["share"], 0),
    )
    clear = traits[traits["is_clear"]] if len(traits) else traits
    told = [
        t(
            "segments.finding.trait",
            trait=row["label"][:1].lower() + row["label"][1:],
            value=row["own_text"],
            base=row["base_text"],
        )
        for row in clear.head(2).to_dict("records")
    ]
    return said + (" " + t("segments.finding.apart", traits="; ".join(told)) if told else "")


def figures_row(own: pd.Series, moves: pd.DataFrame) -> None:
    """Draw a segment's size, risk, worth, steadiness, and who moved in and out."""
    letter = own["segment_id"]
    inside = moves["to_segment_id"] == letter if len(moves) else pd.Series(dtype=bool)
    outside = moves["from_segment_id"] == letter if len(moves) else pd.Series(dtype=bool)
    stays = inside & outside
    came = moves[inside & ~stays]["lines"].sum() if len(moves) else 0
    went = moves[outside & ~stays]["lines"].sum() if len(moves) else 0
    months = own["stability_over_months"]
    with st.grid(5, min_column_width=158, gap="small"):
        figure(
            t("lines"),
            i18n.number(own["lines"]),
            t("segments.customers", n=i18n.number(own["customers"])),
            t("segments.lines.help"),
        )
        figure(
            t("segments.moved"),
            i18n.signed(came - went),
            t("segments.moved.note", came=i18n.number(came), went=i18n.number(went)),
            t("segments.moved.help"),
        )
        figure(
            t("trait.risk"),
            segments.figure_text("risk", own["mean_risk"]),
            None,
            t("segments.risk.help"),
        )
        code = currency.of_bills()
        worth = f"{i18n.number(own['mean_clv'])} {code}".strip()
        figure(t("clv"), worth, None, t("segments.clv.help"))
        figure(
            t("segments.alike"),
            i18n.number(own["stability_over_draws"], 2),
            None
            if i18n.is_missing(months)
            else t("segments.alike.months", value=i18n.number(months, 2)),
            t("segments.alike.help"),
        )


if __name__ == "__main__":
    page()
