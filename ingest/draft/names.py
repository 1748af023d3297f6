"""What a file's name says: which files are alike, what the feed is called, when it was written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath

from ingest.draft.words import plain

_PACKED_SUFFIXES = {".gz", ".zst", ".zip", ".tgz", ".tar"}
_CYRILLIC = str.maketrans(
    {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya"}
    | {"ъ": "", "ь": ""}
    | dict(zip("абвгдезийклмнопрстуфыэ", "abvgdeziiklmnoprstufye", strict=True))
)
_DAYS = (
    (r"\d{8}", "%Y%m%d"),
    (r"\d{4}-\d{2}-\d{2}", "%Y-%m-%d"),
    (r"\d{4}_\d{2}_\d{2}", "%Y_%m_%d"),
)
_CLOCKS = (
    (r"\d{6}", "%H%M%S"),
    (r"\d{2}-\d{2}-\d{2}", "%H-%M-%S"),
    (r"\d{2}_\d{2}_\d{2}", "%H_%M_%S"),
    (r"\d{2}\.\d{2}\.\d{2}", "%H.%M.%S"),
    (r"\d{4}", "%H%M"),
    (r"\d{2}-\d{2}", "%H-%M"),
)
_BETWEEN = (("_", "_"), ("-", "-"), ("T", "T"), (r"\.", "."))
# The zone a name states counts: 20260901T101500Z is UTC whatever zone the contract is in.
# After a minus four digits are a zone only in the ISO way of writing: else they may be a counter.
_ZONES = ((r"(?:Z|\+\d{4})(?![A-Za-z])", "%z"), ("", ""))
_ISO_ZONE = r"(?:Z|[+-]\d{4})(?![A-Za-z\d])"


def _stamps() -> Iterator[tuple[str, str]]:
    """Yield expressions and their formats, longest first: of 20260901_101500 the time counts."""
    for clock, time in _CLOCKS:
        for zone, written in _ZONES:
            for day, date in _DAYS:
                for between, mark in _BETWEEN:
                    shown = _ISO_ZONE if zone and mark == "T" else zone
                    yield rf"({day}{between}{clock}{shown})", date + mark + time + written
    for zone, written in _ZONES:
        yield rf"(\d{{14}}{zone})", "%Y%m%d%H%M%S" + written
        yield rf"(\d{{12}}{zone})", "%Y%m%d%H%M" + written
    for day, date in reversed(_DAYS):
        yield f"({day})", date


def pattern_of(name: str) -> str:
    """Return the glob of a file's name: what counts days or parts becomes `*`."""
    base = PurePosixPath(name).name

    def put(match: re.Match[str]) -> str:
        before = base[match.start() - 1] if match.start() else "_"
        after = base[match.end()] if match.end() < len(base) else "_"
        glued = before.isalpha() or after.isalpha()
        return match[0] if glued and len(match[0]) < 4 else "*"

    escaped = re.sub(r"\d+", put, base)
    escaped = re.sub(r"\*([._T-]?\*)+", "*", escaped)
    return "**/" + re.sub(r"([\[\]{}?!])", "?", escaped)


def feed_name(name: str) -> str:
    """Return a feed's name from a file's, sheet's or table's: lower case, no digits, no dates."""
    stem = re.sub(r"\*(Z(?![A-Za-z]))?", " ", pattern_of(name).removeprefix("**/"))
    while (suffix := PurePosixPath(stem).suffix.lower()) in _PACKED_SUFFIXES:
        stem = stem.removesuffix(stem[-len(suffix) :])
    return slug(PurePosixPath(stem).stem or stem) or "rows"


def slug(text: str) -> str:
    """Return a text as a short name: a-z, 0-9 and underscores, a letter first."""
    words = re.findall(r"[a-z0-9]+", plain(text).translate(_CYRILLIC))
    return re.sub(r"^[\d_]+", "", "_".join(words)).strip("_")


def stamp_of(names: list[str]) -> tuple[str, str] | None:
    """Return the expression and format by which all names tell when they were written."""
    for expression, written in _stamps():
        rule = rf"(?<!\d){expression}(?!\d)"
        found = [_moment(name, rule, written) for name in names]
        # _0001 behind a date is a running number, unless some file has an hour
        is_clock = not re.search(r"[_.-]%H-?%M(%z)?$", written) or any(
            each and each.hour for each in found
        )
        if all(found) and is_clock:
            return rule, written
    return None


def _moment(name: str, rule: str, written: str) -> datetime | None:
    match = re.search(rule, PurePosixPath(name).name)
    try:
        found = datetime.strptime(match[1], written) if match else None
    except ValueError:
        return None
    return found if found and 2000 <= found.year <= 2040 else None
