"""Un-pivot: every combination a mapping is repeated for, and its values put into texts."""

from __future__ import annotations

import itertools
import re

from ingest.contract_mapping import Mapping, Pattern
from ingest.formats.source import FileRefused


class _Matched(dict):
    """A column whose name matched a pattern: its name as text, the pattern's groups by name."""

    def __init__(self, match: re.Match[str]) -> None:
        super().__init__(match.groupdict())
        self.name = match.group(0)

    def __str__(self) -> str:
        return self.name


def is_pattern(each: object) -> bool:
    """Tell whether what repeats is found among the columns, not stated."""
    return isinstance(each, Pattern)


def repeats(mapping: Mapping, columns: tuple[str, ...] | None) -> list[dict[str, object]]:
    """Return every combination of for_each; without columns, patterns are left out of them."""
    if not mapping.for_each:
        return [{}]
    choices: dict[str, list[object]] = {}
    for name, each in mapping.for_each.items():
        if not isinstance(each, Pattern):
            choices[name] = each
        elif columns is not None:
            pattern = re.compile(each.columns)
            choices[name] = [_Matched(found) for found in map(pattern.fullmatch, columns) if found]
            if not choices[name]:
                raise FileRefused(
                    f"has no column that matches {each.columns!r}, which the contract un-pivots"
                )
    return [
        dict(zip(choices, chosen, strict=True)) for chosen in itertools.product(*choices.values())
    ]


def filled(text: str, repeated: dict[str, object]) -> str:
    """Put the for_each values in: {month} or {month[n]}; other braces stay as they are."""
    if not repeated:
        return text
    names = "|".join(map(re.escape, repeated))

    def put(match: re.Match[str]) -> str:
        value = repeated[match["name"]]
        return str(value[match["field"]] if match["field"] else value)

    return re.sub(rf"\{{(?P<name>{names})(\[(?P<field>\w+)\])?\}}", put, text)
