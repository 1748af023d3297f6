"""The container of a workbook: checked, copied part by part, and asked what calamine leaves out.

calamine gives a cell with an error (#N/A) or an uncalculated formula as a blank one and a whole
number as a double, 811 where the sheet shows 000811. For xlsx the parts' own XML tells; for the
older formats an error cell can only be noticed, and the file is refused.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from ingest.formats.source import FileRefused

MAX_UNPACKED = 1 << 30
_CHUNK = 4 << 20
_MAX_INDEX = 16 << 20
_MAX_PARTS = 10_000
_NOT_CELLS = ("xl/media/", "xl/embeddings/", "xl/pivotCache/", "xl/drawings/", "Pictures/")
_CANNOT_TELL = (
    "holds error cells such as #N/A, which cannot be told from blank ones in {kind}; "
    "have it delivered as xlsx"
)
_CODES = rb"\x00\x07\x0f\x17\x1d\x24\x2a\x2b"  # the errors of Excel, as the binary formats say
# BIFF8: a BOOLERR record that is an error, and a FORMULA record whose result is one
_XLS_ERROR = re.compile(
    rb"\x05\x02\x08\x00.{6}[" + _CODES + rb"]\x01"
    rb"|\x06\x00..(?:.{6})\x02\x00[" + _CODES + rb"]\x00\x00\x00\xff\xff",
    re.DOTALL,
)
_ODS_ERROR = re.compile(rb"calcext:value-type=[\"']error[\"']|>(?:#N/A|#REF!|#DIV/0!|Err:\d{3})<")


@dataclass(frozen=True)
class Finding:
    """A cell whose text the sheet's XML tells better than the reader; row and column from 1, 0."""

    row: int
    column: int
    text: str


@dataclass
class Book:
    """A workbook that was checked.

    Parameters
    ----------
    path : Path
        What to give to calamine: exactly the bytes that were checked.
    findings : dict
        Sheet name → its findings.
    is_from_1904 : bool
        Whether its days count from 1904-01-01, as on the Macs of old.
    """

    path: Path
    findings: dict[str, list[Finding]] = field(default_factory=dict)
    is_from_1904: bool = False


def checked(path: Path, work: Path) -> Book:
    """Check a workbook of any format calamine reads, known by its content.

    Raises
    ------
    FileRefused
        When it is no workbook, is protected, unpacks to more than 1 GiB, or holds what its
        format hides.
    """
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(b"PK"):
        try:
            with zipfile.ZipFile(path) as archive:
                return _checked_archive(archive, work)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise FileRefused(f"is a damaged workbook ({error}); have it sent again") from error
        except RuntimeError as error:
            if isinstance(error, FileRefused):
                raise
            raise FileRefused(
                "is password protected; have it delivered without a password"
            ) from error
    if head != b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise FileRefused(
            "is not a workbook (neither xlsx, xlsm, xlsb, ods nor xls by its content); "
            "is it a text file under a workbook's name?"
        )
    if path.stat().st_size > MAX_UNPACKED:
        raise FileRefused("is above 1 GiB; have it delivered as csv or Parquet")
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise FileRefused("is password protected; have it delivered without a password")
    if _XLS_ERROR.search(content):
        raise FileRefused(_CANNOT_TELL.format(kind="an xls file"))
    return Book(path)


