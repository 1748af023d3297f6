"""Times that an expression of a contract gives as times: they are UTC, whatever the zone is."""

from __future__ import annotations

import json
from collections.abc import Iterator

import duckdb

from cx.warehouse import scratch
from ingest.contract import Contract, Feed
from ingest.contract_mapping import Column as Spec
from ingest.contract_mapping import Mapping
from ingest.expression import parts
from ingest.for_each import filled, repeats
from ingest.formats.source import quoted
from ingest.intake import entities
from ingest.times import zone_of

_JSON = {"record", "item"}
_TEXTS = {"csv", "xlsx", "sqlite", "json", "ndjson", "xml", "tmf", "multiline"}


def taken_as_utc(contract: Contract) -> Iterator[tuple[str, str, str]]:
    """Yield (entity, column, zone) of expressions that give a time where the zone is another.

    strptime gives one, and nothing in the values tells that its hours are a clock's in that zone.
    """
    seen = set()
    with scratch() as connection:
        for feed in contract.feeds:
            for mapping in feed.entities if feed.format in _TEXTS else ():
                for found in _of_mapping(connection, contract, feed, mapping):
                    if found not in seen:
                        seen.add(found)
                        yield found


def _of_mapping(
    connection: duckdb.DuckDBPyConnection, contract: Contract, feed: Feed, mapping: Mapping
) -> Iterator[tuple[str, str, str]]:
    repeated = next(iter(repeats(mapping, None)), {})
    for name, spec in mapping.columns.items():
        is_time = entities()[mapping.entity].columns[name].type == "timestamp"
        is_counted = spec.format or spec.epoch or spec.seconds_since or spec.days_since
        if not (spec.sql and is_time) or is_counted or zone_of(contract, feed, spec) == "UTC":
            continue
        if _type_of(connection, spec, repeated) == "TIMESTAMP":
            yield mapping.entity, name, zone_of(contract, feed, spec)


def _type_of(
    connection: duckdb.DuckDBPyConnection, spec: Spec, repeated: dict[str, object]
) -> str | None:
    """Return the type an expression gives over columns of texts; None where only rows can tell."""
    sql = filled(spec.sql, repeated)
    try:
        serialized = connection.execute("select json_serialize_sql(?)", [f"select ({sql})"])
        parsed = json.loads(serialized.fetchone()[0])
        names = {
            part["column_names"][-1]
            for part in parts(parsed)
            if part.get("class") == "COLUMN_REF" and part.get("column_names")
        }
        columns = ", ".join(
            f"null::{'json' if name in _JSON else 'varchar'} as {quoted(name)}" for name in names
        )
        rows = f"(select {columns or 'null as nothing'})"
        return connection.execute(f"describe select ({sql}) from {rows}").fetchone()[1]
    except duckdb.Error:
        return None
