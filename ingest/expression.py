"""SQL of a contract is an expression over the row's columns, never a query: asked of the engine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from cx.warehouse import scratch

# No query of a file or table is without one of these (a digit may stand before); what has none need
# not be asked about: every command reads the contracts, and opening the engine takes 20 ms.
_OF_QUERIES = re.compile(
    r"(?<![a-z_])(?:select|from|table|pivot|unpivot|describe|show|summarize|call)"
    r"(?![a-z_0-9])|;",
    re.IGNORECASE,
)


def refuse_query(value: str | None) -> str | None:
    """Return an expression as it is; a query could read any file of the machine.

    The engine's own parser tells, for it alone knows where a text ends and a query begins.

    Raises
    ------
    ValueError
        When it is, or holds, a query or a second statement, or cannot be parsed.
    """
    if value is None or not _OF_QUERIES.search(value):
        return value
    with scratch() as connection:
        parsed, plain = (
            json.loads(connection.execute("select json_serialize_sql(?)", [sql]).fetchone()[0])
            for sql in (f"select ({value})", "select (1)")
        )
    if parsed["error"]:
        raise ValueError(f"{value[:60]!r} is no SQL expression: {parsed['error_message']}")
    if _without_values(parsed) != _without_values(plain) or any(
        each.get("class") == "SUBQUERY" for each in parts(parsed)
    ):
        raise ValueError(
            f"{value[:60]!r} is more than an expression: a query or second statement has no place "
            "over the row's columns; lists have list_filter, list_transform, list_aggregate"
        )
    return value


def _without_values(parsed: dict) -> list[dict]:
    """Return the statements without what they select, but for how much that is."""
    return [
        {**one["node"], "select_list": len(one["node"].get("select_list", []))}
        for one in parsed["statements"]
    ]


def parts(parsed: object) -> Iterator[dict]:
    """Yield every part of a parsed statement."""
    if isinstance(parsed, dict):
        yield parsed
    inner = parsed.values() if isinstance(parsed, dict) else parsed
    for each in inner if isinstance(parsed, dict | list) else ():
        yield from parts(each)
