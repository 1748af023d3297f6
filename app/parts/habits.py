"""What a segment prefers beside the average: channels, hours, payment, add-ons, with evidence."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import charts, components, i18n, plots, urls
from app.i18n import t
from app.queries import preferences

ADDON = "add-on"
ORDER = ("channel", "day part", "day kind", ADDON, "answer", "payment method", "payment time")


def section(page: str, profile: pd.DataFrame, segment: str) -> None:
    """Draw one habit of a segment and list all of them."""
    own = profile[(profile["segment_id"] == segment) & (profile["kind"] != "trait")]
    known = set(own["subject"])
    subjects = [subject for subject in ORDER if subject in known]
    if not subjects:
        components.nothing(t("habits.none"), t("habits.none.why"), "visibility_off")
        return
    rows = worded(own)
    components.finding(sentence(rows))
    subject = urls.chosen(
        st.segmented_control,
        t("habits.subject"),
        subjects,
        page=page,
        name="habit",
        default=most_unlike(rows),
        format_func=lambda code: i18n.word("habit", code),
        is_dated=True,
        required=True,
    )
    left, right = st.columns([4, 5], gap="small")
    with left:
        chart_card(rows[rows["subject"] == subject], subject)
    with right:
        table_card(rows)


def worded(own: pd.DataFrame) -> pd.DataFrame:
    """Return the shares in words and percent, those furthest from the average marked clear."""
    products = preferences.products()
    is_clear = (own["difference_low"] > 0) | (own["difference_high"] < 0)
    return pd.DataFrame(
        {
            "subject": own["subject"],
            "habit": own["subject"].map(lambda code: i18n.word("habit", code)),
            "label": [
                products.get(choice, choice)
                if subject == ADDON
                else i18n.word("habit_choice", choice)
                for subject, choice in zip(own["subject"], own["choice"], strict=True)
            ],
            "value": 100 * own["value"],
            "low": 100 * own["low"],
            "high": 100 * own["high"],
            "base": 100 * own["base_value"],
            "difference": 100 * own["difference"],
            "is_clear": is_clear,
            "verdict": [
                t(f"habits.{'alike' if not clear else 'more' if difference > 0 else 'less'}")
                for clear, difference in zip(is_clear, own["difference"], strict=True)
            ],
            "value_text": [i18n.percent(100 * value, 1) for value in own["value"]],
            "interval_text": [
                f"{i18n.percent(100 * low, 1)} – {i18n.percent(100 * high, 1)}"
                for low, high in zip(own["low"], own["high"], strict=True)
            ],
            "base_text": [i18n.percent(100 * value, 1) for value in own["base_value"]],
            "evidence": own["evidence"],
            "customers": own["customers"],
        }
    ).reset_index(drop=True)


def sentence(rows: pd.DataFrame) -> str:
    """Say what sets the segment's habits apart most, if anything does."""
    clear = rows[rows["is_clear"]]
    if clear.empty:
        return t("habits.finding.none")
    most = clear.loc[clear["difference"].abs().idxmax()]
    return t(
        "habits.finding",
        habit=most["habit"],
        choice=most["label"],
        value=most["value_text"],
        base=most["base_text"],
        clear=i18n.number(len(clear)),
        all=i18n.number(len(rows)),
    )


def most_unlike(rows: pd.DataFrame) -> str | None:
    """Return the habit that the sentence is about: its chart comes first to mind."""
    clear = rows[rows["is_clear"]]
    return None if clear.empty else str(clear.loc[clear["difference"].abs().idxmax(), "subject"])


def chart_card(rows: pd.DataFrame, subject: str) -> None:
    """Draw the shares of one habit with intervals, and the average of all beside each."""
    how = "habits.chart.addons" if subject == ADDON else "habits.chart.how"
    with components.card(i18n.word("habit", subject), t(how)):
        ordered = rows.sort_values("value", ascending=False).assign(
            evidence_text=rows["evidence"].map(i18n.number),
            customers_text=rows["customers"].map(i18n.number),
        )
        components.chart(
            plots.beside(
                ordered,
                tooltip=[
                    ("label", i18n.word("habit", subject)),
                    ("value_text", t("segments.here")),
                    ("interval_text", t("interval")),
                    ("base_text", t("segments.average")),
                    ("verdict", t("verdict")),
                    ("evidence_text", t("habits.evidence")),
                    ("customers_text", t("customers")),
                ],
                unit="%",
            ),
            charts.height_of(len(ordered), at_least=260),
            t(
                "habits.alt",
                choice=ordered["label"].iloc[0],
                value=ordered["value_text"].iloc[0],
            ),
        )


def table_card(rows: pd.DataFrame) -> None:
    """List every share beside the average, with the evidence behind it."""

    def tools() -> None:
        kept = ["habit", "label", "value", "low", "high", "base", "verdict", "evidence"]
        components.download(rows[[*kept, "customers"]], "segment_habits", "habits.csv")

    with components.card(t("habits.table"), t("habits.table.how"), tools):
        components.table(
            rows,
            {
                "label": st.column_config.TextColumn(t("habits.choice"), pinned=True),
                "habit": t("habits.subject"),
                "value_text": st.column_config.TextColumn(t("segments.here"), alignment="right"),
                "base_text": st.column_config.TextColumn(t("segments.average"), alignment="right"),
                "verdict": t("verdict"),
                "interval_text": st.column_config.TextColumn(t("interval"), alignment="right"),
                "evidence": st.column_config.NumberColumn(
                    t("habits.evidence"), format="localized", help=t("habits.evidence.help")
                ),
            },
            t("habits.table"),
            key="habits.table",
            height=330,
        )
