"""What is in a sample file: one layout, or one for each sheet or table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cx.errors import UserError
from cx.settings import Settings
from ingest.draft.adopt import pm_feed, resources_of, tmf_feed
from ingest.draft.documents import json_records, lists_of_records
from ingest.draft.feeds import looks_taken_in
from ingest.draft.names import feed_name, pattern_of, slug, without_packing
from ingest.draft.outline import FeedDraft
from ingest.draft.questions import Interview
from ingest.draft.records import json_table
from ingest.draft.sniff import BadSample, Piece
from ingest.draft.stores import database_tables, parquet_table, workbook_tables
from ingest.draft.tables import Table
from ingest.draft.text import text_table


@dataclass
class Layout:
    """Samples that are laid out alike: one feed; `packs` are the archives they came in."""

    feed: str
    of: str
    files: list[str]
    tables: list[Table]
    notes: list[str]
    adopted: FeedDraft | None = None
    is_odd: bool = False
    has_odd: bool = False
    packs: list[str] = field(default_factory=list)


def of_piece(
    piece: Piece, names: dict[tuple, str], interview: Interview, settings: Settings
) -> Iterator[Layout]:
    """Yield the samples in a file: most hold one, workbooks and databases several."""
    # a picture that came packed is of the feed of those that did not
    pattern = pattern_of(without_packing(piece.name))
    feed = _feed_name(names, (pattern,), feed_name(piece.name))
    files = [piece.name]
    try:
        if piece.kind == "text":
            yield Layout(feed, piece.name, files, [text_table(piece, feed, interview)], [])
        elif piece.kind in ("json", "ndjson", "xml"):
            yield _json_layout(piece, feed, files, interview, settings)
        elif piece.kind == "pm_xml":
            adopted, note = pm_feed(feed, files, settings)
            yield Layout(feed, piece.name, files, [], [note], adopted)
        elif piece.kind == "parquet":
            yield Layout(feed, piece.name, files, [parquet_table(piece, settings)], [])
        elif piece.kind == "xlsx":
            sheets = list(workbook_tables(piece, feed, interview))
            if not sheets:
                raise UserError("holds no sheet with rows in it")
            yield from _several(names, pattern, feed, files, sheets, None)
        else:
            tables = list(database_tables(piece, settings))
            yield from _several(names, pattern, feed, files, tables, interview)
    except UserError as error:
        text = str(error)
        kind = BadSample if isinstance(error, BadSample) else UserError
        raise kind(text if text.startswith(piece.name) else f"{piece.name} {text}") from error


def _feed_name(names: dict[tuple, str], key: tuple, wanted: str) -> str:
    """Return a feed's name: the same for the same key, another for another."""
    if key not in names:
        taken = set(names.values())
        free = (f"{wanted}_{number}" for number in range(2, 1000))
        names[key] = wanted if wanted not in taken else next(n for n in free if n not in taken)
    return names[key]


def _json_layout(
    piece: Piece, feed: str, files: list[str], interview: Interview, settings: Settings
) -> Layout:
    records = json_records(piece)
    resources, lies_at = resources_of(records), None
    if not resources and piece.kind == "json":
        # payloads that lie deeper, as notifications that a hub has gathered
        within = (
            (at, each[:100], resources_of(each[:100])) for at, each in lists_of_records(piece)
        )
        lies_at, records, resources = next(filter(lambda each: each[2], within), (None, [], set()))
    if resources:
        adopted = tmf_feed(feed, files, records, resources, settings, lies_at)
        if adopted is not None:
            return Layout(feed, piece.name, files, [], [adopted[1]], adopted[0])
        note = f"TM Forum {', '.join(sorted(resources))}, of which no shipped contract is known"
        return Layout(feed, piece.name, files, [json_table(piece, feed, interview)], [note])
    return Layout(feed, piece.name, files, [json_table(piece, feed, interview)], [])


def _several(
    names: dict[tuple, str],
    pattern: str,
    feed: str,
    files: list[str],
    tables: list[tuple[str, Table]],
    interview: Interview | None,
) -> Iterator[Layout]:
    """Yield the sheets of a workbook, or the tables of a database that are of an intake entity.

    Parameters
    ----------
    interview : Interview, optional
        For a database: a table is taken, too, of which it was answered what its rows are.
    """
    if len(tables) == 1:
        name, table = tables[0]
        yield Layout(feed, f"{files[0]} {name}", files, [table], [])
        return
    named = []
    for name, table in tables:
        # sheets of a pattern are one feed, whichever of them comes first in a book
        asked = table.dialect.get("sheet") or table.dialect.get("table") or name
        own = _feed_name(names, (pattern, str(asked)), slug(name) or "rows")
        named.append((own, name, table))
    kept, notes = (named, []) if interview is None else _taken_in(named, interview)
    for own, name, table in kept or named:
        yield Layout(own, name, list(files), [table], notes)
        notes = []


def _taken_in(
    named: list[tuple[str, str, Table]], interview: Interview
) -> tuple[list[tuple[str, str, Table]], list[str]]:
    """Return the tables (feed, name, table) a draft connects, and notes on those left out."""
    told = {own for own, *_ in named if interview.told(f"{own}.entity") is not None}
    fitting = [each for each in named if each[0] in told or looks_taken_in(*each[1:])]
    taken = {name for _, name, table in fitting if not table.made_of}
    made = [
        (own, name, table)
        for own, name, table in fitting
        if table.made_of and own not in told and taken.issuperset(table.made_of)
    ]
    left = [(own, name) for own, name, table in named if (own, name, table) not in fitting]
    kept = [each for each in fitting if each not in made]
    notes = [
        f"tables that fit no intake entity: {', '.join(name for _, name in left)}; what fits after "
        f"all is drafted by --answer {left[0][0]}.entity=…"
        for _ in kept[:1] if left
    ]  # fmt: skip
    notes += [
        f"view {name} is made of {', '.join(table.made_of)}, connected themselves: left out, for "
        f"its rows would come twice; in their place it is drafted by --answer {own}.entity=…"
        for own, name, table in made
    ]
    return kept, notes
