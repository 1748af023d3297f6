"""What stands between the fields: the one mark that divides nearly all lines alike."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass

from ingest.formats.csv import SPACES

_DELIMITERS = (
    ";", ",", "\t", "|", "^", "~", ":", "||", "|~|", "~|~", ";;", "::", "^^", "¦", "§", "|^|",
    "\x01", "\x1c", "\x1d", "\x1e", "\x1f", SPACES
)  # fmt: skip
# What stands between fields that nothing but blanks divides, as the loader reads them: no separator
# of ASCII (\x1c to \x1f) and no wide space is one.
BLANKS = re.compile(r"[ \t\f]+")
VALUE = re.compile(r"[+-]?[\d.,'\u00a0 ]*\d%?|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}.*|\d{1,2}:\d{2}.*")
COMMENT = re.compile(r"\s*(#|--|//)")
# Marks that stand together, as some systems divide fields; quotes and brackets are of the fields.
_RUN = re.compile(r"(?<=[\w\s])[|^~#@§¦;$%&*!]{2,6}(?=[\w\s])")
_LOOKED_AT, _MAX_RUNS = 50, 3
_NEARLY_ALL = 0.9
# Where no mark divides nearly all lines, one that divides most of them does: the rest is foreign.
_MOST = 0.7
_MAX_KINDS = 20


@dataclass(frozen=True)
class Split:
    """The lines of a sample split by one delimiter."""

    delimiter: str
    quote: str
    width: int
    share: float
    rows: list[list[str]]
    numbers: list[int]

    def fitting(self) -> list[tuple[int, list[str]]]:
        """Return the rows of the usual width, with the lines they begin on."""
        return [
            (number, row)
            for number, row in zip(self.numbers, self.rows, strict=True)
            if len(row) == self.width
        ]


def candidates(lines: list[str]) -> list[Split]:
    """Return the splits that fit, best first; more than one only when they cannot be told apart."""
    marks = dict.fromkeys([*_DELIMITERS, *_runs(lines)])
    tried = [best_quote(lines, each) for each in marks if _stands(lines, each)]
    fits = [each for each in tried if each.width > 1 and not _is_inside_values(lines, each)]
    fits = [each for each in fits if each.share >= _NEARLY_ALL] or [
        each for each in fits if each.share >= _MOST and each.width > 2 and each.delimiter != SPACES
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
    first = max(fits, key=lambda each: scores[each.delimiter])
    best = scores[first.delimiter]
    return sorted(
        (
            each
            for each in fits
            if best - scores[each.delimiter] < 0.05 or _may_be_around(each, first)
        ),
        key=lambda each: -scores[each.delimiter],
    )


def kinds_of(lines: list[str]) -> tuple[str, dict[str, int]] | None:
    """Return the mark that divides records of several kinds, and how many fields each kind has.

    The first field tells the kind, as in header, detail and trailer; lines of one kind are alike.
    """
    filled = [line for line in lines if line.strip()]
    for mark in "|;,\t^~":
        widths: dict[str, set[int]] = {}
        for line in filled:
            first, *rest = line.split(mark)
            widths.setdefault(first.strip(), set()).add(1 + len(rest))
        fields = set().union(*widths.values())
        if (
            1 < len(widths) <= _MAX_KINDS
            and 3 * len(widths) <= len(filled)
            and all(
                len(each) == 1 and re.fullmatch(r"\w{1,12}", kind) for kind, each in widths.items()
            )
            and len(fields) > 1
            and min(fields) > 1
        ):
            return mark, {kind: each.pop() for kind, each in widths.items()}
    return None


def _may_be_around(other: Split, first: Split) -> bool:
    """Tell whether a mark that divides into more fields may be the outer one of the two.

    In a|b|c|X^1^Y^2 the marks of each stand in one field of the other: nothing tells which is of
    the file and which of a field.
    """
    if other.width <= first.width or SPACES in (other.delimiter, first.delimiter):
        return False
    for split, mark in ((first, other.delimiter), (other, first.delimiter)):
        places = {
            place
            for _, row in split.fitting()[:300]
            for place, field in enumerate(row)
            if mark in field
        }
        fields = [row[place] for _, row in split.fitting()[:300] for place in places]
        if len(places) != 1 or all(VALUE.fullmatch(field.strip()) for field in fields):
            return False
    return True


def _runs(lines: list[str]) -> list[str]:
    """Return the runs of marks that every line holds as often as the first: ^|^ or #@#."""
    filled = [line for line in lines if line.strip() and not COMMENT.match(line)][:_LOOKED_AT]
    runs = dict.fromkeys(_RUN.findall(filled[0])) if filled else {}
    return [run for run in runs if all(line.count(run) == filled[0].count(run) for line in filled)][
        :_MAX_RUNS
    ]


