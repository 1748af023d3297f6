"""The feeds: how fresh, how many rows, and what waits in quarantine."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import components, i18n, notes
from app.i18n import t
from app.queries import runs


def sources_card(sources: pd.DataFrame, is_late: pd.Series) -> None:
    """List each feed: how fresh, how many rows, file by file, and what waits."""

    def tools() -> None:
        if len(sources):
            components.download(sources.drop(columns=["by_file"]), "feeds", "runs.feeds.csv")

    with components.card(t("sources"), t("sources.how"), tools):
        if sources.empty:
            components.nothing(t("sources.none"), t("sources.none.why"), "input")
            return
        order = sources.assign(is_late=is_late).sort_values(
            ["is_late", "rows_quarantined"], ascending=False, kind="stable"
        )
        table = pd.DataFrame(
            {
                "feed": order["source_system"] + "." + order["feed"],
                "state": [
                    t("late") if late else t("on_time") if has_due else t("no_due")
                    for late, has_due in zip(order["is_late"], order["has_due_time"], strict=True)
                ],
                "last": pd.to_datetime(order["last_extracted_at"]),
                "due": pd.to_datetime(order["due_at"]),
                "by_file": [[float(value or 0) for value in row] for row in order["by_file"].map(
                    lambda row: list(row) if hasattr(row, "__iter__") else [])],
                "files": order["files"],
                "rows": order["rows_loaded"],
                "quarantined": order["rows_quarantined"],
                "refused": order["refused"],
            }
        )  # fmt: skip
        components.table(
            table,
            {
                "feed": st.column_config.TextColumn(t("feed"), pinned=True),
                "state": t("status"),
                "last": st.column_config.DatetimeColumn(t("last_extract")),
                "due": st.column_config.DatetimeColumn(t("due")),
                "by_file": st.column_config.BarChartColumn(t("by_file"), help=t("by_file.help")),
                "files": st.column_config.NumberColumn(t("files"), format="localized"),
                "rows": st.column_config.NumberColumn(t("test_rows"), format="localized"),
                "quarantined": st.column_config.NumberColumn(t("quarantined"), format="localized"),
                "refused": st.column_config.NumberColumn(t("refused_files"), format="localized"),
            },
            t("sources"),
            key="runs.sources",
            height=520,
        )


def quarantine_card() -> None:
    """List what waits in quarantine and which files were refused, with the reasons."""
    rows, refused = runs.quarantine(), runs.refused()

    def tools() -> None:
        if len(rows):
            components.download(rows, "quarantine", "runs.quarantine.csv")

    with components.card(t("quarantine"), t("quarantine.how"), tools):
        if rows.empty and refused.empty:
            components.nothing(t("quarantine.none"), t("quarantine.none.why"), "done_all")
            return
        told = pd.DataFrame(
            {
                "feed": rows["source_system"] + "." + rows["feed"],
                "column": rows["column_name"].fillna(i18n.NOTHING),
                "reason": rows["reason"].map(notes.said),
                "state": rows["state"].map(lambda code: i18n.word("row_state", code)),
                "rows": rows["row_count"],
            }
        )
        whole = pd.DataFrame(
            {
                "feed": refused["source_system"].fillna("") + "." + refused["feed"].fillna(""),
                "column": refused["file_name"],
                "reason": refused["reason"].map(notes.said),
                "state": t("file_refused"),
                "rows": None,
            }
        )
        components.table(
            pd.concat([whole.astype(object), told.astype(object)], ignore_index=True),
            {
                "feed": st.column_config.TextColumn(t("feed"), pinned=True),
                "rows": st.column_config.NumberColumn(t("test_rows")),
                "column": t("column_or_file"),
                "reason": st.column_config.TextColumn(t("reason"), width="large"),
                "state": t("status"),
            },
            t("quarantine"),
            key="runs.quarantine",
            height=420,
        )
