"""What a 3GPP PM file holds, as its parser hands it on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.formats import pm_plain

# A pattern costs as much as reading this many measValues without one.
_WORTH_A_PATTERN = 16


@dataclass
class Types:
    """The measTypes of a measInfo; equal ones are one object, as most of a file's are."""

    positions: list[str]
    names: list[str]
    _uses: int = 0
    _pattern: re.Pattern[str] | None = None

    def pattern(self) -> re.Pattern[str] | None:
        """Return what matches their results in plain writing, once it is worth making."""
        self._uses += 1
        if self._uses == _WORTH_A_PATTERN:
            self._pattern = pm_plain.pattern_of(self.positions)
        return self._pattern


@dataclass
class Info:
    """One measInfo: what its measurements have in common."""

    line: int
    element: dict[str, str]
    attributes: dict[str, str]
    job: dict[str, str] = field(default_factory=dict)
    period: dict[str, str] = field(default_factory=dict)
    reporting: dict[str, str] = field(default_factory=dict)
    types: Types = field(default_factory=lambda: Types([], []))


@dataclass(frozen=True)
class Value:
    """One measValue: results in the order of the file, as texts.

    `kinds` holds each result's place in the types of its measInfo, None for all in their order,
    -1 where there is no such type; `positions` then says what the file called it.
    """

    info: Info
    ldn: str | None
    suspect: str | None
    texts: list[str]
    lines: Sequence[int]
    kinds: list[int] | None = None
    positions: list[str] = field(default_factory=list)
    errors: dict[int, str] = field(default_factory=dict)


def by_position(
    info: Info,
    ldn: str | None,
    suspect: str | None,
    texts: list[str],
    lines: Sequence[int],
    positions: list[str],
) -> Value:
    """Return a measValue whose results say their position."""
    types = info.types
    if positions == types.positions:
        return Value(info, ldn, suspect, texts, lines)
    places = {position: place for place, position in enumerate(types.positions)}
    kinds, errors, taken = [], {}, set()
    for number, position in enumerate(positions):
        place = places.get(position, -1)
        if not position:
            errors[number] = "has no p, so its measType is not known"
        elif place < 0:
            errors[number] = f"has p={position[:40]!r}, which no measType of its measInfo has"
        elif place in taken:
            errors[number] = f"has p={position[:40]!r} for the second time in its measValue"
        taken.add(place)
        kinds.append(place)
    return Value(info, ldn, suspect, texts, lines, kinds, positions, errors)


def by_order(
    info: Info, ldn: str | None, suspect: str | None, texts: list[str], line: int
) -> Value:
    """Return a measValue whose results are listed in one text."""
    types, count = info.types, len(texts)
    if count == len(types.names):
        return Value(info, ldn, suspect, texts, [line] * count)
    # Which value is whose cannot be known: none of them is believed.
    texts = texts or [""]
    return Value(
        info,
        ldn,
        suspect,
        texts,
        [line] * len(texts),
        kinds=[-1] * len(texts),
        positions=[str(place) for place in range(1, len(texts) + 1)],
        errors=dict.fromkeys(
            range(len(texts)),
            f"stands in measResults of {count} values for {len(types.names)} measTypes",
        ),
    )
