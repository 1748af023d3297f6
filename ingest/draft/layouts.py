"""Samples that are laid out alike: each such group becomes one feed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from cx.errors import UserError
from cx.settings import Settings
from ingest.contract_file import ASK
from ingest.draft.adopt import pm_feed
from ingest.draft.names import feed_name, pattern_of, without_packing
from ingest.draft.questions import Interview
from ingest.draft.samples import Layout, of_piece
from ingest.draft.sniff import BadSample, Piece, pieces
from ingest.draft.tables import SPARSE, widened

LEFT_OUT = "left out of the draft: "


def layouts_of(
    files: list[Path], interview: Interview, settings: Settings, work: Path
) -> list[Layout]:
    """Read every sample and bring those together that are laid out alike."""
    found: dict[tuple, Layout] = {}
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
        layout.notes += [f"{LEFT_OUT}{each}" for each in bad]
    for layout in found.values():
        if layout.tables and not layout.tables[0].columns and _is_sparse(layout):
            raise UserError(f"{layout.files[0]} holds no JSON object; give a sample with records")
    layouts = _measurements_as_one(_waiting(list(found.values())), settings)
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
) -> Iterator[tuple[Piece, list[Layout]]]:
    """Yield the pieces of a file with their layouts; one that is damaged is added to `bad`."""
    try:
        for piece in pieces(path, desk):
            known = lists.setdefault(pattern_of(without_packing(piece.name)), set())
            piece = replace(piece, lists=known)
            yield piece, list(of_piece(piece, names, interview, settings))
    except BadSample as error:
        bad.append(error)


def _is_xml(path: Path) -> bool:
    return path.suffix.lower() == ".xml" and path.is_file()


def _is_sparse(layout: Layout) -> bool:
    """Whether a record need not hold every field."""
    return bool(layout.tables) and layout.tables[0].format in SPARSE


def _is_wider(key: tuple, other: tuple, found: dict[tuple, Layout], layout: Layout) -> bool:
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


def _alike(piece: Piece, layout: Layout) -> tuple:
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


def _waiting(layouts: list[Layout]) -> list[Layout]:
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


def _measurements_as_one(layouts: list[Layout], settings: Settings) -> list[Layout]:
    """Make one feed of 3GPP measurements whose files bear the name of each network element.

    Two names may be of two kinds (core and radio), unless they differ by a number alone.
    """
    of_pm = [each for each in layouts if each.adopted and each.adopted.format == "pm_xml"]
    patterns = [pattern_of(each.files[0]) for each in of_pm]
    start = _begun_alike(patterns)
    is_numbered = len({re.sub(r"\d+", "*", each) for each in patterns}) == 1
    if len(of_pm) < (2 if is_numbered else 3) or not re.search(r"[^\W\d_]", start):
        return layouts
    rest = [each.removeprefix(start)[::-1] for each in patterns]
    glob = f"{start}*{_begun_alike(rest)[::-1]}"
    files = [name for each in of_pm for name in each.files]
    name = feed_name(glob.removeprefix("**/"))
    adopted, _ = pm_feed(name, files, settings)
    adopted.files = glob
    one = replace(of_pm[0], feed=name, files=files, adopted=adopted)
    return [one, *(each for each in layouts if each not in of_pm)]


def _begun_alike(texts: list[str]) -> str:
    """Return what all texts begin with."""
    alike = takewhile(lambda each: len(set(each)) == 1, zip(*texts, strict=False))
    return "".join(each[0] for each in alike)


def _asks_for_records(layout: Layout) -> bool:
    return _is_sparse(layout) and str(layout.tables[0].dialect.get("records")).startswith(ASK)


def _tell_apart(layouts: list[Layout]) -> None:
    """Give feeds whose samples have like names and unlike columns names and files of their own.

    The one of most files keeps the pattern: tomorrow's file is likely to be of its kind.
    """
    alike: dict[str, list[Layout]] = {}
    for layout in layouts:
        alike.setdefault(layout.feed, []).append(layout)
    for group in alike.values():
        most = max(len(each.files) for each in group)
        leading = [each for each in group if len(each.files) == most]
        for number, layout in enumerate(group, start=1):
            layout.is_odd = leading != [layout]
            layout.has_odd = len(group) > 1 and not layout.is_odd
            layout.feed += f"_{number}" if number > 1 else ""
