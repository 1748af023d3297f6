"""What a mapping leaves out: said in comments, so that a forgotten column is seen."""

from __future__ import annotations

import re
from collections import Counter

from ingest.draft.match import Candidate
from ingest.draft.outline import FeedDraft
from ingest.draft.rows import MARKS_DELETED
from ingest.draft.tables import Table
from ingest.draft.types import Profile
from ingest.draft.words import plain

_MAX_UNMAPPED = 60

_NAMING = ("name", "key", "code", "id", "type")


def say_unmapped(
    feed: FeedDraft, table: Table, profiles: dict[str, Profile], chosen: Candidate | None
) -> None:
    """Name what feeds nothing: a forgotten column should be seen, not guessed."""
    used = {spec.source for spec in (*feed.columns.values(), feed.known_at) if spec}
    said = " ".join(str(spec.body.get("sql", "")) for spec in feed.columns.values())
    left = [each for each in profiles.values() if each.name not in used and each.name not in said]
    is_numbered = "columns" in table.dialect  # by us, for want of names
    doubts = {each.source: each for each in (chosen.doubts.values() if chosen else ())}
    stems = Counter(
        match[1]
        for each in left
        # c7 is a column without a name, and no seventh of anything
        if (match := re.fullmatch(r"(.*\D)\d{1,4}", each.name)) and match[1] != "c"
    )
    # C1, C2 … of different kinds are no months of one thing, but columns without a name
    for stem in list(stems):
        own = re.compile(rf"{re.escape(stem)}\d{{1,4}}")
        kinds = {each.kind for each in left if own.fullmatch(each.name)} - {"empty"}
        if len({"number" if kind == "integer" else kind for kind in kinds}) > 1:
            del stems[stem]
    for each in left[:_MAX_UNMAPPED]:
        match = re.fullmatch(r"(.*\D)\d{1,4}", each.name)
        if match and stems[match[1]] > 1 and not is_numbered:
            continue
        text = f"{each.name}: {_told(each)}"
        if each.name in doubts:
            doubt = doubts[each.name]
            text += f"; perhaps {doubt.column} ({doubt.confidence:.2f})"
        if each.distinct <= 2 and MARKS_DELETED.search(plain(each.name)):
            text += "; it seems to mark rows that are deleted: `where` leaves them out"
        feed.unmapped.append(text)
    for stem, count in stems.items():
        if count > 1 and not is_numbered:
            feed.unmapped.append(
                f"{stem}…: {count} columns that differ by a number: a row each with for_each: "
                f"{{each: {{columns: '{re.escape(stem)}(?P<number>\\d+)'}}}} and {{each}}"
            )
    for path, fields in table.lists.items():
        feed.unmapped.append(
            f"{path} is a list: a row per element with explode: {path} and {', '.join(fields[:6])}"
            + _of_one_name(path, fields)
        )


def _of_one_name(path: str, fields: list[str]) -> str:
    """Return how to read one value of a list of names and values, in which no place is fixed."""
    name = next((each for each in _NAMING if f"$item.{each}" in fields), None)
    if name is None or "[" in path or not any(each.startswith("$item.value") for each in fields):
        return ""
    return (
        f"; of names and values, the value of one: {{sql: \"list_filter(cast(record->'{path}' as "
        f"json[]), lambda each: each->>'$.{name}' = '…')[1]->>'$.value'\"}}"
    )


def _told(each: Profile) -> str:
    if each.identity:
        return f"names a person ({each.identity}); kept out"
    if each.is_free_text:
        return "free text, which may name persons; kept out"
    if each.kind == "nested":
        return (
            "a list or an object of JSON: a field of it by "
            f"{{sql: \"{each.name}->>'$.…'\"}}, a row for each element by explode"
        )
    kind = {"number": "numbers", "integer": "whole numbers", "time": "times of day"}.get(
        each.kind, each.kind
    )
    few = f": {', '.join(each.shown_codes)}" if each.shown_codes else ""
    since = f"; moments, by epoch: {each.epoch}" if each.epoch else ""
    return f"{kind}, {each.distinct:,} different{few}{since}"
