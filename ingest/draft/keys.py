"""Keys: which columns, or pairs of them, tell the rows of a sample apart; asked where none do."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

import pandas as pd

from ingest.draft.outline import FeedDraft
from ingest.draft.questions import Interview
from ingest.draft.spec import Spec, reference
from ingest.draft.tables import Table
from ingest.draft.types import Profile
from ingest.intake import Entity

_MAX_TRIED = 10
# How keys are called, and words that only end so.
_CALLED = re.compile(
    r"(?<!pa)(?<!val)(?<!vo)(?<!gr)(?<!inval)id$|(^|[\W_])(key|nr|no|num|number|ref|serial)$"
)
_FEW_FAULTS = 0.02


@dataclass(frozen=True)
class Tried:
    """Columns tried as a key, and how many rows they fail to tell apart or leave blank."""

    columns: tuple[str, ...]
    repeated: int
    blank: int

    @property
    def is_key(self) -> bool:
        """Whether they tell every row."""
        return self.repeated == 0 and self.blank == 0

    def __str__(self) -> str:
        """Return what a question says of it."""
        blank = f", {self.blank} blank" if self.blank else ""
        return f"{' + '.join(self.columns)} ({self.repeated} repeated{blank})"


def tried(frames: list[pd.DataFrame], columns: tuple[str, ...]) -> Tried:
    """Count the rows that repeat the key of another row of their file, and those without a key.

    Rows that are equal in all columns were delivered twice: that says nothing of the key.
    """
    repeated = blank = 0
    for frame in frames:
        distinct = frame.drop_duplicates()
        keys = distinct[list(columns)]
        is_blank = keys.isna().any(axis=1)
        blank += int(is_blank.sum())
        repeated += int(keys[~is_blank].duplicated().sum())
    return Tried(columns, repeated, blank)


def possible(frames: list[pd.DataFrame], profiles: dict[str, Profile]) -> list[Tried]:
    """Return the columns that may be a key, best first; pairs when no single column is one."""
    likely = sorted(
        (
            each
            for each in profiles.values()
            if each.distinct and each.kind in ("text", "integer", "timestamp", "date")
        ),
        key=lambda each: -each.distinct,
    )[:_MAX_TRIED]
    likely = [each for each in likely if not each.is_free_text]
    singles = [tried(frames, (each.name,)) for each in likely]
    if any(each.is_key for each in singles):
        rows = sum(map(len, frames))

        def order(each: Tried) -> tuple:
            faults = each.repeated + each.blank
            # a name says more than one row without: all amounts of a sample may differ, too
            is_called = bool(_CALLED.search(each.columns[0].lower()))
            return (not (is_called and faults <= _FEW_FAULTS * rows), faults, each.columns)

        return sorted(singles, key=order)[:4]
    pairs = [
        tried(frames, (one.name, other.name))
        for one, other in itertools.combinations(likely[:6], 2)
    ]
    found = sorted([*singles, *pairs], key=lambda each: (each.repeated + each.blank, each.columns))
    return found[:4]


def declared(table: Table) -> str:
    """Return what a question says of the key that the file itself declares."""
    if not table.key:
        return ""
    joined = " || '/' || ".join(_part_of_key(table, each) for each in table.key)
    told = f"{' + '.join(table.key)}" + (f", sql:{joined}" if len(table.key) > 1 else "")
    return f"the file declares {told}; "


def _part_of_key(table: Table, name: str) -> str:
    """Return SQL for a part of a key as another table would write it: `ATH   ` and 1001.0, too."""
    part, texts = reference(table, name), table.frame[name].dropna().astype(str)
    if texts.str.endswith(" ").any():
        part = f"rtrim({part})"
    if texts.str.fullmatch(r"\d+\.0").any():
        part = f"regexp_replace({part}, '\\.0$', '')"
    return part


def ask_key(
    feed: FeedDraft,
    entity: Entity,
    table: Table,
    profiles: dict[str, Profile],
    frames: list[pd.DataFrame],
    interview: Interview,
) -> None:
    """Ask when the key's columns do not tell the rows apart."""
    specs = [feed.columns.get(name) for name in entity.key]
    if any(spec is None or spec.source is None or spec.note == "answered" for spec in specs):
        return
    sources = tuple(spec.source for spec in specs)
    told = [feed.known_at.source] if feed.known_at else []
    beside = tuple(filter(None, [*(spec.beside for spec in specs), *told]))
    found = tried(frames, (*sources, *beside))
    place = f"{feed.name}.{entity.name}.{entity.key[0]}"
    if not found.repeated and len(table.key) > 1 and len(sources) == 1:
        # unique in a sample of one company, say
        said = interview.ask(
            place,
            f"{sources[0]} is unique in the sample, but {declared(table)}by which do other "
            f"tables name it? give that, or {sources[0]}",
        )
        feed.columns[entity.key[0]] = Spec({"from": said})
        return
    if not found.repeated:
        if found.blank:
            specs[0].more.append(f"{found.blank} rows without a key: they will be quarantined")
        return
    others = [each for each in possible(frames, profiles) if each.columns != sources]
    others = [each for each in others if each.is_key] or others[:2]
    pair = next((each for each in others if each.is_key and len(each.columns) == 2), None)
    hint = ""
    if pair:
        one, other = (reference(table, name) for name in pair.columns)
        hint = f", sql:{one} || '/' || {other}"
    # of a record with several elements each has the record's number
    row = "_row || '/' || item_number" if table.explode else "_row"
    said = interview.ask(
        place,
        f"the key is not unique: {declared(table)}tried "
        f"{'; '.join(map(str, [found, *others]))}; give a column"
        f"{hint}, sql:'{feed.name}/' || {row} when rows have no key, or {sources[0]} again if rows "
        "that repeat it are versions of one thing",
    )
    feed.columns[entity.key[0]] = Spec({"from": said})
