"""A document of JSON or XML: where in it the records are, and what it says of itself."""

from __future__ import annotations

import json
import re

from cx.errors import UserError
from ingest.draft.encoding import encoding_of
from ingest.draft.paths import deeper, record_lists, step_of, unpacked
from ingest.draft.questions import Interview
from ingest.draft.sniff import BadSample, Piece
from ingest.draft.text import decoded
from ingest.formats.source import FileRefused
from ingest.formats.xml import is_empty_element, tree, with_lists

_MAX_DOCUMENT_BYTES = 64 << 20
_LOOKED_AT = 64 << 10
# What stands around a list of records when it is delivered in pages.
_ENVELOPE = {
    "page", "pages", "size", "pagesize", "total", "totalcount", "count", "limit", "offset",
    "next", "previous", "links", "meta", "status", "success", "version", "timestamp", "generated",
    "generatedat", "created", "source", "system", "schema", "type", "exportedat", "date",
}  # fmt: skip
# What ArcGIS says of a list that it has cut short, and what others say.
_LEFT_OUT = re.compile(r"exceededTransferLimit|(is_?)?truncated|(is_?)?partial", re.IGNORECASE)


def json_records(piece: Piece) -> list[dict]:
    """Return the first objects of a JSON sample, whatever they are."""
    if piece.kind == "ndjson":
        lines = piece.head.decode(encoding_to_look(piece), errors="replace").split("\n")[:100]
        return [record for line in lines if isinstance(record := loaded_line(line), dict)]
    if piece.kind == "xml":
        return []
    document = document_of(piece, encoding_to_look(piece))
    found = document if isinstance(document, list) else [document]
    return [record for record in found[:100] if isinstance(record, dict)]


def lists_of_records(piece: Piece) -> list[tuple[str, list[dict]]]:
    """Return the lists of objects in a document, with their paths: notifications of several hubs.

    What stands in a list of a document that is one itself is found, too.
    """
    if piece.kind != "json":
        return []
    document = document_of(piece, encoding_to_look(piece))
    outer = [document] if isinstance(document, dict) else []
    found = [each for one in outer for each in record_lists(one, "$")]
    if isinstance(document, list):
        marks, elements = unpacked(document)
        found = [(f"${marks}", [each for each in elements if isinstance(each, dict)])]
    below = deeper(found)
    return [*found, *below] if isinstance(document, dict) else below


def encoding_to_look(piece: Piece) -> str:
    """Return how to read a sample just to look what it is."""
    found = encoding_of(piece.head[:_LOOKED_AT]).name
    return found if "16" in found or "32" in found else "utf-8-sig"


# Half of a pair by which JSON writes a letter beyond the first 65,536: no text can hold it alone.
_HALF = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)


def _read(text: str) -> object:
    return json.loads(_HALF.sub(r"\\ufffd", text))


def loaded_line(line: str) -> object:
    """Return what a line of NDJSON holds; None where it is none."""
    try:
        return _read(line)
    except ValueError:
        return None


def document_of(piece: Piece, encoding: str) -> object:
    """Return the document a sample is.

    Raises
    ------
    UserError
        When it is too large for a sample, or no JSON or XML.
    """
    size = len(piece.head) if piece.is_whole else piece.path.stat().st_size
    if size > _MAX_DOCUMENT_BYTES:
        raise UserError(f"{piece.name} is one document above 64 MB; give a smaller sample")
    if piece.kind == "xml":
        try:
            return with_lists(tree(piece.path), piece.lists)
        except FileRefused as error:
            raise BadSample(f"{piece.name} {error}") from error
    content = piece.head if piece.is_whole else piece.path.read_bytes()
    try:
        return _read(content.decode(encoding, errors="replace").removeprefix("\ufeff"))
    except ValueError as error:
        raise BadSample(f"{piece.name} is not valid JSON ({error}); is it cut short?") from error


def records_of(
    piece: Piece, place: str, interview: Interview
) -> tuple[list[dict], dict[str, object], str | None]:
    """Return a document's records, what the dialect must say of them, and its encoding."""
    # XML declares its encoding itself
    encoding = None if piece.kind == "xml" else decoded(piece, place, interview)[2]
    document = document_of(piece, encoding if encoding and "ASK" not in encoding else "utf-8")
    if isinstance(document, list):
        marks, elements = unpacked(document)
        records = [record for record in elements if isinstance(record, dict)]
        return records, {"records": f"${marks}"}, encoding
    if not isinstance(document, dict):
        return [], {}, encoding
    records, dialect = _of_object(document, piece, place, interview)
    return records, dialect | _cut_short(document), encoding


