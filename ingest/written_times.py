"""Times in a declared format: with an offset, with a zone's short name, or on the wall clock.

A short name (EST, BST, IST) is no zone: several countries use the same one, and the engine would
take Dhaka's for London's. So `%Z` is read by what the contract says each name means, or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from ingest.formats.source import literal

NAME = "%Z"


def tells_offset(form: str) -> bool:
    """Whether a format's times say how far from UTC they are."""
    return "%z" in form or NAME in form


def parsed_sql(text: str, declared: tuple[str, ...], zones: Mapping[str, str]) -> str:
    """Return SQL for the time a text tells in one of several formats of one kind, else null.

    With an offset it is a moment (timestamptz), without one a time of the wall clock.
    """
    if any(NAME in each for each in declared):
        for name, offset in zones.items():
            found = rf"(^|[^A-Za-z]){re.escape(name)}($|[^A-Za-z])"
            told = rf"\1{offset}\2"
            text = f"regexp_replace({text}, {literal(found)}, {literal(told)})"
    listed = ", ".join(literal(each.replace(NAME, "%z")) for each in declared)
    return f"try_strptime({text}, [{listed}])"


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
