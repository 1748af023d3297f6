"""JSON: objects flattened into columns named by their paths, as the contract will name them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from cx.errors import UserError
from ingest.draft.encoding import encoding_of
from ingest.draft.moments import epoch_of, moments
from ingest.draft.questions import Interview
from ingest.draft.sniff import BadSample, Piece
from ingest.draft.tables import Table, table
from ingest.draft.text import MAX_LINES, decoded
from ingest.formats.source import FileRefused
from ingest.formats.xml import is_empty_element, tree, with_lists

_MAX_DOCUMENT_BYTES = 64 << 20
_MAX_PATHS = 400
_LOOKED_AT = 64 << 10
# What stands around a list of records when it is delivered in pages.
_ENVELOPE = set(
    [
        "page",
        "pages",
        "size",
        "pagesize",
        "total",
        "totalcount",
        "count",
        "limit",
        "offset",
        "next",
        "previous",
        "links",
        "meta",
        "status",
        "success",
        "version",
        "timestamp",
        "generated",
        "generatedat",
        "created",
        "source",
        "system",
        "schema",
        "type",
        "exportedat",
        "date",
    ]
)
# How a document calls the moment it is of.
_WRITTEN = re.compile(
    r"generat|creat|timestamp|as_?of|publish|updat|fetch|snapshot|export|extract|taken|time|date|stand$",
    re.IGNORECASE,
)
# What ArcGIS says of a list that it has cut short, and what others say.
_LEFT_OUT = re.compile(r"exceededTransferLimit|(is_?)?truncated|(is_?)?partial", re.IGNORECASE)
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def json_table(piece: Piece, place: str, interview: Interview) -> Table:
    """Read a sample of JSON objects, one a line or in one document."""
    if piece.kind == "ndjson":
        head, tail, encoding = decoded(piece, place, interview)
        records = [_loaded(line) for line in [*head.splitlines()[:MAX_LINES], *tail.splitlines()]]
        records = [record for record in records if isinstance(record, dict)]
        dialect: dict[str, object] = {}
    else:
        records, dialect, encoding = _of_document(piece, place, interview)
    if encoding:
        dialect["encoding"] = encoding
    if not records and "records" not in dialect:
        raise UserError(f"{piece.name} holds no JSON object; give a sample with records")
    # of a document that holds no list of records: address1 and address2 of a person are fields
    is_one = piece.kind != "ndjson" and "records" not in dialect
    named = {path for record in records[:500] for path in _named(record, "$")} if is_one else set()
    explode = named.pop() if len(named) == 1 else None
    said = interview.told(f"{place}.dialect.records") if is_one else None
    explode = said if said and ".*" in said else explode
    within = _lists_within(records, explode) if explode else {}
    if within:
        # the first of a list would stand for all of it
        at, options = f"{place}.dialect.records", [explode, *within]
        said = interview.ask(at, f"where are the records? {' or '.join(options)}", tuple(options))
        if said not in options:
            dialect["records"] = said
        explode = said if said in options else explode
    found = _lists(records) if explode is None else {}
    explode = explode or _exploded(place, interview)
    flat = [
        {**around, **each}
        for record in records[:MAX_LINES]
        for around in [dict(_flattened(record, "$", explode))]
        for each in (_members(record, explode) if explode else [{}])
    ]
    if not flat:
        # things under their own names, and none just now: what stands around them is there
        flat = [dict(_flattened(record, "$", explode)) for record in records[:MAX_LINES]]
    columns = list(dict.fromkeys(path for record in flat for path in record))[:_MAX_PATHS]
    lists = found or _lists(records)
    lists = {path: each for path, each in (lists | within).items() if path != explode}
    rows = [[record.get(path) for path in columns] for record in flat]
    told = (
        _told_of_itself(piece) if piece.kind != "ndjson" and (lists or "records" in dialect) else {}
    )
    return table(
        columns, rows, piece.kind, dialect=dialect, lists=lists, explode=explode, told=told
    )


def _exploded(place: str, interview: Interview) -> str | None:
    """Return the list that was answered to be what rows are of, under whatever entity."""
    asked = (each for each in interview.answers if re.fullmatch(rf"{place}\.\w+\.explode", each))
    said = next(map(interview.told, list(asked)), None)
    return said if said and said.startswith("$") else None


def _told_of_itself(piece: Piece) -> dict[str, str]:
    """Return the moments a document tells beside its records: when it was generated, say."""
    document = _document(piece, _encoding(piece)) if piece.is_whole else None
    if not isinstance(document, dict):
        return {}
    bare = {key: each for key, each in document.items() if not isinstance(each, list)}
    return {
        path: text
        for path, text in _flattened(bare, "$")
        if text and "[0]" not in path and _WRITTEN.search(path) and _is_moment(text)
    }


def _is_moment(text: str) -> bool:
    found = moments({text: 1})
    return epoch_of([text]) is not None or (found is not None and found.kind == "timestamp")


def json_records(piece: Piece) -> list[dict]:
    """Return the first objects of a JSON sample, whatever they are."""
    if piece.kind == "ndjson":
        lines = piece.head.decode(_encoding(piece), errors="replace").splitlines()[:100]
        return [record for line in lines if isinstance(record := _loaded(line), dict)]
    if piece.kind == "xml":
        return []
    document = _document(piece, _encoding(piece))
    found = document if isinstance(document, list) else [document]
    return [record for record in found[:100] if isinstance(record, dict)]


def lists_of_records(piece: Piece) -> list[tuple[str, list[dict]]]:
    """Return the lists of objects in a document, with their paths: notifications of several hubs.

    What stands in a list of a document that is one itself is found, too.
    """
    if piece.kind != "json":
        return []
    document = _document(piece, _encoding(piece))
    outer = [document] if isinstance(document, dict) else []
    found = [each for one in outer for each in _record_lists(one, "$")]
    if isinstance(document, list):
        marks, elements = _unpacked(document)
        found = [(f"${marks}", [each for each in elements if isinstance(each, dict)])]
    deeper = _deeper(found)
    return [*found, *deeper] if isinstance(document, dict) else deeper


def _encoding(piece: Piece) -> str:
    """Return how to read a sample just to look what it is."""
    found = encoding_of(piece.head[:_LOOKED_AT]).name
    return found if "16" in found or "32" in found else "utf-8-sig"


def _loaded(line: str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _document(piece: Piece, encoding: str) -> object:
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
        return json.loads(content.decode(encoding, errors="replace").removeprefix("\ufeff"))
    except ValueError as error:
        raise BadSample(f"{piece.name} is not valid JSON ({error}); is it cut short?") from error


def _of_document(
    piece: Piece, place: str, interview: Interview
) -> tuple[list[dict], dict[str, object], str | None]:
    # XML declares its encoding itself
    encoding = None if piece.kind == "xml" else decoded(piece, place, interview)[2]
    document = _document(piece, encoding if encoding and "ASK" not in encoding else "utf-8")
    if isinstance(document, list):
        marks, elements = _unpacked(document)
        records = [record for record in elements if isinstance(record, dict)]
        return records, {"records": f"${marks}"}, encoding
    if not isinstance(document, dict):
        return [], {}, encoding
    records, dialect = _of_object(document, piece, place, interview)
    return records, dialect | _cut_short(document), encoding


def _cut_short(document: dict) -> dict[str, object]:
    """Return where a document says that its server has left out a part of it, as ArcGIS does."""
    within = {"$": document} | {
        f"${_step(key)}": each for key, each in document.items() if isinstance(each, dict)
    }
    for at, each in within.items():
        told = (one for one, said in each.items() if str(said).lower() in ("true", "false"))
        key = next(filter(_LEFT_OUT.fullmatch, told), None)
        if key is not None:
            return {"cut_short": f"{at}{_step(key)}"}
    return {}


def _of_object(
    document: dict, piece: Piece, place: str, interview: Interview
) -> tuple[list[dict], dict[str, object]]:
    """Return the records of a document that is an object, and where they are in it."""
    # An envelope: the records are the one list of objects that is long.
    found = sorted(_record_lists(document, "$"), key=lambda each: -len(each[1]))
    said = interview.told(f"{place}.dialect.records")
    if said and said != "$" and _is_empty(document, said):
        # where the records are is known, and here are none
        return [], {"records": said}
    if not found:
        for steps in sorted(piece.lists, key=len):
            path = "".join(["$", *map(_step, steps), "[*]"])
            if is_empty_element(document, path):
                return [], {"records": path}
        empty = [key for key, each in document.items() if each == []]
        around = {key.lower().strip("@_$") for key in document if key not in empty}
        if len(empty) == 1 and around <= _ENVELOPE:
            # nothing is the case: an empty picture
            return [], {"records": f"${_step(empty[0])}[*]"}
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
        known = [*((path, [document]) for path in alike), *found, *_deeper(found)]
        known.append(("$", [document]))
        chosen = next((each for each in known if each[0] == answer), None)
        if chosen is None:
            options = ", ".join(path for path, _ in known)
            raise UserError(f"has no list of records at {answer}; give one of {options}")
        is_document = answer == "$" or answer in alike
        return chosen[1], {} if is_document else {"records": answer}
    if len(best) > 1 or not is_envelope:
        paths = [*alike, *(path for path, _ in [*found, *_deeper(found)])]
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


def _record_lists(value: dict, path: str, depth: int = 0) -> Iterator[tuple[str, list[dict]]]:
    for key, each in value.items():
        at = path + _step(key)
        if isinstance(each, list):
            marks, each = _unpacked(each)
            if each and all(isinstance(one, dict) for one in each):
                yield at + marks, each
        elif isinstance(each, dict) and depth < 3 and not _is_named(each):
            yield from _record_lists(each, at, depth + 1)


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


def _unpacked(elements: list) -> tuple[str, list]:
    """Return what lists within lists hold, with the path's marks: [[{…}, {…}], [{…}]] are three."""
    marks = "[*]"
    while elements and all(isinstance(each, list) for each in elements):
        inner = [one for each in elements for one in each]
        if not any(isinstance(one, dict | list) for one in inner):
            break  # rows whose fields have places instead of names
        marks, elements = marks + "[*]", inner
    return marks, elements


