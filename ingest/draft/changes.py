"""Files of changes: a column says of each row whether it is new, changed or deleted.

Such files look like pictures of the same things, for keys come again; read as pictures, what
today's changes do not name would have ended.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from ingest.draft.outline import FeedDraft
from ingest.draft.questions import Interview
from ingest.draft.spec import reference
from ingest.draft.tables import Table
from ingest.formats.source import literal
from ingest.intake import Entity

_NEW = {"i", "ins", "insert", "inserted", "c", "create", "created", "a", "add", "n", "new"}
_CHANGED = {"u", "upd", "update", "updated", "m", "mod", "modify", "chg", "change", "upsert"}
_DELETED = {"d", "del", "delete", "deleted", "r", "remove", "removed"}
_NAMED = re.compile(
    r"(^|[^a-z])(op|oper|operation|dml|cdc|action|change_?type|delta|record_?action)([^a-z]|$)",
    re.IGNORECASE,
)
_ENDS = ("ended_at", "cleared_at", "restored_at", "resolved_at", "closed_at")


@dataclass(frozen=True)
class Changes:
    """The column that says what happened to a row, and what it says of deleted ones."""

    column: str
    deleted: tuple[str, ...]


def changes_of(frames: list[pd.DataFrame]) -> Changes | None:
    """Return the column that tells changes; None where there is none."""
    rows = pd.concat(frames, ignore_index=True)
    for name in rows.columns:
        words = {str(each).strip() for each in rows[name].dropna().unique()[:20]} - {""}
        said = {each.lower() for each in words}
        if not said or not said <= _NEW | _CHANGED | _DELETED:
            continue
        kinds = [bool(said & each) for each in (_NEW, _CHANGED, _DELETED)]
        is_sure = kinds[1] and sum(kinds) > 1
        if is_sure or (_NAMED.search(name) and (sum(kinds) > 1 or kinds[2])):
            deleted = sorted(each for each in words if each.lower() in _DELETED)
            return Changes(name, tuple(deleted))
    return None


def say_changes(
    feed: FeedDraft, entity: Entity, changes: Changes, table: Table, interview: Interview
) -> None:
    """Write that files are changes, and ask what a row is by which the source deletes a thing."""
    if interview.told(f"{feed.name}.delivery") is None:
        feed.delivery = "delta"
        feed.notes.append(
            f"{changes.column} says what happened to a row: changes, not pictures; where one file "
            "tells several changes of a thing, say known_at"
        )
    if not changes.deleted:
        return
    is_deleted = (
        f"{reference(table, changes.column)} in ({', '.join(map(literal, changes.deleted))})"
    )
    end = next((each for each in _ENDS if each in entity.columns), None)
    hint = (
        f" (and say when it ended: {end}: {{sql: case when {is_deleted} then … end}})"
        if end
        else ""
    )
    said = interview.ask(
        f"{feed.name}.{entity.name}.where",
        f"by {changes.column} {' or '.join(changes.deleted)} the source deletes a thing: keep such "
        f"rows{hint}, or drop them, so that it stays as it was last told?",
        ("keep", "drop"),
    )
    if said == "drop":
        feed.where = f"not coalesce({is_deleted}, false)"
    elif said != "keep":
        feed.where = said
