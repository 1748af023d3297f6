"""Who asked us soon after a stage began, and which reasons bring customers back."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import charts, components, figures, i18n
from app.compare import Figure, wilson
from app.i18n import t
from app.parts import moment_people
from app.queries import metrics, moments
from app.release import OlderRelease

REPEATS = "M06"


def read(journey: str, month: str | None, dimension: str, code: str) -> pd.DataFrame | None:
    """Return who asked soon after coming into each stage, as shares; None of an older release.

    Returns
    -------
    DataFrame with columns stage, followed_journeys, asked_journeys, asked_again_journeys, value,
    low, high, again
        Shares in percent; empty where they are about few customers.
    """
    try:
        rows = moments.asked(journey, month, dimension, code)
    except OlderRelease:
        return None
    shares = [
        wilson(asked, followed)
        for asked, followed in zip(rows["asked_journeys"], rows["followed_journeys"], strict=True)
    ]
    return rows.assign(
        value=pd.Series([share.value for share in shares], dtype=float),
        low=pd.Series([share.low for share in shares], dtype=float),
        high=pd.Series([share.high for share in shares], dtype=float),
        again=100 * rows["asked_again_journeys"] / rows["followed_journeys"].where(lambda n: n > 0),
    )


def asked_card(journey: str, asked: pd.DataFrame | None) -> None:
    """Draw which share of each stage's journeys the customer asked about, or about anything."""

    def tools() -> None:
        if asked is not None and len(asked):
            components.download(asked, f"moments_{journey}_asked", "moments.asked.csv")

    with components.card(t("moments.asked"), t("moments.asked.how"), tools):
        if asked is None:
            components.nothing(t("older_release"), t("older_release.why"), "update")
            return
        if not (asked["followed_journeys"].isna() | (asked["followed_journeys"] > 0)).any():
            components.nothing(t("moments.asked.none"), t("moments.asked.none.why"), "schedule")
            return
        rows = asked.dropna(subset=["value"])
        if rows.empty:
            components.nothing(t("too_few"), t("hidden.why"), "visibility_off")
            return
        shown = pd.DataFrame(
            {
                "stage": rows["stage"],
                "label": rows["stage"].map(lambda code: i18n.word("stage", code)),
                "value": rows["value"],
                "low": rows["low"],
                "high": rows["high"],
                "value_text": [i18n.percent(value, 1) for value in rows["value"]],
                "interval_text": [
                    figures.interval_text(Figure(value, low, high), "%")
                    for value, low, high in zip(
                        rows["value"], rows["low"], rows["high"], strict=True
                    )
                ],
                "asked": rows["asked_journeys"].map(i18n.number),
                "followed": rows["followed_journeys"].map(i18n.number),
                "again": [i18n.percent(value, 1) for value in rows["again"]],
            }
        )
        hidden = len(asked) - len(rows)
        if hidden:
            st.caption(t("moments.asked.hidden", hidden=i18n.number(hidden)))
        components.chart(
            charts.ranked(
                shown,
                tooltip=[
                    ("label", t("stage")),
                    ("value_text", t("moments.asked.share")),
                    ("interval_text", t("interval")),
                    ("asked", t("moments.asked.journeys")),
                    ("followed", t("journeys")),
                    ("again", t("moments.asked_again")),
                ],
                unit="%",
                pick="stage" if moment_people.may_list() else None,
            ),
            charts.height_of(len(shown), at_least=230),
            t("moments.asked.alt", stage=shown["label"].iloc[int(rows["value"].argmax())]),
            **moment_people.picking("moments.asked"),
        )


def repeats(month: pd.Timestamp, versus: str) -> pd.DataFrame:
    """Return the reasons of contacts that came back within a week, those of most first.

    Returns
    -------
    DataFrame with columns reason, contacts, repeated, value, ci_low, ci_high, verdict
    """
    values = metrics.values([REPEATS], "reason")
    rows = values[(values["period_start"] == month) & (values["denominator"] > 0)]
    verdicts = [
        figures.verdict_text(figures.read(values, REPEATS, month, code, versus).change)
        for code in rows["dimension_value"]
    ]
    told = pd.DataFrame(
        {
            "reason": rows["dimension_value"],
            "contacts": rows["denominator"].astype(float),
            "repeated": rows["numerator"].astype(float),
            "value": rows["value"].astype(float),
            "ci_low": rows["ci_low"].astype(float),
            "ci_high": rows["ci_high"].astype(float),
            "verdict": verdicts,
        }
    )
    return told.sort_values(["repeated", "contacts"], ascending=False).reset_index(drop=True)


def repeats_card(month: pd.Timestamp | None, versus: str) -> None:
    """List the reasons of contacts that came back within a week, of the whole base."""
    rows = pd.DataFrame() if month is None else repeats(month, versus)

    def tools() -> None:
        if len(rows):
            components.download(rows, f"repeat_contacts_{month:%Y-%m}", "moments.repeats.csv")

    how = t("moments.repeats.how", month=i18n.NOTHING if month is None else i18n.month(month))
    with components.card(t("moments.repeats"), how, tools):
        if rows.empty:
            components.nothing(t("moments.repeats.none"), t("moments.repeats.none.why"), "call")
            return
        components.table(
            rows.assign(
                reason=rows["reason"].map(lambda code: i18n.word("reason", code)),
                interval=[
                    figures.interval_text(Figure(value, low, high), "%")
                    for value, low, high in zip(
                        rows["value"], rows["ci_low"], rows["ci_high"], strict=True
                    )
                ],
            ),
            {
                "reason": st.column_config.TextColumn(t("reason"), pinned=True),
                "repeated": st.column_config.NumberColumn(t("moments.repeated"), format="%.0f"),
                "value": st.column_config.NumberColumn(t("moments.repeat_share"), format="%.1f%%"),
                "interval": st.column_config.TextColumn(t("interval"), alignment="right"),
                "contacts": st.column_config.NumberColumn(t("contacts"), format="%.0f"),
                "verdict": st.column_config.TextColumn(t("verdict")),
            },
            t("moments.repeats"),
            key="moments.repeats",
            height=300,
        )
        figures.definitions([REPEATS])
