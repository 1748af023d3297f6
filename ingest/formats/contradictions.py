"""JSON objects that tell one key twice with different values: neither of the two is the truth.

The engine takes the first and says nothing. Walking through a record costs more than loading it,
so a file is looked through as far as `HEAD_` reaches, and as a whole only where something is found
there: what writes a key twice rarely does so once.
"""

from __future__ import annotations

import json
import re

import duckdb

from ingest.contract import Feed

HEAD_ROWS, HEAD_CHARACTERS = 1_000, 1_000_000
TABLE = "contradictions"
# A walk writes each value once for each level above it: a record in ten thousand brackets would
# fill the memory, so one that may write more than these characters is not walked through.
_MOST_WRITTEN = 1_000_000_000


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
    connection.execute(
        "create or replace temp table head_of_records as "
        f"select _row, record::varchar as record from {rows} limit {HEAD_ROWS}"
    )
    head = (
        "(from head_of_records qualify sum(length(record)) over (rows unbounded preceding) "
        f"- length(record) <= {HEAD_CHARACTERS})"
    )
    if not _fill(connection, head, told):
        return False
    _fill(connection, rows, told)
    return True


def _fill(connection: duckdb.DuckDBPyConnection, rows: str, told: str) -> int:
    """Note what contradicts itself in these rows; return how many do."""
    connection.execute(
        f"""
        create or replace temp table keys_told_twice as
        select _row, key
        from (
            select _row, try_cast(record as json) as record
            from (select _row, record::varchar as record from {rows})
            where length(record) * length(regexp_replace(record, '[^\\[{{]', '', 'g'))
                <= {_MOST_WRITTEN}
        ) as records,
        lateral (select key, parent, value from json_tree(records.record)) as told
        where key is not null
        group by _row, parent, key
        -- by its hash: the values of a large object are not kept
        having min(hash(value)) <> max(hash(value))
        """
    )
    keys = connection.execute("select distinct key from keys_told_twice").fetchall()
    every = ".*" in told
    meant = [(key, _why(key, told)) for (key,) in keys if every or _is_said(key, told)]
    connection.execute(
        f"""
        create or replace temp table {TABLE} as
        select _row, min(why) as why
        from keys_told_twice
        inner join (select unnest(?::varchar[]) as key, unnest(?::varchar[]) as why) using (key)
        group by _row
        """,
        [[key for key, _ in meant], [why for _, why in meant]],
    )
    return connection.execute(f"select count(*) from {TABLE}").fetchone()[0]


def _is_said(key: str, told: str) -> bool:
    written = re.escape(json.dumps(key, ensure_ascii=False)[1:-1])
    return re.search(rf"(?<!\w){written}(?!\w)", told) is not None


def _why(key: str, told: str) -> str:
    # a key that stands in the contract is no person's; under its own name a thing may be one
    name = repr(key) if _is_said(key, told) else "one key"
    return f"tells {name} twice in one object, with different values"
