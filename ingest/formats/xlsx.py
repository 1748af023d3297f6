"""Workbooks (xlsx, xlsm, xlsb, xls, ods): sheets by name, all text, the sheet's row numbers."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa

from cx.runs import die_with_parent
from cx.settings import REPO
from ingest.contract import Feed
from ingest.dialect import Dialect
from ingest.formats.cells import letter, tidy, told_apart
from ingest.formats.source import ERRORS, MACHINE, FileRefused, Source, literal, quoted
from ingest.formats.workbook import Finding, checked

# Sheet k (from 2) counts its rows from k * 10,000,000; a sheet has at most 1,048,576.
_ROWS_A_SHEET = 10_000_000
_MAX_MEMORY = 4 << 30
_MAX_SECONDS = 1800
_FROM_1900 = ("1899-12-30", "1899-12-31", "1900-01-01")
_OURS = ("_row", "_original", "_error", "_sheet")


def read(
    connection: duckdb.DuckDBPyConnection, path: Path, feed: Feed, work: Path, needed: set[str]
) -> Source:
    """Read the sheets a contract names; rows without any value are passed over.

    `_row` is the row of the sheet; on the k-th sheet read (k from 2) k times 10,000,000 more.
    Column `_sheet` holds the sheet's name. Columns are matched by name over the sheets. A text
    merged over several rows holds for each of them; a number or date merged so may be meant once,
    so its rows but the first are quarantined.

    Raises
    ------
    FileRefused
        When the workbook or a sheet cannot be trusted as a whole.
    """
    book = checked(path, work)
    specs = [
        spec
        for mapping in feed.entities
        for spec in (*mapping.columns.values(), mapping.known_at)
        if spec is not None
    ]
    if book.is_from_1904 and any((spec.days_since or "")[:10] in _FROM_1900 for spec in specs):
        raise FileRefused(
            "counts its days from 1904 (a setting of the workbook) and the contract from 1899; "
            "say days_since: 1904-01-01"
        )
    sheets, left_out = _cells(book.path, feed.dialect, work)
    columns: list[str] = []
    for number, sheet in enumerate(sheets, start=1):
        if sheet["is_empty"]:
            continue
        before = 0 if number == 1 else number * _ROWS_A_SHEET
        findings = book.findings.get(sheet["name"], [])
        try:
            _read_sheet(connection, sheet, before, findings, feed, needed - {"_sheet"}, columns)
        except FileRefused as error:
            if len(sheets) == 1:
                raise
            raise FileRefused(f"on sheet {sheet['name']!r} {error}") from error
    for rest in [*work.glob("sheet_*.arrow"), work / "book.zip"]:
        rest.unlink(missing_ok=True)
    if not columns:
        raise FileRefused("is empty: not even a header line")
    packed = ", ".join(f"{quoted(name)} := {quoted(name)}" for name in columns)
    if any(spec.from_ == "_sheet" for spec in specs):
        columns.append("_sheet")
    return Source(
        columns=tuple(columns),
        relation="sheet_rows",
        originals=f"select _row, to_json(struct_pack({packed}))::varchar as _original "
        "from sheet_rows",
        left_out=tuple(left_out),
        has_error_cells=any(each.text in ERRORS for own in book.findings.values() for each in own),
        marks_numbers=feed.dialect.rewrites_numbers,
    )


def _cells(book: Path, dialect: Dialect, work: Path) -> tuple[list[dict], list[str]]:
    """Let a process of its own, bounded in memory and time, write the cells of each sheet."""
    work = work.resolve()
    mark = MACHINE if dialect.rewrites_numbers else ""
    order = {"book": str(book.resolve()), "sheets": dialect.sheet, "mark": mark}
    (work / "order.json").write_text(json.dumps(order), encoding="utf-8")
    answer = work / "answer.json"
    answer.unlink(missing_ok=True)
    try:
        child = subprocess.run(
            [sys.executable, "-m", "ingest.formats.cells", str(work)],
            capture_output=True,
            check=False,
            cwd=REPO,
            timeout=_MAX_SECONDS,
            preexec_fn=_bounded,
        )
    except subprocess.TimeoutExpired as error:
        raise FileRefused(f"takes more than {_MAX_SECONDS} s to read; have it split") from error
    if child.returncode != 0 or not answer.exists():
        if b"memory" in child.stderr or b"MemoryError" in child.stderr:
            raise FileRefused(
                f"needs more than {_MAX_MEMORY >> 30} GiB to read; is a cell far away filled by "
                "accident? Have it split, or delivered as csv or Parquet"
            )
        raise FileRefused(
            f"ended the workbook reader (code {child.returncode}); is it damaged? "
            "Have it saved anew in a spreadsheet"
        )
    outcome = json.loads(answer.read_text(encoding="utf-8"))
    if "refused" in outcome:
        raise FileRefused(outcome["refused"])
    return outcome["sheets"], outcome["left_out"]


def _bounded() -> None:
    die_with_parent()
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read_sheet(
    connection: duckdb.DuckDBPyConnection,
    sheet: dict,
    before: int,
    findings: list[Finding],
    feed: Feed,
    needed: set[str],
    columns: list[str],
) -> None:
    """Add a sheet's rows to temp table `sheet_rows`, and its new columns to `columns`."""
    first, last = sheet["first"], sheet["last"]
    with pa.memory_map(sheet["cells"]) as file:
        registered = {
            "sheet_cells": pa.ipc.open_file(file).read_all(),
            "cell_findings": _findings(findings, first, last),
            "merged": _merged(sheet["merged"]),
        }
        for name, table in registered.items():
            connection.register(name, table)
        _overlay(connection, first, last)
        _append(connection, sheet["name"], before, first, feed.dialect.header_row, needed, columns)
        connection.execute("drop view whole_cells")
        for name in registered:
            connection.unregister(name)


