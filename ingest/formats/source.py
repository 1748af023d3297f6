"""What every format hands over: temp table `source_rows` and a description of it.

`source_rows` has `_row` (line or record number in the file), `_original` (the row as delivered),
`_error` (why the row cannot be read at all, else null), then the source's own columns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cx.errors import CxError

# What a cell of a workbook says that has no value.
ERRORS = (
    "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA",
    "#SPILL!", "#CALC!", "#ERROR!", "#UNCALCULATED!",
)  # fmt: skip
# Behind a number that a store holds as one, where the dialect writes numbers in another way.
MACHINE = "e0"
# Behind a number of JSON with more digits than a double keeps: which they were is not known.
ROUNDED = "~"


class FileRefused(CxError):
    """The file as a whole cannot be trusted; nothing of it is loaded."""


class Unavailable(FileRefused):
    """A source cannot be read now and may be in a moment: it is busy, restarting, out of reach."""


@dataclass(frozen=True)
class Source:
    """A file that has been read into `source_rows`.

    Parameters
    ----------
    columns : tuple of str
        The source's own columns, as the file names them.
    is_json : bool
        True when rows are JSON objects in the one column `record`.
    is_unproven : bool
        True when a record may turn out to be no JSON; then its row is missing, as `rest` says.
    native : frozenset of str
        Columns that carry a type of their own (Parquet), so that no text is parsed.
    relation : str
        Name of the table or view that holds the rows.
    originals : str
        Select of (_row, _original) where the relation itself does not hold `_original`.
    count : int, optional
        Rows the relation must have, where the reader knows it by another way than by counting them.
    first_row : int
        `_row` of the first row.
    has_errors : bool
        Whether `_error` may say something.
    is_padded, has_empty_texts : bool
        Whether texts may begin or end with a space; whether an empty one may stand for null.
    marks_numbers : bool
        Whether a number with a fraction that the store holds as one ends in `e0`.
    has_error_cells : bool
        Whether texts of a workbook may be errors, such as #N/A.
    missing : frozenset of str
        Mapped columns the file lacks and may lack: they are unknown.
    left_out : tuple of str
        Visible sheets of a workbook, and lists of a document, that the feed does not ask for.
    dropped : int
        Lines a declared rule has dropped before they became rows.
    stated : int, optional
        How many rows the file itself says it holds.
    exact, in_utc : frozenset of str
        Columns that come in the very type of their intake column, so that nothing is left to check;
        those of them whose times are UTC whatever the contract's zone.
    rest : callable, optional
        Gives the rows of some numbers as texts, read in a slower way that trusts nothing: the
        relation may lack rows that it could not read with certainty.
    only : callable, optional
        Gives the same rows with no other columns than those named: cheaper, where they are parsed.
    carefully : callable, optional
        Reads the whole file again in that way; for when the fast one fails.
    """

    columns: tuple[str, ...]
    is_json: bool = False
    is_unproven: bool = False
    native: frozenset[str] = frozenset()
    relation: str = "source_rows"
    originals: str | None = None
    count: int | None = None
    first_row: int = 1
    has_errors: bool = True
    is_padded: bool = True
    has_empty_texts: bool = True
    marks_numbers: bool = False
    has_error_cells: bool = False
    missing: frozenset[str] = frozenset()
    left_out: tuple[str, ...] = ()
    dropped: int = 0
    stated: int | None = None
    exact: frozenset[str] = frozenset()
    in_utc: frozenset[str] = frozenset()
    rest: Callable[[np.ndarray], Source] | None = None
    only: Callable[[frozenset[str]], Source] | None = None
    carefully: Callable[[], Source] | None = None


def quoted(name: str) -> str:
    """Quote an identifier for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"


def once(expression: str) -> str:
    """Return SQL for the same value, computed no more than once a row.

    A filter on it the engine would put below and compute there as well, a whole JSON document's
    parsing included; what may be different each time it leaves where it stands.
    """
    return f"case when random() < 2 then {expression} end"
