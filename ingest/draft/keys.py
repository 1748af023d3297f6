"""Candidate keys: which columns, or pairs of them, tell the rows of a sample apart."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

import pandas as pd

from ingest.draft.types import Profile

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
