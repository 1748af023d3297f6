"""Workbooks, read by calamine: all cells as text, rows numbered as the sheet numbers them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
from python_calamine import CalamineError

from ingest.contract import Feed
from ingest.formats.csv import check_header
from ingest.formats.source import FileRefused, Source, quoted


def read(
    connection: duckdb.DuckDBPyConnection, path: Path, feed: Feed, work: Path, needed: set[str]
) -> Source:
    """Read one sheet into `source_rows`, all text; empty rows are passed over."""
    sheet = feed.dialect.sheet if feed.dialect.sheet is not None else 0
    try:
        frame = pd.read_excel(
            path, sheet_name=sheet, header=None, dtype=str, engine="calamine", na_filter=False
        )
    except CalamineError as error:
        raise FileRefused(f"is not a readable workbook ({error})") from error
    except ValueError as error:
        raise FileRefused(f"has no sheet {sheet!r} ({error}); mend `sheet`") from error
    header_row = feed.dialect.header_row
    if len(frame) < header_row:
        raise FileRefused(f"has no line {header_row}, where the contract expects the header")
    columns = tuple(str(name).strip() for name in frame.iloc[header_row - 1])
    named = [position for position, name in enumerate(columns) if name]
    columns = tuple(columns[position] for position in named)
    check_header(columns, needed, ",")
    body = frame.iloc[header_row:, named].astype(str)
    body.columns = [f"c{number}" for number in range(len(columns))]
    body.insert(0, "_row", range(header_row + 1, header_row + 1 + len(body)))
    connection.register("sheet_cells", body)
    selected = ", ".join(f"c{number} as {quoted(name)}" for number, name in enumerate(columns))
    filled = " or ".join(f"trim(c{number}) <> ''" for number in range(len(columns)))
    connection.execute(
        f"create or replace temp table source_rows as select _row, "
        f"to_json(struct_pack({', '.join(f'{quoted(n)} := c{i}' for i, n in enumerate(columns))}))"
        f"::varchar as _original, null::varchar as _error, {selected} "
        f"from sheet_cells where {filled}"
    )
    connection.unregister("sheet_cells")
    return Source(columns=columns)
