"""What is known of the last run beside the release: it ends after it has published, or fails."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app import i18n, serving
from app.i18n import t
from cx.settings import Settings


@dataclass(frozen=True)
class Last:
    """State, start and end of a run; times are naive UTC, one at work has no end."""

    state: str
    started: pd.Timestamp
    ended: pd.Timestamp | None


def last_run() -> Last | None:
    """Return the last run of this home, from the metrics it left behind.

    A release is written before its run ends, and a run that fails publishes none.
    """
    try:
        lines = (Settings.from_env().state / "metrics.prom").read_text(encoding="utf-8")
    except OSError:
        return None
    told = dict(re.findall(r"^(cx_run_\w+(?:{[^}]*})?) (\S+)$", lines, re.MULTILINE))
    states = [
        state
        for state in ("running", "ok", "failed", "killed")
        if told.get(f'cx_run_state{{state="{state}"}}') == "1.0"
    ]
    started = float(told.get("cx_run_started_timestamp_seconds", "nan"))
    ended = float(told.get("cx_run_ended_timestamp_seconds", "nan"))
    if not states or started != started:
        return None
    return Last(
        states[0],
        pd.Timestamp(started, unit="s"),
        None if ended != ended else pd.Timestamp(ended, unit="s"),
    )


def with_its_end(known: pd.DataFrame, last: Last | None) -> pd.DataFrame:
    """Return the runs with the state and end of the one that published, known only after it.

    Where a later run has begun, the one that published has ended, with the release at the latest.
    """
    if last is None or known.empty:
        return known
    state, started, ended = last.state, last.started, last.ended
    moments = pd.to_datetime(known["started_at"])
    is_same = (moments - started).abs() < pd.Timedelta(seconds=1)
    if started > moments.max() + pd.Timedelta(seconds=1):
        is_same = (moments == moments.max()) & (known["status"] == "running")
        published = pd.Timestamp(serving.shown().release.published_at)
        state, ended = "ok", published.tz_convert(None) if published.tz else published
    told = known.copy()
    told.loc[is_same, "status"] = state
    told["ended_at"] = pd.to_datetime(told["ended_at"]).astype("datetime64[us]")
    if ended is not None:
        told.loc[is_same, "ended_at"] = ended.floor("us")
    return told


def later_run(known: pd.DataFrame, last: Last | None) -> Last | None:
    """Return the last run where it came after the release and has published nothing."""
    if last is None or last.state == "ok":
        return None
    newest = pd.to_datetime(known["started_at"]).max()
    return last if last.started > newest + pd.Timedelta(seconds=1) else None


def warn_of(later: Last) -> None:
    """Say that a run after this release failed, or is going on."""
    said = t(
        "runs.later",
        moment=i18n.moment_text(later.started),
        status=i18n.word("run_status", later.state),
    )
    st.error(
        said if later.state == "running" else f"{said} {t('runs.later.why')}",
        icon=":material/error:",
    )
