"""Connected systems: what is connected, how fresh it is, which answers it feeds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cx.due import due_at, in_words
from cx.settings import Settings
from cx.warehouse import reading
from ingest.contract import Contract, Due, Feed
from ingest.contract_file import load_contract, load_contracts
from ingest.fold import unpaired
from ingest.intake import entities


@dataclass(frozen=True)
class Connected:
    """One feed of one contract, and what has come of it."""

    source_system: str
    feed: str
    entities: tuple[str, ...]
    files: int
    refused: int
    rows: int
    quarantined: int
    unproven: int
    last_extracted_at: datetime | None
    freshness: str
    answers: tuple[str, ...]
    due_at: datetime | None = None
    has_due_time: bool = False
    unpaired: int = 0


def connected_feeds(settings: Settings, now: datetime, *, every: bool = False) -> list[Connected]:
    """Return the feeds that are connected: those that have delivered, and the operator's own.

    Parameters
    ----------
    now : datetime
        Naive UTC, what freshness is measured against.
    every : bool
        Also the shipped contracts that nothing was delivered for.
    """
    ledger = _ledger(settings)
    own = {
        load_contract(path).source_system
        for folder in settings.contracts
        for path in folder.glob("*.y*ml")
    }
    found = []
    for contract in load_contracts(settings).values():
        for feed in contract.feeds:
            counts = ledger.get((contract.source_system, feed.feed))
            if counts or every or contract.source_system in own:
                found.append(_connected(contract, feed, counts, now))
    return sorted(found, key=lambda each: (each.source_system, each.feed))


_HAS_LEDGER = (
    "select 1 from duckdb_tables() where schema_name = 'ops' and table_name = 'file_ledger'"
)


def _ledger(settings: Settings) -> dict[tuple[str, str], tuple]:
    if not settings.warehouse.exists():
        return {}
    with reading(settings) as connection:
        if not connection.execute(_HAS_LEDGER).fetchone():
            return {}  # a first ingest ended before it began
        rows = connection.execute(
            "select source_system, feed, count(*) filter (state = 'loaded'), "
            "count(*) filter (state = 'rejected'), "
            "coalesce(sum(rows_loaded) filter (state = 'loaded'), 0)::bigint, "
            "coalesce(sum(rows_quarantined) filter (state = 'loaded'), 0)::bigint, "
            "count(*) filter (state = 'loaded' and completeness = 'unproven'), "
            "max(extracted_at) filter (state in ('loaded', 'superseded')) "
            "from ops.file_ledger group by all"
        ).fetchall()
        lost = unpaired(connection)
    return {
        (system, feed): (*counts, lost.get((system, feed), 0)) for system, feed, *counts in rows
    }


def _connected(contract: Contract, feed: Feed, counts: tuple | None, now: datetime) -> Connected:
    files, refused, rows, quarantined, unproven, last, lost = counts or (0, 0, 0, 0, 0, None, 0)
    return Connected(
        source_system=contract.source_system,
        feed=feed.feed,
        entities=tuple(dict.fromkeys(mapping.entity for mapping in feed.entities)),
        files=files,
        refused=refused,
        rows=rows,
        quarantined=quarantined,
        unproven=unproven,
        last_extracted_at=last,
        freshness=freshness(feed.due, last, now),
        answers=tuple(sorted(set(_answers_fed(feed)))),
        due_at=_due_at(feed.due, last),
        has_due_time=feed.due is not None,
        unpaired=lost,
    )


def _due_at(due: Due | None, last: datetime | None) -> datetime | None:
    """Return the moment by which the next file is due, or None where that cannot be said."""
    return None if due is None or last is None else due_at(last, due.every, due.by)


def freshness(due: Due | None, last: datetime | None, now: datetime) -> str:
    """Return `no due time`, `fresh`, `never came` or `late by …`.

    A feed is late when the moment by which its next file was due is over: the last extract plus
    the cadence, moved to the stated time of day where there is one.
    """
    if due is None:
        return "no due time" if last else "never came"
    if last is None:
        return "never came"
    expected = due_at(last, due.every, due.by)
    if now <= expected:
        return "fresh"
    return f"late by {in_words(now - expected)}"


def _answers_fed(feed: Feed) -> Iterator[str]:
    for mapping in feed.entities:
        columns = entities()[mapping.entity].columns
        for name in mapping.columns:
            yield from columns[name].answers
