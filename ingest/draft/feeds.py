"""One feed of a draft: its entity, its columns, its key, its marks, and how it is delivered."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from cx.errors import UserError
from ingest.draft.columns import Spec, answered, filled_from, reference
from ingest.draft.keys import possible, tried
from ingest.draft.match import Candidate, candidates, is_likely, rivals
from ingest.draft.names import pattern_of, stamp_of
from ingest.draft.questions import Interview, is_question
from ingest.draft.tables import Table
from ingest.draft.types import Profile, profile
from ingest.intake import Entity, entities

_INTERVALS = (("valid_from", "valid_to"), ("started_at", "ended_at"))
_OVERLAP = 0.3
_MAX_UNMAPPED = 60


@dataclass
class FeedDraft:
    """A feed as the contract will say it.

    Parameters
    ----------
    entity : str
        The intake entity, or a question.
    columns : dict of str
        Intake column → how it is filled.
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
    fold: dict[str, str] | None = None
    notes: list[str] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)
    blanks: tuple[str, ...] = ()
    has_local_times: bool = False
    has_national_numbers: bool = False
    adopted: list[str] = field(default_factory=list)


def profiles_of(tables: list[Table]) -> dict[str, Profile]:
    """Describe every column of samples that are laid out alike."""
    first = tables[0]
    frame = pd.concat([each.frame for each in tables], ignore_index=True)
    return {name: profile(name, frame[name], first.native.get(name)) for name in first.columns}


def looks_taken_in(name: str, table: Table) -> bool:
    """Tell whether a table of a database is of any intake entity."""
    return bool(table.columns) and is_likely(candidates(name, profiles_of([table])))


def feed_draft(
    name: str, of: str, files: list[str], tables: list[Table], interview: Interview
) -> FeedDraft:
    """Draft one feed from samples that are laid out alike.

    Parameters
    ----------
    of : str
        Name of the file, sheet or table that says what its rows are.
    files : list of str
        The sample files' names.
    """
    first = tables[0]
    feed = FeedDraft(name, pattern_of(files[0]), first.format, dict(first.dialect))
    feed.notes += first.notes
    _delivery(feed, files, interview)
    if not first.columns or is_question(first.dialect.get("columns")):
        feed.notes.append("what its rows are can be said when its columns are known")
        return feed
    profiles = profiles_of(tables)
    feed.blanks = tuple(sorted({b for p in profiles.values() for b in p.blanks if b not in "-."}))
    found = candidates(of, profiles)
    entity, matches = _entity(feed, found, interview)
    if entity is None:
        _say_unmapped(feed, first, profiles, None)
        return feed
    frames = [each.frame for each in tables]
    _columns(feed, entity, matches, first, profiles, frames, interview)
    _key(feed, entity, first, profiles, frames, interview)
    _marks(feed, profiles, interview)
    _hoist(feed)
    _series(feed, entity, tables, files, interview)
    _say_unmapped(feed, first, profiles, matches)
    others = [each.entity.name for each in found[:4] if each.entity is not entity]
    if others:
        feed.unmapped.append(f"the same rows might also feed {', '.join(others[:2])}")
    feed.has_local_times = any(spec.is_local_time for spec in feed.columns.values())
    feed.has_national_numbers = any(
        profiles[spec.source].has_national_numbers for spec in feed.columns.values() if spec.source
    )
    return feed


def _entity(
    feed: FeedDraft, found: list[Candidate], interview: Interview
) -> tuple[Entity | None, Candidate | None]:
    place = f"{feed.name}.entity"
    answer = interview.told(place)
    near = rivals(found)
    if answer is None and (near or not found):
        shown = ", ".join(f"{each.entity.name} ({each.score:.1f})" for each in near)
        feed.entity = interview.ask(
            place,
            "what is one row? the names fit "
            + (f"{shown} about as well" if shown else "no intake entity; see docs/intake.md"),
        )
        return None, None
    if answer is not None and answer not in entities():
        raise UserError(f"{answer!r} is no intake entity; see docs/intake.md for the list")
    name = answer or found[0].entity.name
    feed.entity = name
    chosen = next((each for each in found if each.entity.name == name), None)
    return entities()[name], chosen


