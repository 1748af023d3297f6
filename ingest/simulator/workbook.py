"""A workbook with the same bytes for the same rows: composed by SQL, packed without a clock."""

from __future__ import annotations

import zipfile
from pathlib import Path

import duckdb

from ingest.simulator.feed import Feed

_EPOCH = (1980, 1, 1, 0, 0, 0)

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"

_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_WORKBOOK = {
    "[Content_Types].xml": (
        f'{_XML}<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'{_XML}<Relationships xmlns="{_LINKS}"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="Export" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'{_XML}<Relationships xmlns="{_LINKS}"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" '
        f'Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    # style 1 is a date with time
    "xl/styles.xml": (
        f'{_XML}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1">'
        '<fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/>'
        '</cellStyleXfs><cellXfs count="2"><xf/><xf numFmtId="22" applyNumberFormat="1"/>'
        "</cellXfs></styleSheet>"
    ),
}


def write_workbook(
    connection: duckdb.DuckDBPyConnection, feed: Feed, path: Path, source: str
) -> None:
    """Write the rows of relation `source` (columns position and fields) as one sheet."""
    cells = " || ".join(
        _cell(f"fields[{index}]", feed.kinds.get(name, "text"))
        for index, name in enumerate(feed.columns, start=1)
    )
    rows = connection.execute(
        f"select string_agg('<row>' || {cells} || '</row>', '' order by position) from {source}"
    ).fetchone()[0]
    header = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in feed.columns)
    sheet = (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData><row>{header}</row>'
        f"{rows}</sheetData></worksheet>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in {**_WORKBOOK, "xl/worksheets/sheet1.xml": sheet}.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            book.writestr(info, text)


def _cell(field_sql: str, kind: str) -> str:
    """SQL for one cell; what is no date or number in its column is written as text."""
    text = (
        f"'<c t=\"inlineStr\"><is><t>' || replace(replace({field_sql}, '&', '&amp;'), '<', '&lt;') "
        "|| '</t></is></c>'"
    )
    if kind == "time":
        days = (
            f"date_diff('second', timestamp '1899-12-30', try_cast({field_sql} as timestamp)) "
            "/ 86400.0"
        )
        good = f"'<c s=\"1\"><v>' || printf('%.9f', {days}) || '</v></c>'"
        proper = f"try_cast({field_sql} as timestamp) is not null"
    else:
        good = f"'<c><v>' || {field_sql} || '</v></c>'"
        is_number = "true" if kind == "number" else "false"
        proper = f"{is_number} and try_cast({field_sql} as double) is not null"
    return (
        f"case when {field_sql} is null or {field_sql} = '' then '<c/>' "
        f"when {proper} then {good} else {text} end"
    )