def _cut_short(document: dict) -> dict[str, object]:
    """Return where a document says that its server has left out a part of it, as ArcGIS does."""
    within = {"$": document} | {
        f"${step_of(key)}": each for key, each in document.items() if isinstance(each, dict)
    }
    for at, each in within.items():
        told = (one for one, said in each.items() if str(said).lower() in ("true", "false"))
        key = next(filter(_LEFT_OUT.fullmatch, told), None)
        if key is not None:
            return {"cut_short": f"{at}{step_of(key)}"}
    return {}


def _of_object(
    document: dict, piece: Piece, place: str, interview: Interview
) -> tuple[list[dict], dict[str, object]]:
    """Return the records of a document that is an object, and where they are in it."""
    # An envelope: the records are the one list of objects that is long.
    found = sorted(record_lists(document, "$"), key=lambda each: -len(each[1]))
    said = interview.told(f"{place}.dialect.records")
    if said and said != "$" and _is_empty(document, said):
        # where the records are is known, and here are none
        return [], {"records": said}
    if not found:
        for steps in sorted(piece.lists, key=len):
            path = "".join(["$", *map(step_of, steps), "[*]"])
            if is_empty_element(document, path):
                return [], {"records": path}
        empty = [key for key, each in document.items() if each == []]
        around = {key.lower().strip("@_$") for key in document if key not in empty}
        if len(empty) == 1 and around <= _ENVELOPE:
            # nothing is the case: an empty picture
            return [], {"records": f"${step_of(empty[0])}[*]"}
        return [document], {}
    # one of several lists alike would leave the others out, and those that come tomorrow
    alike = _alike_under_names(found)
    top = document
    if piece.kind == "xml" and len(found) == 1:
        # the one element around all others says nothing of its own but by what stands in it
        (top,) = document.values()
    around = {key.lower().strip("@_$") for key, each in top.items() if each is not found[0][1]}
    is_envelope = len(found) == 1 and around <= _ENVELOPE
    best = [each for each in found if len(each[1]) == len(found[0][1])]
    at = f"{place}.dialect.records"
    answer = interview.told(at)
    if answer is not None:
        known = [*((path, [document]) for path in alike), *found, *deeper(found)]
        known.append(("$", [document]))
        chosen = next((each for each in known if each[0] == answer), None)
        if chosen is None:
            options = ", ".join(path for path, _ in known)
            raise UserError(f"has no list of records at {answer}; give one of {options}")
        is_document = answer == "$" or answer in alike
        return chosen[1], {} if is_document else {"records": answer}
    if len(best) > 1 or not is_envelope:
        paths = [*alike, *(path for path, _ in [*found, *deeper(found)])]
        options = " or ".join([*paths, "$ (the document itself)"])
        said = interview.ask(at, f"where are the records? {options}")
        return found[0][1], {"records": said}
    return found[0][1], {"records": found[0][0]}


def _is_empty(document: dict, path: str) -> bool:
    """Tell whether lists lead to where a path of records points, and hold none just now."""
    found: list[object] = [document]
    for step in path.removeprefix("$").removesuffix("[*]").split("[*]"):
        keys = [key.strip('"') for key in re.findall(r'\."[^"]*"|\.\w+', step)]
        for key in (each.removeprefix(".").strip('"') for each in keys):
            if not all(isinstance(each, dict) and key in each for each in found):
                return False
            found = [each[key] for each in found]
        if not all(isinstance(each, list) for each in found):
            return False
        found = [one for each in found for one in each]
    return not found


def _alike_under_names(found: list[tuple[str, list[dict]]]) -> list[str]:
    """Return the paths with `.*` of lists alike that stand under names of their own: of regions."""
    groups: dict[str, list[set[str]]] = {}
    for path, elements in found:
        above = re.match(r'(.*)(?:\."[^"]*"|\.\w+)((?:\[\*\])+)$', path)
        fields = set().union(*(set(each) for each in elements))
        groups.setdefault(f"{above[1]}.*{above[2]}" if above else path, []).append(fields)
    return [
        path
        for path, fields in groups.items()
        if len(fields) > 1 and 2 * len(set.intersection(*fields)) > max(map(len, fields))
    ]
