"""Candidate keys: which columns, or pairs of them, tell the rows of a sample apart."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pandas as pd

from ingest.draft.types import Profile

_MAX_TRIED = 10


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
        return sorted(singles, key=lambda each: (each.repeated + each.blank, each.columns))[:4]
    pairs = [
        tried(frames, (one.name, other.name))
        for one, other in itertools.combinations(likely[:6], 2)
    ]
    found = sorted([*singles, *pairs], key=lambda each: (each.repeated + each.blank, each.columns))
    return found[:4]
