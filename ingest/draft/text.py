"""Delimited text: encoding, delimiter, header, and the lines that are no rows."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass

from ingest.draft.encoding import encoding_of
from ingest.draft.questions import Interview
from ingest.draft.sniff import Piece
from ingest.draft.tables import Table, table
from ingest.draft.words import is_known
from ingest.formats.csv import SPACES

MAX_LINES = 5_000
_DELIMITERS = (
    ";", ",", "\t", "|", "^", "~", ":", "\x01", "\x1f", "||", "|~|", "~|~", ";;", "::", "^^", SPACES
)  # fmt: skip
_SHOWN = {"\t": "tab", "\x01": "\\x01", "\x1f": "\\x1f"}
_NEARLY_ALL = 0.9
_VALUE = re.compile(r"[+-]?[\d.,'\u00a0 ]*\d%?|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}.*|\d{1,2}:\d{2}.*")
_COMMENT = re.compile(r"\s*(#|--|//)")


@dataclass(frozen=True)
class _Split:
    """The lines of a sample split by one delimiter."""

    delimiter: str
    quote: str
    width: int
    share: float
    rows: list[list[str]]
    numbers: list[int]

    def fitting(self) -> list[tuple[int, list[str]]]:
        return [
            (number, row)
            for number, row in zip(self.numbers, self.rows, strict=True)
            if len(row) == self.width
        ]


def decoded(piece: Piece, place: str, interview: Interview) -> tuple[str, str, str | None]:
    """Return the head's and the tail's text, and what the contract must say of the encoding."""
    sample = piece.head if piece.is_whole else piece.head[: piece.head.rfind(b"\n") + 1]
    found = encoding_of(sample or piece.head)
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
    head = piece.head.decode(name, errors="replace").removeprefix("\ufeff")
    if not piece.is_whole:
        head = head[: head.rfind("\n") + 1]
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
    dialect: dict[str, object] = {"encoding": encoding} if encoding else {}
    split = _chosen(lines, f"{place}.dialect.delimiter", interview, dialect)
    if split is None:
        return Table([], table([], [], "csv").frame, "csv", dialect)
    ends = tail.replace("\r\n", "\n").rstrip("\n").split("\n") if tail else []
    notes: list[str] = []
    columns, has_header = _columns(split, lines, place, interview, dialect, notes)
    first_line = split.fitting()[0][0] if has_header else 0
    body = [(number, row) for number, row in split.fitting() if number > first_line]
    last_lines = ends or ([] if len(all_lines) > MAX_LINES else lines)
    _other_lines(split, lines, last_lines, first_line, dialect, notes)
    rows = [[field or None for field in row] for _, row in body]
    if ends:
        more = _split(ends, split.delimiter, split.quote)
        if not any(split.quote and split.quote in line for line in ends):
            rows += [[each or None for each in row] for row in more.rows if len(row) == split.width]
    return table(columns, rows, "csv", dialect=_ordered(dialect), notes=notes)


def _chosen(
    lines: list[str], place: str, interview: Interview, dialect: dict[str, object]
) -> _Split | None:
    """Return the sample split by the one delimiter that fits; ask when none or several do."""
    answer = interview.told(place)
    if answer is not None:
        answer = {shown: mark for mark, shown in _SHOWN.items()}.get(answer, answer)
        chosen = [] if answer == "none" else [_best_quote(lines, answer)]
        if chosen and chosen[0].width < 2:
            answer = None
        elif not chosen:
            chosen = [_one_column(lines)]
    else:
        chosen = _candidates(lines)
    if not chosen or (interview.told(place) is not None and answer is None):
        tried = "it gives one column too" if interview.told(place) else "none gives two columns"
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
    return split


def interview_again(interview: Interview, place: str, tried: str) -> str:
    """Ask for the delimiter although something was answered: the answer divides nothing."""
    interview.answers.pop(place, None)
    return interview.ask(
        place,
        f"what stands between the fields? {tried}; give it, or `none` if there is one column",
    )


def _one_column(lines: list[str]) -> _Split:
    kept = [(number, [line]) for number, line in enumerate(lines, start=1) if line.strip()]
    return _Split(",", '"', 1, 1.0, [row for _, row in kept], [number for number, _ in kept])


def _candidates(lines: list[str]) -> list[_Split]:
    """Return the splits that fit, best first; more than one only when they cannot be told apart."""
    tried = [_best_quote(lines, each) for each in _DELIMITERS if _stands(lines, each)]
    fits = [
        each
        for each in tried
        if each.width > 1 and each.share >= _NEARLY_ALL and not _is_inside_values(lines, each)
    ]
    if any(each.delimiter != SPACES for each in fits):
        fits = [each for each in fits if each.delimiter != SPACES]
    # `||` read as `|` gives empty columns between all others.
    doubled = [each for each in fits if len(each.delimiter) > 1 and each.delimiter != SPACES]
    fits = [
        each
        for each in fits
        if each in doubled
        or not any(
            each.delimiter in other.delimiter
            and not any(each.delimiter in field for row in other.rows for field in row)
            for other in doubled
        )
    ]
    if len(fits) < 2:
        return fits
    # A mark inside times or decimals divides every row alike, too, but not the header.
    scores = {each.delimiter: _cleanness(each) for each in fits}
    best = max(scores.values())
    return sorted(
        (each for each in fits if best - scores[each.delimiter] < 0.05),
        key=lambda each: -scores[each.delimiter],
    )


def _is_inside_values(lines: list[str], split: _Split) -> bool:
    """Tell whether what divides the lines may be part of a value: 1,5 and 09:12, or words."""
    if split.delimiter == SPACES:
        is_aligned = any("  " in line for line in lines)
        columns = zip(*(row for _, row in split.fitting()), strict=True)
        return not is_aligned and not any(
            sum(bool(_VALUE.fullmatch(cell)) for cell in column) > 0.8 * len(column)
            for column in columns
        )
    if split.delimiter not in ",:" or (split.delimiter == "," and split.width > 2):
        return False
    filled = [line for line in lines if split.delimiter in line]
    within = rf"(?<=\d){split.delimiter}(?=\d)"
    return all(split.delimiter not in re.sub(within, "", line) for line in filled)


def _stands(lines: list[str], delimiter: str) -> bool:
    if delimiter == SPACES:
        return any(re.search(r"\S\s+\S", line) for line in lines[:5])
    return any(delimiter in line for line in lines)


def _cleanness(split: _Split) -> float:
    """Return the share of fields that look like one thing: a value, or words without marks."""
    rows = [row for _, row in split.fitting()[:300]]
    fields = [field.strip() for row in rows for field in row]
    clean = sum(
        not field or bool(_VALUE.fullmatch(field)) or not re.search(r"[;,|\t^~:]", field)
        for field in fields
    )
    return clean / max(len(fields), 1)


def _best_quote(lines: list[str], delimiter: str) -> _Split:
    """Split with the quote that leaves most lines alike."""
    split = _split(lines, delimiter, '"')
    if any('"' in line for line in lines):
        bare = _split(lines, delimiter, "")
        quoted = any(
            field[:1] == '"' == field[-1:] and len(field) > 1 for row in bare.rows for field in row
        )
        if bare.share > split.share + 0.02 or not quoted:
            return bare if bare.share >= split.share else split
        return split
    if any("'" in line for line in lines):
        single = _split(lines, delimiter, "'")
        cells = [field for row in split.rows for field in row if field]
        around = sum(field[0] == "'" == field[-1] and len(field) > 1 for field in cells)
        if single.share >= split.share and around > 0.2 * len(cells):
            return single
    return split


def _split(lines: list[str], delimiter: str, quote: str) -> _Split:
    rows: list[list[str]] = []
    numbers: list[int] = []
    if delimiter == SPACES:
        pairs = [(number, line.split()) for number, line in enumerate(lines, 1) if line.strip()]
        rows, numbers = [row for _, row in pairs], [number for number, _ in pairs]
    elif len(delimiter) > 1:
        pattern = re.compile(re.escape(delimiter) + (r'(?=(?:[^"]*"[^"]*")*[^"]*$)'))
        for number, line in enumerate(lines, start=1):
            if line.strip():
                rows.append([field.strip(quote or None) for field in pattern.split(line)])
                numbers.append(number)
    else:
        options = {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
        reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter, **options)
        last = 0
        try:
            for row in reader:
                if row and (len(row) > 1 or row[0].strip()):
                    rows.append([field.removesuffix("\n") for field in row])
                    numbers.append(last + 1)
                last = reader.line_num
        except csv.Error:
            rows, numbers = [], []
    # Titles above and notes below are few, but so are the rows of a small sample.
    widths = Counter(len(row) for row in rows)
    width = max(widths, key=lambda each: (widths[each] * (each > 1), each)) if widths else 0
    body = [len(row) for row in rows if len(row) == width or not _COMMENT.match(row[0])]
    while body and body[0] != width:
        body.pop(0)
    while body and body[-1] != width:
        body.pop()
    share = sum(each == width for each in body) / len(body) if body else 0.0
    if len(body) < sum(not _COMMENT.match(row[0]) for row in rows) / 2:
        share = 0.0
    return _Split(delimiter, quote, width, share, rows, numbers)


def _columns(
    split: _Split,
    lines: list[str],
    place: str,
    interview: Interview,
    dialect: dict[str, object],
    notes: list[str],
) -> tuple[list[str], bool]:
    """Return the columns' names and whether a line holds them; say it in the dialect."""
    fitting = split.fitting()
    number, first = fitting[0]
    names = [name.strip() for name in first]
    numbered = [f"c{position}" for position in range(1, split.width + 1)]
    place = f"{place}.dialect.columns"
    answer = interview.told(place)
    has_header: bool | None = _is_header(names, [row for _, row in fitting[1:400]])
    if answer in ("header", "none"):
        has_header = answer == "header"
    elif answer is not None:
        given = [name.strip() for name in answer.split(",")]
        if len(given) == split.width:
            dialect["columns"] = given
            return given, False
        interview.answers.pop(place)
        has_header = None
    if has_header is None:
        dialect["columns"] = interview.ask(
            place,
            "does the first line hold the columns' names? answer header, none, or the "
            f"{split.width} names with commas between",
        )
        return numbered, False
    if not has_header:
        notes.append("no header: name the columns here, in their order")
        dialect["columns"] = numbered
        return numbered, False
    if len(set(names)) < len(names) or not all(names):
        # The reader refuses names that cannot be told apart: they are named here instead.
        seen: Counter[str] = Counter()
        unique = []
        for position, name in enumerate(names, start=1):
            seen[name] += 1
            unique.append(
                f"c{position}" if not name else name if seen[name] == 1 else f"{name}_{seen[name]}"
            )
        notes.append("the header names a column twice, or not at all; named here by place")
        dialect["columns"] = unique
        dialect["ignore_lines"] = re.escape(lines[number - 1])
        return unique, True
    if number > 1:
        dialect["header_row"] = number
    return names, True


