"""A contract tried on files without loading: what would land, what would not, what looks wrong."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from cx.errors import UserError
from cx.settings import Settings
from cx.warehouse import reading
from ingest import looks
from ingest.contract import Contract
from ingest.contract_file import load_contract
from ingest.file_account import LoadReport
from ingest.fold import unpaired
from ingest.intake import answers
from ingest.load import load_folder
from ingest.taken_as_utc import taken_as_utc


@dataclass(frozen=True)
class Trial:
    """What a contract would make of some files; nothing of it was kept.

    Parameters
    ----------
    report : LoadReport
        Files and rows read, loaded, quarantined, dropped.
    landed : list of (entity, rows, filled columns)
        What would stand in raw.
    faults : list of (feed and file, column, reason, rows, first line)
        What would be quarantined, most rows first.
    unmapped : list of (feed and file, columns)
        Columns the files have and the contract does not name.
    unpaired : dict
        Feed → lines that end what never began.
    empty : list of (entity, columns)
        What the contract maps and nothing came of: an entity without rows (then no columns), or
        columns blank in all of them.
    doubled : list of (entity, keys, more keys)
        How many keys stand more than once in one file, and not with the same content; and how many
        only in several files or tables.
    alike : list of (entity, column, ids)
        How many ids differ from another one only in case, noughts or signs that cannot be seen.
    tailed : list of (entity, column, ids)
        How many ids end in .0, as a program writes those it took for numbers, or a part of them.
    padded : list of (entity, column, ids)
        How many ids hold the blanks that fill up a column of fixed width.
    as_utc : list of (entity, column, zone)
        Columns whose expression gives a time, which is taken as UTC, where the zone is another.
    times : list of (entity, column, first, last, is plausible)
        From when to when each time reaches; outside of a lifetime its unit or zero may be wrong.
    backwards : list of (entity, end, start, rows)
        How many rows end before they begin.
    twice : list of (file, feeds, entity)
        Files whose rows several feeds would load into one entity.
    neither : int
        Problems that are told as neither outage nor degradation.
    marks : list of (entity, column, number, rows)
        Numbers that may say that there is none.
    never : int
        Products that are told never to have begun, and yet when they did.
    available, missing : list of (answer, question or needed columns)
        Answers these files alone would make possible, and what the others lack.
    """

    report: LoadReport
    landed: list[tuple[str, int, list[str]]]
    faults: list[tuple[str, str, str, int, int]]
    unmapped: list[tuple[str, str]]
    available: list[tuple[str, str]]
    missing: list[tuple[str, str]]
    unpaired: dict[str, int]
    empty: list[tuple[str, list[str]]]
    times: list[tuple[str, str, str, str, bool]]
    doubled: list[tuple[str, int, int]]
    alike: list[tuple[str, str, int]]
    tailed: list[tuple[str, str, int]]
    padded: list[tuple[str, str, int]]
    as_utc: list[tuple[str, str, str]]
    backwards: list[tuple[str, str, str, int]]
    twice: list[tuple[str, str, str]]
    neither: int
    marks: list[tuple[str, str, str, int]]
    never: int


def check(contract_path: Path, files: list[Path], settings: Settings) -> Trial:
    """Load files by one contract into a home that is thrown away, and tell what became of them.

    Parameters
    ----------
    files : list of Path
        Files, or one folder. Single files are tried under their own names.

    Raises
    ------
    UserError
        When the contract cannot be used or claims none of the files.
    """
    contract = load_contract(contract_path)
    for path in files:
        if not path.exists():
            raise UserError(f"{path} does not exist; give the files or the folder to try")
    with tempfile.TemporaryDirectory(prefix="cx-check-") as place:
        root = Path(place)
        folder = files[0] if len(files) == 1 and files[0].is_dir() else root / "delivery"
        if folder.parent == root:
            folder.mkdir()
            for path in files:
                target = folder / _name_for(path, contract)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
        trial = replace(settings, home=root / "home")
        report = load_folder(folder, trial, contracts={contract.source_system: contract})
        return _told(report, trial, contract)


def _name_for(path: Path, contract: Contract) -> Path:
    """Return a name by which a single file meets a glob with folders, such as crm/*.csv."""
    for feed in contract.feeds:
        parent = Path(feed.files or "").parent
        if (feed.files and path.match(feed.files)) or path.match(Path(feed.files or "x").name):
            fixed = [part for part in parent.parts if "*" not in part]
            return Path(*fixed, path.name)
    return Path(path.name)


def _told(report: LoadReport, trial: Settings, contract: Contract) -> Trial:
    with reading(trial) as connection:
        fill = connection.execute(
            "select entity, column_name, row_count, filled_count from raw.column_fill "
            "where row_count > 0 order by entity, column_name"
        ).fetchall()
        faults = connection.execute(
            "select feed || ' ' || file_name, coalesce(column_name, 'the row'), reason, count(*), "
            "min(row_number) from quarantine.rows group by all "
            "order by count(*) desc, 1, 2, 3 limit 20"
        ).fetchall()
        unmapped = connection.execute(
            "select feed || ' ' || file_name, unmapped_columns from ops.file_ledger "
            "where unmapped_columns is not null order by all"
        ).fetchall()
        lost = {feed: count for (_, feed), count in unpaired(connection).items()}
        times = list(looks.times(connection, fill))
        alike = list(looks.alike(connection, fill))
        tailed = list(looks.ids_that(connection, fill, looks.TAILED))
        padded = list(looks.ids_that(connection, fill, looks.PADDED))
        backwards = list(looks.backwards(connection, fill))
        twice = list(looks.twice(connection, contract))
        neither = looks.neither(connection, fill)
        marks = list(looks.marks(connection, fill))
        never = looks.never(connection, fill)
        doubled = list(looks.doubled(connection, sorted({entity for entity, *_ in fill})))
    landed = [
        (entity, rows, [name for each, name, _, filled in fill if each == entity and filled])
        for entity, rows in dict.fromkeys((entity, rows) for entity, _, rows, _ in fill)
    ]
    here = {entity: columns for entity, _, columns in landed}
    mapped: dict[str, set[str]] = {}
    for mapping in (each for feed in contract.feeds for each in feed.entities):
        mapped.setdefault(mapping.entity, set()).update(mapping.columns)
    at_fault = {column for _, column, *_ in faults}
    empty = [
        (entity, sorted(names - set(here.get(entity, ()))) if entity in here else [])
        for entity, names in sorted(mapped.items())
        # of what is quarantined its own line tells
        if (names - set(here[entity]) if entity in here else not names & at_fault)
    ]
    filled = {f"{entity}.{name}" for entity, name, _, count in fill if count}
    available, missing = [], []
    for answer in answers().values():
        lacking = [need for need in answer.needs if need not in filled]
        if not lacking:
            available.append((answer.name, answer.question))
        else:
            missing.append((answer.name, ", ".join(lacking)))
    return Trial(
        report,
        landed,
        faults,
        unmapped,
        available,
        missing,
        lost,
        empty,
        times,
        doubled,
        alike,
        tailed,
        padded,
        list(taken_as_utc(contract)),
        backwards,
        twice,
        neither,
        marks,
        never,
    )
