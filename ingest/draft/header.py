"""The names of the columns: on which line they stand, if any does."""

from __future__ import annotations

import re
from collections import Counter

from ingest.draft.delimiter import VALUE, Split
from ingest.draft.questions import Interview
from ingest.draft.words import is_known

_MOST_TITLES = 10


def named_columns(
    split: Split,
    lines: list[str],
    place: str,
    interview: Interview,
    dialect: dict[str, object],
    notes: list[str],
) -> tuple[list[str], int]:
    """Return the columns' names and the line that holds them, 0 for none; say it in the dialect."""
    place = f"{place}.dialect.columns"
    answer = interview.told(place)
    fitting = split.fitting()
    ahead = _titles(fitting) if answer is None else 0
    if ahead:
        notes.append(f"{ahead} lines stand above the names: header_row passes over them")
        fitting = fitting[ahead:]
    number, first = fitting[0]
    names = [name.strip() for name in first]
    numbered = [f"c{position}" for position in range(1, split.width + 1)]
    again = [at for at, row in fitting[1:] if [field.strip() for field in row] == names]
    has_header: bool | None = is_header(
        names, [row for at, row in fitting[1:400] if at not in set(again)]
    )
    if answer in ("header", "none"):
        has_header = answer == "header"
    elif answer is not None:
        given = [name.strip() for name in answer.split(",")]
        if len(given) == split.width:
            dialect["columns"] = given
            return given, 0
        interview.answers.pop(place)
        has_header = None
    if has_header is None:
        dialect["columns"] = interview.ask(
            place,
            "does the first line hold the columns' names? answer header, none, or the "
            f"{split.width} names with commas between",
        )
        return numbered, 0
    if not has_header:
        notes.append("no header: name the columns here, in their order")
        dialect["columns"] = numbered
        return numbered, 0
    if len(set(names)) < len(names) or not all(names):
        count, seen = Counter(names), Counter[str]()
        unique = []
        for position, name in enumerate(names, start=1):
            seen[name] += 1
            # as the reader names them
            unique.append(
                f"c{position}" if not name else name if count[name] == 1 else f"{name}_{seen[name]}"
            )
        notes.append("the header names a column twice, or not at all: such are numbered")
        names = unique
    if again:
        # parts put together, each with its header
        notes.append(f"the header stands again within (line {again[0]}); ignore_lines drops it")
        dialect |= {"header_row": number} if ahead else {"columns": names}
        dialect["ignore_lines"] = re.escape(lines[number - 1].removeprefix("\ufeff"))
        return names, number
    if number > 1:
        dialect["header_row"] = number
    return names, number


def _titles(fitting: list[tuple[int, list[str]]]) -> int:
    """Return how many lines stand above the names though they have as many fields: of a page.

    Names that come again, with each page, are names; so are words most of which are known.
    """
    if is_header([name.strip() for name in fitting[0][1]], _stripped(fitting[1:400])):
        return 0
    rows = _stripped(fitting)
    for place, row in enumerate(rows[1:_MOST_TITLES], start=1):
        known = sum(is_known(name) for name in row if name)
        is_named = all(row) and len(set(row)) == len(row) and known >= max(2, len(row) / 3)
        if is_named and is_header(row, [each for each in rows[place + 1 : 400] if each != row]):
            return place
    return 0


def _stripped(fitting: list[tuple[int, list[str]]]) -> list[list[str]]:
    return [[field.strip() for field in row] for _, row in fitting]


def is_header(names: list[str], body: list[list[str]]) -> bool | None:
    """Tell whether the first line holds names; None when it cannot be told."""
    values = [bool(VALUE.fullmatch(name)) for name in names]
    known = sum(is_known(name) for name in names)
    if sum(values) > len(names) / 4 or (any(values) and not known):
        return False if not known else None
    if known >= max(1, len(names) / 3):
        return True
    if not body:
        return None
    told = 0
    for position, name in enumerate(names):
        cells = [row[position].strip() for row in body if row[position].strip()]
        if not cells:
            continue
        if name in cells:
            return False if not known else None
        typed = sum(bool(VALUE.fullmatch(cell)) for cell in cells)
        shapes = {_shape(cell) for cell in cells}
        is_shaped = len(cells) > 2 and len(shapes) == 1 and _shape(name) not in shapes
        if typed >= 0.8 * len(cells) or is_shaped:
            told += 1
    return True if told else None


def _shape(text: str) -> str:
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", text))
