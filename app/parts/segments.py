"""Segments: what one is like beside the average, who moves in and out, and all in a table."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import charts, components, door, i18n, plots
from app.i18n import t
from app.parts.segment_names import name_of
from app.queries import currency, preferences

# How a trait's figure is written: digits, factor.
_WRITTEN = {"risk": (2, 100.0), "monthly_charge": (2, 1.0), "data_mb_30d": (1, 1 / 1024)}
JOINED, LEFT = "joined", "left"


def figure_text(subject: str, value: float | None) -> str:
    """Write a trait's figure in its unit."""
    digits, factor = _WRITTEN.get(subject, (1, 1.0))
    if i18n.is_missing(value):
        return i18n.NOTHING
    write = i18n.percent if subject == "risk" else i18n.number
    return write(factor * value, digits)


def traits_of(profile: pd.DataFrame, segment: str) -> pd.DataFrame:
    """Return a segment's traits beside the average of all, in percent of it, furthest first."""
    own = profile[(profile["segment_id"] == segment) & (profile["kind"] == "trait")]
    own = own[own["base_value"].abs() > 0]
    scale = 100 / own["base_value"].abs()
    shown = pd.DataFrame(
        {
            "subject": own["subject"],
            "label": own["subject"].map(lambda code: i18n.word("trait", code)),
            "value": own["difference"] * scale,
            "low": own["difference_low"] * scale,
            "high": own["difference_high"] * scale,
            "is_clear": (own["difference_low"] > 0) | (own["difference_high"] < 0),
            "own_text": [
                figure_text(subject, value)
                for subject, value in zip(own["subject"], own["value"], strict=True)
            ],
            "base_text": [
                figure_text(subject, value)
                for subject, value in zip(own["subject"], own["base_value"], strict=True)
            ],
            "customers": own["customers"].map(i18n.number),
        }
    )
    order = shown["value"].abs().sort_values(ascending=False, kind="stable").index
    shown = shown.loc[order]
    shown["value_text"] = shown["value"].map(i18n.signed_percent)
    shown["interval_text"] = [
        f"{i18n.signed_percent(low)} – {i18n.signed_percent(high)}"
        for low, high in zip(shown["low"], shown["high"], strict=True)
    ]
    return shown


def traits_card(profile: pd.DataFrame, segment: str) -> None:
    """Draw a segment's traits beside the average, with the interval of the difference."""
    shown = traits_of(profile, segment)

    def tools() -> None:
        if len(shown):
            components.download(
                profile[profile["kind"] == "trait"], "segment_traits", "segments.traits.csv"
            )

    with components.card(t("segments.traits"), t("segments.traits.how"), tools):
        if shown.empty:
            components.nothing(t("segments.few"), t("segments.few.why"), "visibility_off")
            return
        components.chart(
            plots.whiskers(
                shown,
                tooltip=[
                    ("label", t("segments.trait")),
                    ("own_text", t("segments.here")),
                    ("base_text", t("segments.average")),
                    ("value_text", t("segments.difference")),
                    ("interval_text", t("interval")),
                    ("customers", t("customers")),
                ],
                unit="%",
                rule_at=0.0,
            ),
            charts.height_of(len(shown), at_least=300),
            t("segments.traits.alt", trait=shown["label"].iloc[0], value=shown["own_text"].iloc[0]),
        )


