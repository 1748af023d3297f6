"""The gates of a run: what was expected and found, run by run."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import components, i18n, notes, urls
from app.i18n import t
from app.parts.endangered import listed_in, spoken
from app.queries import runs

PAGE = "runs"


def gates_card(checks: pd.DataFrame) -> None:
    """List the expectations that did not hold, with what each endangers; or all of them."""
    failing_card(checks)
    history_card()


def failing_card(checks: pd.DataFrame) -> None:
    """List expectations, those that did not hold first."""

    def tools() -> None:
        if len(checks):
            components.download(
                checks.assign(
                    answers=checks["answers"].map(lambda row: ", ".join(listed_in(row))),
                    endangers=checks["endangers"].map(lambda row: ", ".join(listed_in(row))),
                ),
                "checks",
                "runs.checks.csv",
            )

    with components.card(t("gates"), t("gates.how"), tools):
        if checks.empty:
            components.nothing(t("gates.none"), t("gates.none.why"), "rule")
            return
        which = urls.chosen(
            st.segmented_control,
            t("gates.which"),
            ["failed", "all"],
            page=PAGE,
            name="which",
            format_func=lambda code: t(f"gates.{code}"),
            required=True,
            label_visibility="collapsed",
        )
        rows = checks if which == "all" else checks[~checks["is_success"].astype(bool)]
        if rows.empty:
            components.nothing(t("gates.hold"), t("gates.hold.why"), "verified")
            return
        table = pd.DataFrame(
            {
                "state": [
                    t("holds")
                    if is_success
                    else t("waived")
                    if not i18n.is_missing(is_waived) and is_waived
                    else i18n.word("severity", severity)
                    for is_success, is_waived, severity in zip(
                        rows["is_success"], rows["is_waived"], rows["severity"], strict=True
                    )
                ],
                "expectation": rows["expectation"].map(notes.said),
                "table": rows["suite"],
                "observed": [
                    notes.counted(i18n.NOTHING if i18n.is_missing(text) else text).removesuffix(
                        " found"
                    )
                    for text in rows["observed"]
                ],
                "endangers": [
                    ", ".join(map(spoken, listed_in(names))) or i18n.NOTHING
                    for names in rows["endangers"]
                ],
                "door": rows["door"].map(lambda code: i18n.word("door", code)),
            }
        )
        components.table(
            table,
            {
                "state": st.column_config.TextColumn(t("status"), pinned=True),
                "expectation": st.column_config.TextColumn(t("expectation"), width="large"),
                # Before the long list of what stands on it.
                "observed": t("found"),
                "endangers": st.column_config.TextColumn(t("endangers"), width="large"),
                "table": t("table"),
                "door": t("door"),
            },
            t("gates"),
            key="runs.gates",
            height=420,
        )


def history_card() -> None:
    """Draw how many expectations did not hold, run by run."""
    rows = runs.check_history()[::-1]
    with components.card(t("gates.history"), t("gates.history.how")):
        if rows.empty:
            components.nothing(t("gates.none"), t("gates.none.why"), "rule")
            return
        components.table(
            pd.DataFrame(
                {
                    "day": pd.to_datetime(rows["day"]),
                    "checks": rows["checks"],
                    "stopped": rows["stopped"],
                    "warned": rows["warned"],
                }
            )[::-1],
            {
                "day": st.column_config.DateColumn(t("day"), pinned=True),
                "checks": st.column_config.NumberColumn(t("checks"), format="localized"),
                "stopped": st.column_config.NumberColumn(t("gates.stopped")),
                "warned": st.column_config.NumberColumn(t("gates.warned")),
            },
            t("gates.history"),
            key="runs.history",
            height=420,
        )
