"""How one intake column is filled, and how a source column is named in SQL."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.draft.tables import OF_PATHS, Table
from ingest.formats.source import literal, quoted


@dataclass
class Spec:
    """How one intake column is filled, as the contract will say it.

    Parameters
    ----------
    body : dict
        The keys of the contract's column, in their order.
    source : str, optional
        The source column behind it.
    beside : str, optional
        Another source column that it takes in: the hour of a date.
    note : str
        The comment beside it.
    is_local_time : bool
        Its times carry no offset.
    is_number : bool
        Its texts are read by the dialect's marks.
    """

    body: dict[str, object]
    source: str | None = None
    beside: str | None = None
    note: str = ""
    more: list[str] = field(default_factory=list)
    is_local_time: bool = False
    is_number: bool = False


def reference(table: Table, name: str) -> str:
    """Return SQL for a source column."""
    if name.startswith("$key"):
        return name.removeprefix("$")
    if table.format in OF_PATHS:
        root, path = "record", name
        if name.startswith("$item"):
            root, path = "item", "$" + name.removeprefix("$item")
        elif name.startswith("$parent"):
            root, path = "parent", "$" + name.removeprefix("$parent")
        return f"json_extract_string({root}, {literal(path)})"
    return quoted(name)
