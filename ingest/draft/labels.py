"""Rows of units, types or labels below the names, which are no rows."""

from __future__ import annotations

import re

from ingest.draft.delimiter import VALUE, Split, split_lines
from ingest.draft.types import BLANKS, MAYBE_BLANKS

# How many rows are looked at below it, how many must be, and its fewest words.
_LOOKED_AT, _FEW_ROWS, _FEW_LABELS = 200, 4, 2
_NUMBERED = re.compile(r"(?<!\()(?<![\d,(])\d(?![\d,]*\))")
# Below its names a survey of Qualtrics has what was asked, and then where each answer comes from.
_ORIGIN, _ORIGINS_LINE = re.compile(r"\{\"ImportId\":.*\}"), r'"\{""ImportId"":.*'


def without_labels(
    split: Split,
    body: list[tuple[int, list[str]]],
    lines: list[str],
    dialect: dict[str, object],
    notes: list[str],
) -> list[tuple[int, list[str]]]:
    """Leave out a row of units or types that stands below the names; propose to ignore its line.

    It holds words where all others hold values, and no digit but a type's length: VARCHAR(50). A
    row of something has a number somewhere.
    """
    (number, first), rest = (body or [(0, [])])[0], body[1:_LOOKED_AT]
    words = [field.strip() for field in first]
    if rest and all(map(_ORIGIN.fullmatch, filter(None, rest[0][1]))):
        if _is_one_line(split, lines[number - 1], first):
            _ignore(dialect, re.escape(lines[number - 1]))
            notes.append(f"line {number} holds what was asked, the next where it comes from")
        else:
            notes.append("a question spans lines: leave its row out by where")
        _ignore(dialect, _ORIGINS_LINE)
        return body[2:]
    if len(rest) < _FEW_ROWS or any(map(_NUMBERED.search, words)):
        return body
    other = BLANKS | MAYBE_BLANKS | {""}
    said: list[str] = []
    for place, word in enumerate(words):
        cells = [cell for _, row in rest if (cell := row[place].strip()) not in other]
        if word and cells and all(map(VALUE.fullmatch, cells)):
            said.append(word)
    # a counter without a unit has the unit None; a row of nothing else is one without values
    if (
        len(said) < _FEW_LABELS
        or set(said) <= other
        or not _is_one_line(split, lines[number - 1], first)
    ):
        return body
    _ignore(dialect, re.escape(lines[number - 1]))
    notes.append(f"line {number} holds words where all others hold values: units, types or labels?")
    return body[1:]


def _ignore(dialect: dict[str, object], line: str) -> None:
    kept = [str(dialect["ignore_lines"])] if "ignore_lines" in dialect else []
    dialect["ignore_lines"] = "|".join([*kept, line])


def _is_one_line(split: Split, line: str, row: list[str]) -> bool:
    """Whether a row is one line: of a quoted text over several none is ignored."""
    read = split_lines([line], split.delimiter, split.quote).rows
    return bool(read) and [each.strip() for each in read[0]] == [each.strip() for each in row]
