"""Samples with columns of their own: workbooks, Parquet, SQLite and DuckDB files."""

from __future__ import annotations

import fnmatch
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

import duckdb
import pandas as pd
from python_calamine import CalamineError, SheetVisibleEnum, load_workbook

from cx.errors import UserError
from cx.settings import Settings
from cx.warehouse import scratch
from ingest.draft.header import is_header
from ingest.draft.questions import Interview
from ingest.draft.sniff import BadSample, Piece
from ingest.draft.tables import Table, table
from ingest.draft.text import MAX_LINES
from ingest.formats.cells import letter, text_of, tidy, told_apart
from ingest.formats.duckdb_file import NESTED, why_not
from ingest.formats.source import literal, quoted

_HEADER_WITHIN = 30
_NATIVE = (
    (r"(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?)$", "integer"),
    (r"(DECIMAL|DOUBLE|FLOAT|REAL|NUMERIC)", "number"),
    (r"BOOL", "boolean"),
    (r"DATE$", "date"),
    (r"TIMESTAMP WITH TIME ZONE|TIMESTAMPTZ", "timestamptz"),
    (r"TIMESTAMP", "timestamp"),
)  # fmt: skip


def workbook_tables(piece: Piece, place: str, interview: Interview) -> Iterator[tuple[str, Table]]:
    """Yield (first sheet, table) of the sheets that hold rows, those with like columns together."""
    try:
        with load_workbook(piece.path) as book:
            # what somebody put out of sight is read only where a contract names it on purpose
            names = [
                each.name
                for each in book.sheets_metadata
                if each.visible == SheetVisibleEnum.Visible
            ]
            hidden = [name for name in book.sheet_names if name not in names]
            alike: dict[tuple, list[tuple[str, Table]]] = {}
            for name in names:
                # empty rows at the top count: header_row is the sheet's own number
                sheet = book.get_sheet_by_name(name)
                rows = sheet.to_python(False, MAX_LINES)
                cells = [[text_of(cell) for cell in row] for row in rows]
                _fill_down(cells, sheet.merged_cell_ranges or [])
                found = _sheet(cells, f"{place}.dialect", interview)
                if found is not None:
                    key = (*found.columns, str(found.dialect))
                    alike.setdefault(key, []).append((name, found))
    except CalamineError as error:
        raise UserError(f"{piece.name} is not a readable workbook ({error})") from error
    for group in alike.values():
        name, first = group[0]
        sheets = [each for each, _ in group]
        if len(names) > 1:
            first.dialect["sheet"] = _pattern(sheets, names) if len(sheets) > 1 else name
        frames = [each.frame for _, each in group]
        told = [f"hidden sheets are left out: {', '.join(hidden)}"] if hidden else []
        whole = replace(
            first, frame=pd.concat(frames, ignore_index=True), notes=[*first.notes, *told]
        )
        yield name, whole


def _pattern(sheets: list[str], names: list[str]) -> str | list[str]:
    """Return a pattern for sheets of like names, which next month's will match; else the names."""
    before = _begin(sheets)
    after = _begin([name[len(before) :][::-1] for name in sheets])[::-1]
    # whole words: the months that end in o are not all
    if any(name[len(before) :][:1].isalpha() for name in sheets):
        before = re.sub(r"[^\W\d_]+$", "", before)
    if any(name.removesuffix(after)[-1:].isalpha() for name in sheets):
        after = re.sub(r"^[^\W\d_]+", "", after)
    pattern = f"{before}*{after}"
    says_enough = sum(map(str.isalnum, before + after)) > 1 and not set("[]?") & set(pattern)
    others = [name for name in names if name not in sheets]
    return pattern if says_enough and not fnmatch.filter(others, pattern) else sheets


def _begin(names: list[str]) -> str:
    """Return the letters that all names begin with."""
    letters = takewhile(lambda each: len(set(each)) == 1, zip(*names, strict=False))
    return "".join(each[0] for each in letters)


