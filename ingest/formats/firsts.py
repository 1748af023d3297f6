"""Lists of which a contract reads the first alone: what else they hold is lost without a word."""

from __future__ import annotations

import re

import duckdb

from ingest.contract import Feed
from ingest.formats.contradictions import HEAD_CHARACTERS, HEAD_ROWS

_FIRST = re.compile(r'(?<![\w$])(\$(?:\.(?:\w+|"[^"]+"))+)\[0\]')


def lists_cut(connection: duckdb.DuckDBPyConnection, rows: str, feed: Feed) -> tuple[str, ...]:
    """Return the lists of which the feed reads the first, though some records hold more.

    Only the first records are looked through. A list counts as known where the feed names it in
    another way, too: as a whole, by another place, or under `ignore`.

    Parameters
    ----------
    rows : str
        Table or view with `record`, a text.
    """
    told = feed.model_dump_json().replace('\\"', '"')
    found = dict.fromkeys(_FIRST.findall(told))
    paths = [path for path in found if not re.search(rf"{re.escape(path)}(?!\[0\]|\w)", told)]
    return tuple(path for path in paths if _holds_several(connection, rows, path))


def _holds_several(connection: duckdb.DuckDBPyConnection, rows: str, path: str) -> bool:
    return connection.execute(
        "select coalesce(bool_or(json_array_length(try_cast(record as json), $path) > 1), false) "
        f"from (select record::varchar as record from {rows} limit {HEAD_ROWS}) "
        f"where length(record) <= {HEAD_CHARACTERS}",
        {"path": path},
    ).fetchone()[0]