def _is_header(names: list[str], body: list[list[str]]) -> bool | None:
    """Tell whether the first line holds names; None when it cannot be told."""
    values = [bool(_VALUE.fullmatch(name)) for name in names]
    known = sum(is_known(name) for name in names)
    if sum(values) > len(names) / 4 or (any(values) and not known):
        return False if not known else None
    if known >= max(1, len(names) / 3):
        return True
    if not body:
        return None
    told = 0
    for position, name in enumerate(names):
        cells = [row[position].strip() for row in body if row[position].strip()]
        if not cells:
            continue
        if name in cells:
            return False if not known else None
        typed = sum(bool(_VALUE.fullmatch(cell)) for cell in cells)
        shapes = {_shape(cell) for cell in cells}
        is_shaped = len(cells) > 2 and len(shapes) == 1 and _shape(name) not in shapes
        if typed >= 0.8 * len(cells) or is_shaped:
            told += 1
    return True if told else None


def _shape(text: str) -> str:
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", text))


def _other_lines(
    split: _Split,
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
    if any(_COMMENT.match(line) for line in others.values()):
        marks = {_COMMENT.match(line)[1] for line in others.values() if _COMMENT.match(line)}
        patterns += [rf"\s*{re.escape(mark)}.*" for mark in sorted(marks)]
    filled = [line for line in last_lines if line.strip()]
    end = filled[-1] if filled else ""
    if end and not _COMMENT.match(end):
        row = _split([end], split.delimiter, split.quote).rows
        word = re.match(r"[^\W\d_]{1,12}(?![^\W\d_])", end)
        if row and len(row[0]) != split.width and word:
            # Only the first word stands in the contract: the rest of a line may name someone.
            patterns.append(re.escape(word[0]) + r"\b.*")
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


def _ordered(dialect: dict[str, object]) -> dict[str, object]:
    order = ["encoding", "delimiter", "quote", "columns", "header_row", "ignore_lines"]
    return {name: dialect[name] for name in order if name in dialect}
