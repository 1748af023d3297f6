"""Delimited text: encoding, delimiter, header, and the lines that are no rows."""

from __future__ import annotations

import re

from cx.errors import UserError
from ingest.draft.delimiter import (
    COMMENT,
    Split,
    best_quote,
    candidates,
    escapes,
    kinds_of,
    one_column,
    split_lines,
)
from ingest.draft.encoding import encoding_of
from ingest.draft.header import named_columns
from ingest.draft.labels import without_labels
from ingest.draft.multiline import SEVERAL, multiline_table
from ingest.draft.questions import Interview
from ingest.draft.sniff import Piece
from ingest.draft.tables import Table, table
from ingest.formats.source import literal

MAX_LINES = 5_000
# How clients of databases end what they print: (60 rows), 60 rows selected., (60 rows affected)
_COUNTED_END = re.compile(r"\(?(\d+) rows?(?: [a-z]+)?\)?\.?")
# Some of these are used as delimiters: tab, SOH, and the separators from FS to US.
_CONTROL = re.compile(r"[\x00\x02-\x08\x0b\x0e-\x1b\ufffd]")
_PAIR = re.compile(r"(?:^|[\s,;|])[A-Za-z_][\w.-]*=")
_PAIRS_SAID = (
    "each line is pairs of key=value, read as one column by "
    'sql:regexp_extract(line, \'(^|[ ,;])KEY=("[^"]*"|[^ ,;]*)\', 2)'
)
_SHOWN = {"\t": "tab"} | {each: f"\\x{ord(each):02x}" for each in "\x01\x1c\x1d\x1e\x1f"}


def decoded(piece: Piece, place: str, interview: Interview) -> tuple[str, str, str | None]:
    """Return the head's and the tail's text, and what the contract must say of the encoding."""
    sample = piece.head if piece.is_whole else piece.head[: piece.head.rfind(b"\n") + 1]
    # The end counts, too: the first letter beyond ASCII may stand far down.
    sample = (sample or piece.head) + piece.tail[piece.tail.find(b"\n") + 1 :]
    found = encoding_of(sample)
    name, said = found.name, None if found.name == "utf-8" else found.name
    place = f"{place}.dialect.encoding"
    if found.rivals:
        options = (found.name, *found.rivals)
        said = interview.ask(
            place, f"which encoding? the sample reads as {' or '.join(options)}; it proves neither"
        )
        name = found.name if said.startswith("ASK") else said
    elif (answer := interview.told(place)) is not None:
        name = said = answer
    # parts that were put together bear a BOM each; the reader passes over them, too
    head = re.sub(r"(^|[\r\n])\ufeff", r"\1", piece.head.decode(name, errors="replace"))
    if not piece.is_whole:
        head = head[: head.rfind("\n") + 1]
    controls = len(_CONTROL.findall(head))
    if controls > 0.02 * max(len(head), 1):
        raise UserError("is no text (too many control characters); what wrote it?")
    tail = piece.tail.decode(name, errors="replace") if "16" not in name else ""
    return head, tail.partition("\n")[2], said


def text_table(piece: Piece, place: str, interview: Interview) -> Table | None:
    """Read a sample of delimited text; None when no delimiter divides it (which is asked).

    Parameters
    ----------
    place : str
        The feed's name, under which questions stand.
    """
    head, tail, encoding = decoded(piece, place, interview)
    all_lines = head.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = all_lines[:MAX_LINES]
    several = multiline_table(lines, place, interview, encoding)
    if several is not None:
        return several
    dialect: dict[str, object] = {"encoding": encoding} if encoding else {}
    split = _chosen(lines, f"{place}.dialect.delimiter", interview, dialect)
    if split is None:
        return Table([], table([], [], "csv").frame, "csv", dialect)
    ends = tail.replace("\r\n", "\n").rstrip("\n").split("\n") if tail else []
    notes: list[str] = []
    columns, first_line = named_columns(split, lines, place, interview, dialect, notes)
    # a header that comes again is no row: a column of numbers would seem to hold a word
    named = next((_stripped(row) for at, row in split.fitting() if at == first_line), [])
    body = [
        (number, row)
        for number, row in split.fitting()
        if number > first_line and _stripped(row) != named
    ]
    body = without_labels(split, body, lines, dialect, notes)
    last_lines = ends or ([] if len(all_lines) > MAX_LINES else lines)
    _other_lines(split, lines, last_lines, first_line, dialect, notes)
    rows = [[field or None for field in row] for _, row in body]
    if ends:
        more = split_lines(ends, split.delimiter, split.quote)
        if not any(split.quote and split.quote in line for line in ends):
            rows += [[each or None for each in row] for row in more.rows if len(row) == split.width]
    return table(columns, rows, "csv", dialect=_ordered(dialect), notes=notes)


