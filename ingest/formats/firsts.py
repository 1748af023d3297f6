"""Lists of which a contract reads the first alone: what else they hold is lost without a word."""

from __future__ import annotations

import re

import duckdb

from ingest.contract import Feed
from ingest.formats.contradictions import HEAD, HEAD_CHARACTERS

_FIRST = re.compile(r'(?<![\w$])(\$(?:\.(?:\w+|"[^"]+"))+)\[0\]')


def lists_cut(connection: duckdb.DuckDBPyConnection, feed: Feed) -> tuple[str, ...]:
    """Return the lists of which the feed reads the first, though some records hold more.

    Only the records that were looked through for contradictions are: the file's first. A list
    counts as known where the feed names it in another way, too: as a whole, by another place, or
    under `ignore`.
    """
    told = feed.model_dump_json().replace('\\"', '"')
    found = dict.fromkeys(_FIRST.findall(told))
    paths = [path for path in found if not re.search(rf"{re.escape(path)}(?!\[0\]|\w)", told)]
    if not paths:
        return ()
    lengths = ", ".join(
        f"coalesce(bool_or(json_array_length(record, ${number}) > 1), false)"
        for number in range(1, len(paths) + 1)
    )
    several = connection.execute(
        f"select {lengths} from (select try_cast(record as json) as record from {HEAD} "
        f"where length(record) <= {HEAD_CHARACTERS})",
        paths,
    ).fetchone()
    return tuple(path for path, is_cut in zip(paths, several, strict=True) if is_cut)
