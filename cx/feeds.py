"""Feeds against their due times: what came last, when the next is due, what is late."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from cx.due import in_words
from cx.ledger import replace_feeds
from cx.report_words import ENGLISH, Say
from cx.settings import Settings
from cx.warehouse import writing


@dataclass(frozen=True)
class FeedState:
    """One connected feed (a row of ops.feed). Times are naive UTC."""

    source_system: str
    feed: str
    last_extracted_at: datetime | None
    due_at: datetime | None
    has_due_time: bool

    @property
    def name(self) -> str:
        """``system.feed``."""
        return f"{self.source_system}.{self.feed}"

    def is_late(self, now: datetime) -> bool:
        """Tell whether its next file should be here by now; one that never came is late."""
        if not self.has_due_time:
            return False
        return self.due_at is None or now > self.due_at


def feed_states(settings: Settings, now: datetime) -> list[FeedState]:
    """Return every connected feed: those that have delivered, and those of the operator's own."""
    from ingest.sources import connected_feeds

    return [
        FeedState(
            feed.source_system, feed.feed, feed.last_extracted_at, feed.due_at, feed.has_due_time
        )
        for feed in connected_feeds(settings, now)
    ]


def record_feeds(settings: Settings, now: datetime) -> None:
    """Write the feeds into ops.feed, for the readers of a release, and beside the warehouse.

    The file is for who looks while a run works: whoever opens the warehouse then may stop it.
    """
    states = feed_states(settings, now)
    with writing(settings) as connection:
        replace_feeds(connection, states)
    settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = _file(settings).with_suffix(".partial")
    partial.write_text(json.dumps([asdict(state) for state in states], default=str))
    partial.replace(_file(settings))


def recorded_feeds(settings: Settings) -> list[FeedState]:
    """Return the feeds as `record_feeds` wrote them last, without opening the warehouse."""
    try:
        rows = json.loads(_file(settings).read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return []
    return [
        FeedState(
            **row
            | {
                name: datetime.fromisoformat(row[name]) if row[name] else None
                for name in ("last_extracted_at", "due_at")
            }
        )
        for row in rows
    ]


def _file(settings: Settings) -> Path:
    return settings.state / "feeds.json"


def lateness(feed: FeedState, now: datetime, say: Say = ENGLISH) -> str:
    """Return in words how late a feed is, or when it is due."""
    if not feed.has_due_time:
        return say("no due time")
    if feed.due_at is None:
        return say("never came")
    span = in_words(abs(now - feed.due_at))
    return say("late by {span}" if now > feed.due_at else "due in {span}", span=span)
