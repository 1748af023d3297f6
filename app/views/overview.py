"""Overview: how is the base doing, what changed, and what cannot be told."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import access, against, charts, components, figures, i18n, serving, standing, urls
from app.i18n import t
from app.queries import metrics

PAGE = "overview"
CARDS = ("M28", "base", "M42", "M01", "M33", "M05", "M18", "M17", "M22", "M36")
TRENDS = ("M28", "M42", "M05", "M18", "M17", "M01", "M33", "M22", "M36")


def page() -> None:
    """Draw the page."""
    components.header(t("overview"), t("overview.question"), PAGE)
    months = metrics.months()
    if months.empty:
        components.nothing(t("no_metrics"), t("no_metrics.why"), "hourglass_empty")
        readiness_card()
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        month = choose_month(months)
        versus = against.choose(PAGE)
    values = metrics.values([*TRENDS, "M29v", "M29i"])
    readings = {metric: figures.read(values, metric, month, "all", versus) for metric in TRENDS}
    causes = figures.exit_causes(month, versus)
    components.finding(sentence(readings["M28"], causes, month))
    with st.grid(5, min_column_width=165, gap="small"):
        for metric in CARDS:
            if metric == "base":
                base_card(readings["M28"])
            else:
                figures.card(readings[metric])
    if readings["M42"].has_value:
        st.caption(standing.index_standing())
    left, right = st.columns([3, 2], gap="small")
    with left:
        trend_card(readings)
    with right:
        figures.cause_card(
            month, t("causes.how", month=i18n.month(month)), "overview.causes.csv", versus
        )
    changes_card(readings, month, against.in_words(versus, month))
    left, right = st.columns([3, 2], gap="small")
    with left:
        readiness_card()
    with right:
        freshness_card()


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
                value_title=f"{figures.name(metric)}, {i18n.word('metric_unit', the_unit)}",
                month_title=t("month"),
                interval_title=t("interval"),
                unit=i18n.unit_kind(the_unit),
            ),
            268,
            t("trend.alt", metric=figures.name(metric), value=rows["value_text"].iloc[-1]),
            rows["month"],
        )


def changes_card(readings: dict[str, figures.Reading], month: pd.Timestamp, before: str) -> None:
    """List every figure beside what it is compared with, and what may be said of the change."""
    rows = pd.DataFrame(
        [
            {
                "metric": f"{figures.name(metric)}",
                "id": metric,
                "value": i18n.NOTHING
                if reading.is_small
                else i18n.measure(reading.now.value, figures.unit(metric)),
                "unit": i18n.word("metric_unit", figures.unit(metric)),
                "interval": figures.interval_text(reading.now, figures.unit(metric)),
                "change": i18n.NOTHING
                if reading.change.verdict == "none"
                else figures.arrow_text(reading.change.difference, figures.unit(metric)),
                "verdict": t("too_few")
                if reading.is_small
                else figures.verdict_text(reading.change),
                "status": i18n.word("status", reading.status) if reading.status else i18n.NOTHING,
                "seen": figures.seen_text(reading),
                "n": reading.n,
            }
            for metric, reading in readings.items()
        ]
    )

    def tools() -> None:
        values = metrics.values(TRENDS)
        components.download(
            values.drop(columns=["is_small"]), "metric_values", "overview.metrics.csv"
        )

    with components.card(
        t("changes", month=i18n.month(month)), t("changes.how", before=before), tools
    ):
        selected = components.table(
            rows,
            {
                "metric": st.column_config.TextColumn(t("metric"), pinned=True),
                "value": st.column_config.TextColumn(t("value"), alignment="right"),
                "unit": t("unit"),
                "interval": t("interval"),
                "change": st.column_config.TextColumn(t("change"), alignment="right"),
                "verdict": t("verdict"),
                "status": t("status"),
                "seen": st.column_config.TextColumn(t("seen"), alignment="right"),
                "n": st.column_config.NumberColumn("n", format="localized"),
                "id": t("id"),
            },
            t("changes", month=i18n.month(month)),
            key="overview.changes",
            is_selectable=access.may("catalogue"),
        )
        if selected is not None:
            picked = str(rows["id"].iloc[selected])
            with st.container(horizontal=True, gap="small"):
                st.page_link(
                    "views/catalogue.py",
                    label=t("definition.of", metric=picked),
                    icon=":material/menu_book:",
                    query_params={"metric": picked},
                )
                if access.may("explore"):
                    st.page_link(
                        "views/explore.py",
                        label=t("explore.it"),
                        icon=":material/query_stats:",
                        query_params={"metric": picked},
                    )


def readiness_card() -> None:
    """List which questions this release cannot answer, and which columns would change that."""
    rows = metrics.readiness()
    with components.card(t("readiness"), t("readiness.how")):
        if rows.empty:
            components.nothing(t("readiness.none"), t("readiness.none.why"), "checklist")
            return
        counts = rows["status"].value_counts()
        with st.container(horizontal=True, gap="xsmall"):
            for status, colour, icon in (
                ("available", "green", "check_circle"),
                ("partial", "orange", "contrast"),
                ("missing", "gray", "block"),
            ):
                if counts.get(status, 0):
                    st.badge(
                        f"{i18n.word('readiness', status)}: {counts[status]}",
                        color=colour,
                        icon=f":material/{icon}:",
                    )
        components.table(
            pd.DataFrame(
                {
                    "question": [
                        t(f"answer.{answer}") if f"answer.{answer}" in i18n.CATALOGUE else question
                        for answer, question in zip(
                            rows["answer_id"], rows["question"], strict=True
                        )
                    ],
                    "status": rows["status"].map(lambda code: i18n.word("readiness", code)),
                    "columns": rows["missing_columns"].map(listed),
                }
            ),
            {
                "question": st.column_config.TextColumn(t("question"), width="large"),
                "status": st.column_config.TextColumn(t("status"), width="small"),
                "columns": st.column_config.TextColumn(t("missing_columns"), width="large"),
            },
            t("readiness"),
            key="overview.readiness",
            height=min(34 * len(rows) + 40, 300),
        )


def freshness_card() -> None:
    """Say how fresh the data is and how well its parts are linked."""
    release = serving.shown().release
    coverage = metrics.link_coverage()
    with components.card(t("trust"), t("trust.how")):
        st.markdown(
            t(
                "trust.fresh",
                day=i18n.day(components.last_day(release.as_of)),
                moment=i18n.moment_text(release.published_at),
                batch=release.batch_id[:12] or i18n.NOTHING,
            )
        )
        rows = coverage.dropna(subset=["value"])
        if rows.empty:
            components.nothing(t("no_links"), t("no_links.why"), "link_off")
            return
        table = pd.DataFrame(
            {
                "label": rows["dimension_value"].map(lambda code: i18n.word("edge", code)),
                "value": rows["value"].astype(float),
                "value_text": rows["value"].map(lambda value: i18n.percent(value, 1)),
                "linked": rows["numerator"].map(i18n.number),
                "eligible": rows["denominator"].map(i18n.number),
                "fix": [fix_text(row) for row in rows.to_dict("records")],
            }
        ).sort_values("value")
        components.chart(
            charts.ranked(
                table,
                tooltip=[
                    ("label", t("edge")),
                    ("value_text", t("metric.M48")),
                    ("linked", t("linked")),
                    ("eligible", t("eligible")),
                    ("fix", t("fix")),
                ],
                unit="%",
                label_width=170,
            ),
            charts.height_of(len(table)),
            t("trust.alt", edge=table["label"].iloc[0], value=table["value_text"].iloc[0]),
        )


def fix_text(row: dict[str, object]) -> str:
    """Write the change at the source that would link most of an edge's rows."""
    if i18n.is_missing(row["fix"]):
        return i18n.NOTHING
    return f"{i18n.word('fix', row['fix'])}: {row['fix_column']} ({row['fix_system']})"


def listed(columns: object) -> str:
    """Write a list of columns as text, whatever the release holds it as."""
    if isinstance(columns, str):
        return columns or i18n.NOTHING
    if not hasattr(columns, "__iter__"):
        return i18n.NOTHING
    return ", ".join(str(column) for column in columns) or i18n.NOTHING


if __name__ == "__main__":
    page()
