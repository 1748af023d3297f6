"""Records that go over several lines: seen where names before a mark come again and again."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from cx.errors import UserError
from ingest.draft.questions import Interview
from ingest.draft.tables import Table, table
from ingest.draft.words import is_known

SEVERAL = "several lines"
_MARKS = (" = ", ":=", "=", ":")
_NAME = re.compile(r"[^\W\d_][\w ./()#%&:-]{0,79}")
_RULE = re.compile(r"\s*([-=*#_~+])\1{2,}\s*")
_NEARLY_ALL, _FEWEST_NAMES = 0.9, 3


@dataclass(frozen=True)
class _Stanzas:
    """Records of name and value a line, and what a contract must say to read them."""

    mark: str
    begins: str | None
    rules: str | None
    is_indented: bool
    is_headed: bool
    records: list[dict[str, str]]


def multiline_table(
    lines: list[str], place: str, interview: Interview, encoding: str | None
) -> Table | None:
    """Read a sample as records of several lines; None where it is not seen or said to be such."""
    dialect: dict[str, object] = {"encoding": encoding} if encoding else {}
    said = interview.told(f"{place}.dialect.delimiter")
    if said == SEVERAL:
        return _asked(lines, place, interview, dialect)
    found = None if said is not None else _stanzas(lines)
    if found is None:
        return None
    notes = ["a record is several lines of name and value"]
    if found.is_headed:
        notes.append("the line that heads a record: sql:split_part(_record, chr(10), 1)")
    if found.begins:
        dialect["record_begins"] = found.begins
    else:
        notes[0] += ", with blank lines between"
    dialect["pairs"] = found.mark.strip() or found.mark
    if found.mark == " = ":
        dialect["pairs"] = found.mark
    if found.is_indented:
        dialect["continues"] = r"\s+.*"
        notes.append("indented lines go on with the value before: leave continues out if not")
    if found.rules:
        dialect["ignore_lines"] = found.rules
    columns = list(dict.fromkeys(name for record in found.records for name in record))
    rows = [[record.get(name) or None for name in columns] for record in found.records]
    return table(columns, rows, "multiline", dialect=dialect, notes=notes)


def _asked(lines: list[str], place: str, interview: Interview, dialect: dict[str, object]) -> Table:
    """Return records of free text, divided as answered; until then the whole line stands there."""
    said = interview.ask(
        f"{place}.dialect.record_begins",
        "which regular expression fits the whole line that begins a record? blank: blank lines "
        "stand between records",
    )
    ends = interview.told(f"{place}.dialect.record_ends")
    if said and not said.startswith("ASK"):
        dialect["record_begins"] = said
    elif said:
        dialect["record_begins"] = said
        said = ""
    if ends:
        dialect["record_ends"] = ends
    try:
        fits = re.compile(said).fullmatch
    except re.error as error:
        raise UserError(f"{said!r} is no regular expression ({error}); answer another") from error
    records: list[list[str]] = []
    was_blank = True
    for line in lines:
        is_first = fits(line) if said else line.strip() and was_blank
        if is_first:
            records.append([])
        if records and line.strip():
            records[-1].append(line)
        was_blank = not line.strip()
    if not records:
        raise UserError(
            f"has no line that {said!r} fits as a whole, which {place}.dialect.record_begins says; "
            r"blanks before it count, too (\s*)"
        )
    rows = [["\n".join(record)] for record in records]
    notes = [
        "_record is the text of a record; read it by "
        "sql:regexp_extract(_record, 'KEY=([^ ]*)', 1), its lines by string_split(_record, chr(10))"
    ]
    return table(["_record"], rows, "multiline", dialect=dialect, notes=notes)


def _stanzas(lines: list[str]) -> _Stanzas | None:
    """Return the records of a text in which the same names come again, one a line."""
    filled = [line for line in lines if line.strip() and not _RULE.fullmatch(line)]
    if len(filled) < 2 * _FEWEST_NAMES:
        return None
    for mark in _MARKS:
        flush = [line for line in filled if not line[:1].isspace()]
        has_indented = len(flush) < len(filled)
        told = [line for line in filled if _pair(line, mark)]
        names = Counter(_pair(line, mark)[0] for line in told)
        again = {name for name, count in names.items() if count > 1}
        # of a list of two columns the first holds things, of which no word is known
        if len(again) < _FEWEST_NAMES or not any(map(is_known, again)):
            continue
        if sum(names[name] for name in again) < 0.8 * len(told):
            continue
        heads = _heads(flush, mark)
        flush = [line for line in flush if line not in heads]
        filled = [line for line in filled if line not in heads]
        # what is indented may go on with a value, and then only lines at the edge are pairs
        at_edge = [line for line in flush if _pair(line, mark)]
        goes_on = has_indented and len(at_edge) > _NEARLY_ALL * len(flush) and len(flush) > 1
        # a line at the edge without a pair heads the indented ones
        within = [line for line in filled if line[:1].isspace()]
        inside = sum(_pair(line, mark) is not None for line in within)
        is_headed = len(flush) > 1 and not at_edge and inside > _NEARLY_ALL * len(within)
        if not (goes_on or is_headed) and len(told) <= _NEARLY_ALL * len(filled):
            continue
        if heads:
            found = _headed(lines, mark, _shaped(next(iter(heads))), goes_on)
        elif is_headed:
            found = _headed(lines, mark, r"\S.*", False)
        else:
            found = _divided(lines, mark, goes_on)
        if found:
            return found
    return None


def _heads(flush: list[str], mark: str) -> set[str]:
    """Return the lines that head records: no pairs, all of one shape, the first line among them."""
    heads = {line for line in flush if not _pair(line, mark)}
    is_one = len({re.sub(r"\d+", "0", line) for line in heads}) == 1 < len(heads)
    return heads if is_one and flush[0] in heads else set()


def _shaped(head: str) -> str:
    """Return a regular expression for lines like this one, with other numbers."""
    return re.sub(r"\d+", r"\\d+", _escaped(head))


def _escaped(text: str) -> str:
    """Return a regular expression for a text that a person can read, too."""
    return re.sub(r"\\([ -])", r"\1", re.escape(text))


def _headed(lines: list[str], mark: str, begins: str, goes_on: bool) -> _Stanzas:
    """Divide by the lines that head records."""
    rules, blocks = _rules(lines), []
    for line in lines:
        if not line.strip() or (rules and _RULE.fullmatch(line)):
            continue
        if re.fullmatch(begins, line):
            blocks.append([])
        if blocks:
            blocks[-1].append(line)
    records = [_record(block, mark, goes_on) for block in blocks]
    return _Stanzas(mark, begins, rules, goes_on, True, [record for record in records if record])


def _pair(line: str, mark: str) -> tuple[str, str] | None:
    name, found, value = line.partition(mark)
    name = name.strip()
    return (name, value.strip()) if found and _NAME.fullmatch(name) else None


def _divided(lines: list[str], mark: str, goes_on: bool) -> _Stanzas | None:
    """Divide by blank lines where each part begins alike, else by the name that begins the first.

    In each record that name stands once.
    """
    rules = _rules(lines)
    kept = [line for line in lines if not (rules and _RULE.fullmatch(line))]
    blocks: list[list[str]] = [[]]
    for line in kept:
        if line.strip():
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    blocks = [block for block in blocks if block]
    firsts = Counter(_pair(block[0], mark)[0] if _pair(block[0], mark) else "" for block in blocks)
    first, count = firsts.most_common(1)[0]
    begins = None
    if not first or len(blocks) < 2 or count < _NEARLY_ALL * len(blocks):
        filled = [line for line in kept if line.strip()]
        pairs = [(line, _pair(line, mark)) for line in filled]
        first = next(pair[0] for _, pair in pairs if pair)
        starts = [number for number, (_, pair) in enumerate(pairs) if pair and pair[0] == first]
        if len(starts) < 2:
            return None
        begins = rf"\s*{_escaped(first)}\s*{_escaped(mark.strip() or mark)}.*"
        blocks = [
            filled[start:end] for start, end in zip(starts, [*starts[1:], len(filled)], strict=True)
        ]
    records = [_record(block, mark, goes_on) for block in blocks]
    if any(record is None for record in records[: max(1, len(records) // 10)]):
        return None
    return _Stanzas(mark, begins, rules, goes_on, False, [record for record in records if record])


def _rules(lines: list[str]) -> str | None:
    drawn = sorted({line.strip()[0] for line in lines if _RULE.fullmatch(line)})
    each = "".join(map(re.escape, drawn))
    return rf"\s*[{each}]{{3,}}\s*" if drawn else None


def _record(block: list[str], mark: str, goes_on: bool) -> dict[str, str] | None:
    record: dict[str, str] = {}
    last = None
    for line in block:
        pair = None if goes_on and line[:1].isspace() else _pair(line, mark)
        if pair:
            last = pair[0]
            record.setdefault(last, pair[1])
        elif last is not None and line[:1].isspace():
            record[last] = f"{record[last]}\n{line.strip()}".strip()
    return record or None