def _checked_archive(archive: zipfile.ZipFile, work: Path) -> Book:
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if len(names) != len(parts) or len(parts) > _MAX_PARTS:
        raise FileRefused("holds a part twice or thousands of parts; have it sent again")
    if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        raise FileRefused("is a zip archive that holds no workbook")
    parts = [part for part in parts if not part.filename.startswith(_NOT_CELLS)]
    if sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise FileRefused(_too_large())
    sheets = _sheets(archive) if "xl/workbook.xml" in names else {}
    # a library that writes formulas without their values leaves noughts, and asks for this
    is_due = bool(sheets) and any(
        each.get("fullCalcOnLoad") in ("1", "true")
        for each in _elements(archive, "xl/workbook.xml", "calcPr")
    )
    padded = _padded(archive) if "xl/styles.xml" in names and sheets else {}
    # calamine reads the copy: a lying directory cannot make it unpack more than was counted here.
    is_from_1904 = bool(sheets) and any(
        each.get("date1904") in ("1", "true")
        for each in _elements(archive, "xl/workbook.xml", "workbookPr")
    )
    book = Book(work / "book.zip", {name: [] for name in sheets.values()}, is_from_1904)
    left = MAX_UNPACKED
    with zipfile.ZipFile(book.path, "w") as copy:
        for part in parts:
            scan = _scan(part.filename, sheets, book, padded, is_due)
            with archive.open(part) as source, copy.open(part.filename, "w") as target:
                while chunk := source.read(_CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise FileRefused(_too_large())
                    scan(chunk)
                    target.write(chunk)
            scan(b"")
    return book


def _too_large() -> str:
    return "unpacks to more than 1 GiB; have it delivered as csv or Parquet, or in several files"


def _sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return part name → sheet name of an xlsx."""
    targets = {
        each.get("Id"): posixpath.normpath(posixpath.join("/xl", each.get("Target", "")))[1:]
        for each in _elements(archive, "xl/_rels/workbook.xml.rels", "Relationship")
    }
    found = {}
    for sheet in _elements(archive, "xl/workbook.xml", "sheet"):
        link = next((value for key, value in sheet.items() if key.endswith("}id")), None)
        if link in targets:
            found[targets[link]] = sheet.get("name", "")
    return found


def _elements(archive: zipfile.ZipFile, part: str, name: str) -> list[ElementTree.Element]:
    with archive.open(part) as file:
        text = file.read(_MAX_INDEX + 1)
    if len(text) > _MAX_INDEX or b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise FileRefused(f"has a part {part} that no spreadsheet writes; have it sent again")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise FileRefused(f"has a damaged part {part} ({error}); have it sent again") from error
    return [each for each in root.iter() if each.tag.rpartition("}")[2] == name]


_Parts = tuple[str | int, ...]
# What a format shows beside digits: a quoted text, a sign behind a backslash, or a bare mark.
_SHOWN = re.compile(r'"([^"]*)"|\\(.)|([-+/():! ])|(0+)')


def _shown_as(code: str) -> _Parts | None:
    """Return how a format shows whole numbers: texts, and how many digits; None where plainly.

    Of several digits with noughts before them (000811) or texts before or between (INV-0811,
    811-000) the shown one is what people write; a unit behind a number is no part of it.
    """
    parts: list[str | int] = []
    rest = code.partition(";")[0]
    while rest:
        found = _SHOWN.match(rest)
        if not found:
            return None
        text = next((each for each in found.groups()[:3] if each is not None), None)
        parts.append(len(found[4]) if text is None else text)
        rest = rest[found.end() :]
    if sum(each for each in parts if isinstance(each, int)) < 2 or isinstance(parts[-1], str):
        return None
    return tuple(parts)


def _as_shown(digits: str, parts: _Parts) -> str:
    """Return a whole number as its format shows it; digits too many stand before the first."""
    widths = [each for each in parts if isinstance(each, int)]
    digits = digits.zfill(sum(widths))
    spare, shown = len(digits) - sum(widths), ""
    for each in parts:
        if isinstance(each, str):
            shown += each
            continue
        shown, digits, spare = shown + digits[: each + spare], digits[each + spare :], 0
    return shown


def _padded(archive: zipfile.ZipFile) -> dict[bytes, _Parts]:
    """Return which styles show whole numbers otherwise than as their digits, and how."""
    widths: dict[str, _Parts] = {}
    for each in _elements(archive, "xl/styles.xml", "numFmt"):
        if found := _shown_as(each.get("formatCode", "")):
            widths[each.get("numFmtId", "")] = found
    if not widths:
        return {}
    styles = [
        xf.get("numFmtId", "")
        for every in _elements(archive, "xl/styles.xml", "cellXfs")
        for xf in every
    ]
    return {
        str(number).encode(): widths[style]
        for number, style in enumerate(styles)
        if style in widths
    }


def _scan(
    part: str,
    sheets: dict[str, str],
    book: Book,
    padded: dict[bytes, _Parts],
    is_due: bool,
) -> Callable[[bytes], None]:
    """Return what to feed a part's bytes to while it is copied; b"" ends it."""
    if part in sheets:
        return _SheetScan(book.findings[sheets[part]], padded, is_due).feed
    if part.startswith("xl/worksheets/") and part.endswith(".bin"):
        return _XlsbScan().feed
    if part == "content.xml":
        return _OdsScan().feed
    return lambda chunk: None


class _SheetScan:
    """Finds in one sheet's XML errors, uncalculated formulas, long numbers and padded ones."""

    _F = rb"<(?:\w+:)?f\b[^<>]*(?:/>|>[^<]*</(?:\w+:)?f>)"
    _ERROR = re.compile(
        rb"<(?:\w+:)?c\b([^<>]*\bt=[\"']e[\"'][^<>]*)>(?:" + _F + rb")?<(?:\w+:)?v>([^<]*)<"
    )
    _BARE = re.compile(
        rb"<(?:\w+:)?c\b([^<>]*)>" + _F + rb"()(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?"
        rb"</(?:\w+:)?c>"
    )
    _VALUE = re.compile(rb"<(?:\w+:)?c\b([^<>]*)>" + _F + rb"<(?:\w+:)?v>([^<]*)<")
    _LONG = re.compile(rb"<(?:\w+:)?c\b([^<>]*)>(?:" + _F + rb")?<(?:\w+:)?v>(-?\d{16,})(?:\.0*)?<")
    _HAS_BARE = re.compile(
        rb"<(?:\w+:)?f\b[^<>]*(?:/>|>[^<]*</(?:\w+:)?f>)<(?:/|(?:\w+:)?v\s*/>|(?:\w+:)?v></)"
    )
    _HAS_LONG = re.compile(rb"v>-?\d{16}")
    _PLACE = re.compile(rb"\br=[\"']([A-Za-z]{1,3})(\d{1,7})[\"']")
    _CALCULATED_TEXT = re.compile(rb"\bt=[\"'](?:str|s|inlineStr)[\"']")

    def __init__(self, findings: list[Finding], padded: dict[bytes, _Parts], is_due: bool) -> None:
        self._findings = findings
        # noughts of formulas that wait to be calculated, till one of the sheet has a value
        self._noughts: list[Finding] | None = [] if is_due else None
        self._carried = b""
        self._widths = padded
        styles = b"|".join(padded)
        self._padded = re.compile(
            rb"<(?:\w+:)?c\b([^<>]*\bs=[\"'](" + styles + rb")[\"'][^<>]*)>(?:" + self._F + rb")?"
            rb"<(?:\w+:)?v>(\d{1,15})(?:\.0*)?<"
        )

    def feed(self, chunk: bytes) -> None:
        content = self._carried + chunk
        if not self._carried and content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise FileRefused("has a sheet that is not UTF-8; save it anew in a spreadsheet")
        # A cell may straddle two chunks: what stands behind the last begun row waits.
        cut = max(content.rfind(b"<row"), content.rfind(b":row ")) if chunk else len(content)
        self._carried = content[max(cut, 0) :]
        if len(self._carried) > 16 * _CHUNK:
            raise FileRefused("has a row of more than 64 MB; is it a sheet of a spreadsheet?")
        self._look_at_formulas(content[: max(cut, 0)])
        if not chunk:
            self._findings += self._noughts or []
        for attributes, text in self._found(content[: max(cut, 0)]):
            place = self._PLACE.search(attributes)
            if place is None:
                raise FileRefused(
                    f"holds {text} in a cell that does not say its place; "
                    "save it anew in a spreadsheet"
                )
            self._findings.append(Finding(int(place[2]), _number(place[1]), text))

    def _look_at_formulas(self, content: bytes) -> None:
        """Keep the places of formulas that are 0, as long as all of the sheet are."""
        if self._noughts is None or not (b"<f" in content or b":f" in content):
            return
        for match in self._VALUE.finditer(content):
            if match[2] != b"0":
                self._noughts = None
                return
            if place := self._PLACE.search(match[1]):
                self._noughts.append(Finding(int(place[2]), _number(place[1]), "#UNCALCULATED!"))

    def _found(self, content: bytes) -> Iterator[tuple[bytes, str]]:
        # The quick look first: nearly every sheet has none of these.
        if b't="e"' in content or b"t='e'" in content:
            for match in self._ERROR.finditer(content):
                yield match[1], match[2].decode(errors="replace") or "#ERROR!"
        if self._HAS_BARE.search(content):
            for match in self._BARE.finditer(content):
                if not self._CALCULATED_TEXT.search(match[1]):
                    yield match[1], "#UNCALCULATED!"
        if self._widths:
            for match in self._padded.finditer(content):
                text = match[3].decode()
                shown = _as_shown(text, self._widths[match[2]])
                if shown != text and not self._CALCULATED_TEXT.search(match[1]):
                    yield match[1], shown
        if self._HAS_LONG.search(content):
            for match in self._LONG.finditer(content):
                if not self._CALCULATED_TEXT.search(match[1]):
                    yield match[1], match[2].decode()


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number - 1


class _OdsScan:
    def __init__(self) -> None:
        self._carried = b""

    def feed(self, chunk: bytes) -> None:
        if _ODS_ERROR.search(self._carried + chunk):
            raise FileRefused(_CANNOT_TELL.format(kind="an ods file"))
        self._carried = chunk[-64:]


class _XlsbScan:
    """Walks the records of an xlsb sheet: [MS-XLSB] 2.1.4, BrtCellError 3 and BrtFmlaError 11."""

    def __init__(self) -> None:
        self._carried = b""

    def feed(self, chunk: bytes) -> None:
        content, position = self._carried + chunk, 0
        while len(content) - position >= 6 or (not chunk and position < len(content)):
            kind, after = _varint(content, position, 2)
            size, after = _varint(content, after, 4)
            if kind in (3, 11):
                raise FileRefused(_CANNOT_TELL.format(kind="an xlsb file"))
            if after + size > len(content):
                break
            position = after + size
        self._carried = content[position:]


def _varint(content: bytes, position: int, longest: int) -> tuple[int, int]:
    value = 0
    for number in range(longest):
        byte = content[position] if position < len(content) else 0
        position += 1
        value |= (byte & 0x7F) << (7 * number)
        if byte < 0x80:
            break
    return value, position
