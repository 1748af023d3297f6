"""What has moved since a model learned, and what its features are called."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import components, i18n
from app.i18n import t
from app.queries import trust


def drift_card(model_id: str | None) -> None:
    """List what moved since the model learned, and what is noise."""
    rows = trust.drift(model_id)

    def tools() -> None:
        if len(rows):
            components.download(rows, "model_drift", "trust.drift.csv")

    with components.card(t("drift"), t("drift.how"), tools):
        if rows.empty:
            components.nothing(t("drift.none"), t("drift.none.why"), "trending_flat")
            return
        counts = rows["verdict"].value_counts()
        with st.container(horizontal=True, gap="xsmall"):
            for code, colour in (("drifted", "red"), ("watch", "orange"), ("steady", "green")):
                if counts.get(code, 0):
                    st.badge(f"{i18n.word('drift', code)}: {counts[code]}", color=colour)
        table = pd.DataFrame(
            {
                "verdict": rows["verdict"].map(lambda code: i18n.word("drift", code)),
                "subject": [
                    feature(subject) if kind == "feature" else i18n.word("drift_kind", kind)
                    for kind, subject in zip(rows["subject_kind"], rows["subject"], strict=True)
                ],
                "value": rows["value"],
                "noise": rows["noise_limit"],
                "since": pd.to_datetime(rows["reference_date"]),
            }
        )
        components.table(
            table,
            {
                "verdict": t("verdict"),
                "subject": st.column_config.TextColumn(t("subject"), width="medium"),
                "value": st.column_config.NumberColumn(
                    t("drift.value"), format="%.3f", help=t("drift.value.help")
                ),
                "noise": st.column_config.NumberColumn(t("drift.noise"), format="%.3f"),
                "since": st.column_config.DateColumn(t("drift.since")),
            },
            t("drift"),
            key="trust.drift",
            height=320,
        )


def feature(name: str) -> str:
    """Write a feature's name in words; what a line holds is named by its code."""
    if name.startswith("holds_"):
        return t("feature.holds_", item=name.removeprefix("holds_"))
    return i18n.word("feature", name)
