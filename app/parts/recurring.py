"""Retention from month to month: of those here as a month began, the share here at its end."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import against, base_parts, components, curve_plots, i18n
from app.compare import Figure, compared, wilson
from app.i18n import t
from app.queries import base_months

WHOLE = base_parts.WHOLE


def section(rows: pd.DataFrame, dimension: str, code: str, versus: str) -> None:
    """Draw the share that stayed, month by month, beside the whole base, and the counts."""
    rows = with_shares(rows)
    if rows.empty:
        components.nothing(t("recurring.none"), t("recurring.none.why"), "group_off")
        return
    components.finding(sentence(rows, versus))
    left, right = st.columns([3, 2], gap="small")
    with left:
        line_card(rows, base_parts.in_words(f"{dimension}:{code}" if code != WHOLE else WHOLE))
    with right:
        months_card(rows)


def with_shares(rows: pd.DataFrame) -> pd.DataFrame:
    """Add value, low and high: the share that stayed with its interval, in percent."""
    shares = [
        wilson(opening - left, opening)
        for opening, left in zip(rows["opening"], rows["left_in"], strict=True)
    ]
    return rows.assign(
        month_start=pd.to_datetime(rows["month_start"]),
        value=pd.Series([share.value for share in shares], index=rows.index, dtype=float),
        low=pd.Series([share.low for share in shares], index=rows.index, dtype=float),
        high=pd.Series([share.high for share in shares], index=rows.index, dtype=float),
    )


def sentence(rows: pd.DataFrame, versus: str) -> str:
    """Say how many stayed in the newest month told, and whether that is a change."""
    told = rows.dropna(subset=["value"])
    if told.empty:
        return t("recurring.finding.few")
    last = told.iloc[-1]
    before = against.month_of(versus, last["month_start"])
    earlier = told[told["month_start"] == before]
    change = compared(_figure(last), Figure(None) if earlier.empty else _figure(earlier.iloc[0]))
    key = change.verdict
    if key == "clear":
        key = "longer" if change.difference > 0 else "shorter"
    said = t(
        f"recurring.finding.{key}",
        month=i18n.month(last["month_start"]),
        now=i18n.percent(last["value"], 1),
        before=i18n.month(before),
        then=i18n.NOTHING if earlier.empty else i18n.percent(earlier["value"].iloc[0], 1),
    )
    return said if last["is_final"] else f"{said} {t('overview.finding.provisional')}"


def _figure(row: pd.Series) -> Figure:
    return Figure(row["value"], row["low"], row["high"])


def line_card(rows: pd.DataFrame, part: str) -> None:
    """Draw the share that stayed by month; of a part, the whole base beside it."""

    def tools() -> None:
        told = rows[["month_start", "opening", "left_in", "value", "low", "high", "is_final"]]
        components.download(told, "retention_by_month", "retention.recurring.csv")

    with components.card(t("recurring.line"), t("recurring.line.how"), tools):
        told = {part: rows}
        if part != t("whole_base"):
            told[t("whole_base")] = with_shares(base_months.months())
        shown = pd.concat([_drawn(each, name) for name, each in told.items()], ignore_index=True)
        own = shown[shown["series"] == part]
        if own.empty:
            components.nothing(t("too_few"), t("recurring.hidden"), "visibility_off")
            return
        components.chart_over_time(
            curve_plots.curves(
                curve_plots.with_gaps(shown),
                series=list(told),
                tooltip=[
                    ("month_text", t("month")),
                    ("series", t("part_of_base")),
                    ("value_text", t("recurring.stayed")),
                    ("interval_text", t("interval")),
                    ("opening_text", t("recurring.opening")),
                ],
                is_time=True,
                has_points=True,
            ),
            330,
            t("recurring.alt", value=own["value_text"].iloc[-1]),
            shown["x"],
        )


def _drawn(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the months told as `curve_plots.curves` takes them."""
    told = rows.dropna(subset=["value"])
    return pd.DataFrame(
        {
            "x": told["month_start"],
            "series": name,
            "value": told["value"],
            "low": told["low"],
            "high": told["high"],
            "month_text": told["month_start"].map(i18n.month),
            "value_text": [i18n.percent(value, 1) for value in told["value"]],
            "interval_text": [
                f"{i18n.percent(low, 1)} – {i18n.percent(high, 1)}"
                for low, high in zip(told["low"], told["high"], strict=True)
            ],
            "opening_text": told["opening"].map(i18n.number),
            "is_provisional": ~told["is_final"].astype(bool),
        }
    )


def months_card(rows: pd.DataFrame) -> None:
    """List how many lines each month opened with, and how many of them left."""
    listed = rows.sort_values("month_start", ascending=False)
    how = t("recurring.months.how")
    if rows["has_newcomers"].any():
        how += f" {t('recurring.newcomers')}"

    def tools() -> None:
        told = listed[["month_start", "opening", "left_in", "value", "customers", "is_final"]]
        components.download(told, "lines_by_month", "retention.months.csv")

    with components.card(t("recurring.months"), how, tools):
        if hidden := int(rows["is_hidden"].sum()):
            counts = {"hidden": i18n.number(hidden), "months": i18n.number(len(rows))}
            st.caption(t("recurring.few", **counts))
        components.table(
            listed,
            {
                "month_start": st.column_config.DateColumn(t("month"), pinned=True),
                "opening": st.column_config.NumberColumn(
                    t("recurring.opening"), format="localized"
                ),
                "left_in": st.column_config.NumberColumn(t("cohorts.who.left"), format="localized"),
                "value": st.column_config.NumberColumn(t("recurring.stayed"), format="%.1f%%"),
                "customers": st.column_config.NumberColumn(t("customers"), format="localized"),
            },
            t("recurring.months"),
            key="retention.months",
            height=390,
            written={"month_start": i18n.month},
        )
