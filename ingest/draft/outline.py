"""A feed of a draft as the contract will say it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ingest.draft.spec import Spec


@dataclass
class FeedDraft:
    """A feed as the contract will say it.

    Parameters
    ----------
    entity : str
        The intake entity, or a question.
    columns : dict of str
        Intake column → how it is filled.
    local_times : set of datetime
        Times of its sample that carry no offset, as the wall clock shows them.
    zones : set of str
        Short names of zones its times bear.
    sums : str, optional
        The condition that leaves out rows of sums.
    notes, unmapped : list of str
        Comments above the feed and below its columns.
    """

    name: str
    files: str
    format: str
    dialect: dict[str, object]
    entity: str | None = None
    columns: dict[str, Spec] = field(default_factory=dict)
    delivery: str = "events"
    extracted_at: dict[str, str] | None = None
    fold: dict[str, object] | str | None = None
    pair: dict[str, object] | str | None = None
    known_at: Spec | None = None
    explode: str | None = None
    where: str | None = None
    sums: str | None = None
    notes: list[str] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)
    blanks: tuple[str, ...] = ()
    has_local_times: bool = False
    local_times: set[datetime] = field(default_factory=set)
    has_national_numbers: bool = False
    zones: set[str] = field(default_factory=set)
    adopted: list[str] = field(default_factory=list)
