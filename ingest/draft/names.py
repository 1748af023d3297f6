"""What a file's name says: which files are alike, what the feed is called, when it was written."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath

from ingest.draft.words import plain
from ingest.written_times import parsed

_PACKED_SUFFIXES = {".gz", ".zst", ".zip", ".tgz", ".tar"}
_CYRILLIC = str.maketrans(
    {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya"}
    | {"ъ": "", "ь": ""}
    | dict(zip("абвгдезийклмнопрстуфыэ", "abvgdeziiklmnoprstufye", strict=True))
)
# Taken only where the names prove that no month stands first.
_DAY_FIRST = "%d%m%Y"
_DAYS = (
    (r"\d{8}", "%Y%m%d"),
    (r"\d{4}-\d{2}-\d{2}", "%Y-%m-%d"),
    (r"\d{4}_\d{2}_\d{2}", "%Y_%m_%d"),
    (r"\d{8}", _DAY_FIRST),
    (r"\d{2}\.\d{2}\.\d{4}", "%d.%m.%Y"),
    (r"\d{2}-\d{2}-\d{4}", "%d-%m-%Y"),
    (r"\d{2}_\d{2}_\d{4}", "%d_%m_%Y"),
    (r"\d{2}[A-Za-z]{3}\d{4}", "%d%b%Y"),
    (r"\d{2}-[A-Za-z]{3}-\d{4}", "%d-%b-%Y"),
    (r"\d{2}-[A-Za-z]{3}-\d{2}", "%d-%b-%y"),
)
# The two hours of the night the clocks go back: 20261025_02A30, 20261025_02B30.
MARKED_HOUR = re.compile(r"(?<=\d{6}[-_T])\d{2}[AB]\d{2}(?!\d)")
# A moment in summer as Huawei names it, `202610250200 DST`; in winter there is no mark.
MARKED_SUMMER = re.compile(r"(?<=\d{4})[_ -]?DST(?![A-Za-z])")
_UNPROVEN_DAYS = (
    (r"\d{6}", ("%y%m%d", "%d%m%y", "%m%d%y")),
    (r"\d{8}", ("%d%m%Y", "%m%d%Y")),
    (r"\d{2}\.\d{2}\.\d{4}", ("%d.%m.%Y", "%m.%d.%Y")),
    (r"\d{2}-\d{2}-\d{4}", ("%d-%m-%Y", "%m-%d-%Y")),
    (r"\d{2}_\d{2}_\d{4}", ("%d_%m_%Y", "%m_%d_%Y")),
)
# What counts weeks or months, and would be another in the next file: 2026W43, KW43, 01NOV2026.
_MONTH = (
    "jan(?:uar|uary|eiro|vier)?|feb(?:ruar|ruary|brero|braio)?|f[eé]vrier|fevereiro|enero|gennaio"
    "|mar(?:ch|s|zo|[cç]o)?|m[aä]rz|maerz|apr(?:il|ile)?|abril|avril|ma[iy]|mayo|maio|maggio"
    "|jun[ei]?|junio|junho|juin|giugno|jul[iy]?|julio|julho|juillet|luglio|aug(?:ust)?|agosto"
    "|ao[uû]t|sep(?:t|tember|tembre|tiembre)?|setembro|settembre|oct(?:ober|obre|ubre)?"
    "|okt(?:ober)?|outubro|ottobre|nov(?:ember|embre|iembre|embro)?|de[cz](?:ember|embro)?"
    "|d[eé]cembre|dic(?:iembre|embre)?"
)
_COUNTED = re.compile(
    r"\d{4}[-_]?W\d{1,2}(?!\d)|(?<![a-z])(?:kw|cw|wk|week|w)[-_ ]?\d{1,2}(?![a-z\d])"
    r"|(?<![a-z])q[-_ ]?[1-4](?![a-z\d])"
    rf"|(?:(?<!\d)\d{{1,2}}[-_ .]?)?(?<![a-z])(?:{_MONTH})[-_ .]?\d{{2,4}}(?!\d)",
    re.IGNORECASE,
)
EPOCH = "epoch"
_EPOCHS = r"(\d{13}|\d{10})"
_EPOCH_YEARS = range(2010, 2036)
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


# Short names of zones that stand behind times; what one means is asked where countries differ.
ZONE_NAME = (
    "UTC|GMT|WEST|WET|CEST|CET|EEST|EET|MSK|BST|IST|EDT|EST|CDT|CST|MDT|MST|PDT|PST|AKDT|AKST|HST"
    "|AST|ADT|NST|NDT|BRT|ART|CLT|COT|PET|VET|SAST|EAT|WAT|CAT|GST|PKT|NPT|ICT|WIB|WITA|WIT|HKT"
    "|SGT|MYT|PHT|JST|KST|AEST|AEDT|ACST|AWST|NZST|NZDT"
)
ONE_MEANING = {
    **{"UTC": "+00:00", "GMT": "+00:00", "WET": "+00:00", "WEST": "+01:00", "CET": "+01:00"},
    **{"CEST": "+02:00", "EET": "+02:00", "EEST": "+03:00", "MSK": "+03:00", "JST": "+09:00"},
}


def _stamps(name: str) -> Iterator[tuple[str, str]]:
    """Yield expressions and their formats, longest first: of 20260901_101500 the time counts."""
    halves = ("", "_", "-", " ") if re.search("AM|PM|am|pm", name) else ()
    zones = ("_", "-", "") if re.search(ZONE_NAME, name) else ()
    for (clock, time), (day, date), (between, mark) in itertools.product(_CLOCKS, _DAYS, _BETWEEN):
        # a clock of twelve hours: without its half of the day it would be another hour
        for half, zone in itertools.product((*halves, None), (*zones, None)):
            if half is None and zone is None:
                continue
            ends = "" if half is None else rf"{half}(?:AM|PM|am|pm)"
            ends += "" if zone is None else rf"{zone}(?:{ZONE_NAME})(?![A-Za-z])"
            shown = time if half is None else time.replace("%H", "%I") + half + "%p"
            shown += "" if zone is None else zone + "%Z"
            yield rf"({day}{between}{clock}{ends})", date + mark + shown
    for clock, time in _CLOCKS:
        for zone, written in _ZONES:
            for day, date in _DAYS:
                for between, mark in _BETWEEN:
                    shown = _ISO_ZONE if zone and mark == "T" else zone
                    yield rf"({day}{between}{clock}{shown})", date + mark + time + written
    for zone, written in _ZONES:
        yield rf"(\d{{14}}{zone})", "%Y%m%d%H%M%S" + written
        yield rf"(\d{{12}}{zone})", "%Y%m%d%H%M" + written
    # the day of the year, of which `2026-001` may be the first
    for clock, time in (*_CLOCKS, ("", "")):
        for between, mark in _BETWEEN if clock else (("", ""),):
            yield rf"(\d{{4}}-\d{{3}}{between}{clock})", "%Y-%j" + mark + time
    for day, date in reversed(_DAYS):
        yield f"({day})", date


def pattern_of(name: str) -> str:
    """Return the glob of a file's name: what counts days or parts becomes `*`."""
    base = PurePosixPath(name).name

    def put(match: re.Match[str]) -> str:
        text = match.string
        before = text[match.start() - 1] if match.start() else "_"
        after = text[match.end()] if match.end() < len(text) else "_"
        glued = before.isalpha() or after.isalpha()
        return match[0] if glued and len(match[0]) < 4 else "*"

    # 1of4 counts parts, however its letters are glued
    escaped = re.sub(r"(?<![A-Za-z0-9])\d+[-_]?of[-_]?\d+(?![A-Za-z0-9])", "*", base)
    escaped = _COUNTED.sub("*", escaped)
    escaped = MARKED_HOUR.sub("*", escaped)
    # the T of 2026-11-01T18-00 glues a day to its hour
    escaped = re.sub(r"(?<=\d[-_.])\d{2}T\d+", "*", escaped)
    escaped = re.sub(r"\d+", put, escaped)
    # behind a moment: the half of its day, its zone, a mark of summer
    behind = rf"[_ -]?(?:{ZONE_NAME}|DST)"
    escaped = re.sub(rf"\*([_ -]?[AaPp][Mm])?({behind})?(?![A-Za-z])", "*", escaped)
    escaped = re.sub(r"\*([._T-]?\*)+", "*", escaped)
    return "**/" + re.sub(r"([\[\]{}?!])", "?", escaped)


