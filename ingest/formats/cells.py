"""A workbook's cells as text, read in a process of its own: a bad workbook ends that, not the run.

`python -m ingest.formats.cells FOLDER` reads FOLDER/order.json and writes one Arrow file a sheet
and FOLDER/answer.json. calamine reserves a cell for every place up to the last one used and
aborts when memory ends, so a workbook of 6 KB with one cell far away would end its process.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
from python_calamine import (
    CalamineError,
    CalamineSheet,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from ingest.formats.arrays import numbers, texts
from ingest.formats.source import FileRefused

_ROWS_AT_ONCE = 20_000
_EXACT = 2**53


def tidy(text: str) -> str:
    """Return a heading or sheet name as a person compares them: composed, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def told_apart(names: list[str], above: list[str]) -> list[str]:
    """Return headings, those that come twice behind what stands over them in the row above.

    A text of the row above holds until the next one, as a heading merged over columns does. Where
    that row holds several texts, and so is no title, one without a heading below it is one itself.
    """
    over, twice = "", {name for name in names if name and names.count(name) > 1}
    is_title = len({tidy(text or "") for text in above} - {""}) < 2
    found = []
    for name, text in zip(names, [*above, *[""] * len(names)], strict=False):
        own = tidy(text or "")
        over = own or over
        if not name and not is_title and own not in names:
            found.append(own)
        else:
            found.append(f"{over} {name}" if name in twice and over and over != name else name)
    return found


def letter(number: int) -> str:
    """Return the letters by which a workbook calls a column, counted from 0."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def text_of(cell: object, mark: str = "") -> str:
    """Return the one text of a cell's value.

    Dates and times are ISO 8601, durations hh:mm:ss with as many hours as it takes, whole numbers
    have no fraction, and from 2^53, where a double no longer holds every one, an exponent. A mark
    stands behind a fraction: a dialect in which 1.234 is a thousand did not write it.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if not cell.is_integer():
            text = repr(cell)
            return text if "e" in text else text + mark
        return str(int(cell)) if abs(cell) < _EXACT else f"{Decimal(repr(cell)).normalize():e}"
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, dt.timedelta):
        return _duration(cell)
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def _duration(value: dt.timedelta) -> str:
    sign = "-" if value < dt.timedelta(0) else ""
    microseconds = abs(value) // dt.timedelta(microseconds=1)
    seconds, microseconds = divmod(microseconds, 1_000_000)
    fraction = f".{microseconds:06}" if microseconds else ""
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"


def chosen(sheets: Iterable[SheetMetadata], patterns: list[str] | None) -> list[str]:
    """Return the names of the sheets a contract asks for, in the workbook's order.

    Hidden sheets are read only when named in full: they hold look-ups and last year's figures.

    Raises
    ------
    FileRefused
        When there is no such sheet.
    """
    grids = [sheet for sheet in sheets if sheet.typ == SheetTypeEnum.WorkSheet]
    shown = [sheet.name for sheet in grids if sheet.visible == SheetVisibleEnum.Visible]
    if patterns is None:
        if not shown:
            raise FileRefused("has no visible sheet; name the one to read under `sheet`")
        return shown[:1]
    wanted = {
        pattern: [
            sheet.name
            for sheet in grids
            if tidy(sheet.name) == tidy(pattern)
            or (sheet.name in shown and fnmatchcase(tidy(sheet.name), tidy(pattern)))
        ]
        for pattern in patterns
    }
    for pattern, found in wanted.items():
        if not found:
            names = ", ".join(repr(sheet.name) for sheet in grids)[:200]
            raise FileRefused(f"has no sheet {pattern!r}, only {names}; mend `sheet`")
    return [sheet.name for sheet in grids if any(sheet.name in each for each in wanted.values())]


def _write(sheet: CalamineSheet, path: Path, mark: str) -> dict:
    """Write the used columns as text, with the sheet's row numbers; describe what was written."""
    if sheet.start is None:
        return {"name": sheet.name, "is_empty": True}
    first, last = sheet.start[1], sheet.end[1]
    schema = pa.schema(
        [("_row", pa.int64()), *((f"c{number}", pa.string()) for number in range(first, last + 1))]
    )
    tall = [
        (top, bottom, column)
        for (top, column), (bottom, _) in sheet.merged_cell_ranges or []
        if bottom > top and first <= column <= last
    ]
    merged = []
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as out:
        for start, rows in _batches(sheet):
            columns = [numbers(np.arange(start + 1, start + 1 + len(rows)))]
            for cells in zip(*rows, strict=True):
                is_text = set(map(type, cells)) == {str}
                columns.append(texts(cells if is_text else [text_of(cell, mark) for cell in cells]))
            out.write_batch(pa.record_batch(columns, schema=schema))
            for top, bottom, column in tall:
                if start <= top < start + len(rows):
                    cell = rows[top - start][column - first]
                    merged.append(
                        (top + 1, bottom + 1, column, text_of(cell, mark), type(cell) is str)
                    )
    return {
        "name": sheet.name,
        "is_empty": False,
        "cells": str(path),
        "first": first,
        "last": last,
        "merged": merged,
    }


def _batches(sheet: CalamineSheet) -> Iterator[tuple[int, list[list]]]:
    """Yield stretches of rows with the 0-based number of their first; rows begin at the top."""
    rows, start = sheet.iter_rows(), 0
    while stretch := list(islice(rows, _ROWS_AT_ONCE)):
        yield start, stretch
        start += len(stretch)


def _answer(folder: Path) -> dict:
    order = json.loads((folder / "order.json").read_text(encoding="utf-8"))
    try:
        book = load_workbook(order["book"])
        names = chosen(book.sheets_metadata, order["sheets"])
        visible = chosen(book.sheets_metadata, ["*"]) if len(book.sheets_metadata) > 1 else names
        # a month somebody has hidden looks like one that never came
        hidden = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet
            and any(fnmatchcase(tidy(sheet.name), tidy(each)) for each in order["sheets"] or ())
        ]
        return {
            "left_out": [name for name in dict.fromkeys([*visible, *hidden]) if name not in names],
            "sheets": [
                _write(
                    book.get_sheet_by_name(name), folder / f"sheet_{number}.arrow", order["mark"]
                )
                for number, name in enumerate(names, start=1)
            ],
        }
    except PasswordError:
        return {"refused": "is password protected; have it delivered without a password"}
    except (CalamineError, OSError) as error:
        return {"refused": f"is not a readable workbook ({error}); have it sent again"}
    except FileRefused as error:
        return {"refused": str(error)}


if __name__ == "__main__":
    target = Path(sys.argv[1])
    (target / "answer.json").write_text(json.dumps(_answer(target)), encoding="utf-8")
