"""One feed of a draft: its entity, its columns, and what is asked of them, in order."""

from __future__ import annotations

import re

import pandas as pd

from cx.errors import UserError
from ingest.draft.acts import acts_of, ask_pair, begun
from ingest.draft.autumn import times_of
from ingest.draft.changes import changes_of, say_changes
from ingest.draft.columns import answered, filled_from
from ingest.draft.delivery import say_delivery, say_moment_of_rows, say_series
from ingest.draft.history import say_history
from ingest.draft.keys import ask_key, declared, possible
from ingest.draft.leftover import say_unmapped
from ingest.draft.match import Candidate, candidates, is_likely, rivals
from ingest.draft.names import ZONE_NAME, pattern_of_all
from ingest.draft.numbers import say_marks
from ingest.draft.outline import FeedDraft
from ingest.draft.questions import Interview, is_question
from ingest.draft.rows import deleted, is_of_a_list, of_one_row, outages, sums, used
from ingest.draft.spec import Spec, reference
from ingest.draft.tables import Table
from ingest.draft.twins import twins, without_twins
from ingest.draft.types import BLANKS, Profile, are_national, profile
from ingest.draft.words import concepts_of
from ingest.intake import Entity, entities

# The answer that leaves a file, sheet or table out of the draft.
NOTHING = "none"
# What these leave open decides which columns there are, and so everything below.
_FIRST_ASKED = ("delimiter", "columns", "header_row", "record_begins", "records")


def profiles_of(tables: list[Table]) -> dict[str, Profile]:
    """Describe every column of samples that are laid out alike."""
    first = tables[0]
    frame = pd.concat([each.frame for each in tables], ignore_index=True)
    return {name: profile(name, frame[name], first.native.get(name)) for name in first.columns}


def looks_taken_in(name: str, table: Table) -> bool:
    """Tell whether a table of a database is of any intake entity."""
    return bool(table.columns) and is_likely(candidates(name, profiles_of([table])))


def feed_draft(
    name: str,
    of: str,
    files: list[str],
    tables: list[Table],
    interview: Interview,
    packs: list[str] | None = None,
) -> FeedDraft:
    """Draft one feed from samples that are laid out alike.

    Parameters
    ----------
    of : str
        Name of the file, sheet or table that says what its rows are.
    files : list of str
        The sample files' names.
    packs : list of str, optional
        The archives they came in, which may tell a moment where the files do not.
    """
    first = tables[0]
    feed = FeedDraft(name, pattern_of_all(files), first.format, dict(first.dialect))
    feed.notes += first.notes
    feed.explode = first.explode
    told = {path: text for path, text in first.told.items() if all(path in t.told for t in tables)}
    say_delivery(feed, files, packs or [], told, interview)
    if not first.columns or any(is_question(first.dialect.get(each)) for each in _FIRST_ASKED):
        feed.notes.append("what its rows are can be said when its columns are known")
        return feed
    profiles = profiles_of(tables)
    say_moment_of_rows(feed, profiles, tables, interview)
    feed.blanks = tuple({each for one in profiles.values() for each in one.blanks} & BLANKS)
    # snap-001 of outages_20260901.tar tells by its archive's name what it is
    called = " ".join([of, *dict.fromkeys(packs or [])][:2])
    found = candidates(called, of_one_row(profiles, first), interview.told(f"{name}.entity"))
    entity, matches = _entity(feed, found, profiles, interview)
    if entity is None:
        say_unmapped(feed, first, profiles, None)
        return feed
    if is_of_a_list(feed, first, matches, interview):
        return feed
    frames = [each.frame for each in tables]
    matched = {name: match.source for name, match in matches.matches.items()} if matches else {}
    for column in entity.columns:
        said = interview.answers.get(f"{name}.{entity.name}.{column}")
        matched |= {column: said} if said in profiles else {}
        if said and said.startswith("sql:") and column in entity.key:
            read = [each for each in profiles if each.replace("$item", "$", 1) in said]
            matched |= {column: max(read, key=len)} if read else {}
    acts = acts_of(entity, matched, profiles)
    if acts is not None:
        feed.pair = ask_pair(name, entity, acts, first, profiles, frames, interview)
    changes = changes_of(frames) if feed.pair is None else None
    if changes is not None:
        say_changes(feed, entity, changes, first, interview)
    elif feed.pair is None:
        say_series(feed, entity, matched, tables, files, interview)
        say_history(feed, entity, matched, first, profiles, interview)
    _columns(feed, entity, matches, first, profiles, frames, interview)
    used(feed, entity, interview)
    outages(feed, entity, first, interview)
    keyed = begun(acts, frames) if acts is not None and feed.pair else frames
    ask_key(feed, entity, first, profiles, sums(feed, entity, first, keyed), interview)
    # what a store holds as a number has no marks
    texts = {name: each for name, each in profiles.items() if not first.holds_typed(name)}
    say_marks(feed, texts, interview)
    for spec in feed.columns.values():
        if spec.source and "%Z" in str(spec.body.get("format", "")):
            cells = pd.concat([each[spec.source] for each in frames]).dropna().astype(str)
            feed.zones |= set(cells.str.extract(rf"({ZONE_NAME})$")[0].dropna())
    for spec in feed.columns.values():
        is_clock = spec.source and profiles[spec.source].kind == "timestamp"
        if spec.is_local_time and is_clock and spec.body.get("from") == spec.source:
            cells = pd.concat([each[spec.source] for each in frames])
            feed.local_times |= times_of(spec, cells)
    _hoist(feed)
    flag = deleted(feed, entity, first, profiles, interview)
    say_unmapped(feed, first, {k: v for k, v in profiles.items() if k != flag}, matches)
    others = [each.entity.name for each in found[:4] if each.entity is not entity]
    if others:
        feed.unmapped.append(f"the same rows might also feed {', '.join(others[:2])}")
    specs = [*feed.columns.values(), *([feed.known_at] if feed.known_at else [])]
    feed.has_local_times = any(spec.is_local_time for spec in specs)
    if feed.sums and not is_question(feed.where):
        feed.where = f"{feed.sums} and {feed.where}" if feed.where else feed.sums
    feed.has_national_numbers = any(
        profiles[spec.source].has_national_numbers
        # whatever the names of columns and the digits of a language are, an answer tells
        or (
            entity.columns[name].token == "phone"
            and are_national(first.frame[spec.source].dropna())
        )
        for name, spec in feed.columns.items()
        if spec.source
    )
    return feed


