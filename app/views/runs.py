"""Runs and data quality: did the last run work, what is late or wrong, and what that endangers."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import components, frame, freshness, goto, i18n, serving, urls
from app.i18n import t
from app.parts import (
    endangered,
    model_drift,
    run_feeds,
    run_gates,
    run_last,
    run_links,
    run_steps,
)
from app.queries import runs

PAGE = "runs"
VIEWS = goto.PARTS[PAGE]


def page() -> None:
    """Draw the page."""
    frame.header(t("runs"), t("runs.question"), PAGE)
    last = run_last.last_run()
    known = run_last.with_its_end(runs.runs(), last) if runs.has_ops() else pd.DataFrame()
    if known.empty:
        components.nothing(t("runs.none"), t("runs.none.why"), "engineering")
        return
    later = run_last.later_run(known, last)
    if later is not None:
        run_last.warn_of(later)
    run = choose_run(known)
    checked = runs.checked_runs()
    checks = runs.checks(run["run_id"] if run["run_id"] in checked or not checked else checked[0])
    sources = runs.sources()
    is_late = freshness.late(sources, freshness.now())
    components.finding(sentence(run, checks, int(is_late.sum()), sources))
    cards(run, checks, sources, is_late)
    view = components.part(PAGE, VIEWS, "runs.view")
    if view == "runs":
        if later is not None and later.state != "running":
            endangered.card(checks, later)
        run_steps.steps_card(run)
        run_steps.runs_card(known)
    elif view == "gates":
        endangered.card(checks, later if later and later.state != "running" else None)
        run_gates.gates_card(checks)
    elif view == "sources":
        run_feeds.sources_card(sources, is_late)
        run_feeds.quarantine_card()
    elif view == "links":
        run_links.links_card()
    elif view == "drift":
        model_drift.drift_card(None)
    else:
        run_links.releases_card()


def choose_run(known: pd.DataFrame) -> pd.Series:
    """Let the reader choose a run; the newest comes first to mind."""
    started = dict(zip(known["run_id"], known["started_at"], strict=True))
    code = urls.chosen(
        st.selectbox,
        t("run"),
        list(started),
        page=PAGE,
        name="run",
        format_func=lambda run: f"{i18n.moment_text(started[run])} UTC · {run[-6:]}",
        width=300,
    )
    return known[known["run_id"] == code].iloc[0]


def sentence(run: pd.Series, checks: pd.DataFrame, late: int, sources: pd.DataFrame) -> str:
    """Say how the run went, what did not hold, and what waits."""
    bad = endangered.broken(checks)
    stopped = bad[bad["severity"] == "stop"] if len(bad) else bad
    said = t(
        "runs.finding",
        moment=i18n.moment_text(run["started_at"]),
        status=i18n.word("run_status", run["status"]),
        failed=i18n.number(len(bad)),
        checks=i18n.number(len(checks)),
    )
    if len(stopped):
        names = list(
            dict.fromkeys(
                name for row in stopped["endangers"] for name in endangered.listed_in(row)
            )
        )
        if names:
            spoken = ", ".join(map(endangered.spoken, names[:6]))
            said += " " + t("runs.finding.endangers", names=spoken)
    said += " " + (t("runs.finding.late", count=i18n.number(late)) if late else "")
    return said.strip()


def cards(run: pd.Series, checks: pd.DataFrame, sources: pd.DataFrame, is_late: pd.Series) -> None:
    """Draw the few figures that say whether somebody has to get up."""
    bad = endangered.broken(checks)
    release = serving.shown().release
    age = freshness.now() - pd.Timestamp(release.published_at).tz_convert(None)
    ended = run["ended_at"]
    took = (
        i18n.NOTHING
        if i18n.is_missing(ended)
        else run_steps.span((pd.Timestamp(ended) - pd.Timestamp(run["started_at"])).total_seconds())
    )
    quarantined = sources["rows_quarantined"].sum() if len(sources) else 0
    read = sources["rows_read"].sum() if len(sources) else 0
    with st.grid(5, min_column_width=158, gap="small"):
        for label, value, note, tip in (
            (
                t("release.age"),
                run_steps.span(age.total_seconds()),
                t("data_to", day=i18n.day(components.last_day(release.as_of))),
                t("release.age.help"),
            ),
            (t("run.took"), took, i18n.word("run_status", run["status"]), t("run.took.help")),
            (
                t("checks.failed"),
                i18n.number(len(bad)),
                t("of_checks", count=i18n.number(len(checks))),
                t("checks.failed.help"),
            ),
            (
                t("feeds.late.card"),
                i18n.number(int(is_late.sum())),
                t("of_feeds", count=i18n.number(len(sources))),
                t("feeds.late.help"),
            ),
            (
                t("quarantined"),
                i18n.compact(float(quarantined)),
                i18n.percent(100 * float(quarantined) / float(read), 3) if read else None,
                t("quarantined.help"),
            ),
        ):
            components.metric(
                label,
                value,
                note,
                delta_color="off",
                delta_arrow="off",
                border=True,
                height="stretch",
                help=tip,
            )


if __name__ == "__main__":
    page()
