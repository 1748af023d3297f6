"""Times in a declared format: with an offset, with a zone's short name, or on the wall clock.

A short name (EST, BST, IST) is no zone: several countries use the same one, and the engine would
take Dhaka's for London's. So `%Z` is read by what the contract says each name means, or not at all.
The months' names are the contract's too; and 24:00 is the end of its day, as in ISO 8601. Digits
that stand without a mark between them must all be there: 11026 is no day of `%d%m%y`, for the
engine would take the 1st of October that lost its nought for the 11th of February.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from ingest.formats.source import literal

NAME = "%Z"
# UTC, or an offset, written out behind the clock of a format: no letters, but where its times are.
_SPELT_OUT = re.compile(r"(%-?[HIMSfgnpTX] ?)(Z|z|UTC|GMT|[+-]\d{2}:?\d{2})(?![A-Za-z\d])")
_ZULU = ("Z", "z")
# No clock on earth is further from UTC; the engine reads +25:00, and +02:75, without a word.
OFFSET = r"[+-](0\d|1[0-4])(:?[0-5]\d)?"
# The engine takes `26` for %Y, and makes it the year 26.
_SHORT_YEAR = 1000
# How many digits each part of a time has where no mark ends it.
_DIGITS = dict.fromkeys("mdyHIMSVUW", 2) | dict.fromkeys("YG", 4) | {"j": 3, "u": 1, "w": 1}
_DIGITS_AT_MOST = {"f": 6, "g": 3, "n": 9}
_PART = re.compile(r"%(-?)([A-Za-z%])")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def tells_offset(form: str) -> bool:
    """Whether a format's times say how far from UTC they are."""
    return "%z" in form or NAME in form or _SPELT_OUT.search(form) is not None


def _told(declared: Sequence[str]) -> tuple[list[str], str | None]:
    """Return formats with %z for what is written out, and the pattern of what means UTC in a text.

    Neither reader of times takes `Z` by %z, and as a letter of the format it would be forgotten.
    """
    words = [found[2] for each in declared if (found := _SPELT_OUT.search(each))]
    forms = [_SPELT_OUT.sub(r"\1%z", each) for each in declared]
    if not any("%z" in each for each in forms):
        return forms, None
    utc = dict.fromkeys((*_ZULU, *(word for word in words if word.isalpha())))
    return forms, rf"([0-9AaPpMm.] ?)({'|'.join(utc)})($|[^A-Za-z])"


def parsed_sql(
    text: str,
    declared: tuple[str, ...],
    zones: Mapping[str, str],
    months: Sequence[str] = (),
) -> str:
    """Return SQL for the time a text tells in one of several formats of one kind, else null.

    With an offset it is a moment (timestamptz), without one a time of the wall clock.

    Parameters
    ----------
    months : sequence of str
        What the source calls January to December; empty for English.
    """
    if any(NAME in each for each in declared):
        for name, offset in zones.items():
            found = rf"(^|[^A-Za-z]){re.escape(name)}($|[^A-Za-z])"
            with_offset = rf"\1{offset}\2"
            text = f"regexp_replace({text}, {literal(found)}, {literal(with_offset)})"
    if months and any("%b" in each or "%B" in each for each in declared):
        declared = tuple(each.replace("%B", "%b") for each in declared)
        # the longest first: juin is no jui
        for name, english in sorted(
            zip(months, _MONTHS, strict=True), key=lambda each: -len(each[0])
        ):
            # Turkish has two of the letter i, and a capital of each
            letters = re.sub("[iıİI]", "[iıİI]", re.escape(name))
            found = rf"(^|[^\p{{L}}]){letters}($|[^\p{{L}}])"
            text = f"regexp_replace({text}, {literal(found)}, '\\1{english}\\2', 'i')"
    told, utc = _told(declared)
    if utc:
        text = f"regexp_replace({text}, {literal(utc)}, '\\1+00:00\\3')"
    forms = [each.replace(NAME, "%z") for each in told]
    # a year of two digits is tried first as one: to %Y it is a year of antiquity
    forms.sort(key=lambda each: "%y" not in each)
    value = _on_its_day(text, [(each, each) for each in forms])
    if any("%Y" in each for each in forms):
        whole = f"lpad(cast(year({value}) as varchar), 4, '0')"
        value = (
            f"case when year({value}) >= {_SHORT_YEAR} or contains({text}, {whole}) "
            f"then {value} end"
        )
    if any("%G" in each for each in forms):
        # a 53rd week of a year that has none would be the first of the next
        whole = f"lpad(cast(isoyear({value}) as varchar), 4, '0')"
        value = f"case when contains({text}, {whole}) then {value} end"
    ends = [(_end_of_day(each), each) for each in forms if "%H" in each]
    if ends:
        # looked at only where the time is none otherwise
        value = f"coalesce({value}, {_on_its_day(text, ends)} + interval 24 hours)"
    offsets = dict.fromkeys(_offset_in(each) for each in forms if "%z" in each)
    if offsets:
        told = " or ".join(f"regexp_matches({text}, {literal(each)})" for each in offsets)
        value = f"case when {told} then {value} end"
    return value