def _may_be_usage(best: Candidate, profiles: dict[str, Profile]) -> bool:
    """Tell whether calls may be those a customer made: they have a cell, or an amount used."""
    said = frozenset().union(*(concepts_of(name) for name in profiles))
    return best.entity.name == "interaction" and bool(said & {"resource", "quantity", "usage"})


def _entity(
    feed: FeedDraft,
    found: list[Candidate],
    profiles: dict[str, Profile],
    interview: Interview,
) -> tuple[Entity | None, Candidate | None]:
    place = f"{feed.name}.entity"
    answer = interview.told(place)
    near = rivals(found)
    if answer is None and not near and found and _may_be_usage(found[0], profiles):
        feed.entity = interview.ask(
            place,
            "what is one row? contacts of customers with us (interaction), or what they used: "
            "calls, sessions (usage)",
        )
        return None, None
    if answer is None and (near or not found):
        shown = ", ".join(f"{each.entity.name} ({each.score:.1f})" for each in near)
        feed.entity = interview.ask(
            place,
            "what is one row? the names fit "
            + (f"{shown} about as well" if shown else "no intake entity; see docs/intake.md")
            + f"; {NOTHING} leaves it out",
        )
        return None, None
    if answer is not None and answer not in entities():
        raise UserError(
            f"{answer!r} is no intake entity; see docs/intake.md for the list, or give {NOTHING}"
        )
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
    groups = twins(list(profiles), frames)
    matches = without_twins(chosen.matches, groups) if chosen else {}
    single_key = entity.key[0] if len(entity.key) == 1 else None
    starts = feed.fold["starts"] if isinstance(feed.fold, dict) else None
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
        elif match is not None and match.source in groups:
            written = groups[match.source]
            either = ", ".join(reference(table, each) for each in written)
            said = interview.ask(
                place,
                f"{' and '.join(written)} never stand in one row, and are one name: "
                f"sql:coalesce({either}), or one of them alone; give a column or sql:…",
            )
            feed.columns[column.name] = Spec({"from": said})
        elif match is not None:
            named = profiles[match.source]
            spec = filled_from(column, named, table, profiles, place, interview)
            spec.note = f"{match.confidence:.2f} {match.why}"
            feed.columns[column.name] = spec
        elif column.required and column.name != starts:
            text = "what fills it? nothing in the sample does for certain; it is required"
            if column.name == single_key:
                shown = "; ".join(map(str, possible(frames, profiles)))
                text = f"which column is the key? {declared(table)}tried {shown}"
                if ".*" in (table.explode or ""):
                    text += "; $key is the name each stands under"
            elif column.name.endswith("_id") and column.pii == "quasi":
                persons = [each.name for each in profiles.values() if each.identity == "phone"]
                text += f"; perhaps {', '.join(persons)}, as a pseudonym" if persons else ""
            elif column.name == "kpi":
                text += _wide(profiles)
            elif column.type == "timestamp":
                text += _dated(profiles)
            elif column.values:
                text += f"; value:… with one of {', '.join(column.values)}"
            said = interview.ask(place, f"{text}; give a column, sql:… or value:…")
            feed.columns[column.name] = Spec({"from": said})


def _dated(profiles: dict[str, Profile]) -> str:
    """Return what a question says of the columns that hold moments."""
    dated = [
        each.name for each in profiles.values() if each.epoch or each.kind in ("date", "timestamp")
    ]
    return f"; moments stand in {', '.join(dated[:6])}" if dated else ""


def _wide(profiles: dict[str, Profile]) -> str:
    """Return what a question says of counters that stand beside one another."""
    counters = [each.name for each in profiles.values() if each.kind in ("number", "integer")]
    if len(counters) < 2:
        return ""
    listed = "|".join(map(re.escape, counters))
    return (
        f"; of counters that stand in one row ({', '.join(counters[:6])}) each becomes one by "
        f"for_each: {{k: {{columns: '{listed}'}}}} beside columns, kpi: {{value: \"{{k}}\"}} and "
        'value: "{k}"'
    )


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
