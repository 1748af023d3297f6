"""Did every feed come by its due time? Due times stand in the contracts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import yaml

from cx.due import due_at, in_words, minutes_of
from cx.settings import SHIPPED_CONTRACTS, Settings
from cx.warehouse import reading
from expectations.door import Answered
from expectations.questions import Question


@dataclass(frozen=True)
class DueFeed:
    """One feed that has a due time.

    Parameters
    ----------
    is_expected : bool
        True for the operator's own contracts: a feed of theirs that never came is missed.
    """

    source_system: str
    feed: str
    every: str
    by: str | None
    stop_after: str | None
    entities: tuple[str, ...]
    is_expected: bool


def verdicts(settings: Settings, now: datetime) -> list[Answered]:
    """Say of each feed with a due time whether it came, and if not how late it is."""
    last = _last_extracts(settings)
    found = []
    answers = _answers(settings)
    for feed in due_feeds(settings):
        extracted = last.get((feed.source_system, feed.feed))
        if extracted is None and not feed.is_expected:
            continue
        late = now - due_at(extracted, feed.every, feed.by) if extracted else None
        is_late = late is None or late > timedelta(0)
        is_stop = (
            feed.stop_after is not None
            and late is not None
            and late > timedelta(minutes=minutes_of(feed.stop_after))
        )
        question = Question(
            f"{feed.source_system}.{feed.feed}",
            "due time",
            {},
            f"came by its due time (every {feed.every}{f' by {feed.by}' if feed.by else ''})",
            severity="stop" if is_stop else "warn",
            answers=tuple(sorted({each for name in feed.entities for each in answers[name]})),
            looks_back=True,
        )
        said = "never came" if late is None else f"late by {in_words(late)}"
        found.append(Answered(question, not is_late, said if is_late else None, feed.entities))
    return found


def lateness(settings: Settings, now: datetime) -> str:
    """Return which feeds are late by how many whole hours: a run with no new file asks again."""
    late = []
    last = _last_extracts(settings)
    for feed in due_feeds(settings):
        extracted = last.get((feed.source_system, feed.feed))
        if extracted and (delay := now - due_at(extracted, feed.every, feed.by)) > timedelta(0):
            late.append(f"{feed.source_system}.{feed.feed} {delay // timedelta(hours=1)}")
    return " ".join(sorted(late))


def due_feeds(settings: Settings) -> Iterator[DueFeed]:
    """Yield the feeds with a due time of every contract; the operator's own contract wins."""
    seen: set[str] = set()
    for folder in settings.contract_folders:
        contracts = [
            yaml.CSafeLoader(path.read_text(encoding="utf-8")).get_single_data()
            for path in sorted(folder.glob("*.y*ml"))
            if path.name != "intake.yml"
        ]
        here = {body["source_system"]: body for body in contracts}
        for system, body in here.items():
            if system in seen:
                continue
            seen.add(system)
            for feed in body["feeds"]:
                if due := feed.get("due"):
                    yield DueFeed(
                        system,
                        feed["feed"],
                        due["every"],
                        due.get("by"),
                        due.get("stop_after"),
                        tuple(dict.fromkeys(each["entity"] for each in feed["entities"])),
                        folder != SHIPPED_CONTRACTS,
                    )


def _last_extracts(settings: Settings) -> dict[tuple[str, str], datetime]:
    with reading(settings) as connection:
        rows = connection.execute(
            "select source_system, feed, max(extracted_at) from ops.file_ledger "
            "where state in ('loaded', 'superseded') and source_system is not null group by all"
        ).fetchall()
    return {(system, feed): last for system, feed, last in rows if last is not None}


def _answers(settings: Settings) -> dict[str, set[str]]:
    text = (settings.repo / "ingest/contracts/intake.yml").read_text("utf-8")
    intake = yaml.CSafeLoader(text).get_single_data()
    return {
        name: {each for column in body["columns"].values() for each in column.get("answers", ())}
        for name, body in intake["entities"].items()
    }