def pattern_of_all(names: list[str]) -> str:
    """Return the glob of files of one feed, of which some may be packed and others not."""
    plain_names = {name: without_packing(name) for name in names}
    suffixes = {name.removeprefix(bare) for name, bare in plain_names.items()}
    if len(suffixes) == 1:
        return pattern_of(names[0])
    return pattern_of(plain_names[names[0]]) + "*"


def without_packing(name: str) -> str:
    """Return a file's name without the suffix of gzip or zstd."""
    suffix = PurePosixPath(name).suffix
    return name.removesuffix(suffix) if suffix.lower() in _PACKED_SUFFIXES else name


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
    for expression, written in _stamps(names[0]):
        rule = rf"(?<!\d){expression}(?!\d)"
        if _moment(names[0], rule, written) is None:
            continue
        found = [_moment(name, rule, written) for name in names]
        month_first = re.sub(r"%d(.?)%m\1%Y", r"%m\1%d\1%Y", written)
        if written != month_first and all(_moment(each, rule, month_first) for each in names):
            continue
        # _0001 behind a date is a running number, unless some file has an hour
        is_clock = not re.search(r"[_.-]%H-?%M(%z)?$", written) or any(
            each and each.hour for each in found
        )
        if all(found) and is_clock:
            return rule.replace(f"(?:{ZONE_NAME})", "[A-Z]{3,4}"), written
    rule = rf"(?<!\d){_EPOCHS}(?!\d)"
    return (rule, EPOCH) if all(_is_epoch(name, rule) for name in names) else None


