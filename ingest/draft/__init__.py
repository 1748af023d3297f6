"""A contract drafted from sample files: what the samples prove is written, the rest is asked."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml
from pydantic import ValidationError

from cx.errors import UserError
from cx.settings import Settings
from ingest.contract import Contract
from ingest.contract_file import ASK, questions_in
from ingest.draft.adopt import pm_feed, resources_of, tmf_feed
from ingest.draft.autumn import which_of_two_hours
from ingest.draft.claims import keep_apart
from ingest.draft.feeds import NOTHING, feed_draft, looks_taken_in
from ingest.draft.names import EPOCH, ONE_MEANING, feed_name, pattern_of, slug, without_packing
from ingest.draft.outline import FeedDraft
from ingest.draft.questions import Interview, Question
from ingest.draft.records import json_records, json_table, lists_of_records
from ingest.draft.sniff import BadSample, Piece, pieces
from ingest.draft.stores import database_tables, parquet_table, workbook_tables
from ingest.draft.tables import SPARSE, Table, widened
from ingest.draft.text import text_table
from ingest.draft.write import contract_text
from ingest.written_times import tells_offset

_LEFT_OUT = "left out of the draft: "


@dataclass(frozen=True)
class Draft:
    """A drafted contract and what it leaves open.

    Parameters
    ----------
    name : str
        The source system.
    text : str
        The contract as YAML; a text in it that begins with `ASK:` is a question.
    questions : tuple of Question
        What it asks, in the order of the contract.
    feeds : tuple of (feed, entity)
        What it connects.
    left_out : tuple of str
        Samples that could not be read, and why.
    """

    name: str
    text: str
    questions: tuple[Question, ...]
    feeds: tuple[tuple[str, str], ...]
    left_out: tuple[str, ...] = ()


@dataclass
class _Layout:
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


def draft(
    files: list[Path],
    *,
    name: str | None,
    settings: Settings,
    answers: dict[str, str] | None = None,
    folder: Path | None = None,
) -> Draft:
    """Draft a contract from sample files.

    Parameters
    ----------
    files : list of Path
        Samples: files or archives. They are read in part, and nothing of them is kept.
    name : str, optional
        The source system; else it is named after the first file.
    answers : dict of str, optional
        Place → answer, for what an earlier draft asked.
    folder : Path, optional
        Where the contract will stand.

    Raises
    ------
    UserError
        For a file that cannot be a source, a bad name, or an answer that cannot be used.
    """
    if not files:
        raise UserError("give at least one sample file")
    system = slug(name or feed_name(files[0].name))
    if not system or (name is not None and system != name):
        raise UserError(f"{name!r} is no name for a source system; use a-z, 0-9 and _")
    interview = Interview(answers)
    with tempfile.TemporaryDirectory(prefix="cx-draft-") as place:
        layouts = _layouts(files, interview, settings, Path(place))
        feeds, claimed, notes = [], [], []
        for layout in layouts:
            notes += layout.notes
            if interview.told(f"{layout.feed}.entity") == NOTHING and len(layouts) > 1:
                notes.append(f"left out, as answered: {layout.of}")
                continue
            feed = layout.adopted or feed_draft(
                layout.feed, layout.of, layout.files, layout.tables, interview, layout.packs
            )
            if layout.is_odd:
                feed.files = "**/" + Path(layout.files[0]).name
                feed.notes.append("files of like names have other columns: this feed takes one")
            elif layout.has_odd:
                feed.notes.append(
                    "some files of like names have other columns: they are claimed by this feed, "
                    "too, and refused"
                )
            feeds.append(feed)
            claimed += [(feed, layout.files)] if not layout.has_odd else []
        keep_apart(claimed)
    time_zone = country_code = None
    if interview.told("time_zone") is not None or any(each.has_local_times for each in feeds):
        time_zone = interview.ask(
            "time_zone",
            "in which zone are times without an offset? UTC, or an IANA zone such as Europe/Berlin",
        )
    if interview.told("country_code") is not None or any(
        each.has_national_numbers for each in feeds
    ):
        country_code = interview.ask(
            "country_code",
            "which dialling code completes phone numbers written without one (49, 7 …)? empty "
            "when every number begins with its code",
        )
    zones = {
        name: ONE_MEANING.get(name)
        or interview.ask(f"zones.{name}", f"how far from UTC is {name} in this source? as -05:00")
        for name in sorted(set().union(*(feed.zones for feed in feeds)))
    }
    doubled_hour = which_of_two_hours(feeds, time_zone, interview)
    for feed in feeds:
        written = (feed.extracted_at or {}).get("format", "")
        says_zone = tells_offset(written) or written == EPOCH
        if "file_name" in (feed.extracted_at or {}) and time_zone is None and not says_zone:
            feed.notes.append("the date in the file's name is taken as UTC, for want of time_zone")
    interview.check_all_used()
    text = contract_text(
        system,
        feeds,
        folder=folder or Path.cwd(),
        time_zone=time_zone,
        country_code=country_code,
        zones=zones,
        doubled_hour=doubled_hour,
        notes=notes,
    )
    questions = tuple(Question(*each) for each in questions_in(yaml.safe_load(text)))
    if not questions:
        _check(text)
    shown = tuple((feed.name, feed.entity or feed.format) for feed in feeds)
    left_out = tuple(each for each in notes if each.startswith(_LEFT_OUT))
    return Draft(system, text, questions, shown, left_out)


def _check(text: str) -> None:
    """Hold a complete draft against the contract's model: an answer may be no value it takes."""
    try:
        Contract.model_validate(yaml.safe_load(text))
    except (ValidationError, yaml.YAMLError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else None
        place = ".".join(map(str, first["loc"])) if first else "the draft"
        said = first["msg"] if first else str(error).splitlines()[0]
        raise UserError(f"{place}: {said}; answer it differently") from error


def _layouts(
    files: list[Path], interview: Interview, settings: Settings, work: Path
) -> list[_Layout]:
    """Read every sample and bring those together that are laid out alike."""
    found: dict[tuple, _Layout] = {}
    names: dict[tuple, str] = {}
    bad: list[BadSample] = []
    lists: dict[str, set[tuple[str, ...]]] = {}
    # of XML the largest first: it is the likeliest to show what stands several times
    largest = sorted(files, key=lambda each: -each.stat().st_size if _is_xml(each) else 0)
    for number, path in enumerate(largest):
        desk = work / str(number)
        desk.mkdir()
        for piece, layouts in _readable(path, desk, bad, names, lists, interview, settings):
            for layout in layouts:
                layout.packs = [path.name] if piece.name != path.name else []
                key = _alike(piece, layout)
                key = next((each for each in found if _is_wider(each, key, found, layout)), key)
                if key not in found:
                    found[key] = layout
                    continue
                if layout.tables and "ignore_lines" in layout.tables[0].dialect:
                    first, *rest = found[key].tables
                    if "ignore_lines" not in first.dialect:
                        wider = first.dialect | layout.tables[0].dialect
                        notes = [*first.notes, *layout.tables[0].notes]
                        found[key].tables = [replace(first, dialect=wider, notes=notes), *rest]
                found[key].files += layout.files
                found[key].packs += layout.packs
                found[key].tables += layout.tables
                if _is_sparse(layout):
                    first, *rest = found[key].tables
                    found[key].tables = [widened(first, layout.tables[0]), *rest]
    if bad and not found:
        raise bad[0]
    for layout in filter(_is_sparse, found.values()):
        # a field that some objects have is a column of all
        first, *rest = layout.tables
        layout.tables = [first, *(widened(each, first) for each in rest)]
    for layout in list(found.values())[:1]:
        layout.notes += [f"{_LEFT_OUT}{each}" for each in bad]
    for layout in found.values():
        if layout.tables and not layout.tables[0].columns and _is_sparse(layout):
            raise UserError(f"{layout.files[0]} holds no JSON object; give a sample with records")
    layouts = _waiting(list(found.values()))
    _tell_apart(layouts)
    return layouts


def _readable(
    path: Path,
    desk: Path,
    bad: list[BadSample],
    names: dict[tuple, str],
    lists: dict[str, set[tuple[str, ...]]],
    interview: Interview,
    settings: Settings,
) -> Iterator[tuple[Piece, list[_Layout]]]:
    """Yield the pieces of a file with their layouts; one that is damaged is added to `bad`."""
    try:
        for piece in pieces(path, desk):
            known = lists.setdefault(pattern_of(without_packing(piece.name)), set())
            piece = replace(piece, lists=known)
            yield piece, list(_of_piece(piece, names, interview, settings))
    except BadSample as error:
        bad.append(error)


def _is_xml(path: Path) -> bool:
    return path.suffix.lower() == ".xml" and path.is_file()


def _is_sparse(layout: _Layout) -> bool:
    """Whether a record need not hold every field."""
    return bool(layout.tables) and layout.tables[0].format in SPARSE


def _is_wider(key: tuple, other: tuple, found: dict[tuple, _Layout], layout: _Layout) -> bool:
    """Tell whether JSON is of a layout seen before, though some of its fields are not there.

    A JSON object need not have every field, and a picture of nothing has none.
    """
    if (
        not (_is_sparse(layout) and _is_sparse(found[key]))
        or key[0] != other[0]
        or key[2:] != other[2:]
    ):
        return False
    mine, seen = set(layout.tables[0].columns), set(found[key].tables[0].columns)
    return 2 * len(mine & seen) >= min(len(mine), len(seen))


def _alike(piece: Piece, layout: _Layout) -> tuple:
    """Return what samples of one feed have in common."""
    if not layout.tables:
        return (layout.feed,)
    table = layout.tables[0]
    written = {name: str(table.dialect.get(name, "")) for name in table.dialect}
    encoding = written.pop("encoding", "utf-8")
    # where one of several has lines to ignore, its way of reading does for all
    for each in ("columns", "ignore_lines", "row_count"):
        written.pop(each, None)
    # What is all ASCII may be of any encoding, so it says nothing.
    return (layout.feed, tuple(table.columns), *sorted(written.items())) + (
        () if piece.head.isascii() or encoding == "utf-8" else (encoding,)
    )


def _waiting(layouts: list[_Layout]) -> list[_Layout]:
    """Return the layouts without those that only an open question sets apart.

    Where it is asked in which list the records are, a picture whose list is empty has not been
    understood either: a feed of its own would ask a second time what nobody can answer there.
    """
    asking = {each.feed: each for each in reversed(layouts) if _asks_for_records(each)}
    kept = []
    for layout in layouts:
        first = asking.get(layout.feed)
        if first is None or first is layout or not _is_sparse(layout):
            kept.append(layout)
        else:
            first.files += layout.files
    return kept


def _asks_for_records(layout: _Layout) -> bool:
    return _is_sparse(layout) and str(layout.tables[0].dialect.get("records")).startswith(ASK)


def _tell_apart(layouts: list[_Layout]) -> None:
    """Give feeds whose samples have like names and unlike columns names and files of their own.

    The one of most files keeps the pattern: tomorrow's file is likely to be of its kind.
    """
    alike: dict[str, list[_Layout]] = {}
    for layout in layouts:
        alike.setdefault(layout.feed, []).append(layout)
    for group in alike.values():
        most = max(len(each.files) for each in group)
        leading = [each for each in group if len(each.files) == most]
        for number, layout in enumerate(group, start=1):
            layout.is_odd = leading != [layout]
            layout.has_odd = len(group) > 1 and not layout.is_odd
            layout.feed += f"_{number}" if number > 1 else ""


def _of_piece(
    piece: Piece, names: dict[tuple, str], interview: Interview, settings: Settings
) -> Iterator[_Layout]:
    """Yield the samples in a file: most hold one, workbooks and databases several."""
    # a picture that came packed is of the feed of those that did not
    pattern = pattern_of(without_packing(piece.name))
    feed = _feed_name(names, (pattern,), feed_name(piece.name))
    files = [piece.name]
    try:
        if piece.kind == "text":
            yield _Layout(feed, piece.name, files, [text_table(piece, feed, interview)], [])
        elif piece.kind in ("json", "ndjson", "xml"):
            yield _json_layout(piece, feed, files, interview, settings)
        elif piece.kind == "pm_xml":
            adopted, note = pm_feed(feed, files, settings)
            yield _Layout(feed, piece.name, files, [], [note], adopted)
        elif piece.kind == "parquet":
            yield _Layout(feed, piece.name, files, [parquet_table(piece, settings)], [])
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
) -> _Layout:
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
            return _Layout(feed, piece.name, files, [], [adopted[1]], adopted[0])
        note = f"TM Forum {', '.join(sorted(resources))}, of which no shipped contract is known"
        return _Layout(feed, piece.name, files, [json_table(piece, feed, interview)], [note])
    return _Layout(feed, piece.name, files, [json_table(piece, feed, interview)], [])


def _several(
    names: dict[tuple, str],
    pattern: str,
    feed: str,
    files: list[str],
    tables: list[tuple[str, Table]],
    interview: Interview | None,
) -> Iterator[_Layout]:
    """Yield the sheets of a workbook, or the tables of a database that are of an intake entity.

    Parameters
    ----------
    interview : Interview, optional
        For a database: a table is taken, too, of which it was answered what its rows are.
    """
    if len(tables) == 1:
        name, table = tables[0]
        yield _Layout(feed, f"{files[0]} {name}", files, [table], [])
        return
    named = []
    for name, table in tables:
        # sheets of a pattern are one feed, whichever of them comes first in a book
        asked = table.dialect.get("sheet") or table.dialect.get("table") or name
        own = _feed_name(names, (pattern, str(asked)), slug(name) or "rows")
        named.append((own, name, table))
    kept, notes = (named, []) if interview is None else _taken_in(named, interview)
    for own, name, table in kept or named:
        yield _Layout(own, name, list(files), [table], notes)
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