def _append(
    connection: duckdb.DuckDBPyConnection,
    sheet: str,
    before: int,
    first: int,
    header_row: int,
    needed: set[str],
    columns: list[str],
) -> None:
    heading = connection.execute(
        f"select * exclude (_row, _error, _is_filled) from whole_cells where _row = {header_row}"
    ).fetchone()
    if heading is None:
        raise FileRefused(f"has no line {header_row}, where the contract expects the header")
    above = connection.execute(
        "select * exclude (_row, _error, _is_filled) from whole_cells "
        f"where _row = {header_row - 1}"
    ).fetchone()
    names = _names(heading, above or (), first, needed)
    selected = ", ".join(
        # an empty cell is unknown in the contract's SQL, too
        f"nullif(c{number}, '') as {quoted(name)}"
        for number, name in enumerate(names, start=first)
    )
    rows = (
        f"select _row + {before} as _row, _error, {literal(sheet)} as _sheet, {selected} "
        f"from whole_cells where _row > {header_row} and _is_filled"
    )
    known = {name.lower() for name in columns}
    new = [name for name in names if name.lower() not in known]
    if not columns:
        connection.execute(f"create or replace temp table sheet_rows as {rows}")
    else:
        for name in new:
            connection.execute(f"alter table sheet_rows add column {quoted(name)} varchar")
        connection.execute(f"insert into sheet_rows by name {rows}")
    columns += new


def _findings(findings: list[Finding], first: int, last: int) -> pa.Table:
    inside = [each for each in findings if first <= each.column <= last]
    return pa.table(
        {
            "line": pa.array([each.row for each in inside], pa.int64()),
            "position": pa.array([each.column for each in inside], pa.int64()),
            "value": pa.array([each.text for each in inside], pa.string()),
        }
    )


def _merged(areas: list[list]) -> pa.Table:
    columns = zip(*areas, strict=True) if areas else ([], [], [], [], [])
    kinds = [pa.int64(), pa.int64(), pa.int64(), pa.string(), pa.bool_()]
    return pa.table(
        [pa.array(values, kind) for values, kind in zip(columns, kinds, strict=True)],
        names=["top", "bottom", "position", "value", "is_text"],
    )


def _overlay(connection: duckdb.DuckDBPyConnection, first: int, last: int) -> None:
    """Make view `whole_cells`: the cells with the findings over and the merged texts under them."""
    connection.execute(
        "create or replace temp table merged_texts as select position, value, "
        "unnest(range(top + 1, bottom + 1)) as line from merged where is_text and value <> ''"
    )
    connection.execute(
        """
        create or replace temp table merged_numbers as
        select
            line,
            'stands beside rows ' || min(top) || ' to ' || max(bottom) || ' merged into one cell '
            || 'whose number or date may be meant once; have it unmerged' as reason
        from (
            select top, bottom, unnest(range(top + 1, bottom + 1)) as line
            from merged
            where not is_text
        )
        group by line
        """
    )
    own = {number: f"sheet_cells.c{number}" for number in range(first, last + 1)}
    joins = []
    for relation, pattern in (
        ("cell_findings", "coalesce({over}.value, {cell})"),
        ("merged_texts", "coalesce(nullif({cell}, ''), {over}.value, '')"),
    ):
        if relation == "merged_texts":
            filled = " or ".join(f"trim({cell}) <> ''" for cell in own.values())
        for (number,) in connection.execute(
            f"select distinct position from {relation} order by position"
        ).fetchall():
            over = f"{relation}_{number}"
            joins.append(
                f"left join (select line, any_value(value) as value from {relation} "
                f"where position = {number} group by line) as {over} "
                f"on {over}.line = sheet_cells._row"
            )
            own[number] = pattern.format(over=over, cell=own[number])
    selected = ", ".join(f"{cell} as c{number}" for number, cell in own.items())
    connection.execute(
        "create or replace temp view whole_cells as select sheet_cells._row, "
        f"merged_numbers.reason as _error, {filled} as _is_filled, {selected} from sheet_cells "
        "left join merged_numbers on merged_numbers.line = sheet_cells._row " + " ".join(joins)
    )


def _names(
    heading: tuple[str, ...], above: tuple[str, ...], first: int, needed: set[str]
) -> list[str]:
    """Return the names of the columns; one without a heading is named by its letter.

    Of a header of two rows the lower is given; names that it holds twice bear the upper one too.
    """
    headings = told_apart([tidy(text) for text in heading], list(above))
    lettered = [f"column {letter(number)}" for number in range(first, first + len(headings))]
    names = [
        # a contract may call a column without a heading of its own by its letter
        own if not text or (own in needed and not tidy(below or "")) else text
        for text, own, below in zip(headings, lettered, heading, strict=True)
    ]
    if not any(tidy(text) for text in heading):
        raise FileRefused("has a blank line where the contract expects the header; mend header_row")
    lowered = [name.lower() for name in names]
    doubled = next((name for name in names if lowered.count(name.lower()) > 1), None)
    if doubled:
        raise FileRefused(f"names column {doubled!r} twice; the contract cannot tell them apart")
    ours = next((name for name in names if name.lower() in _OURS), None)
    if ours:
        raise FileRefused(f"has a column {ours!r}, a name we use ourselves; have it renamed")
    missing = sorted(needed - set(names))
    if missing:
        raise FileRefused(
            f"has no column {', '.join(map(repr, missing))} which the contract maps; "
            f"its header is {', '.join(names)[:200]}"
        )
    return names
