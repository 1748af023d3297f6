"""The steps of a run on one clock, and the runs a release knows of."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import chart_base, charts, components, i18n, notes, timelines
from app.i18n import t
from app.queries import runs


def span(seconds: float | None) -> str:
    """Write a length of time the way people say it."""
    if i18n.is_missing(seconds):
        return i18n.NOTHING
    if seconds < 120:
        return f"{i18n.number(seconds, 1 if seconds < 10 else 0)} {t('unit.s')}"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{i18n.number(minutes)} {t('unit.min')}"
    if minutes < 2880:
        return f"{i18n.number(minutes / 60, 1)} {t('unit.h')}"
    return f"{i18n.number(minutes / 1440, 1)} {t('unit.d')}"


def steps_card(run: pd.Series) -> None:
    """Draw a run's steps on one clock, beside what each usually takes."""
    rows = runs.steps(run["run_id"])
    paint = chart_base.colours()

    def tools() -> None:
        if len(rows):
            components.download(rows, f"steps_{run['run_id']}", "runs.steps.csv")

    with components.card(t("steps"), t("steps.how"), tools):
        if rows.empty:
            components.nothing(t("steps.none"), t("steps.none.why"), "footprint")
            return
        begun = pd.to_datetime(rows["started_at"])
        start = (begun - begun.min()).dt.total_seconds()
        shown = pd.DataFrame(
            {
                "label": rows["step"].map(lambda code: i18n.word("step", code)),
                "from": start,
                "to": start + rows["seconds"].fillna(0),
                "usual": start + rows["usual_seconds"],
                "state": rows["status"].map(lambda code: i18n.word("run_status", code)),
                "took": rows["seconds"].map(span),
                "usual_text": rows["usual_seconds"].map(span),
                "rows": rows["row_count"].map(i18n.number),
                "memory": [
                    i18n.NOTHING
                    if i18n.is_missing(value)
                    else f"{i18n.number(value / 2**20)} {t('unit.mib')}"
                    for value in rows["peak_memory_bytes"]
                ],
                "summary": rows["summary"].map(notes.counted),
            }
        )
        tones = {"ok": paint["main"], "failed": paint["second"], "running": paint["muted"]}
        states = [
            (i18n.word("run_status", code), tones.get(code, paint["third"]))
            for code in dict.fromkeys(rows["status"])
        ]
        components.chart(
            timelines.spans(
                shown,
                tooltip=[
                    ("label", t("step")),
                    ("state", t("status")),
                    ("took", t("run.took")),
                    ("usual_text", t("usual")),
                    ("rows", t("test_rows")),
                    ("memory", t("memory")),
                ],
                states=states,
                unit=f" {t('unit.s')}",
            ),
            charts.height_of(len(shown)) + 20,
            t("steps.alt", step=shown["label"].iloc[int(rows["seconds"].fillna(0).argmax())]),
        )
        components.table(
            shown,
            {
                "label": st.column_config.TextColumn(t("step"), pinned=True),
                "state": t("status"),
                "took": st.column_config.TextColumn(t("run.took"), alignment="right"),
                "usual_text": st.column_config.TextColumn(t("usual"), alignment="right"),
                "rows": st.column_config.TextColumn(t("test_rows"), alignment="right"),
                "memory": st.column_config.TextColumn(t("memory"), alignment="right"),
                "summary": st.column_config.TextColumn(t("told"), width="large"),
            },
            t("steps"),
            key="runs.steps",
        )


def runs_card(known: pd.DataFrame) -> None:
    """List the runs the release knows of."""
    table = pd.DataFrame(
        {
            "started": pd.to_datetime(known["started_at"]),
            "command": known["command"],
            "status": known["status"].map(lambda code: i18n.word("run_status", code)),
            "took": [
                i18n.NOTHING
                if i18n.is_missing(ended)
                else span((pd.Timestamp(ended) - pd.Timestamp(started)).total_seconds())
                for started, ended in zip(known["started_at"], known["ended_at"], strict=True)
            ],
            "message": known["message"].map(notes.said),
            "run": known["run_id"],
        }
    )

    def tools() -> None:
        components.download(known, "runs", "runs.runs.csv")

    with components.card(t("runs.list"), t("runs.list.how"), tools):
        components.table(
            table,
            {
                "started": st.column_config.DatetimeColumn(t("run.started"), pinned=True),
                "command": t("command"),
                "status": t("status"),
                "took": st.column_config.TextColumn(t("run.took"), alignment="right"),
                "message": st.column_config.TextColumn(t("told"), width="large"),
                "run": t("run"),
            },
            t("runs.list"),
            key="runs.runs",
            height=320,
        )