def _on_its_day(text: str, forms: list[tuple[str, str]]) -> str:
    """Return SQL that parses a text, null where it names another day of the week than its date's.

    The engine reads the name and forgets it; it is what tells 02/01 from 01/02.
    """
    value = clock = _parsed(text, forms)
    if not any("%a" in form or "%A" in form for form, _ in forms):
        return value
    if any("%z" in form for form, _ in forms):
        # the day is that of the clock, wherever it stands
        clock = _parsed(f"regexp_replace({text}, {literal(OFFSET)}, '+00:00')", forms)
    named = f"regexp_extract(lower({text}), '(^|[^a-z])(mon|tue|wed|thu|fri|sat|sun)', 2)"
    return (
        f"case when {named} in ('', lower(left(dayname(cast({clock} as timestamp)), 3))) "
        f"then {value} end"
    )


def _parsed(text: str, forms: list[tuple[str, str]]) -> str:
    """Return SQL that parses a text in the first of several formats that it follows.

    Parameters
    ----------
    forms : list of (format, format)
        What to parse by, and the declared format whose digits must all be there.
    """
    loose = [form for form, declared in forms if not _run_of_digits(declared)]
    tried = [f"try_strptime({text}, [{', '.join(map(literal, loose))}])"] if loose else []
    for form, declared in forms:
        if declared_digits := _run_of_digits(declared):
            is_whole = f"regexp_full_match({text}, {literal(declared_digits)})"
            tried.append(f"case when {is_whole} then try_strptime({text}, {literal(form)}) end")
    return tried[0] if len(tried) == 1 else f"coalesce({', '.join(tried)})"


def _run_of_digits(form: str) -> str | None:
    """Return the pattern of a format in which digits stand without a mark between, else None."""
    parts = list(_PART.finditer(form))
    runs = [
        one.end() == other.start() and all(each[2] in _DIGITS for each in (one, other))
        for one, other in itertools.pairwise(parts)
    ]
    if not any(runs):
        return None
    pattern, last = "", 0
    for number, part in enumerate(parts):
        pattern += re.escape(form[last : part.start()])
        last = part.end()
        many = _DIGITS.get(part[2])
        if many and any(runs[max(number - 1, 0) : number + 1]):
            pattern += rf"\d{{{many}}}"
        elif many or part[2] in _DIGITS_AT_MOST:
            pattern += rf"\d{{1,{many or _DIGITS_AT_MOST[part[2]]}}}"
        else:
            pattern += ".+"
    return rf"\s*{pattern}{re.escape(form[last:])}\s*"


def _offset_in(form: str) -> str:
    """Return the pattern by which a text of a format tells an offset that there can be."""
    behind = form.rpartition("%z")[2]
    until, more, _ = behind.partition("%")
    return OFFSET + re.escape(until) + ("" if more else "$")


def _end_of_day(form: str) -> str:
    """Return the format of 24:00 on a day, which alone of all times may say 24."""
    form = form.replace("%H", "24").replace("%M", "00").replace("%S", "00")
    return re.sub(r"%[fgn]", "0", form)


def parsed(text: str, form: str, zones: Mapping[str, str]) -> datetime:
    """Return the time a text tells, aware where it says its offset.

    Raises
    ------
    ValueError
        When it is not written so.
    """
    told = text
    if NAME in form:
        for name, offset in zones.items():
            found = rf"(^|[^A-Za-z]){re.escape(name)}($|[^A-Za-z])"
            told = re.sub(found, rf"\g<1>{offset}\g<2>", told)
    (plain,), utc = _told((form,))
    told = re.sub(utc, r"\g<1>+00:00\g<3>", told) if utc else told
    try:
        return datetime.strptime(told, plain.replace(NAME, "%z"))
    except ValueError:
        raise ValueError(f"{text!r} is no time written as {form}") from None
