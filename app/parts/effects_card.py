"""What a bad experience causes, beside what it would have been without it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import charts, components, i18n, plots
from app.i18n import t
from app.queries import effects


def card(key: str, kind: str | None = None) -> None:
    """Draw the exits that one unit of each event causes, and list contacts and money beside them.

    Parameters
    ----------
    kind : str, optional
        One kind of event; all without.
    """
    rows = effects.effects(kind)

    def tools() -> None:
        if len(rows):
            components.download(rows, "effects", f"{key}.csv")

    with components.card(t("effects"), t("effects.how"), tools):
        if rows.empty:
            components.nothing(t("effects.none"), t("effects.none.why"), "science")
            return
        exits = rows[(rows["outcome"] == "exits") & (rows["status"] == "usable")]
        if len(exits):
            st.markdown(sentence(exits))
            left, right = st.columns([1, 2], gap="small")
            with left:
                draw(exits)
            with right:
                table(rows, key)
        else:
            table(rows, key)


def sentence(exits: pd.DataFrame) -> str:
    """Say which unit costs most exits, or that none clearly costs any."""
    clear = exits[exits["low"] > 0]
    if clear.empty:
        return t("effects.unclear")
    worst = clear.loc[clear["estimate"].idxmax()]
    return t(
        "effects.finding",
        unit=i18n.word("dose", worst["dose_unit"]),
        value=i18n.number(1000 * worst["estimate"], 1),
        low=i18n.number(1000 * worst["low"], 1),
        high=i18n.number(1000 * worst["high"], 1),
        days=i18n.number(worst["window_days"]),
    )


def draw(exits: pd.DataFrame) -> None:
    """Draw exits caused per thousand units, with intervals."""
    shown = pd.DataFrame(
        {
            "label": exits["dose_unit"].map(lambda code: i18n.word("dose", code)),
            "value": 1000 * exits["estimate"],
            "low": 1000 * exits["low"],
            "high": 1000 * exits["high"],
            "is_clear": (exits["low"] > 0) | (exits["high"] < 0),
            "value_text": [i18n.signed(1000 * value, 1) for value in exits["estimate"]],
            "lines": exits["exposed_lines"].map(i18n.number),
        }
    )
    components.chart(
        plots.whiskers(
            shown,
            tooltip=[
                ("label", t("effects.unit")),
                ("value_text", t("effects.exits")),
                ("lines", t("effects.lines")),
            ],
            rule_at=0.0,
            label_width=150,
        ),
        charts.height_of(len(shown), at_least=180),
        t("effects.alt", unit=shown["label"].iloc[0], value=shown["value_text"].iloc[0]),
    )


def table(rows: pd.DataFrame, key: str) -> None:
    """List every effect: outcomes and money per unit, and how far it may be used."""
    per = 1000 * rows[["estimate", "low", "high", "baseline"]]
    components.table(
        pd.DataFrame(
            {
                "unit": rows["dose_unit"].map(lambda code: i18n.word("dose", code)),
                "outcome": rows["outcome"].map(lambda code: i18n.word("outcome", code)),
                "value": [
                    f"{i18n.number(value, 1)} ({i18n.number(low, 1)} – {i18n.number(high, 1)})"
                    for value, low, high in zip(
                        per["estimate"], per["low"], per["high"], strict=True
                    )
                ],
                "without": [i18n.number(value, 1) for value in per["baseline"]],
                "money": [
                    f"{i18n.number(value, 2)} ({i18n.number(low, 2)} – {i18n.number(high, 2)}) "
                    f"{currency}"
                    if not i18n.is_missing(value)
                    else i18n.NOTHING
                    for value, low, high, currency in zip(
                        rows["amount_per_dose"],
                        rows["amount_low"],
                        rows["amount_high"],
                        rows["currency"],
                        strict=True,
                    )
                ],
                "status": rows["status"].map(lambda code: i18n.word("effect_status", code)),
                "lines": rows["exposed_lines"],
            }
        ),
        {
            "unit": st.column_config.TextColumn(t("effects.unit"), pinned=True),
            "outcome": t("effects.outcome"),
            "value": st.column_config.TextColumn(t("effects.per_thousand"), alignment="right"),
            "without": st.column_config.TextColumn(
                t("effects.without"), alignment="right", help=t("effects.without.help")
            ),
            "money": st.column_config.TextColumn(t("effects.money"), alignment="right"),
            "status": t("status"),
            "lines": st.column_config.NumberColumn(t("effects.lines"), format="localized"),
        },
        t("effects"),
        key=f"{key}.table",
    )