def _fill_down(cells: list[list[str]], areas: list[tuple]) -> None:
    """Let a text merged over rows stand in each, as the reader does: a heading may be one."""
    for (top, position), (bottom, _) in areas:
        for row in cells[top + 1 : bottom + 1]:
            if top < len(cells) and position < min(len(row), len(cells[top])):
                row[position] = row[position] or cells[top][position]


def _sheet(cells: list[list[str]], place: str, interview: Interview) -> Table | None:
    """Find the header: the first row as wide as the rows below it."""
    filled = [sum(bool(cell.strip()) for cell in row) for row in cells]
    if len(cells) < 2 or max(filled) == 0:
        return None
    widest = max(filled[:_HEADER_WITHIN])
    at = next(number for number, count in enumerate(filled) if count >= 0.8 * widest)
    names = told_apart([tidy(name) for name in cells[at]], cells[at - 1] if at else [])
    names += [""] * (max(map(len, cells)) - len(names))
    body = [row for row, count in zip(cells[at + 1 :], filled[at + 1 :], strict=True) if count]
    if not body:
        told = interview.told(f"{place}.header_row") or ""
        # the widest row is the only one of values: which holds the names may have been answered
        is_row = told.isdigit() and 1 <= int(told) < len(cells)
        return _sheet_from(cells, int(told)) if is_row else None
    kept, names = _named(names, body)
    columns = [names[position] for position in kept]
    dialect: dict[str, object] = {}
    if at:
        dialect["header_row"] = at + 1
    shown = [[row[position] if position < len(row) else "" for position in kept] for row in body]
    looks_named = is_header(columns, shown[:400])
    is_doubled = len(set(columns)) < len(columns)
    if looks_named is False or is_doubled or (looks_named is None and len(shown) > 1):
        said = interview.ask(
            f"{place}.header_row",
            f"which row of the sheet holds the columns' names? row {at + 1} may hold values",
        )
        if said.isdigit():
            return _sheet_from(cells, int(said))
        dialect["header_row"] = said
        # till it is answered the columns have no names of their own
        columns = [f"column {number}" for number in range(1, len(columns) + 1)]
    rows = [[cell or None for cell in row] for row in shown]
    return table(_unique(columns), rows, "xlsx", dialect=dialect)


def _sheet_from(cells: list[list[str]], header_row: int) -> Table | None:
    if not 1 <= header_row < len(cells):
        raise UserError(f"header_row {header_row} is outside the sheet; it has {len(cells)} rows")
    above = cells[header_row - 2] if header_row > 1 else []
    names = told_apart([tidy(name) for name in cells[header_row - 1]], above)
    names += [""] * (max(map(len, cells)) - len(names))
    body = [row for row in cells[header_row:] if any(row)]
    kept, names = _named(names, body)
    rows = [[(row[each] if each < len(row) else "") or None for each in kept] for row in body]
    dialect = {"header_row": header_row} if header_row > 1 else {}
    return table(_unique([names[each] for each in kept]), rows, "xlsx", dialect=dialect)


def _named(names: list[str], body: list[list[str]]) -> tuple[list[int], list[str]]:
    """Return the places of columns with a name or a value, and all names.

    What has no heading is called by its letter, as the reader calls it.
    """
    filled = {place for row in body for place, cell in enumerate(row) if cell.strip()}
    kept = [place for place, name in enumerate(names) if name or place in filled]
    return kept, [name or f"column {letter(place)}" for place, name in enumerate(names)]


def _unique(names: list[str]) -> list[str]:
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled is not None:
        raise UserError(f"a sheet names column {doubled!r} twice; have one of them renamed")
    return names


def parquet_table(piece: Piece, settings: Settings) -> Table:
    """Read the first rows of a Parquet file."""
    try:
        with scratch(settings) as connection:
            return _queried(connection, f"read_parquet({literal(str(piece.path))})", "parquet")
    except duckdb.Error as error:
        raise BadSample(
            f"{piece.name} is a damaged Parquet file (it came cut?); have it sent again"
        ) from error


def database_tables(piece: Piece, settings: Settings) -> Iterator[tuple[str, Table]]:
    """Yield (table or view, sample) of a SQLite or DuckDB file, opened read-only."""
    if piece.kind == "sqlite":
        yield from _sqlite(piece.path)
        return
    try:
        yield from _duckdb(piece, settings)
    except duckdb.Error as error:
        raise BadSample(f"{piece.name} {why_not(error)}") from error


