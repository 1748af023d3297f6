"""JSON objects that tell one key twice with different values: neither of the two is the truth.

The engine takes the first and says nothing. Walking through a record costs more than loading it,
so a file is looked through as far as `HEAD_` reaches, and as a whole only where something is found
there: what writes a key twice rarely does so once.
"""

from __future__ import annotations

from math import isqrt

import duckdb

from ingest.contract import Feed

HEAD_ROWS, HEAD_CHARACTERS = 1_000, 1_000_000
HEAD = "head_of_records"
TABLE = "contradictions"
# A walk writes each value once for each level above it: a record in ten thousand brackets would
# fill the memory, so one that may write more than these characters is not walked through.
_MOST_WRITTEN = 100_000_000
# A key as a contract's text writes it, for an expression; and what stands on either side of a word.
_WRITTEN = "regexp_escape(cast(to_json(key) as varchar)[2:-2])"
_NO_WORD = r"[^\pL\pN_]"


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
        f"create or replace temp table {HEAD} as "
        f"select _row, record::varchar as record from {rows} limit {HEAD_ROWS}"
    )
    head = (
        f"(from {HEAD} qualify sum(length(record)) over (rows unbounded preceding) "
        f"- length(record) <= {HEAD_CHARACTERS})"
    )
    if not _fill(connection, head, told):
        return False
    _fill(connection, rows, told)
    return True


def _fill(connection: duckdb.DuckDBPyConnection, rows: str, told: str) -> int:
    """Note what contradicts itself in these rows; return how many do."""
    says = f"regexp_matches($told, '(^|{_NO_WORD})' || {_WRITTEN} || '({_NO_WORD}|$)')"
    connection.execute(
        f"""
        create or replace temp table {TABLE} as
        with

        records as (

            select _row, try_cast(record as json) as record
            from (select _row, record::varchar as record from {rows})
            where
                -- a level needs a character: what is this short has too few, uncounted
                case
                    when length(record) <= {isqrt(_MOST_WRITTEN)} then true
                    else length(record) * length(regexp_replace(record, '[^\\[{{]', '', 'g'))
                        <= {_MOST_WRITTEN}
                end

        ),

        -- materialized: else each key of the file would be sought in the contract
        told_twice as materialized (

            select _row, key, {says} as is_said
            from
                records,
                lateral (select key, parent, value from json_tree(records.record)) as told
            where key is not null
            group by _row, parent, key
            -- by its hash: the values of a large object are not kept
            having min(hash(value)) <> max(hash(value))

        )

        select
            _row,
            -- a key that stands in the contract is no person's; under its own name a thing may be
            'tells ' || coalesce('''' || min(key) filter (is_said) || '''', 'one key')
                || ' twice in one object, with different values' as why
        from told_twice
        where is_said or contains($told, '.*')
        group by _row
        """,
        {"told": told},
    )
    return connection.execute(f"select count(*) from {TABLE}").fetchone()[0]
