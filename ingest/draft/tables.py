"""A sample as a table: what every kind of file is brought to before anything is said of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pandas as pd

# What is named by paths into a record of JSON, and what may lack fields that others have.
OF_PATHS = ("json", "ndjson", "xml")
SPARSE = (*OF_PATHS, "multiline")


@dataclass(frozen=True)
class Table:
    """A bounded sample of rows with named columns.

    Parameters
    ----------
    columns : list of str
        As the contract would name them; for JSON paths such as `$.a.b[0].c`.
    frame : pandas.DataFrame
        All text, None where the source has nothing; columns as above.
    format : str
        The contract's word for the format.
    dialect : dict
        What the contract's dialect must say, in its order; a value may be a question.
    native : dict of str
        Column → type, for sources that carry types.
    notes : list of str
        What a reader of the contract should know of the file as a whole.
    lists : dict of str
        JSON: path of a list of objects → the paths of its elements' fields.
    explode : str, optional
        JSON: the path of things under their own names, a row each.
    told : dict of str
        JSON: path of what a document says of itself beside its records, where that is a moment,
        and its text.
    key : tuple of str
        The primary key that a table of a database declares.
    made_of : tuple of str
        The tables of the same file that a view reads.
    """

    columns: list[str]
    frame: pd.DataFrame
    format: str
    dialect: dict[str, object] = field(default_factory=dict)
    native: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    lists: dict[str, list[str]] = field(default_factory=dict)
    explode: str | None = None
    told: dict[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    made_of: tuple[str, ...] = ()

    def holds_typed(self, name: str) -> bool:
        """Whether a column has a type of its own in its store, and is no text."""
        return self.native.get(name, "text") != "text"


def table(columns: list[str], rows: list[list[str | None]], format_: str, **facts: object) -> Table:
    """Return a table of rows that all have as many fields as there are columns."""
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    return Table(columns=columns, frame=frame, format=format_, **facts)


def widened(one: Table, other: Table) -> Table:
    """Return a table with the columns of both, and the rows of the first."""
    columns = list(dict.fromkeys([*one.columns, *other.columns]))
    if columns == one.columns:
        return one
    return replace(
        one,
        columns=columns,
        frame=one.frame.reindex(columns=columns)
        .astype(object)
        .where(lambda each: each.notna(), None),
        lists=one.lists | other.lists,
        explode=one.explode or other.explode,
    )
