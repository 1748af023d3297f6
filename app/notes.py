"""What the batch noted in English, in the reader's language."""

from __future__ import annotations

import re
from functools import cache

from app import i18n
from app.words.notes import NOTES


def said(text: object) -> str:
    """Return a note of the batch in the reader's language; one we do not know stays as it is.

    A note is one or more sentences of `app/words/notes.py`, joined by blanks or semicolons.
    """
    if i18n.is_missing(text) or not str(text).strip():
        return i18n.NOTHING
    return _russian(str(text)) if i18n.language() == "ru" else str(text)


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return [
        (re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(english))), russian)
        for english, russian in NOTES
    ]


@cache
def _russian(text: str) -> str:
    whole = text.strip()
    for pattern, russian in _patterns():
        found = pattern.fullmatch(whole)
        if found:
            return russian.format(**found.groupdict())
    for mark, pieces in (("; ", whole.split("; ")), (" ", re.split(r"(?<=\.)\s+(?=[A-Z])", whole))):
        if len(pieces) > 1:
            return mark.join(_russian(piece) for piece in pieces)
    return whole
