"""The plain way to write 3GPP PM results, recognised byte for byte and read without a parser.

Nearly every element manager writes its results as `<r p="1">7</r>`, with nothing but spaces between
them. Such stretches match the patterns here to their last character, which proves them well-formed:
no entity, comment, CDATA section or foreign element fits. Whatever does not match goes to expat.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

_SPACE = r"[ \t\r\n]*"
# What may stand in a text as it is; XML would turn a carriage return into something else.
_TEXT = "[^<>&\x00-\x08\x0b-\x1f\ufffe\uffff]*"
_ONE = {
    name: re.compile(f'({_SPACE})<{name} p="([0-9]+)">({_TEXT})</{name}>')
    for name in ("measType", "r")
}
_REST = re.compile(f"{_SPACE}(?:<suspect>([a-z]*)</suspect>{_SPACE})?")
_SPACES = re.compile(rb"[ \t\r\n]*")
_TYPES = re.compile(b'(?:[ \t\r\n]*<measType p="[0-9]+">[^<>&\x00-\x08\x0b-\x1f]*</measType>)+')
_VALUE = re.compile(rb'<measValue measObjLdn="([^"<&\x00-\x1f]*)">')
_VALUE_END = b"</measValue>"
TRIGGER = re.compile(rb'<meas(?:Type p|Value measObjLdn)="')
# What a measType or measValue begins with is no longer than this.
LONGEST_START = 16
# A tag, with only space after it, at the end of what expat has been given.
_LAST_TAG = re.compile(rb"<[A-Za-z][^<>]*>[ \t\r\n]*\Z")


@dataclass(frozen=True)
class Span:
    """Where a measValue stands; `ldn` is None where its tag is not in plain writing."""

    ldn: bytes | None
    content_start: int
    content_end: int
    end: int


@dataclass(frozen=True)
class PlainValue:
    """A measValue: `positions` is None when its results are those of the measTypes, in order."""

    ldn: str
    suspect: str | None
    positions: list[str] | None
    texts: list[str]
    lines: Sequence[int]


def last_tag(fed: bytes) -> int:
    """Return where the tag that ends the bytes begins; -1 where they do not end with one."""
    found = _LAST_TAG.search(fed, max(0, len(fed) - 4096))
    return found.start() if found else -1


def plain_types(run: bytes) -> tuple[list[str], list[str]] | None:
    """Return positions and names of a run of measTypes that is plain as a whole."""
    found = _found("measType", run)
    return found and (found[1], found[2])


def pattern_of(positions: list[str]) -> re.Pattern[str] | None:
    """Return what matches exactly these results, one group each."""
    if not all(position.isdecimal() for position in positions):
        return None
    return re.compile("".join(f'{_SPACE}<r p="{each}">({_TEXT})</r>' for each in positions))


def spaces(buffer: bytes, start: int) -> int:
    """Return where the spaces end that begin here."""
    return _SPACES.match(buffer, start).end()


def types_end(buffer: bytes, start: int) -> int | None:
    """Return where the measTypes of a measInfo end: their start where not all are in plain
    writing, None while their end may be still to come."""
    found = _TYPES.match(buffer, start)
    end = found.end() if found else start
    following = spaces(buffer, end)
    if len(buffer) - following < LONGEST_START:
        return None
    if buffer.startswith((b"<measValue ", b"</measInfo"), following):
        return end
    # A measType cut at the buffer's end, or something that is not plain.
    is_cut = buffer.startswith(b"<measType", following) and (
        buffer.find(b"</measType>", following) < 0
    )
    return None if is_cut else start


def value_span(buffer: bytes, start: int) -> Span | None:
    """Return where the measValue stands that starts here; None when its end has not come yet."""
    content_end = buffer.find(_VALUE_END, start)
    if content_end < 0:
        return None
    tag = _VALUE.match(buffer, start)
    return Span(
        ldn=tag[1] if tag else None,
        content_start=tag.end() if tag else start,
        content_end=content_end,
        end=content_end + len(_VALUE_END),
    )


def plain_value(
    ldn: bytes, content: bytes, pattern: re.Pattern[str] | None, line: int
) -> PlainValue | None:
    """Return a measValue whose content is plain as a whole, else None."""
    try:
        name, text = ldn.decode(), content.decode()
    except UnicodeDecodeError:
        return None
    if "\ufffe" in name or "\uffff" in name:
        return None
    positions = None
    if pattern and (whole := pattern.match(text)):
        texts, end = list(whole.groups()), whole.end()
        lines = _regular_lines(text, end, len(texts), line)
        if lines is None:
            before = [match[1] for match in _ONE["r"].finditer(text, 0, end)]
            lines = _counted_lines(before, texts, line)
    else:
        end = text.rfind("</r>") + 4
        found = _found("r", text[:end].encode()) if end > 3 else None
        if found is None:
            return None
        before, positions, texts = found
        lines = _counted_lines(before, texts, line)
    rest = _REST.fullmatch(text, end)
    if rest is None:
        return None
    return PlainValue(name, rest[1], positions, texts, lines)


def _found(name: str, run: bytes) -> tuple[list[str], list[str], list[str]] | None:
    """Return spaces, positions and texts of a run, None where anything else is in it."""
    try:
        text = run.decode()
    except UnicodeDecodeError:
        return None
    found = _ONE[name].findall(text)
    if not found:
        return None
    before, positions, texts = map(list, zip(*found, strict=True))
    marks = len(f'<{name} p=""></{name}>') * len(found)
    length = marks + len("".join(before)) + len("".join(positions)) + len("".join(texts))
    return (before, positions, texts) if length == len(text) else None


def _regular_lines(text: str, end: int, count: int, line: int) -> Sequence[int] | None:
    """Return the lines of results written one a line, or all on one."""
    breaks = text.count("\n", 0, end)
    if not breaks:
        return [line] * count
    indented = text[: text.find("<")]
    if breaks == count and indented.count("\n") == 1 and text.count(indented + "<r ") == count:
        return range(line + 1, line + 1 + count)
    return None


def _counted_lines(before: list[str], texts: list[str], line: int) -> list[int]:
    inside = accumulate((text.count("\n") for text in texts), initial=line)
    spaced = accumulate(space.count("\n") for space in before)
    return [one + other for one, other in zip(spaced, inside, strict=False)]
