"""What every page says of its data's age: each feed's last extract, and which feeds are late."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from app import access, i18n, serving
from app.i18n import t
from app.queries import freshness


def now() -> pd.Timestamp:
    """Return the moment that decides what is late: a release may be older than the page."""
    return pd.Timestamp(datetime.now(UTC).replace(tzinfo=None))


def late(feeds: pd.DataFrame, moment: pd.Timestamp) -> pd.Series:
    """Tell for each feed whether its next file should be here; one that never came is late."""
    return feeds["has_due_time"].astype(bool) & ~(feeds["due_at"] >= moment)


def feeds_button() -> None:
    """Offer the feeds with their last extract; the button says how many are late."""
    feeds = freshness.feeds()
    if feeds.empty:
        return
    is_late = late(feeds, now())
    count = int(is_late.sum())
    with st.popover(
        t("feeds.late", count=i18n.number(count)) if count else t("feeds"),
        icon=":material/running_with_errors:" if count else ":material/input:",
        type="tertiary",
    ):
        if access.may("runs"):
            # A long list scrolls: without anything to step onto no key reaches its end.
            st.page_link(
                "views/runs.py",
                label=t("feeds.more"),
                icon=":material/arrow_forward:",
                query_params={"view": "sources"},
            )
        st.markdown(_table(serving.shown().release.file, i18n.language(), feeds, tuple(is_late)))


@st.cache_data(max_entries=20, show_spinner=False)
def _table(file: str, language: str, _feeds: pd.DataFrame, is_late: tuple[bool, ...]) -> str:
    """Write the table once for all pages and readers, until another feed is late."""
    return "\n".join([t("feeds.head"), "|---|---|---|", *_lines(_feeds, pd.Series(is_late))])


def _lines(feeds: pd.DataFrame, is_late: pd.Series) -> list[str]:
    """Write a line of the table for each feed, the late ones first."""
    rows = feeds.assign(is_late=is_late).sort_values("is_late", ascending=False, kind="stable")
    return [
        f"| `{system}.{feed}` | {_moment(last)} | {_state(due, has_due_time, is_late)} |"
        for system, feed, last, due, has_due_time, is_late in zip(
            rows["source_system"],
            rows["feed"],
            rows["last_extracted_at"],
            rows["due_at"],
            rows["has_due_time"],
            rows["is_late"],
            strict=True,
        )
    ]


def _state(due: object, has_due_time: bool, is_late: bool) -> str:
    if not has_due_time:
        return i18n.NOTHING
    if not is_late:
        return t("feeds.due", moment=_moment(due))
    return f":orange[{t('feeds.never' if pd.isna(due) else 'feeds.since', moment=_moment(due))}]"


def _moment(value: object) -> str:
    return i18n.NOTHING if pd.isna(value) else i18n.moment_text(value)
