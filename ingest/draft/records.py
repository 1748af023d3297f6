"""JSON: objects flattened into columns named by their paths, as the contract will name them."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator

from cx.errors import UserError
from ingest.draft.documents import document_of, encoding_to_look, loaded_line, records_of
from ingest.draft.moments import epoch_of, moments
from ingest.draft.paths import (
    deeper,
    named_paths,
    placed_lists,
    record_lists,
    step_of,
    things_at,
)
from ingest.draft.questions import Interview
from ingest.draft.sniff import Piece
from ingest.draft.tables import Table, table
from ingest.draft.text import MAX_LINES, decoded

_MAX_PATHS = 400
# How a document calls the moment it is of.
_WRITTEN = re.compile(
    r"generat|creat|timestamp|as_?(of|at)|publish|updat|fetch|snapshot|export|extract|taken|time|date"
    r"|poll|captur|retriev|observ|sampled|\bts\b|stand$",
    re.IGNORECASE,
)


def json_table(piece: Piece, place: str, interview: Interview) -> Table:
    """Read a sample of JSON objects, one a line or in one document."""
    if piece.kind == "ndjson":
        head, tail, encoding = decoded(piece, place, interview)
        records = [loaded_line(line) for line in [*head.split("\n")[:MAX_LINES], *tail.split("\n")]]
        records = [record for record in records if isinstance(record, dict)]
        dialect: dict[str, object] = {}
    else:
        records, dialect, encoding = records_of(piece, place, interview)
    if encoding:
        dialect["encoding"] = encoding
    if not records and "records" not in dialect:
        raise UserError(f"{piece.name} holds no JSON object; give a sample with records")
    # of a document that holds no list of records: address1 and address2 of a person are fields
    is_one = piece.kind != "ndjson" and "records" not in dialect
    named = (
        {path for record in records[:500] for path in named_paths(record, "$")} if is_one else set()
    )
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
    return said.removesuffix("[*]") if said and said.startswith("$") else None


def _told_of_itself(piece: Piece) -> dict[str, str]:
    """Return the moments a document tells beside its records: when it was generated, say."""
    document = document_of(piece, encoding_to_look(piece)) if piece.is_whole else None
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


def _members(value: object, path: str) -> list[dict[str, str | None]]:
    """Return what is exploded as columns of `$item`, and of `$key` where it stands under a name."""
    if ".*" not in path:
        # of lists in lists what the inner one stands in is told, too: the bill of a line
        outer, mark, inner = path.rpartition("[*]")
        return [
            dict(
                itertools.chain(
                    _flattened(around, "$parent", f"$parent{inner}") if mark else (),
                    _flattened(each, "$item", is_row=True),
                )
            )
            for _, around in things_at(value, outer + mark or "$")
            for _, each in things_at(around, f"${inner}[*]" if mark else f"{path}[*]")
        ]
    return [
        {"$key": key, **dict(_flattened(each, "$item"))} for key, each in things_at(value, path)
    ]


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
            yield from _flattened(each, path + step_of(key), explode)
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
    things = [each for record in records for _, each in things_at(record, explode)]
    found = _lists([each for each in things if isinstance(each, dict)], at_least=1)
    return {f"{explode}{path.removeprefix('$')}[*]": fields for path, fields in found.items()}


def _lists(records: list[dict], at_least: int = 2) -> dict[str, list[str]]:
    """Return lists of several objects, which may become a row each, with their fields' paths."""
    found: dict[str, dict[str, None]] = {}
    for record in records[:500]:
        outer = list(record_lists(record, "$"))
        for path, elements in [*outer, *deeper(outer), *placed_lists(record, "$")]:
            if len(elements) >= at_least:
                fields = found.setdefault(path.removesuffix("[*]"), {})
                for element in elements[:5]:
                    for field, _ in _flattened(element, "$item", is_row=True):
                        fields.setdefault(field)
    return {path: list(fields) for path, fields in found.items()}
