"""Runs of <name p="…">text</name> in 3GPP PM files, taken apart in bulk.

A run arrives as one list of pieces, gathered with no call of ours but the one at each start: the
attributes of a start (a list), texts and the names of ends (strings).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

Piece = str | list[str]


class RunFault(Exception):
    """A run that is not of the grammar; says why."""


@dataclass(frozen=True)
class Run:
    """The elements of a run, and the pieces that came after them."""

    given: list[list[str]]
    texts: list[str]
    lines: Sequence[int]
    tail: list[Piece]


def take_run(pieces: list[Piece], wanted: str, first_line: int, last_line: int) -> Run:
    """Take the elements named `wanted` from the front of the pieces.

    Parameters
    ----------
    first_line, last_line : int
        Where the first and the last of the pieces stand.

    Raises
    ------
    RunFault
        For an element or a text inside the run that has no business there.
    """
    kinds = list(map(type, pieces))
    count = kinds.count(list)
    # Written regularly: space, attributes, text, end of each; the first without space; or all.
    for step, first in ((4, 1), (4, 0), (3, 0)):
        stop = step * (count - 1) + first + 3
        if (
            kinds[first:stop:step].count(list) == count
            and pieces[first + 2 : stop : step].count(wanted) == count
        ):
            given, texts = pieces[first:stop:step], pieces[first + 1 : stop : step]
            between = pieces[first + 3 : stop : 4] if step == 4 else []
            between = [*(pieces[:first] or [""]), *between]
            tail = pieces[stop:]
            break
    else:
        given, texts, between, tail = _irregular(pieces, wanted)
    spaces = "".join(between)
    if stray := spaces.strip():
        raise RunFault(f"has text where only elements may stand ({stray[:40]!r})")
    lines = _lines(between, texts, first_line)
    after = "".join(piece for piece in tail if isinstance(piece, str))
    breaks = spaces.count("\n") + "".join(texts).count("\n") + after.count("\n")
    if first_line + breaks != last_line:
        # A comment, or a tag over several lines: only where the run began is known.
        lines = [first_line] * len(texts)
    return Run(given, texts, lines, tail)


def _irregular(
    pieces: list[Piece], wanted: str
) -> tuple[list[list[str]], list[str], list[str], list[Piece]]:
    given, texts, between, tail = [], [], [""], []
    is_open = False
    for number, piece in enumerate(pieces):
        if isinstance(piece, list):
            if is_open:
                break
            given.append(piece)
            texts.append("")
            is_open = True
        elif is_open:
            # Where the name comes twice, the first is a text that looks like the end after it.
            if piece == wanted and pieces[number + 1 : number + 2] != [wanted]:
                is_open = False
                between.append("")
            else:
                texts[-1] += piece
        elif piece.strip():
            tail = pieces[number:]
            break
        else:
            between[-1] += piece
    if is_open:
        raise RunFault(f"has an element inside <{wanted}>, where it means nothing")
    return given, texts, between[: len(texts)], [*between[len(texts) :], *tail]


def _lines(between: list[str], texts: list[str], line: int) -> Sequence[int]:
    each = between[-1].count("\n")
    has_broken_text = "\n" in "".join(texts)
    if each and not has_broken_text and between[1:].count(between[-1]) == len(texts) - 1:
        first = line + between[0].count("\n")
        return range(first, first + each * len(texts), each)
    spaces = [*between, *[""] * (len(texts) - len(between))]
    inside = accumulate((text.count("\n") for text in texts), initial=line)
    before = accumulate(space.count("\n") for space in spaces)
    return [one + other for one, other in zip(before, inside, strict=False)]