def _stripped(row: list[str]) -> list[str]:
    return [field.strip() for field in row]


def _chosen(
    lines: list[str], place: str, interview: Interview, dialect: dict[str, object]
) -> Split | None:
    """Return the sample split by the one delimiter that fits; ask when none or several do."""
    answer = interview.told(place)
    if answer is not None:
        answer = {shown: mark for mark, shown in _SHOWN.items()}.get(answer, answer)
        chosen = [] if answer == "none" else [best_quote(lines, answer)]
        if chosen and chosen[0].width < 2:
            answer = None
        elif not chosen:
            chosen = [one_column(lines)]
    else:
        chosen = [] if _are_pairs(lines) else candidates(lines)
    if not chosen or (interview.told(place) is not None and answer is None):
        tried = "it gives one column too" if interview.told(place) else "none gives two columns"
        tried = _PAIRS_SAID if _are_pairs(lines) else _kinds_said(lines) or tried
        dialect["delimiter"] = interview_again(interview, place, tried)
        return None
    if len(chosen) > 1:
        shown = " or ".join(_SHOWN.get(each.delimiter, each.delimiter) for each in chosen)
        dialect["delimiter"] = interview.ask(
            place, f"what stands between the fields? {shown}: each divides every line alike"
        )
    split = chosen[0]
    if "delimiter" not in dialect and split.delimiter != ",":
        dialect["delimiter"] = split.delimiter
    if split.quote != '"':
        dialect["quote"] = split.quote
    if escapes(lines, split.delimiter):
        dialect["escape"] = "\\"
    return split


def _kinds_said(lines: list[str]) -> str:
    """Return what a question says of records of several kinds, which no one width fits."""
    found = kinds_of(lines)
    if found is None:
        return ""
    mark, widths = found
    shown = _SHOWN.get(mark, mark)
    kinds = ", ".join(f"{kind} {width}" for kind, width in list(widths.items())[:8])
    example = max(widths, key=lambda each: widths[each])
    return (
        f"lines of several kinds, each with fields of its own between {shown} ({kinds}): answer "
        f"`none`, name the one column line, and give each kind an entity with where: line like "
        f"{literal(f'{example}{shown}%')} and columns such as "
        f"{{sql: split_part(line, {literal(shown)}, 2)}}"
    )


def _are_pairs(lines: list[str]) -> bool:
    """Tell lines of key=value, in which any mark may stand within a value."""
    # what stands in quotes is a value: Object Name="Cell ID=1, Cell Name=C1" is one field
    bare = (re.sub(r'"[^"]*"', '""', line) for line in lines)
    filled = [line for line in bare if line.strip() and not COMMENT.match(line)]
    return sum(len(_PAIR.findall(line)) > 2 for line in filled) > 0.9 * len(filled)


def interview_again(interview: Interview, place: str, tried: str) -> str:
    """Ask for the delimiter although something was answered: the answer divides nothing."""
    interview.answers.pop(place, None)
    return interview.ask(
        place,
        f"what stands between the fields? {tried}; give it, `none` if there is one column "
        f"(so for fixed width, too), or `{SEVERAL}` if a record goes over them",
    )


