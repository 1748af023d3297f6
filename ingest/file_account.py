"""What is kept of the loading of a file: its line of ledger and journal, and its name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from cx.keys import Keys
from cx.ledger import FileRecord
from cx.settings import Settings
from ingest import journal
from ingest.contract import Contract
from ingest.landing import Delivery
from ingest.pseudonyms import seal_name
from ingest.transfer import Counts


@dataclass
class LoadReport:
    """What one ingest did."""

    batch_id: str
    files_new: int = 0
    files_known: int = 0
    files_passed: int = 0
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_dropped: int = 0
    seconds: float = 0.0
    refused: list[str] = field(default_factory=list)
    unclaimed: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Desk:
    """What the loading of every file of a batch needs."""

    connection: duckdb.DuckDBPyConnection
    vault: duckdb.DuckDBPyConnection
    settings: Settings
    keys: Keys
    work: Path
    batch_id: str
    loaded_at: datetime


def record_of(
    desk: Desk,
    delivery: Delivery,
    *,
    state: str,
    reason: str | None = None,
    extracted: datetime | None = None,
    counts: Counts | None = None,
    unmapped: list[str] | None = None,
) -> FileRecord:
    """Return a file's line of the ledger."""
    counts = counts or Counts(0, 0, 0, 0)
    return FileRecord(
        source_system=delivery.contract.source_system,
        feed=delivery.feed.feed,
        file_id=delivery.file_id,
        sha256=delivery.kept.sha256,
        file_name=delivery.label(desk.keys),
        bytes=delivery.kept.bytes,
        state=state,
        reason=reason,
        rows_read=counts.read,
        rows_loaded=counts.loaded,
        rows_quarantined=counts.quarantined,
        rows_dropped=counts.dropped,
        unmapped_columns=", ".join(unmapped) if unmapped else None,
        completeness=delivery.completeness,
        extracted_at=extracted,
        batch_id=desk.batch_id,
        contract_digest=contract_digest(delivery.contract),
        loaded_at=desk.loaded_at,
    )


def contract_digest(contract: Contract) -> str:
    """Return what tells two versions of a contract apart."""
    return hashlib.sha256(contract.model_dump_json().encode()).hexdigest()[:16]


def journal_entry(desk: Desk, delivery: Delivery) -> journal.Entry:
    """Return a file's entry of landing's journal."""
    return journal.entry(
        (delivery.contract.source_system, delivery.feed.feed, delivery.file_id),
        sha256=delivery.kept.sha256,
        name=delivery.kept.name,
        label=delivery.label(desk.keys),
        size=delivery.kept.bytes,
        is_proven=delivery.kept.is_proven,
        batch_id=desk.batch_id,
        loaded_at=desk.loaded_at,
        keys=desk.keys,
    )


def keep_name(desk: Desk, delivery: Delivery) -> None:
    """Seal the true name of a file whose name holds an identifier: a replay needs it."""
    if delivery.label(desk.keys) != delivery.kept.name:
        seal_name(
            desk.vault,
            delivery.contract.source_system,
            delivery.feed.feed,
            delivery.file_id,
            delivery.kept.name,
            keys=desk.keys,
        )
