"""Every figure beside what it is compared with, and the way to what exactly it is."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import access, components, figures, i18n
from app.i18n import t


def card(
    values: pd.DataFrame, readings: dict[str, figures.Reading], month: pd.Timestamp, before: str
) -> None:
    """List every figure beside what it is compared with, and what may be said of the change."""
    rows = pd.DataFrame(
        [
            {
                "metric": f"{figures.name(metric)}",
                "id": metric,
                "value": i18n.NOTHING
                if reading.is_small
                else i18n.measure(reading.now.value, figures.unit(metric)),
                "unit": i18n.unit_word(figures.unit(metric)),
                "interval": figures.interval_text(reading.now, figures.unit(metric)),
                "change": i18n.NOTHING
                if reading.change.verdict == "none"
                else figures.arrow_text(reading.change.difference, figures.unit(metric)),
                "verdict": t("too_few")
                if reading.is_small
                else figures.verdict_text(reading.change),
                "status": ", ".join(
                    [i18n.word("status", reading.status), *figures.caveats(reading)]
                    if reading.status == "final"
                    else figures.caveats(reading)
                )
                or i18n.NOTHING,
                "seen": figures.seen_text(reading.seen_share),
                "n": reading.n,
            }
            for metric, reading in readings.items()
        ]
    )

    def tools() -> None:
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
                # What the table is for comes first: a phone shows four columns.
                "change": st.column_config.TextColumn(t("change"), alignment="right"),
                "verdict": t("verdict"),
                "unit": t("unit"),
                "interval": t("interval"),
                "status": st.column_config.TextColumn(t("status"), width="medium"),
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