def _columns(
    feed: FeedDraft,
    entity: Entity,
    chosen: Candidate | None,
    table: Table,
    profiles: dict[str, Profile],
    frames: list[pd.DataFrame],
    interview: Interview,
) -> None:
    """Fill the intake columns: as answered, as matched, or with a question where one must be."""
    matches = chosen.matches if chosen else {}
    single_key = entity.key[0] if len(entity.key) == 1 else None
    for column in entity.columns.values():
        place = f"{feed.name}.{entity.name}.{column.name}"
        answer = interview.told(place)
        match = matches.get(column.name)
        if answer is not None:
            said = answered(answer, column, table, place)
            if isinstance(said, Spec):
                feed.columns[column.name] = said
            elif said is not None:
                spec = filled_from(column, profiles[said], table, profiles, place, interview)
                spec.note = "answered"
                feed.columns[column.name] = spec
        elif match is not None:
            named = profiles[match.source]
            spec = filled_from(column, named, table, profiles, place, interview)
            spec.note = f"{match.confidence:.2f} {match.why}"
            feed.columns[column.name] = spec
        elif column.required:
            text = "what fills it? nothing in the sample does for certain; it is required"
            if column.name == single_key:
                shown = "; ".join(map(str, possible(frames, profiles)))
                text = f"which column is the key? tried {shown}"
            elif column.values:
                text += f"; value:… with one of {', '.join(column.values)}"
            said = interview.ask(place, f"{text}; give a column, sql:… or value:…")
            feed.columns[column.name] = Spec({"from": said})


