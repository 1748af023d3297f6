"""What kind of file it is, told by its content, and a bounded sample of it."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from xml.parsers import expat

from backports import zstd

from cx.errors import UserError
from ingest import archives
from ingest.draft.encoding import encoding_of
from ingest.formats.packed import packing, unpacked
from ingest.formats.source import FileRefused

HEAD_BYTES = 4 << 20
_TAIL_BYTES = 64 << 10
_MEMBERS_LOOKED_AT = 20
_PM_ROOTS = ("measCollecFile", "measDataFile")
# How a line of syslog begins, by its facility and severity.
_SYSLOG = re.compile(rb"<\d{1,3}>")
# How files begin that are not read, what they are and what to do.
_NO_EXTRACT = "not an extract"
_PACKED_OTHERWISE = "which is not unpacked here; have it packed as zip, tar, gz or zst"
_NOT_READ = {
    b"%PDF": f"a PDF, {_NO_EXTRACT}",
    b"\x89PNG": f"a picture, {_NO_EXTRACT}",
    b"\x7fELF": f"a program, {_NO_EXTRACT}",
    b"\xd4\xc3\xb2\xa1": f"a capture of packets, {_NO_EXTRACT}",
    b"Obj\x01": "an Avro file; have it delivered as Parquet",
    b"ORC\x0a": "an ORC file; have it delivered as Parquet",
    b"\x00\x01\x00\x00Standard": "an Access database; have its tables delivered as csv",
    b"7z\xbc\xaf": f"a 7z archive, {_PACKED_OTHERWISE}",
    b"Rar!": f"a RAR archive, {_PACKED_OTHERWISE}",
    b"BZh": f"packed by bzip2, {_PACKED_OTHERWISE}",
    b"\xfd7zXZ": f"packed by xz, {_PACKED_OTHERWISE}",
}
_UNPACK: dict[str | None, Callable[[Path], BinaryIO]] = {
    "gzip": gzip.GzipFile,
    "zstd": zstd.ZstdFile,
}


class BadSample(UserError):
    """A sample that cannot be read; others of the same system may tell enough."""


@dataclass(frozen=True)
class Piece:
    """One sample file (or member of an archive): its kind and where its bytes are.

    Parameters
    ----------
    name : str
        As it was delivered; a member of an archive under its own name.
    kind : str
        text, json, ndjson, xml, xlsx, parquet, sqlite, duckdb, pm_xml.
    path : Path
        The plain file, for kinds that are read whole.
    head, tail : bytes
        The sample of a text; tail is empty when head is all of it.
    is_whole : bool
        Whether head is the whole file.
    lists : set of tuple of str
        XML: the places of elements that stand several times in some sample of its kind; filled as
        samples are read.
    """

    name: str
    kind: str
    path: Path
    head: bytes
    tail: bytes
    is_whole: bool
    lists: set[tuple[str, ...]] = field(default_factory=set)


def pieces(path: Path, work: Path) -> Iterator[Piece]:
    """Yield the samples in a file: itself, or the first members of an archive that are data.

    Raises
    ------
    UserError
        When the file is missing, damaged, locked, or nothing that can be taken in.
    """
    if not path.is_file():
        raise UserError(f"{path} is not a file; give the sample files themselves")
    if path.stat().st_size == 0:
        raise UserError(f"{path} is empty; give a sample with rows in it")
    try:
        with archives.opened(path, work) as members:
            if members is None:
                yield _piece(path.name, path, work)
                return
            if not members:
                raise UserError(f"{path} holds no file; give a sample with data in it")
            yield from _members(path, members[:_MEMBERS_LOOKED_AT], work)
    except FileRefused as error:
        raise BadSample(f"{path} {error}") from error


def _members(path: Path, members: list[archives.Member], work: Path) -> Iterator[Piece]:
    found = 0
    for number, member in enumerate(members):
        if not member.bytes:
            continue
        target = work / f"member_{number}" / PurePosixPath(member.name).name
        target.parent.mkdir(exist_ok=True)
        with closing(member.open()) as source, target.open("wb") as out:
            while chunk := source.read(1 << 20):
                out.write(chunk)
        try:
            piece = _piece(member.name, target, work)
        except UserError:
            continue  # a read-me among the data
        found += 1
        yield piece
    if not found:
        raise UserError(f"{path} holds nothing that can be taken in; give a sample of the data")


def _piece(name: str, path: Path, work: Path) -> Piece:
    head, is_whole = _head(path)
    kind = _kind(head)
    if packing(path) and kind not in ("text", "json", "ndjson"):
        folder = work / f"plain_{abs(hash(name))}"
        folder.mkdir(exist_ok=True)
        path = unpacked(path, folder)
    tail = b""
    if kind is None:
        kind = _zip_kind(path, name)
    if kind in ("text", "ndjson") and not is_whole and packing(path) is None:
        with path.open("rb") as file:
            file.seek(-_TAIL_BYTES, io.SEEK_END)
            tail = file.read()
    return Piece(name, kind, path, head, tail, is_whole)


def _head(path: Path) -> tuple[bytes, bool]:
    opener = _UNPACK.get(packing(path))
    try:
        with opener(path) if opener else path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            return head, not file.read(1)
    except (EOFError, OSError, ValueError, zlib.error, zstd.ZstdError) as error:
        raise FileRefused(f"is damaged ({error}); have it sent again") from error


def _kind(head: bytes) -> str | None:
    """Return the kind told by the first bytes; None for a zip that must be looked into."""
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"SQLite format 3\0"):
        return "sqlite"
    if head[8:12] == b"DUCK":
        return "duckdb"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "xlsx"  # an old binary workbook, read by the same reader
    if head.startswith(b"PK\x03\x04"):
        return None
    for magic, what in _NOT_READ.items():
        if head.startswith(magic):
            raise UserError(f"is {what}")
    encoding = encoding_of(head[:_TAIL_BYTES]).name
    if "16" in encoding or "32" in encoding:
        # two bytes a letter; what is cut at the end of the sample is no matter here
        head = head.decode(encoding, errors="ignore").removeprefix("\ufeff").encode()
        # what XML declares is not so any more
        head = re.sub(rb"^(\s*<\?xml[^>]*?)encoding=[\"'][^\"']*[\"']", rb"\1", head)
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if plain.startswith(b"<") and not _SYSLOG.match(plain):
        return _xml_kind(plain)
    if plain[:1] in (b"{", b"["):
        return _json_kind(plain)
    return "text"


def _zip_kind(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
    if any(each.startswith("xl/workbook") for each in names) or "content.xml" in names:
        return "xlsx"
    raise UserError(f"{name} is an office file but no workbook; give the extract itself")


def _xml_kind(plain: bytes) -> str:
    roots: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _: roots.append(name.rpartition(":")[2])
    try:
        parser.Parse(plain[:65536], False)
    except expat.ExpatError as error:
        if not roots:
            raise UserError(f"begins like XML and is none ({error}); look into it") from error
    root = roots[0] if roots else "?"
    if root in _PM_ROOTS:
        return "pm_xml"
    if root.lower() == "html":
        raise UserError("is a web page, not an extract (programs name such a table .xls, too)")
    if root == "Workbook":
        raise UserError("is a workbook saved as XML of 2003; have it saved as xlsx")
    return "xml"


def _json_kind(plain: bytes) -> str:
    """Tell one document from one object a line: the first line of NDJSON is whole by itself."""
    first, *rest = plain.split(b"\n", 1)
    try:
        json.loads(first)
    except ValueError:
        # {…},{…} on one line without brackets is neither.
        if _is_glued(plain):
            raise UserError(
                "is JSON objects with commas between and no brackets around; have it delivered "
                "as one list or one object a line"
            ) from None
        return "json"
    return "ndjson" if rest and rest[0].lstrip()[:1] == b"{" and plain[:1] == b"{" else "json"


def _is_glued(plain: bytes) -> bool:
    text = plain.decode("utf-8", errors="replace")
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return False
    return text[end:].lstrip()[:1] in (",", "{")