def _is_inside_values(lines: list[str], split: Split) -> bool:
    """Tell whether what divides the lines may be part of a value: 1,5 and 09:12, or words."""
    if split.delimiter == SPACES:
        is_aligned = any("  " in line for line in lines)
        columns = zip(*(row for _, row in split.fitting()), strict=True)
        return not is_aligned and not any(
            sum(bool(VALUE.fullmatch(cell)) for cell in column) > 0.8 * len(column)
            for column in columns
        )
    if split.delimiter not in ",:" or (split.delimiter == "," and split.width > 2):
        return False
    filled = [line for line in lines if split.delimiter in line]
    within = rf"(?<=\d){split.delimiter}(?=\d)"
    return all(split.delimiter not in re.sub(within, "", line) for line in filled)


def _stands(lines: list[str], delimiter: str) -> bool:
    if delimiter == SPACES:
        return any(BLANKS.search(line.strip(" \t\f")) for line in lines[:5])
    return any(delimiter in line for line in lines)


def _cleanness(split: Split) -> float:
    """Return the share of fields that look like one thing: a value, or words without marks."""
    rows = [row for _, row in split.fitting()[:300]]
    fields = [field.strip() for row in rows for field in row]
    clean = sum(
        not field or bool(VALUE.fullmatch(field)) or not re.search(r"[;,|\t^~:]", field)
        for field in fields
    )
    return clean / max(len(fields), 1)


def best_quote(lines: list[str], delimiter: str) -> Split:
    """Split with the quote that leaves most lines alike."""
    split = split_lines(lines, delimiter, '"')
    if any('"' in line for line in lines):
        bare = split_lines(lines, delimiter, "")
        quoted = any(map(_holds_quoted, bare.rows))
        if bare.share > split.share + 0.02 or not quoted:
            return bare if bare.share >= split.share else split
        return split
    if any("'" in line for line in lines):
        single = split_lines(lines, delimiter, "'")
        cells = [field for row in split.rows for field in row if field]
        around = sum(field[0] == "'" == field[-1] and len(field) > 1 for field in cells)
        if single.share >= split.share and around > 0.2 * len(cells):
            return single
    return split


def _holds_quoted(row: list[str]) -> bool:
    """Whether a row cut at every delimiter holds a quoted field, or the ends of one cut through."""
    begins = False
    for field in row:
        begins = begins or field[:1] == '"'
        if begins and field[-1:] == '"' and field != '"':
            return True
    return False


def escapes(lines: list[str], delimiter: str) -> bool:
    """Tell whether a backslash makes the delimiter a letter in some of the lines."""
    return len(delimiter) == 1 and any(f"\\{delimiter}" in line for line in lines)


def split_lines(lines: list[str], delimiter: str, quote: str) -> Split:
    """Split lines and tell how many fields they have, titles and ends left aside."""
    rows: list[list[str]] = []
    numbers: list[int] = []
    if delimiter == SPACES:
        pairs = [
            (number, BLANKS.split(line.strip(" \t\f")))
            for number, line in enumerate(lines, 1)
            if line.strip()
        ]
        rows, numbers = [row for _, row in pairs], [number for number, _ in pairs]
    elif len(delimiter) > 1:
        pattern = re.compile(re.escape(delimiter) + (r'(?=(?:[^"]*"[^"]*")*[^"]*$)'))
        for number, line in enumerate(lines, start=1):
            if line.strip():
                rows.append([field.strip(quote or None) for field in pattern.split(line)])
                numbers.append(number)
    else:
        options = {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
        if escapes(lines, delimiter):
            options["escapechar"] = "\\"
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
    body = [len(row) for row in rows if len(row) == width or not COMMENT.match(row[0])]
    while body and body[0] != width:
        body.pop(0)
    while body and body[-1] != width:
        body.pop()
    share = sum(each == width for each in body) / len(body) if body else 0.0
    if len(body) < sum(not COMMENT.match(row[0]) for row in rows) / 2:
        share = 0.0
    return Split(delimiter, quote, width, share, rows, numbers)


def one_column(lines: list[str]) -> Split:
    """Take each line as one field: by a delimiter that stands nowhere, or a comma would divide.

    A comment is no row, and has no field.
    """
    kept = [
        (number, [] if COMMENT.match(line) else [line])
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    return Split("\x1f", "", 1, 1.0, [row for _, row in kept], [number for number, _ in kept])
