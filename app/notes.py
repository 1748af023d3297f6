"""What the batch noted in English, in the reader's language."""

from __future__ import annotations

import json
import re
import sys
from functools import cache, lru_cache

from app import i18n
from app.words.notes import NOTES

MOST_REMEMBERED = 5_000


def said(text: object) -> str:
    """Return a note of the batch in the reader's language; one we do not know stays as it is.

    A note is one or more sentences of `app/words/notes.py`, joined by blanks or semicolons.
    """
    if i18n.is_missing(text) or not str(text).strip():
        return i18n.NOTHING
    if i18n.language() == "en":
        return str(text)
    return re.sub(r"(?<=\d)%", "\u00a0%", in_russian(str(text)))


def counted(text: object) -> str:
    """Return a note whose numbers are all counts and shares, these too as the language does."""
    told = said(text)
    if i18n.language() == "en":
        return told
    told = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "\u00a0", told)
    return re.sub(r"(?<![\d.,])(\d+)\.(\d+)(?![\d.])", r"\1,\2", told)


@lru_cache(MOST_REMEMBERED)
def in_russian(text: str) -> str:
    """Return a note in Russian, sentence by sentence; what we do not know stays English."""
    whole = text.strip()
    exact, patterns = _known()
    if whole in exact:
        return exact[whole]
    for pattern, russian in patterns:
        found = pattern.fullmatch(whole)
        if found:
            told = {name: in_russian(piece) for name, piece in found.groupdict().items()}
            return russian.format(**told)
    for mark, pieces in (("; ", whole.split("; ")), (" ", re.split(r"(?<=\.)\s+(?=[A-Z])", whole))):
        if len(pieces) > 1:
            return mark.join(in_russian(piece) for piece in pieces)
    # What stands behind the name of a feed or a table.
    named = re.fullmatch(r"([a-z]\w*(?:\.\w+)+): (.+)", whole)
    return f"{named[1]}: {in_russian(named[2])}" if named else whole


@cache
def _known() -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    """Return notes that always read alike, and patterns of those that hold figures and names."""
    exact = {english: russian for english, russian in NOTES if "{" not in english}
    patterns = [
        (re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(english))), russian)
        for english, russian in NOTES
        if "{" in english
    ]
    return exact, patterns


if __name__ == "__main__":
    print(json.dumps([in_russian(text) for text in json.load(sys.stdin)]))