def _other_lines(
    split: Split,
    lines: list[str],
    last_lines: list[str],
    first_line: int,
    dialect: dict[str, object],
    notes: list[str],
) -> None:
    """Propose a rule for the lines that are no rows: comments, and what stands at the end."""
    others = {
        number: lines[number - 1]
        for number, row in zip(split.numbers, split.rows, strict=True)
        if len(row) != split.width and number > first_line
    }
    patterns = [str(dialect["ignore_lines"])] if "ignore_lines" in dialect else []
    if any(COMMENT.match(line) for line in others.values()):
        marks = {COMMENT.match(line)[1] for line in others.values() if COMMENT.match(line)}
        patterns += [rf"\s*{re.escape(mark)}.*" for mark in sorted(marks)]
    filled = [line for line in last_lines if line.strip()]
    end = filled[-1] if filled else ""
    if split.quote and end.count(split.quote) % 2:
        end = ""  # it ends a quoted text of several lines
    counted = _COUNTED_END.fullmatch(end.strip())
    rows_here = sum(number > first_line for number, _ in split.fitting())
    if counted and last_lines is lines and int(counted[1]) == rows_here:
        # one row is `(1 row)`
        told = re.escape(end.strip()).replace(counted[1], r"(\d+)", 1).replace(r"rows", "rows?")
        dialect["row_count"] = {"line": rf"\s*{told}\s*"}
        others = {number: line for number, line in others.items() if line != end}
        notes.append("row_count: the last line says how many rows the file holds")
    elif end and not COMMENT.match(end):
        row = split_lines([end], split.delimiter, split.quote).rows
        word = re.match(r"[^\W\d_]{1,12}(?![^\W\d_])", end)
        if row and len(row[0]) != split.width and word:
            # Only the first word stands in the contract: the rest of a line may name someone.
            trailer = re.escape(word[0]) + r"\b.*"
            # a word that rows begin with, too, would drop them
            rows = [lines[number - 1] for number, _ in split.fitting() if number > first_line]
            if not any(re.fullmatch(trailer, line) for line in rows):
                patterns.append(trailer)
                count = None if last_lines is not lines else len(rows)
                dialect |= _row_count(row[0], split.delimiter, count)
                if "row_count" in dialect:
                    notes.append("row_count: the last line says how many rows the file holds")
    rule = re.compile("|".join(f"(?:{each})" for each in patterns)) if patterns else None
    left = [number for number, line in others.items() if not (rule and rule.fullmatch(line))]
    if patterns:
        dialect["ignore_lines"] = "|".join(patterns)
        notes.append("ignore_lines is a proposal: lines that are no rows, dropped and counted")
    if left:
        notes.append(
            f"{len(left)} of {len(lines)} lines have another number of fields (first: line "
            f"{left[0]}); they will be quarantined"
        )


def _row_count(row: list[str], delimiter: str, count: int | None) -> dict[str, object]:
    """Return how a trailer says the number of rows, where one of its fields is that number.

    Parameters
    ----------
    count : int, optional
        Rows of the sample, where that is the whole file.
    """
    told = [int(field) if field.strip().isdigit() else None for field in row]
    for others in (0, 1, 2) if count and len(delimiter) == 1 else ():
        # it may count itself, and the header
        places = [place for place, number in enumerate(told) if number == count + others]
        if len(places) == 1 and places[0] > 0:
            (place,) = places
            mark = re.escape(delimiter)
            word = re.match(r"[^\W\d_]{1,12}(?![^\W\d_])", row[0])
            before = f"{re.escape(word[0])}[^{mark}]*{mark}" + f"[^{mark}]*{mark}" * (place - 1)
            behind = f"{mark}.*" if place + 1 < len(row) else ""
            said: dict[str, object] = {"line": rf"{before}\s*(\d+)\s*{behind}"}
            return {"row_count": said | ({"others": others} if others else {})}
    return {}


def _ordered(dialect: dict[str, object]) -> dict[str, object]:
    order = ["encoding", "delimiter", "quote", "escape", "columns", "header_row", "ignore_lines"]
    order.append("row_count")
    return {name: dialect[name] for name in order if name in dialect}
