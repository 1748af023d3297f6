"""JSON objects that tell one key twice with different values: neither of the two is the truth.

The engine takes the first and says nothing. Looking for it costs more than loading (three
microseconds a record against two), so a file is looked through as far as `HEAD` reaches, and as a
whole only where something is found there: what writes a key twice rarely does so once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import duckdb

from ingest.contract import Feed

HEAD_ROWS, HEAD_CHARACTERS = 5_000, 1_000_000
_BATCH_ROWS = 1_000
TABLE = "contradictions"


def find(connection: duckdb.DuckDBPyConnection, rows: str, feed: Feed) -> bool:
    """Fill temp table `contradictions` (_row, why) and tell whether there is any.

    Parameters
    ----------
    rows : str
        Table, view or bracketed select with `_row` and `record`, a text.
    feed : Feed
        Only a key that stands in it counts; where it takes things under their own names, every key.
    """
    told = feed.model_dump_json()
    select = f"select _row, cast(record as varchar) as record from {rows}"
    seen = 0
    for _, record in _fetched(connection, f"{select} limit {HEAD_ROWS}"):
        if _key_of(record, told) is not None:
            break
        seen += len(record)
        if seen > HEAD_CHARACTERS:
            return False
    else:
        return False
    found = [
        (row, _why(key, told))
        for row, record in _fetched(connection, select)
        if (key := _key_of(record, told)) is not None
    ]
    connection.execute(f"create or replace temp table {TABLE} (_row bigint, why varchar)")
    rows_found, whys = map(list, zip(*found, strict=True))
    connection.execute(
        f"insert into {TABLE} select unnest(?::bigint[]), unnest(?::varchar[])", [rows_found, whys]
    )
    return True


def _fetched(connection: duckdb.DuckDBPyConnection, select: str) -> Iterator[tuple[int, str]]:
    cursor = connection.execute(select)
    while batch := cursor.fetchmany(_BATCH_ROWS):
        yield from (each for each in batch if each[1] is not None)


def _key_of(record: str, told: str) -> str | None:
    """Return a key that an object of the record tells twice and not alike, if it matters."""
    found: list[str] = []
    every = ".*" in told

    def seen(pairs: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(pairs)
        if len(made) != len(pairs):
            first: dict[str, object] = {}
            for key, value in pairs:
                if first.setdefault(key, value) == value:
                    continue
                if every or _is_said(key, told):
                    found.append(key)
        return made

    try:
        json.loads(record, object_pairs_hook=seen)
    except (ValueError, RecursionError):
        return None  # what is no JSON is told as such by the reader
    return found[0] if found else None


def _is_said(key: str, told: str) -> bool:
    written = re.escape(json.dumps(key, ensure_ascii=False)[1:-1])
    return re.search(rf"(?<!\w){written}(?!\w)", told) is not None


def _why(key: str, told: str) -> str:
    # a key that stands in the contract is no person's; under its own name a thing may be one
    name = repr(key) if _is_said(key, told) else "one key"
    return f"tells {name} twice in one object, with different values"
