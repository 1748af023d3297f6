"""Measure what a delivery looks like: rows, gaps, words, sizes, delays. Counts only, no row.

A delivery is what one feed brought for one entity on one day of extraction.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pandas as pd

_SIZES = ("integer", "number", "money")
_QUANTILES = "[0.1, 0.5, 0.9]"
# A word is kept as such from so many rows of a delivery; a rarer one could be about somebody.
_LEAST_SEEN = 5
# One night's files of systems in different time zones are so far apart, and no two nights'.
_SAME_NIGHT = "interval 14 hour"


def fingerprints(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return the deliveries of the ledger, with what changes when one is replayed or corrected.

    Returns
    -------
    pandas.DataFrame
        source_system, feed, extracted_at (day), fingerprint, last_at (last file of the day), rows.
    """
    return connection.execute(
        "select source_system, feed, date_trunc('day', extracted_at) as extracted_at, "
        "md5(string_agg(concat_ws('|', file_id, rows_loaded, contract_digest), ',' "
        "order by file_id)) as fingerprint, max(extracted_at) as last_at, "
        "sum(rows_loaded)::bigint as rows_loaded from ops.file_ledger "
        "where state = 'loaded' and extracted_at is not null group by all order by all"
    ).df()


def measure(
    connection: duckdb.DuckDBPyConnection, entity: str, body: dict, links: dict[str, str]
) -> pd.DataFrame:
    """Measure the deliveries named in the relation `wanted` that brought rows of an entity.

    Parameters
    ----------
    body : dict
        The entity as the intake defines it.
    links : dict of str to str
        Column to ``entity.column`` that it should lead to.

    Returns
    -------
    pandas.DataFrame
        source_system, feed, entity, extracted_at, measure, part, value, n: rows the value rests
        on; of links, the parents named.
    """
    sources = (
        f"raw.{entity} as here inner join ops.file_ledger as ledger "
        "on here.file_id = ledger.file_id inner join wanted on "
        "ledger.source_system = wanted.source_system and ledger.feed = wanted.feed "
        "and date_trunc('day', ledger.extracted_at) = wanted.extracted_at"
    )
    keys = "wanted.source_system, wanted.feed, wanted.extracted_at"
    numbers = [
        f"struct_pack(measure := '{name}', part := '{part}', value := {value}, n := {count})"
        for name, part, value, count in _numbers(body)
    ]
    # Only what was there by then counts: a parent may come a day after what names it, and on a
    # first night all later deliveries are there, too.
    joins = "".join(
        f" left join (select {key} as found, min(extracted_at) as since from raw.{parent} "
        f"inner join ops.file_ledger using (file_id) group by {key}) as to_{column} "
        f"on here.{column} = to_{column}.found "
        f"and to_{column}.since <= ledger.extracted_at + {_SAME_NIGHT}"
        for column, (parent, key) in {name: to.split(".") for name, to in links.items()}.items()
    )
    numbers += [
        f"struct_pack(measure := 'link', part := '{column}', value := count(to_{column}.found) "
        # rows that name one parent stand or fall together: so many different ones, so much is known
        f"/ nullif(count(here.{column}), 0), n := approx_count_distinct(here.{column}))"
        for column in links
    ]
    query = (
        f"select source_system, feed, extracted_at, each.measure, each.part, "
        f"each.value::double as value, each.n::bigint as n from (select {keys}, "
        f"unnest([{', '.join(numbers)}]) as each from {sources}{joins} group by {keys}) "
        "where each.value is not null"
    )
    frames = [connection.execute(query).df()]
    words = " union all ".join(
        f"select {keys}, '{part}' as part, {word} as word, count(*) as n from {sources} "
        f"where {word} is not null group by all"
        for part, word in _words(body)
    )
    if words:
        frames.append(
            connection.execute(
                "with counted as (select source_system, feed, extracted_at, part, "
                f"case when n >= {_LEAST_SEEN} or starts_with(part, 'hour of') then word "
                f"else 'other' end as word, sum(n) as n from ({words}) group by all) "
                "select source_system, feed, extracted_at, 'word' as measure, "
                "part || '=' || word as part, n / sum(n) over here as value, "
                "(sum(n) over here)::bigint as n from counted "
                "window here as (partition by source_system, feed, extracted_at, part)"
            ).df()
        )
    return pd.concat(frames, ignore_index=True).assign(entity=entity)


def _numbers(body: dict) -> Iterator[tuple[str, str, str, str]]:
    """Yield measure, part, SQL of the value, and SQL of how many rows it rests on."""
    yield "rows", "", "count(*)", "count(*)"
    for name, column in body["columns"].items():
        here, kind = f"here.{name}", column["type"]
        if not column.get("required"):
            yield "gaps", name, f"1 - count({here}) / count(*)", "count(*)"
        if kind in _SIZES:
            for position, quantile in enumerate((10, 50, 90)):
                value = f"quantile_cont({here}::double, {_QUANTILES})[{position + 1}]"
                yield f"size p{quantile}", name, value, f"count({here})"
            share = f"count(*) filter (where {here} = 0) / nullif(count({here}), 0)"
            yield "zeros", name, share, f"count({here})"
            share = f"count(*) filter (where {here} < 0) / nullif(count({here}), 0)"
            yield "below zero", name, share, f"count({here})"
        if kind in ("timestamp", "date"):
            lag = f"quantile_cont(date_diff('minute', {here}, here.known_at), 0.5) / 60.0"
            yield "lag", name, lag, f"count({here})"
        if kind == "text":
            length = f"avg(length({here}))"
            yield "length", name, length, f"count({here})"
        # How many different ones a row: a value that freezes has one.
        if kind in (*_SIZES, "text", "timestamp", "date", "token"):
            different = f"approx_count_distinct({here}) / nullif(count({here}), 0)"
            yield "different", name, f"least(1, {different})", f"count({here})"


def _words(body: dict) -> Iterator[tuple[str, str]]:
    """Yield the part and the SQL of texts that may be a vocabulary, flags, and hours of the day."""
    for name, column in body["columns"].items():
        is_word = column["type"] == "text" and column.get("pii", "none") == "none"
        if is_word and not name.endswith("_id"):
            yield name, f"here.{name}"
        if column["type"] == "boolean":
            yield name, f"here.{name}::varchar"
        if column["type"] == "timestamp":
            yield f"hour of {name}", f"hour(here.{name})::varchar"