def short_stamps_of(names: list[str]) -> tuple[str, list[str]] | None:
    """Return the expression of digits that may be a day in all names, and the formats it fits.

    261025 is the 26th of October 2025 as well as the 25th of 2026, and 01112026 the 1st of
    November as well as the 11th of January: a person must say.
    """
    times = ((between, *each) for between in ("_", "-", "") for each in (*_CLOCKS, ("", "")))
    for between, clock, time in times:
        if bool(between) != bool(clock):
            continue
        for digits, days in _UNPROVEN_DAYS:
            # a day before more digits is not all that the name tells
            rule = rf"(?<!\d)({digits}{between}{clock})(?!{'' if clock else '[-_]?'}\d)"
            fitting = [
                day + between + time
                for day in days
                if all(_moment(name, rule, day + between + time) for name in names)
            ]
            if fitting:
                return rule, fitting
    return None


def _is_epoch(name: str, rule: str) -> bool:
    """Tell whether a name holds a count of seconds or milliseconds; one of digits is a number."""
    base = PurePosixPath(name).name
    match = re.search(rule, base)
    if not match or not re.search(r"[^\W\d_]{2}", PurePosixPath(base).stem):
        return False
    seconds = int(match[1]) / (1000 if len(match[1]) == 13 else 1)
    return datetime.fromtimestamp(seconds, UTC).year in _EPOCH_YEARS


def _moment(name: str, rule: str, written: str) -> datetime | None:
    match = re.search(rule, PurePosixPath(name).name)
    zones = dict.fromkeys(re.findall(ZONE_NAME, match[1]), "+00:00") if match else {}
    try:
        found = parsed(match[1], written, zones).replace(tzinfo=None) if match else None
    except ValueError:
        return None
    return found if found and 2000 <= found.year <= 2040 else None
