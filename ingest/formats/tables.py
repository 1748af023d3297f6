"""What every database has in common: its tables, a select that only reads, the rows' columns."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ingest.dialect import Dialect
from ingest.formats.csv import check_header
from ingest.formats.source import FileRefused, Source, quoted

ROWS = "database_rows"
_OURS = {"_row", "_original", "_error"}
# the end mark of a statement, spaces and comments behind it
_END = re.compile(r"\s*(;\s*(--[^\n']*(\n\s*|$))*)?$")


def select_of(dialect: Dialect) -> str | None:
    """Return the contract's query without its end mark; None when it names a table."""
    return _END.sub("", dialect.query) if dialect.query else None


def chosen(wanted: str, found: list[tuple[str, str]], *, default: str) -> tuple[str, str]:
    """Return (schema, name) of the table a contract means, written `table` or `schema.table`.

    Raises
    ------
    FileRefused
        Naming the tables that are there.
    """
    exact = [each for each in found if wanted in (each[1], ".".join(each))]
    matches = exact or [
        each for each in found if wanted.lower() in (each[1].lower(), ".".join(each).lower())
    ]
    if len(matches) > 1:
        matches = [each for each in matches if each[0] == default] or matches
    if len(matches) > 1:
        among = ", ".join(sorted(".".join(each) for each in matches))
        raise FileRefused(f"has several tables {wanted!r} ({among}); write the one you mean")
    if not matches:
        names = sorted(name if schema == default else f"{schema}.{name}" for schema, name in found)
        shown = ", ".join(names[:20]) + (" …" if len(names) > 20 else "")
        raise FileRefused(f"has no table {wanted!r}; it has {shown or 'none'}: mend dialect.table")
    return matches[0]


def check_columns(columns: tuple[str, ...], needed: set[str]) -> None:
    """Refuse columns that lack a mapped one, or that the engine could not tell apart.

    Raises
    ------
    FileRefused
        Naming the columns.
    """
    # where nothing is told apart by case, two names that differ only in case are one
    lowered = [name.lower() for name in columns]
    for name in columns:
        if lowered.count(name.lower()) > 1:
            raise FileRefused(
                f"gives column {name!r} twice; the contract cannot tell them apart: "
                "name them in dialect.query with `as`"
            )
        if name.lower() in _OURS:
            raise FileRefused(f"has a column {name!r}, a name of ours; rename it in dialect.query")
    check_header(columns, needed, ",")


def refuse_bytes(kinds: Mapping[str, str], needed: set[str]) -> None:
    """Refuse columns of bytes that are mapped as they are: some programs keep texts in such.

    Parameters
    ----------
    kinds : mapping of str to str
        Column → type.

    Raises
    ------
    FileRefused
        Naming the first.
    """
    name = next((name for name, kind in kinds.items() if kind == "BLOB" and name in needed), None)
    if name is not None:
        raise FileRefused(
            f"column {name!r} holds bytes: say whether they are a text, {{sql: decode({name})}}, "
            f"or hexadecimal, {{sql: hex({name})}}"
        )


def described(columns: tuple[str, ...], **more: object) -> Source:
    """Return the source for rows that stand in temp table `database_rows`."""
    packed = ", ".join(f"{quoted(name)} := {quoted(name)}" for name in columns)
    return Source(
        columns=columns,
        relation=ROWS,
        originals=f"select _row, to_json(struct_pack({packed}))::varchar as _original from {ROWS}",
        **more,
    )
