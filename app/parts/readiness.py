"""What the data can answer, how fresh it is, and how well its parts are linked."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import charts, components, i18n, serving
from app.i18n import t
from app.queries import metrics


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
                # as wide as a question is, a phone would show nothing behind it
                "status": st.column_config.TextColumn(t("status"), width="small"),
                "question": st.column_config.TextColumn(t("question"), width="large"),
                "columns": st.column_config.TextColumn(t("missing_columns"), width="large"),
            },
            t("readiness"),
            key="overview.readiness",
            height=410,
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