def _key(
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
    found = tried(frames, sources)
    if not found.repeated:
        if found.blank:
            specs[0].more.append(f"{found.blank} rows without a key: they will be quarantined")
        return
    place = f"{feed.name}.{entity.name}.{entity.key[0]}"
    others = [each for each in possible(frames, profiles) if each.columns != sources]
    others = [each for each in others if each.is_key] or others[:2]
    pair = next((each for each in others if each.is_key and len(each.columns) == 2), None)
    hint = ""
    if pair:
        one, other = (reference(table, name) for name in pair.columns)
        hint = f", sql:{one} || '/' || {other}"
    said = interview.ask(
        place,
        f"the key is not unique: tried {'; '.join(map(str, [found, *others]))}; give a column"
        f"{hint}, sql:'{feed.name}/' || _row when rows have no key, or {sources[0]} again if rows "
        "that repeat it are versions of one thing",
    )
    feed.columns[entity.key[0]] = Spec({"from": said})


def _marks(feed: FeedDraft, profiles: dict[str, Profile], interview: Interview) -> None:
    """Say decimal and thousands marks: proven by the mapped columns, then by others, or asked."""
    mapped = [
        profiles[spec.source]
        for spec in feed.columns.values()
        if spec.is_number and spec.source and profiles[spec.source].kind == "number"
    ]
    place = f"{feed.name}.dialect.decimal"
    answer = interview.told(place)
    if not mapped:
        return
    marks = frozenset().union(*(each.marks for each in mapped))
    proven = marks & {".", ","} or frozenset().union(
        *(each.marks & {".", ","} for each in profiles.values())
    )
    example = next((each.example for each in mapped if each.example), None)
    if answer is None and len(proven) == 1:
        decimal = next(iter(proven))
    elif answer is None and not proven and not marks & {"?.", "?,"}:
        return
    else:
        text = (
            "the columns prove a decimal comma and a decimal point; have it delivered one way, or "
            "choose"
            if proven
            else f"is {example} a whole number of thousands or has it three decimals?"
        )
        decimal = interview.ask(place, f"{text} the decimal mark is , or .", (",", "."))
    if decimal != ".":
        feed.dialect["decimal"] = decimal
    if is_question(decimal):
        return
    thousands = {mark[1] for mark in marks if mark[0] == "t"} - {decimal}
    thousands |= {mark[1] for mark in marks if mark[0] == "?"} - {decimal}
    if len(thousands) == 1:
        feed.dialect["thousands"] = next(iter(thousands))


def _hoist(feed: FeedDraft) -> None:
    """Say a format once for the feed, where all its times follow it."""
    times = [spec for spec in feed.columns.values() if spec.is_local_time or "format" in spec.body]
    written = {str(spec.body.get("format")) for spec in times}
    if len(times) < 2 or len(written) > 1 or any(
        "format" not in spec.body or "sql" in spec.body or "mixed_order" in spec.body
        or is_question(spec.body["format"])
        for spec in times
    ):  # fmt: skip
        return
    feed.dialect["timestamp_format"] = times[0].body["format"]
    for spec in times:
        del spec.body["format"]


def _delivery(feed: FeedDraft, files: list[str], interview: Interview) -> None:
    stamp = stamp_of(files)
    if stamp:
        feed.extracted_at = {"file_name": stamp[0], "format": stamp[1]}
    else:
        feed.notes.append(
            "the file's name holds no date: what it says is known from the moment it is loaded, "
            "unless extracted_at says more"
        )
    answer = interview.told(f"{feed.name}.delivery")
    if answer is not None:
        if answer not in ("events", "delta", "snapshot"):
            raise UserError(f"{answer!r} is no delivery; give events, delta or snapshot")
        feed.delivery = answer


def _series(
    feed: FeedDraft,
    entity: Entity,
    tables: list[Table],
    files: list[str],
    interview: Interview,
) -> None:
    """Tell timed pictures of the same things from new events: their keys come again."""
    if interview.told(f"{feed.name}.delivery") is not None or not feed.extracted_at:
        return
    sources = [feed.columns[name].source for name in entity.key if name in feed.columns]
    if len(files) < 2 or not sources or any(source is None for source in sources):
        return
    sets = [set(each.frame[sources].dropna().itertuples(index=False)) for each in tables]
    shared = [
        len(one & other) / max(min(len(one), len(other)), 1)
        for one, other in itertools.pairwise(sets)
    ]
    if not shared or min(shared) < _OVERLAP:
        return
    feed.delivery = "snapshot"
    feed.notes.append(
        f"{min(shared):.0%} of the keys and more come again from file to file: pictures of the "
        "same things, it seems"
    )
    for starts, ends in _INTERVALS:
        free = {starts, ends} <= set(entity.columns) and not {starts, ends} & set(feed.columns)
        if free:
            feed.fold = {"starts": starts, "ends": ends}
            break


def _say_unmapped(
    feed: FeedDraft, table: Table, profiles: dict[str, Profile], chosen: Candidate | None
) -> None:
    """Name what feeds nothing: a forgotten column should be seen, not guessed."""
    used = {spec.source for spec in feed.columns.values()}
    said = " ".join(str(spec.body.get("sql", "")) for spec in feed.columns.values())
    left = [each for each in profiles.values() if each.name not in used and each.name not in said]
    doubts = {each.source: each for each in (chosen.doubts.values() if chosen else ())}
    stems = Counter(
        match[1] for each in left if (match := re.fullmatch(r"(.*\D)\d{1,2}", each.name))
    )
    for each in left[:_MAX_UNMAPPED]:
        match = re.fullmatch(r"(.*\D)\d{1,2}", each.name)
        if match and stems[match[1]] > 1:
            continue
        text = f"{each.name}: {_told(each)}"
        if each.name in doubts:
            doubt = doubts[each.name]
            text += f"; perhaps {doubt.column} ({doubt.confidence:.2f})"
        feed.unmapped.append(text)
    for stem, count in stems.items():
        if count > 1:
            feed.unmapped.append(f"{stem}…: {count} columns that differ by a number: for_each")
    for path, fields in table.lists.items():
        feed.unmapped.append(
            f"{path} is a list: a row per element with explode: {path} and {', '.join(fields[:6])}"
        )


def _told(each: Profile) -> str:
    if each.identity:
        return f"names a person ({each.identity}); kept out"
    if each.is_free_text:
        return "free text, which may name persons; kept out"
    kind = {"number": "numbers", "integer": "whole numbers", "time": "times of day"}.get(
        each.kind, each.kind
    )
    few = f": {', '.join(each.codes)}" if each.is_code and len(each.codes) <= 8 else ""
    return f"{kind}, {each.distinct:,} different{few}"
