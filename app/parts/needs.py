"""Unmet needs: usage beyond a plan, plans that fit better, add-ons together, why plans are left."""

from __future__ import annotations

import re

import pandas as pd
import streamlit as st

from app import charts, components, i18n, plots, urls
from app.i18n import t
from app.parts.earnings import money
from app.queries import preferences

BETTER, BEYOND = "another plan fits better", "usage beyond the plan"
TOGETHER, LEAVING = "bought together", "reason for leaving a plan"
NEEDS = (BETTER, BEYOND, LEAVING, TOGETHER)
CODES = {"better": BETTER, "beyond": BEYOND, "leaving": LEAVING, "together": TOGETHER}
CHARTED = 14
# How a plan was left, as the batch writes it: a plan or a cause, and what came before it.
_WAY = re.compile(r"(?:to (?P<plan>.+?)|(?P<cause>.+?))(?: after (?P<event>.+))?")


def section(page: str) -> None:
    """Draw one kind of need and list its rows."""
    rows = preferences.unmet()
    if rows.empty:
        components.nothing(t("needs.none"), t("needs.none.why"), "manage_search")
        return
    known = [code for code, need in CODES.items() if (rows["need"] == need).any()]
    code = urls.chosen(
        st.segmented_control,
        t("needs.kind"),
        known,
        page=page,
        name="need",
        format_func=lambda each: t(f"needs.{each}"),
        required=True,
    )
    own = worded(rows[rows["need"] == CODES[code]], code)
    components.finding(own["told"].iloc[0])
    own["told"] = own["told"].str.replace("**", "", regex=False)  # a table writes no bold
    left, right = st.columns([2, 3], gap="small")
    with left:
        chart_card(own, code)
    with right:
        table_card(own, code)


def worded(rows: pd.DataFrame, code: str) -> pd.DataFrame:
    """Return the needs in words, strongest first."""
    names, currencies = preferences.products(), preferences.currencies()
    factor = 1.0 if code == "together" else 100.0
    figures = ("lift", "lift_low", "lift_high") if code == "together" else ("share", "low", "high")
    own = rows.sort_values(figures[0], ascending=False, kind="stable").reset_index(drop=True)
    subject = own["subject"].map(lambda each: names.get(each, each))
    said = way if code == "leaving" else _named
    other = own["other_subject"].map(lambda each: said(each, names), na_action="ignore")
    value, low, high = (factor * own[name].astype(float) for name in figures)

    def written(number: float) -> str:
        return f"{i18n.number(number, 1)}×" if code == "together" else i18n.percent(number, 0)

    told = pd.DataFrame(
        {
            "subject": subject,
            "other": other.fillna(i18n.NOTHING),
            "label": subject if code == "beyond" else subject + JOINED[code] + other.fillna(""),
            "value": value,
            "low": low,
            "high": high,
            "is_clear": (low > 1.0) | (high < 1.0) if code == "together" else True,
            "value_text": value.map(written),
            "interval_text": [
                f"{written(a)} – {written(b)}" for a, b in zip(low, high, strict=True)
            ],
            "lines": own["lines"],
            "base_lines": own["base_lines"],
            "size": [
                size_text(each, currencies.get(each["subject"])) for each in own.to_dict("records")
            ],
        }
    )
    told["told"] = [
        t(
            f"needs.told.{code}",
            subject=row["subject"],
            other=row["other"],
            value=row["value_text"],
            interval=row["interval_text"],
            size=row["size"],
            lines=i18n.number(row["lines"]),
        )
        for row in told.to_dict("records")
    ]
    return told


JOINED = {"better": " → ", "leaving": " · ", "together": " + "}


def way(told: str, names: dict[str, str]) -> str:
    """Write how a plan was left: what it was changed to or why, and after which trouble."""
    found = _WAY.fullmatch(str(told))
    if found is None:
        return str(told)
    plan, cause, event = found["plan"], found["cause"], found["event"]
    said = (
        t("needs.way.plan", plan=names.get(plan, plan)) if plan else i18n.word("exit_cause", cause)
    )
    if event:
        said = t("needs.way.after", way=said, event=i18n.inside(i18n.word("trouble", event)))
    return said


def _named(code: str, names: dict[str, str]) -> str:
    return names.get(code, code)


def size_text(row: dict[str, object], currency: str | None) -> str:
    """Write how big a need is in its unit; money in the currency of the product's price."""
    if i18n.is_missing(row["size"]):
        return i18n.NOTHING
    code = str(row["size_unit"])
    if code == "money a month":
        return f"{money(row['size'], currency)} {i18n.word('need_unit', code)}"
    if not code.startswith("lines"):
        return f"{i18n.number(row['size'], 1)} {i18n.word('need_unit', code)}"
    return f"{i18n.number(row['size'])} {i18n.counted_word('need_unit', code, int(row['size']))}"


def chart_card(rows: pd.DataFrame, code: str) -> None:
    """Draw the strongest needs of a kind with intervals."""
    with components.card(t(f"needs.{code}"), t(f"needs.{code}.how")):
        shown = rows.head(CHARTED).drop(columns=["told"])
        shown = shown.assign(lines_text=shown["lines"].map(i18n.number))
        components.chart(
            plots.whiskers(
                shown,
                tooltip=[
                    ("label", t("needs.subject")),
                    ("value_text", t("needs.value")),
                    ("interval_text", t("interval")),
                    ("lines_text", t("lines")),
                ],
                unit="×" if code == "together" else "%",
                rule_at=1.0 if code == "together" else None,
                label_width=210,
            ),
            charts.height_of(len(shown), at_least=260),
            t("needs.alt", need=rows["label"].iloc[0], value=rows["value_text"].iloc[0]),
        )


def table_card(rows: pd.DataFrame, code: str) -> None:
    """List every need of a kind in a sentence and in figures."""

    def tools() -> None:
        components.download(rows.drop(columns=["is_clear"]), f"needs_{code}", "needs.csv")

    with components.card(t("needs.table"), t("needs.table.how"), tools):
        components.table(
            rows,
            {
                "label": st.column_config.TextColumn(t("needs.subject"), pinned=True),
                "value_text": st.column_config.TextColumn(t("needs.value"), alignment="right"),
                "interval_text": st.column_config.TextColumn(t("interval"), alignment="right"),
                "size": st.column_config.TextColumn(t("needs.size"), alignment="right"),
                "lines": st.column_config.NumberColumn(t("lines"), format="localized"),
                "base_lines": st.column_config.NumberColumn(
                    t("needs.base"), format="localized", help=t("needs.base.help")
                ),
                "told": st.column_config.TextColumn(t("needs.told"), width="large"),
            },
            t("needs.table"),
            key="needs.table",
            height=460,
        )