def _placed_lists(value: dict, path: str) -> Iterator[tuple[str, list[list]]]:
    """Yield the lists of rows whose fields have places instead of names: [["T1", 3], ["T2", 4]]."""
    for key, each in value.items():
        at = path + _step(key)
        if isinstance(each, list):
            marks, elements = _unpacked(each)
            if elements and all(isinstance(one, list) and one for one in elements):
                yield at + marks, elements
            for element in elements:
                if isinstance(element, dict):
                    yield from _placed_lists(element, at + marks)
        elif isinstance(each, dict):
            yield from _placed_lists(each, at)


def _deeper(found: list[tuple[str, list[dict]]]) -> list[tuple[str, list[dict]]]:
    """Return the lists of records within those of lists: pages of customers, say."""
    lists: dict[str, list[dict]] = {}
    for path, elements in found:
        for element in elements:
            for at, each in _record_lists(element, path):
                lists.setdefault(at, []).extend(each)
    return list(lists.items())


def _step(key: str) -> str:
    return f".{key}" if _PLAIN_KEY.fullmatch(key) else f'."{key}"'


def _is_named(value: object) -> bool:
    """Tell things that stand under their own names from fields: {"OUT-1": {…}, "OUT-2": {…}}.

    Names that tell things apart are numbered; what is alike under any names is a group of such.
    """
    if not isinstance(value, dict) or not value:
        return False
    members = list(value.values())
    if not all(isinstance(each, dict) for each in members):
        return False
    if any(map(_is_named, members)):
        return all(not each or _is_named(each) for each in members)
    shared = set.intersection(*(set(each) for each in members))
    return bool(shared) and all(re.search(r"\d", key) for key in value)


