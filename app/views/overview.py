"""Overview: how is the base doing, what changed, and what cannot be told."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import against, base_parts, charts, components, figures, frame, i18n, standing, urls
from app.i18n import t
from app.parts import changes, exit_causes, readiness
from app.queries import metrics

PAGE = "overview"
CARDS = ("M28", "base", "M42", "M01", "M33", "M05", "M18", "M17", "M22", "M36")
TRENDS = ("M28", "M42", "M05", "M18", "M17", "M01", "M33", "M22", "M36")


def page() -> None:
    """Draw the page."""
    frame.header(t("overview"), t("overview.question"), PAGE)
    months = metrics.months()
    if months.empty:
        components.nothing(t("no_metrics"), t("no_metrics.why"), "hourglass_empty")
        readiness.readiness_card()
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        month = choose_month(months)
        dimension, code = base_parts.choose(PAGE, ("region", "segment", "family"))
        versus = against.choose(PAGE, months=metrics.others(months, month))
        if code != base_parts.WHOLE or versus != against.CODES[0]:
            components.reset(PAGE, "part", "vs")
    values = metrics.values(TRENDS, dimension)
    readings = {metric: figures.read(values, metric, month, code, versus) for metric in TRENDS}
    causes = exit_causes.exit_causes(month, versus)
    is_whole = code == base_parts.WHOLE
    components.finding(sentence(readings["M28"], causes if is_whole else causes.head(0), month))
    with st.grid(5, min_column_width=158, gap="small"):
        for metric in CARDS:
            if metric == "base":
                base_card(readings["M28"])
            else:
                figures.card(readings[metric])
    figures.definitions(CARDS)
    if readings["M42"].has_value:
        st.caption(standing.index_standing())
    left, right = st.columns([3, 2], gap="small")
    with left:
        trend_card(readings)
    with right:
        caption = "causes.how" if is_whole else "causes.whole_base"
        exit_causes.cause_card(
            month, t(caption, month=i18n.month(month)), "overview.causes.csv", versus
        )
    changes.card(values, readings, month, against.in_words(versus, month))
    left, right = st.columns([3, 2], gap="small")
    with left:
        readiness.readiness_card()
    with right:
        readiness.freshness_card()


def choose_month(months: pd.DataFrame) -> pd.Timestamp:
    """Let the reader choose a month; the last complete one comes first to mind."""
    codes = [f"{start:%Y-%m}" for start in months["period_start"]]
    complete = [
        code for code, whole in zip(codes, months["is_complete"], strict=True) if bool(whole)
    ]
    in_part = set(codes) - set(complete)
    chosen = urls.chosen(
        st.selectbox,
        t("month"),
        codes,
        page=PAGE,
        name="m",
        is_dated=True,
        default=complete[0] if complete else codes[0],
        format_func=lambda code: (
            i18n.month(f"{code}-01") + (f" ({t('in_part')})" if code in in_part else "")
        ),
        width=210,
    )
    return pd.Timestamp(f"{chosen}-01")


def sentence(churn: figures.Reading, causes: pd.DataFrame, month: pd.Timestamp) -> str:
    """Say the month's finding in one sentence."""
    if not churn.has_value:
        finding = "overview.finding.few" if churn.is_small else "overview.finding.none"
        return t(finding, month=i18n.month(month))
    change = {
        "clear": t(
            "change.clear",
            difference=figures.difference_text(churn.change.difference, "%"),
            before=churn.before_text,
        ),
        "unclear": t("change.unclear", before=churn.before_text),
        "bare": "",
        "none": t("change.none"),
    }[churn.change.verdict]
    said = t(
        "overview.finding",
        month=i18n.month(month),
        rate=i18n.percent(churn.now.value, 2),
        interval=figures.interval_text(churn.now, "%"),
        change=change,
    )
    if churn.status == "provisional":
        said += " " + t("overview.finding.provisional")
    if len(causes) and causes["code"].iloc[0] != "joined":
        said += " " + t(
            "overview.finding.cause",
            cause=causes["label"].iloc[0],
            share=i18n.percent(causes["share"].iloc[0], 0),
        )
    return said


def base_card(churn: figures.Reading) -> None:
    """Draw the size of the base, which is what the churn rate is taken over."""
    sizes = churn.history["n"].dropna().astype(float).tolist()
    now = sizes[-1] if churn.has_value and sizes else None
    earlier = churn.history[churn.history["period_start"] == churn.before]["n"].dropna()
    difference = sizes[-1] - float(earlier.iloc[0]) if len(earlier) and now else None
    components.metric(
        t("base"),
        i18n.compact(now, 2) if now and now >= 1e4 else i18n.number(now),
        None if difference is None else i18n.signed(difference),
        delta_color="off",
        delta_arrow="off" if not difference else "up" if difference > 0 else "down",
        delta_description=None if difference is None else churn.before_short,
        border=True,
        height="stretch",
        chart_data=sizes if len(sizes) > 1 else None,
        help=t("base.help", source=figures.SOURCE),
    )


def trend_card(readings: dict[str, figures.Reading]) -> None:
    """Draw one metric by month."""
    with components.card(t("trend"), t("trend.how")):
        metric = urls.chosen(
            st.selectbox,
            t("metric"),
            TRENDS,
            page=PAGE,
            name="metric",
            format_func=lambda metric: f"{figures.name(metric)} · {metric}",
            label_visibility="collapsed",
            width=330,
        )
        rows = figures.trend_rows(readings[metric])
        if rows.empty:
            why = "too_few" if readings[metric].is_small else "no_value"
            components.nothing(t(why), t(f"{why}.why"), "data_alert")
            return
        the_unit = figures.unit(metric)
        components.chart_over_time(
            charts.trend(
                rows,
                value_title=f"{figures.name(metric)}, {i18n.unit_word(the_unit)}",
                month_title=t("month"),
                interval_title=t("interval"),
                unit=i18n.unit_kind(the_unit),
            ),
            268,
            t("trend.alt", metric=figures.name(metric), value=rows["value_text"].iloc[-1]),
            rows["month"],
        )


if __name__ == "__main__":
    page()
