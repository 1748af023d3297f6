"""What every format hands over: temp table `source_rows` and a description of it.

`source_rows` has `_row` (line or record number in the file), `_original` (the row as delivered),
`_error` (why the row cannot be read at all, else null), then the source's own columns.
"""

from __future__ import annotations

from dataclasses import dataclass

from cx.errors import CxError


class FileRefused(CxError):
    """The file as a whole cannot be trusted; nothing of it is loaded."""


@dataclass(frozen=True)
class Source:
    """A file that has been read into `source_rows`.

    Parameters
    ----------
    columns : tuple of str
        The source's own columns, as the file names them.
    is_json : bool
        True when rows are JSON objects in the one column `record`.
    native : frozenset of str
        Columns that carry a type of their own (Parquet), so that no text is parsed.
    relation : str
        Name of the table or view that holds the rows.
    """

    columns: tuple[str, ...]
    is_json: bool = False
    native: frozenset[str] = frozenset()
    relation: str = "source_rows"


def quoted(name: str) -> str:
    """Quote an identifier for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"
