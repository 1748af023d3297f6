"""Several moments' tellings of the same things in one file: a log of pictures, a sheet a month.

Read as rows of one moment only the last would count, and what a later telling leaves out would
never end.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from statistics import median

import pandas as pd

from ingest.draft.columns import filled_from
from ingest.draft.outline import FeedDraft
from ingest.draft.questions import Interview, is_question
from ingest.draft.spec import Spec
from ingest.draft.tables import Table
from ingest.draft.types import Profile
from ingest.intake import Entity

_OVERLAP, _FEWEST, _LEAST_SIZE = 0.5, 3, 1.4
# What has no end but that it is no longer shown.
_FOLDED = {"service_problem", "alarm"}
_NO = "no"


def say_history(
    feed: FeedDraft,
    entity: Entity,
    matched: dict[str, str],
    table: Table,
    profiles: dict[str, Profile],
    interview: Interview,
) -> None:
    """Ask whether rows that repeat a key under one moment each are told as of that moment.

    Parameters
    ----------
    matched : dict
        Intake column → source column, as far as the sample tells.
    """
    key = matched.get(entity.key[0])
    if len(entity.key) > 1 or key is None or feed.fold or key not in table.frame:
        return
    told = [name for name, each in profiles.items() if _is_moment(name, each, table, key)]
    told = [name for name in told if _is_told_anew(table.frame[[name, key]].dropna(), name, key)]
    if not told:
        return
    place = f"{feed.name}.{entity.name}.known_at"
    text = (
        f"the same {key} come again under each {' or '.join(told)}: is that when a row was told? "
        f"give the column, or {_NO}"
    )
    if entity.name in _FOLDED:
        text += (
            "; or are they pictures, of which what a later one no longer shows has ended? Then "
            "each must come in a file of its own, see Timed snapshots in docs/onboard-a-source.md"
        )
    said = interview.ask(place, text, (*told, _NO))
    if is_question(said):
        feed.known_at = Spec({"from": said})
    elif said in profiles:
        moment = next(each for each in entity.columns.values() if each.type == "timestamp")
        column = replace(moment, name="known_at", until=False)
        feed.known_at = filled_from(column, profiles[said], table, profiles, place, interview)


def _is_moment(name: str, each: Profile, table: Table, key: str) -> bool:
    """Tell a column of moments that stands around the things of a record, or beside a row's key."""
    is_around = not table.explode or not name.startswith(("$item", "$key", "$parent"))
    is_dated = each.kind in ("date", "timestamp") or each.epoch is not None
    return is_around and is_dated and name != key


def _is_told_anew(rows: pd.DataFrame, moment: str, key: str) -> bool:
    """Tell moments under which the keys of the one before mostly stand again, each once."""
    if rows.empty or rows.duplicated([moment, key]).any():
        return False
    # moments of one column are written alike: in an order of texts like ones lie together
    sets = [set(each) for _, each in rows.groupby(moment, sort=True)[key]]
    if len(sets) < _FEWEST or len(rows) < _LEAST_SIZE * len(sets):
        return False
    shared = (
        len(one & other) / min(len(one), len(other)) for one, other in itertools.pairwise(sets)
    )
    return median(shared) >= _OVERLAP
