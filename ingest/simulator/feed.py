"""What a file of a system looks like, and the dirt planted in it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Dirt:
    """One row that a real extract would have got wrong.

    Parameters
    ----------
    kind : str
        What is wrong, in one word of the vocabulary of truth/dirt.parquet.
    fate : str
        quarantined (not loaded), deduplicated (loaded, then one of two) or superseded (loaded,
        then the corrected row wins).
    month : int
        Which month's file carries it (0 is the first load; taken modulo the files there are).
    at : float
        Where in the file, as a share of its rows.
    change : dict
        Field → SQL for its new content; may use the row's other fields (`fields[n]`) or columns.
    line : str or None
        SQL over `line` for the whole written line, where a field is not enough.
    fields : str or None
        SQL over `fields` for the whole list of fields.
    """

    kind: str
    fate: str
    month: int
    at: float
    change: dict[str, str] = field(default_factory=dict)
    line: str | None = None
    fields: str | None = None


@dataclass(frozen=True)
class Feed:
    """One kind of file of one system.

    Parameters
    ----------
    name, system : str
        The file is `<system>/<name>_<date>.<suffix>`.
    format : str
        csv, ndjson, json, xlsx or parquet.
    source : str
        Relation (table or select) with a column `known_at`; one row is one delivered record.
    columns : dict
        Header → SQL. For ndjson and json the one entry `line` is the record.
    order : str
        Columns that fix the order of the file.
    entities : dict
        Intake entity → SQL for the number of its rows that one record yields.
    identifiers : dict
        Kind of direct identifier → SQL (a text, or a list of texts).
    buffer : str or None
        Table to empty of what was delivered.
    is_chunked : bool
        Compose it for some lines at a time (`chunk_from`, `chunk_to`), as it is too large at once.
    """

    name: str
    system: str
    format: str
    source: str
    columns: dict[str, str]
    order: str
    entities: dict[str, str]
    delimiter: str = ","
    encoding: str = "utf-8"
    kinds: dict[str, str] = field(default_factory=dict)
    identifiers: dict[str, str] = field(default_factory=dict)
    dirt: tuple[Dirt, ...] = ()
    buffer: str | None = None
    is_chunked: bool = False
