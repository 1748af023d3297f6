"""Logs of which each line tells one act: a column says that something began, or that it is over."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pandas as pd

from ingest.draft.questions import Interview, is_question
from ingest.draft.spec import reference
from ingest.draft.tables import Table
from ingest.draft.types import Profile
from ingest.draft.words import plain
from ingest.formats.source import literal
from ingest.intake import Entity

NO = "no"
_BEGINS = {"set", "raise", "raised", "rise", "alarm", "start", "started", "begin", "open", "opened"}
_BEGINS |= {"new", "assert", "asserted", "activate", "active", "on", "down", "problem", "occur"}
_BEGINS |= {"occurred", "fault", "beginn", "kommt", "gekommen", "ein", "alta", "inicio", "debut"}
_ENDS = {"clr", "clear", "cleared", "clearance", "cease", "ceased", "reset", "end", "ended", "stop"}
_ENDS |= {"stopped", "close", "closed", "deassert", "deasserted", "inactive", "off", "up", "fin"}
_ENDS |= {"recovery", "recovered", "restore", "restored", "ok", "normal", "geht", "gegangen", "aus"}
_ENDS |= {"ende", "baja", "resolved", "cancel"}
_ACKNOWLEDGES = {"ack", "acknowledge", "acknowledged", "quittiert", "quit"}
_OF = {"alarm": ("raised_at", "cleared_at"), "service_problem": ("started_at", "restored_at")}
_MAX_CODES, _MAX_COLUMNS, _MAX_KEY = 6, 8, 3
# Of its acts so many must follow a beginning of the same key, for the key to tie them.
_TIED = 0.7


@dataclass(frozen=True)
class Acts:
    """The column that tells the acts, and the codes in it.

    Parameters
    ----------
    column : str
        The source column.
    begins : str
        The code of a line that begins a thing.
    acts : dict of str
        Intake column of a moment → the code of the line that tells it.
    """

    column: str
    begins: str
    acts: dict[str, str]

    def sql(self, key: str, starts: str, table: Table) -> dict[str, object]:
        """Return what the contract says of them."""
        name = reference(table, self.column)
        told = {moment: f"{name} = {literal(code)}" for moment, code in self.acts.items()}
        begins = f"{name} = {literal(self.begins)}"
        return {"key": key, "starts": starts, "begins": begins, "acts": told}


def acts_of(entity: Entity, matched: dict[str, str], profiles: dict[str, Profile]) -> Acts | None:
    """Find the column that tells acts, where each line has one moment and none says the end."""
    starts, ends = _OF.get(entity.name, (None, None))
    if starts not in matched or ends in matched:
        return None
    for profile in profiles.values():
        if not profile.is_code or not 2 <= len(profile.codes) <= _MAX_CODES:
            continue
        by_word = {plain(code).strip(): code for code in profile.codes}
        began = [code for word, code in by_word.items() if word in _BEGINS]
        ended = [code for word, code in by_word.items() if word in _ENDS]
        if len(began) != 1 or len(ended) != 1:
            continue
        told = {ends: ended[0]}
        if "acknowledged_at" in entity.columns:
            known = [code for word, code in by_word.items() if word in _ACKNOWLEDGES]
            told |= dict(zip(["acknowledged_at"], known, strict=False))
        return Acts(profile.name, began[0], told)
    return None


def ask_pair(
    feed: str,
    entity: Entity,
    acts: Acts,
    table: Table,
    profiles: dict[str, Profile],
    frames: list[pd.DataFrame],
    interview: Interview,
) -> dict[str, object] | str | None:
    """Ask what ties the lines of one thing; None where each is a thing of its own."""
    best = _key(acts, profiles, frames)
    told = f"{acts.column} tells acts ({acts.begins} begins, {', '.join(acts.acts.values())} after)"
    hint = ""
    if best:
        columns, share = best
        key = " || '/' || ".join(reference(table, each) for each in columns)
        hint = f" {key} ties {share:.0%} of them to a beginning;"
    said = interview.ask(
        f"{feed}.{entity.name}.pair",
        f"{told}: what ties the lines of one thing, so that they become one row?{hint} give an "
        f"expression, or {NO} where each line is a thing of its own",
    )
    if said == NO:
        return None
    return said if is_question(said) else acts.sql(said, _OF[entity.name][0], table)


def begun(acts: Acts, frames: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Return the lines that begin a thing: of them alone the key must be unique."""
    return [frame[frame[acts.column].str.strip() == acts.begins] for frame in frames]


def _key(
    acts: Acts, profiles: dict[str, Profile], frames: list[pd.DataFrame]
) -> tuple[tuple[str, ...], float] | None:
    """Return the fewest columns that tie most acts to a beginning before them, and how many."""
    rows = pd.concat(frames, ignore_index=True)
    act = rows[acts.column].str.strip()
    likely = [
        each.name
        for each in profiles.values()
        if each.name != acts.column
        and each.kind in ("text", "integer")
        and not each.is_free_text
        and each.identity is None
        and 1 < each.distinct < each.filled
    ][:_MAX_COLUMNS]
    found = []
    for size in range(1, _MAX_KEY + 1):
        for columns in itertools.combinations(likely, size):
            before = act.groupby([rows[name] for name in columns], sort=False).shift()
            ends = act == next(iter(acts.acts.values()))
            tied = (ends & before.notna() & (before != act)).sum() / max(ends.sum(), 1)
            # a thing that begins twice without an end is two things under one key
            twice = ((act == acts.begins) & (before == acts.begins)).sum() / len(act)
            found.append((round(tied - twice, 2), -size, columns, tied))
    if not found:
        return None
    score, _, columns, tied = max(found, key=lambda each: each[:2])
    return (columns, float(tied)) if score >= _TIED else None
