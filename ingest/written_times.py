"""Times in a declared format: with an offset, with a zone's short name, or on the wall clock.

A short name (EST, BST, IST) is no zone: several countries use the same one, and the engine would
take Dhaka's for London's. So `%Z` is read by what the contract says each name means, or not at all.
The months' names are the contract's too; and 24:00 is the end of its day, as in ISO 8601.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from ingest.formats.source import literal

NAME = "%Z"
# No clock on earth is further from UTC; the engine reads +25:00, and +02:75, without a word.
OFFSET = r"[+-](0\d|1[0-4])(:?[0-5]\d)?"
# The engine takes `26` for %Y, and makes it the year 26.
_SHORT_YEAR = 1000
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def tells_offset(form: str) -> bool:
    """Whether a format's times say how far from UTC they are."""
    return "%z" in form or NAME in form


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
            told = rf"\1{offset}\2"
            text = f"regexp_replace({text}, {literal(found)}, {literal(told)})"
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
    forms = [each.replace(NAME, "%z") for each in declared]
    # a year of two digits is tried first as one: to %Y it is a year of antiquity
    forms.sort(key=lambda each: "%y" not in each)
    value = f"try_strptime({text}, [{', '.join(map(literal, forms))}])"
    if any("%Y" in each for each in forms):
        whole = f"lpad(cast(year({value}) as varchar), 4, '0')"
        value = (
            f"case when year({value}) >= {_SHORT_YEAR} or contains({text}, {whole}) "
            f"then {value} end"
        )
    ends = [_end_of_day(each) for each in forms if "%H" in each]
    if ends:
        # looked at only where the time is none otherwise
        listed = ", ".join(map(literal, ends))
        value = f"coalesce({value}, try_strptime({text}, [{listed}]) + interval 24 hours)"
    offsets = dict.fromkeys(_offset_in(each) for each in forms if "%z" in each)
    if offsets:
        told = " or ".join(f"regexp_matches({text}, {literal(each)})" for each in offsets)
        value = f"case when {told} then {value} end"
    return value


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
    try:
        return datetime.strptime(told, form.replace(NAME, "%z"))
    except ValueError:
        raise ValueError(f"{text!r} is no time written as {form}") from None