def _named(value: object, path: str, depth: int = 0) -> Iterator[str]:
    """Yield the paths with `.*` of what stands under its own names."""
    if _is_named(value):
        levels = 1
        while any(map(_is_named, value.values())):
            value = next(each for each in value.values() if _is_named(each))
            levels += 1
        yield path + ".*" * levels
    elif isinstance(value, dict) and depth < 3:
        for key, each in value.items():
            yield from _named(each, path + _step(key), depth + 1)


def _members(value: object, path: str) -> list[dict[str, str | None]]:
    """Return what is exploded as columns of `$item`, and of `$key` where it stands under a name."""
    if ".*" not in path:
        things = (each for _, each in _things(value, f"{path}[*]"))
        return [dict(_flattened(each, "$item", is_row=True)) for each in things]
    return [{"$key": key, **dict(_flattened(each, "$item"))} for key, each in _things(value, path)]


def _things(value: object, path: str) -> list[tuple[str, object]]:
    """Return the things a path with `.*` finds, with their names."""
    found = [("", value)]
    for step in re.findall(r'\.\*|\[\*\]|\."[^"]*"|\.\w+', path.removeprefix("$")):
        if step == "[*]":
            found = [(key, one) for key, each in found for one in each or ()]
            continue
        inner = [(key, each) for key, each in found if isinstance(each, dict)]
        if step == ".*":
            found = [member for _, each in inner for member in each.items()]
        else:
            found = [(key, each.get(step[1:].strip('"'))) for key, each in inner]
    return found


def _flattened(
    value: object, path: str, explode: str | None = None, *, is_row: bool = False
) -> Iterator[tuple[str, str | None]]:
    """Yield (path, text) of every field; what is exploded is left to its own rows.

    Of a list the first stands for all, unless it is a row whose fields have places.
    """
    # what the lists between say is no element's own
    if explode and path == re.split(r"\.\*|\[\*\]", explode)[0]:
        return
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _flattened(each, path + _step(key), explode)
    elif isinstance(value, list):
        for place, each in enumerate(value if is_row else value[:1]):
            yield from _flattened(each, f"{path}[{place}]", explode)
    elif value is None:
        yield path, None
    else:
        text = value if isinstance(value, str) else json.dumps(value)
        yield path, text


def _lists_within(records: list[dict], explode: str) -> dict[str, list[str]]:
    """Return the lists of objects within things that stand under their own names."""
    things = [each for record in records for _, each in _things(record, explode)]
    found = _lists([each for each in things if isinstance(each, dict)], at_least=1)
    return {f"{explode}{path.removeprefix('$')}[*]": fields for path, fields in found.items()}


def _lists(records: list[dict], at_least: int = 2) -> dict[str, list[str]]:
    """Return lists of several objects, which may become a row each, with their fields' paths."""
    found: dict[str, dict[str, None]] = {}
    for record in records[:500]:
        outer = list(_record_lists(record, "$"))
        for path, elements in [*outer, *_deeper(outer), *_placed_lists(record, "$")]:
            if len(elements) >= at_least:
                fields = found.setdefault(path.removesuffix("[*]"), {})
                for element in elements[:5]:
                    for field, _ in _flattened(element, "$item", is_row=True):
                        fields.setdefault(field)
    return {path: list(fields) for path, fields in found.items()}
