"""What looks wrong in rows that would be loaded: ids, keys, times, files of two feeds."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterator

import duckdb

from ingest.contract import Contract
from ingest.formats.source import literal
from ingest.intake import entities

# What begins and what ends it.
_PAIRS = (
    ("started_at", "ended_at"),
    ("started_at", "restored_at"),
    ("raised_at", "cleared_at"),
    ("opened_at", "resolved_at"),
    ("opened_at", "closed_at"),
    ("ordered_at", "completed_at"),
    ("valid_from", "valid_to"),
    ("measured_from", "measured_to"),
    ("period_from", "period_to"),
    ("window_from", "window_to"),
    # a picture shows what has begun: else the zone of one of the two is wrong
    ("started_at", "detected_at"),
)
_NONE = (-1, -9, -99, -999, -9999)
# What a field of 16, 32 or 64 bits holds when all of them are set.
_FULL = (2**16 - 1, 2**31 - 1, 2**32 - 1, float(2**63 - 1), float(2**64 - 1))
# Times of an operator's systems lie between: 1970 is often a wrong unit, 9999 a mark for `open`.
_EARLIEST, _LATEST = "1980-01-01", "2100-01-01"
# Ids such as 1001.0 or A/1001.0, and such as `ATH   /1001`.
TAILED = r"contains(id, '.0') and regexp_matches(id, '(^|[/|_:-])\d+\.0+($|[/|_:-])')"
PADDED = r"contains(id, '  ') or regexp_matches(id, '\w +[/|_:-]\w')"
# Letters, digits and kana as East Asian keyboards write them, in full or half width; and dashes.
_WIDE = "".join(map(chr, (*range(0xFF01, 0xFF5F), *range(0xFF66, 0xFF9E))))
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_FOLDED = unicodedata.normalize("NFKC", _WIDE).lower() + "-" * len(_DASHES)


def backwards(
    connection: duckdb.DuckDBPyConnection, fill: list[tuple[str, str, int, int]]
) -> Iterator[tuple[str, str, str, int]]:
    """Yield pairs of moments of which the end lies before the start, and in how many rows."""
    filled = {(entity, name) for entity, name, _, count in fill if count}
    for entity in sorted({entity for entity, _ in filled}):
        for start, end in _PAIRS:
            if not {(entity, start), (entity, end)} <= filled:
                continue
            rows = connection.execute(
                f"select count(*) from raw.{entity} where {end} < {start}"
                # announced work is known before it begins
                + (" and is_planned is not true" if end == "detected_at" else "")
            ).fetchone()[0]
            if rows:
                yield entity, end, start, rows


def twice(
    connection: duckdb.DuckDBPyConnection, contract: Contract
) -> Iterator[tuple[str, str, str]]:
    """Yield files of one table that several feeds load into the same entity."""
    into = {
        feed.feed: {mapping.entity for mapping in feed.entities}
        for feed in contract.feeds
        if feed.format in ("csv", "multiline", "ndjson", "xml", "parquet")
    }
    for name, feeds in connection.execute(
        "select file_name, list_sort(list(feed)) from ops.file_ledger where state = 'loaded' "
        "group by all having count(*) > 1 order by all"
    ).fetchall():
        for one, other in itertools.combinations([each for each in feeds if each in into], 2):
            for entity in sorted(into[one] & into[other])[:1]:
                yield name, f"{one} and {other}", entity


def times(
    connection: duckdb.DuckDBPyConnection, fill: list[tuple[str, str, int, int]]
) -> Iterator[tuple[str, str, str, str, bool]]:
    """Yield from when to when the times of each column reach that is filled."""
    for entity, name, _, filled in fill:
        if not filled or entities()[entity].columns[name].type not in ("timestamp", "date"):
            continue
        first, last, plausible = connection.execute(
            f"select cast(min({name}) as date)::varchar, cast(max({name}) as date)::varchar, "
            f"min({name}) >= timestamp '{_EARLIEST}' and max({name}) < timestamp '{_LATEST}' "
            f"from raw.{entity}"
        ).fetchone()
        yield entity, name, first, last, bool(plausible)


def alike(
    connection: duckdb.DuckDBPyConnection, fill: list[tuple[str, str, int, int]]
) -> Iterator[tuple[str, str, int]]:
    """Yield columns with ids that look like one another, and how many ids too many there are."""
    folded = r"regexp_replace(id, '^(\d+)\.0$', '\1')"
    folded = f"nfc_normalize({folded})"
    folded = f"translate(lower({folded}), {literal(_WIDE.lower() + _DASHES)}, {literal(_FOLDED)})"
    for entity, name, _, filled in fill:
        column = entities()[entity].columns[name]
        if not filled or column.type != "text" or not name.endswith("_id"):
            continue
        count = connection.execute(
            "select count(distinct id) - count(distinct regexp_replace(regexp_replace("
            rf"{folded}, '[\s\p{{Z}}\p{{C}}]', '', 'g'), '(^|[^0-9])0+([0-9])', '\1\2', 'g')) "
            f"from (select {name} as id from raw.{entity})"
        ).fetchone()[0]
        if count:
            yield entity, name, count


def ids_that(
    connection: duckdb.DuckDBPyConnection, fill: list[tuple[str, str, int, int]], condition: str
) -> Iterator[tuple[str, str, int]]:
    """Yield columns with ids that meet a condition on `id`, and how many they are."""
    for entity, name, _, filled in fill:
        if not filled or not name.endswith("_id"):
            continue
        count = connection.execute(
            f"select count(distinct id) from (select {name} as id from raw.{entity}) "
            f"where {condition}"
        ).fetchone()[0]
        if count:
            yield entity, name, count


def doubled(
    connection: duckdb.DuckDBPyConnection, names: list[str]
) -> Iterator[tuple[str, int, int]]:
    """Yield entities with keys of which several things are told at one moment.

    With how many keys one file or table does so for itself, and how many only several together: a
    table a year, each counting from 1.
    """
    for name in names:
        entity = entities()[name]
        rest = ", ".join(column for column in entity.columns if column not in entity.key)
        key = ", ".join((*entity.key, "known_at"))
        within, across = connection.execute(
            f"""
            with told as (
                select {key}, count(distinct told) as things, any_value(told) as thing
                from (select *, {f"hash({rest})" if rest else "1"} as told from raw.{name})
                group by {key}, file_id
            )

            select
                count(*) filter (where things > 1),
                count(*) filter (where things = 1 and in_all > 1)
            from (
                select max(things) as things, count(distinct thing) as in_all
                from told
                group by {key}
            )
            """
        ).fetchone()
        if within or across:
            yield name, within, across


def marks(
    connection: duckdb.DuckDBPyConnection, fill: list[tuple[str, str, int, int]]
) -> Iterator[tuple[str, str, str, int]]:
    """Yield columns of numbers with one by which counters say that there is none, and how often.

    The largest number of a field, or one below nought where all others are not.
    """
    for entity, name, _, filled in fill:
        if not filled or entities()[entity].columns[name].type not in ("number", "integer"):
            continue
        kind = "kpi" if "kpi" in entities()[entity].columns else "null"
        for number, rows in connection.execute(
            f"""
            select said, sum(rows)
            from (
                select *, count(*) filter (said < 0) over (partition by kind) as below
                from (
                    select {kind} as kind, cast({name} as double) as said, count(*) as rows
                    from raw.{entity}
                    where {name} < 0 or {name} in ({", ".join(map(str, _FULL))})
                    group by all
                )
            )
            where said > 0 or (below = 1 and said in ({", ".join(map(str, _NONE))}))
            group by all
            order by all
            """
        ).fetchall():
            yield entity, name, f"{number:.0f}", rows


def never(connection: duckdb.DuckDBPyConnection, fill: list[tuple[str, str, int, int]]) -> int:
    """Return how many products are told never to have begun, and yet when they began and ended."""
    filled = {name for entity, name, _, count in fill if entity == "product" and count}
    if not {"status", "started_at", "ended_at"} <= filled:
        return 0
    return connection.execute(
        "select count(distinct product_id) from raw.product "
        "where status in ('cancelled', 'aborted') and ended_at > started_at"
    ).fetchone()[0]


def neither(connection: duckdb.DuckDBPyConnection, fill: list[tuple[str, str, int, int]]) -> int:
    """Return how many problems are told as neither outage nor degradation: no downtime is."""
    if not any(entity == "service_problem" for entity, *_ in fill):
        return 0
    return connection.execute(
        "select count(distinct problem_id) from raw.service_problem "
        "where coalesce(lower(category), '') not in ('outage', 'degradation')"
    ).fetchone()[0]
