"""One name in several writings: files of mixed layouts tell a thing as productId or product_id."""

from __future__ import annotations

import re
from collections import defaultdict

import pandas as pd

from ingest.draft.match import Match
from ingest.draft.words import plain


def twins(columns: list[str], frames: list[pd.DataFrame]) -> dict[str, tuple[str, ...]]:
    """Return, of each column, all that have its name in another writing and never a row with it."""
    alike = defaultdict(list)
    for name in columns:
        alike[re.sub(r"[^\w$.\[\]]|_", "", plain(name))].append(name)
    found = {}
    for group in alike.values():
        if len(group) > 1 and not any(_meet(frame, group) for frame in frames):
            found |= dict.fromkeys(group, tuple(group))
    return found


def _meet(frame: pd.DataFrame, group: list[str]) -> bool:
    here = [name for name in group if name in frame]
    return bool((frame[here].notna().sum(axis=1) > 1).any())


def without_twins(
    matches: dict[str, Match], groups: dict[str, tuple[str, ...]]
) -> dict[str, Match]:
    """Return the matches without those of a column whose twin fits another one better."""
    kept, taken = {}, set()
    for name, match in sorted(matches.items(), key=lambda each: -each[1].confidence):
        if match.source in taken:
            continue
        taken |= set(groups.get(match.source, ()))
        kept[name] = match
    return {name: kept[name] for name in matches if name in kept}