def _duckdb(piece: Piece, settings: Settings) -> Iterator[tuple[str, Table]]:
    with scratch(settings) as connection:
        connection.execute(f"attach {literal(str(piece.path))} as delivered (read_only)")
        names = connection.execute(
            "select schema_name, table_name, null as sql from duckdb_tables() "
            "where database_name = 'delivered' "
            "union all select schema_name, view_name, sql from duckdb_views() "
            "where database_name = 'delivered' and not internal order by all"
        ).fetchall()
        tables = [name for _, name, sql in names if sql is None]
        for schema, name, sql in names:
            relation = f"delivered.{quoted(schema)}.{quoted(name)}"
            shown = name if schema == "main" else f"{schema}.{name}"
            found = _queried(connection, relation, "duckdb")
            found.dialect["table"] = shown
            ((key,),) = connection.execute(
                "select coalesce(any_value(constraint_column_names), []) from duckdb_constraints() "
                "where database_name = 'delivered' and schema_name = ? and table_name = ? "
                "and constraint_type = 'PRIMARY KEY'",
                [schema, name],
            ).fetchall()
            made_of = _read_by(sql, tables) if sql else ()
            yield name, replace(found, made_of=made_of, key=tuple(key))


def _queried(connection: duckdb.DuckDBPyConnection, relation: str, format_: str) -> Table:
    described = connection.execute(f"describe select * from {relation}").fetchall()
    columns = [name for name, *_ in described]
    native = {
        name: next((word for pattern, word in _NATIVE if re.match(pattern, kind)), "text")
        for name, kind, *_ in described
    }
    # as the loader reads them
    nested = {name for name, kind, *_ in described if format_ == "duckdb" and NESTED.match(kind)}
    listed = ", ".join(
        f"{f'to_json({quoted(name)})' if name in nested else quoted(name)}::varchar "
        f"as {quoted(name)}"
        for name in columns
    )
    frame = connection.execute(
        f"select {listed} from (select * from {relation} limit {MAX_LINES})"
    ).df()
    frame = frame.astype(object).where(frame.notna(), None)
    return Table(columns=columns, frame=frame, format=format_, native=native)


def _sqlite(path: Path) -> Iterator[tuple[str, Table]]:
    uri = f"file:{path.resolve().as_posix()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            # a text in another encoding than the file says is quarantined when it is loaded
            connection.text_factory = lambda text: text.decode("utf-8", errors="replace")
            names = connection.execute(
                # what a virtual table keeps itself in is no table of the system's
                "select name, type, sql from sqlite_master where type in ('table', 'view') "
                "and name not like 'sqlite_%' and name not in (select name from "
                "pragma_table_list where schema = 'main' and type = 'shadow') order by name"
            ).fetchall()
            tables = [name for name, kind, _ in names if kind == "table"]
            for name, kind, sql in names:
                cursor = connection.execute(f"select * from {quoted(name)} limit {MAX_LINES}")
                columns = [column[0] for column in cursor.description]
                rows = [
                    [None if each is None else _cell(each) for each in row]
                    for row in cursor.fetchall()
                ]
                frame = pd.DataFrame(rows, columns=columns, dtype=object)
                found = _read_by(sql, tables) if kind == "view" else ()
                key = connection.execute(
                    "select name from pragma_table_info(?) where pk > 0 order by pk", [name]
                ).fetchall()
                facts = {"made_of": found, "key": tuple(column for (column,) in key)}
                yield name, Table(columns, frame, "sqlite", {"table": name}, **facts)
    except sqlite3.DatabaseError as error:
        raise UserError(f"{path.name} is not a readable SQLite file ({error})") from error


def _read_by(sql: str, tables: list[str]) -> tuple[str, ...]:
    """Return the tables that a view reads, by its own text."""
    read = set(re.findall(r"\w+", sql.lower()))
    return tuple(dict.fromkeys(name for name in tables if name.lower() in read))


def _cell(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
