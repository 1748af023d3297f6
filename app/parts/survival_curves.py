"""How long lines stay: curves by slice, with their bands, and the table behind them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import components, curve_plots, i18n, urls
from app.i18n import t
from app.queries import survival

MOST_SERIES = 5
AT_MONTHS = (3, 6, 12, 24)


def card(page: str) -> None:
    """Draw survival curves; clock, slices and cause are in the address."""
    known = survival.slices()
    with components.card(t("survival"), t("survival.how")):
        if known.empty:
            components.nothing(t("survival.none"), t("survival.none.why"), "timeline")
            return
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            clocks = [code for code in ("as of", "tenure") if (known["clock"] == code).any()]
            clock = urls.chosen(
                st.segmented_control,
                t("clock"),
                clocks,
                page=page,
                name="clock",
                format_func=lambda code: i18n.word("clock", code),
                required=True,
            )
            known = known[known["clock"] == clock]
            dimension = urls.chosen(
                st.selectbox,
                t("split_by"),
                list(dict.fromkeys(known["dimension"])),
                page=page,
                name="by",
                default="contract_type",
                format_func=lambda code: i18n.word("dimension", code),
                width=190,
            )
            known = known[known["dimension"] == dimension]
            cause = urls.chosen(
                st.selectbox,
                t("cause"),
                list(dict.fromkeys(["all", *known["exit_cause"]])),
                page=page,
                name="cause",
                format_func=lambda code: (
                    t("any_cause") if code == "all" else i18n.word("exit_cause", code)
                ),
                width=220,
            )
        every = list(dict.fromkeys(known["dimension_value"]))
        values = every[:MOST_SERIES]
        if len(every) > len(values):
            st.caption(t("survival.cut", shown=len(values), count=len(every)))
        rows = survival.points(clock, dimension, values, [cause]).dropna(subset=["value"])
        if rows.empty:
            components.nothing(t("too_few"), t("hidden.why"), "visibility_off")
            return
        draw(rows, clock, dimension, cause, values)


def draw(rows: pd.DataFrame, clock: str, dimension: str, cause: str, values: list[str]) -> None:
    """Draw one set of curves and the shares at round months."""
    stays = cause == "all"
    names = {code: _name(dimension, code) for code in values}
    share = 1 - rows["value"] if stays else rows["value"]
    bounds = (1 - rows["high"], 1 - rows["low"]) if stays else (rows["low"], rows["high"])
    shown = pd.DataFrame(
        {
            "x": rows["month"],
            "value": 100 * share,
            "low": 100 * bounds[0],
            "high": 100 * bounds[1],
            "series": rows["dimension_value"].map(names),
            "value_text": [i18n.percent(100 * value, 1) for value in share],
            "interval_text": [
                i18n.NOTHING
                if i18n.is_missing(low)
                else f"{i18n.percent(100 * low, 1)} – {i18n.percent(100 * high, 1)}"
                for low, high in zip(*bounds, strict=True)
            ],
        }
    )
    present = [names[code] for code in values if (rows["dimension_value"] == code).any()]
    title = t("still_here") if stays else t("has_left")
    st.caption(
        t("survival.reads.stays" if stays else "survival.reads.left")
        + " "
        + t("survival.reads.seen" if clock == "tenure" else "survival.reads.expected")
    )
    components.chart(
        curve_plots.curves(
            shown,
            series=present,
            tooltip=[
                ("series", i18n.word("dimension", dimension)),
                ("x", t("month.of")),
                ("value_text", title),
                ("interval_text", t("interval")),
            ],
            across_title=t("months.since" if clock == "tenure" else "months.ahead"),
        ),
        300,
        t("survival.alt", series=present[0], value=shown["value_text"].iloc[-1]),
    )
    at = [month for month in AT_MONTHS if (shown["x"] == month).any()]
    if not at:
        return
    table = pd.DataFrame(
        [
            {
                "series": name,
                **{f"m{month}": _at(shown, name, month) for month in at},
            }
            for name in present
        ]
    )
    components.table(
        table,
        {
            "series": st.column_config.TextColumn(i18n.word("dimension", dimension), pinned=True),
            **{
                f"m{month}": st.column_config.TextColumn(
                    t("after_months", months=i18n.months_long(month)), alignment="right"
                )
                for month in at
            },
        },
        t("survival"),
        key="survival.table",
    )
    with st.container(horizontal=True, gap="small"):
        components.download(rows, "survival_curves", "survival.csv")


def _at(shown: pd.DataFrame, name: str, month: int) -> str:
    own = shown[(shown["series"] == name) & (shown["x"] == month)]
    if own.empty:
        return i18n.NOTHING
    return f"{own['value_text'].iloc[0]} ({own['interval_text'].iloc[0]})"


def _name(dimension: str, code: str) -> str:
    if dimension == "all":
        return t("whole_base")
    if dimension == "is_prepaid":
        return t("prepaid" if str(code).lower() == "true" else "postpaid")
    return i18n.word({"contract_type": "contract"}.get(dimension, dimension), code)