def flow_card(rows: pd.DataFrame, moves: pd.DataFrame) -> None:
    """Draw who is where a month later, of each segment, and where those who joined came in."""

    def tools() -> None:
        if len(moves):
            components.download(moves, "segment_moves", "segments.moves.csv")

    when = moves.iloc[0] if len(moves) else None
    how = (
        t("segments.flow.none.why")
        if when is None
        else t(
            "segments.flow.how",
            then=i18n.day(when["from_date"]),
            now=i18n.day(when["to_date"]),
        )
    )
    with components.card(t("segments.flow"), how, tools):
        told = moves.dropna(subset=["lines"]) if len(moves) else moves
        if told.empty:
            components.nothing(t("segments.flow.none"), t("segments.flow.none.why"), "swap_horiz")
            return
        letters = {row["segment_id"]: row["segment_id"] for row in rows.to_dict("records")}
        letters |= {JOINED: t("segments.joined"), LEFT: t("segments.left")}
        order = {code: place for place, code in enumerate([*rows["segment_id"], JOINED, LEFT])}
        told = told.assign(
            place=told["from_segment_id"].map(order), other=told["to_segment_id"].map(order)
        ).sort_values(["place", "other"])
        shown = pd.DataFrame(
            {
                "down": told["from_segment_id"].map(lambda code: letters.get(code, code)),
                "across": told["to_segment_id"].map(lambda code: letters.get(code, code)),
                "value": 100 * told["share"].astype(float),
                "value_text": [i18n.percent(100 * value, 1) for value in told["share"]],
                "lines": told["lines"].map(i18n.number),
            }
        )
        components.chart(
            plots.heat(
                shown,
                tooltip=[
                    ("down", t("segments.from")),
                    ("across", t("segments.to")),
                    ("value_text", t("share")),
                    ("lines", t("lines")),
                ],
                across_title=t("segments.to"),
            ),
            max(64 * shown["down"].nunique() + 70, 220),
            t("segments.flow.alt", moved=i18n.number(moved_lines(moves))),
        )


def moved_lines(moves: pd.DataFrame) -> float:
    """Return how many lines changed their segment; hidden cells are not counted."""
    changed = moves["from_segment_id"] != moves["to_segment_id"]
    stayed = ~moves["from_segment_id"].eq(JOINED) & ~moves["to_segment_id"].eq(LEFT)
    return float(moves[changed & stayed]["lines"].sum())


def table_card(rows: pd.DataFrame) -> None:
    """List the segments."""

    def tools() -> None:
        components.download(rows, "segments", "segments.csv")

    with components.card(t("segments.table"), t("segments.table.how"), tools):
        components.table(
            pd.DataFrame(
                {
                    "segment": [name_of(row) for row in rows.to_dict("records")],
                    "lines": rows["lines"],
                    "customers": rows["customers"],
                    "share": [i18n.percent(100 * value, 1) for value in rows["share"]],
                    "risk": [figure_text("risk", value) for value in rows["mean_risk"]],
                    "clv": [i18n.number(value) for value in rows["mean_clv"]],
                }
            ),
            {
                "segment": st.column_config.TextColumn(t("segments.name"), pinned=True),
                "lines": st.column_config.NumberColumn(t("lines"), format="localized"),
                "customers": st.column_config.NumberColumn(t("customers"), format="localized"),
                "share": st.column_config.TextColumn(t("share"), alignment="right"),
                "risk": st.column_config.TextColumn(t("trait.risk"), alignment="right"),
                "clv": st.column_config.TextColumn(currency.heading(t("clv")), alignment="right"),
            },
            t("segments.table"),
            key="segments.table",
        )


def members_card(segment: str) -> None:
    """List lines of a segment, each a way into the Customer page."""
    rows = preferences.members(segment)

    def tools() -> None:
        if len(rows):
            components.download(rows, f"segment_{segment}", "segments.members.csv", of_persons=True)

    how = door.with_regions(t("segments.members.how", rows=i18n.number(preferences.LISTED)))
    with components.card(t("segments.members", segment=segment), how, tools):
        if rows.empty:
            components.nothing(t("segments.few"), t("segments.few.why"), "visibility_off")
            return
        selected = components.table(
            pd.DataFrame(
                {
                    "subscription_id": rows["subscription_id"],
                    "plan": rows["offering_name"].fillna(rows["family"]),
                    "charge": rows["monthly_charge"],
                    "region": rows["region"].map(lambda code: i18n.word("region", code)),
                    "segment": rows["segment"].map(lambda code: i18n.word("segment", code)),
                }
            ),
            {
                "subscription_id": st.column_config.TextColumn(t("subscription"), pinned=True),
                "plan": t("offering"),
                "charge": st.column_config.NumberColumn(
                    currency.heading(t("trait.monthly_charge")), format="%.2f"
                ),
                "region": t("region"),
                "segment": t("segment"),
            },
            t("segments.members", segment=segment),
            key="segments.members",
            height=260,
            is_selectable=True,
        )
        if selected is not None:
            components.open_customer(rows["subscription_id"].iloc[selected], "segments.open")
