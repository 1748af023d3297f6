"""Archives: what is in them, told safe before a byte is written, then streamed out one by one."""

from __future__ import annotations

import re
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from ingest.formats.packed import MAX_RATIO, capped, unpacked
from ingest.formats.source import FileRefused

_LONG_NUMBER = re.compile(r"\d{9,}")
_MAX_MEMBERS = 10_000
_JUNK_NAMES = {".DS_Store", "Thumbs.db", "desktop.ini"}
_ZIP_MAGIC = b"PK\x03\x04"
_TAR_MAGIC_AT, _TAR_MAGIC = 257, b"ustar"
# A workbook is a zip file too; it is one document, not a folder of deliveries.
_OFFICE_MARKS = {"[Content_Types].xml", "mimetype"}


@dataclass(frozen=True)
class Member:
    """One file inside an archive."""

    name: str
    bytes: int
    open: Callable[[], IO[bytes]]


@contextmanager
def opened(path: Path, work: Path) -> Iterator[list[Member] | None]:
    """Yield the members of a zip or tar file (packed or not); None when it is no archive.

    Raises
    ------
    FileRefused
        When a name climbs out or stands twice, a member is a link, locked or a device, there are
        too many, or they unpack to a bomb: before anything of it is written.
    """
    if zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                if _OFFICE_MARKS & set(archive.namelist()):
                    yield None
                else:
                    yield _zip_members(archive, path.stat().st_size)
        except (zipfile.BadZipFile, NotImplementedError, zlib.error, EOFError) as error:
            raise _damaged("zip", error) from error
        return
    if path.stat().st_size > 4 and _head(path) == _ZIP_MAGIC:
        raise _damaged("zip", EOFError("its end is missing"))
    plain = _plain_tar(path, work)
    if plain is None:
        yield None
        return
    try:
        with tarfile.open(plain, mode="r:") as archive:
            yield _tar_members(archive)
    except tarfile.TarError as error:
        raise _damaged("tar", error) from error


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(_ZIP_MAGIC))


def _damaged(kind: str, error: Exception) -> FileRefused:
    return FileRefused(f"is a damaged {kind} file ({error}); have it sent again")


def _plain_tar(path: Path, work: Path) -> Path | None:
    """Return the path of the tar file, unpacked if it was packed; None when it is not one."""
    is_packed_tar = "".join(path.suffixes[-2:]) in {".tar.gz", ".tar.zst"} or path.suffix in {
        ".tgz",
        ".tzst",
    }
    plain = unpacked(path, work) if is_packed_tar else path
    with plain.open("rb") as file:
        file.seek(_TAR_MAGIC_AT)
        return plain if file.read(len(_TAR_MAGIC)) == _TAR_MAGIC else None


def _zip_members(archive: zipfile.ZipFile, packed_bytes: int) -> list[Member]:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    names = [info.filename for info in archive.infolist()]
    _refuse_unsafe(names)
    if any(info.flag_bits & 1 for info in infos):
        raise FileRefused("is a locked zip file; have it sent without a password")
    declared = sum(info.file_size for info in infos)
    try:
        capped(packed_bytes)(declared)
    except FileRefused:
        raise FileRefused(
            f"declares {declared:,} bytes, more than {MAX_RATIO} times its size; if that is right, "
            "have it sent unpacked"
        ) from None

    def opener(info: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
        return lambda: archive.open(info)

    return [
        Member(name=info.filename, bytes=info.file_size, open=opener(info))
        for info in infos
        if not _is_junk(info.filename)
    ]


def _tar_members(archive: tarfile.TarFile) -> list[Member]:
    infos = archive.getmembers()
    _refuse_unsafe([info.name for info in infos])
    odd = next((info for info in infos if not (info.isfile() or info.isdir())), None)
    if odd is not None:
        raise FileRefused(
            f"holds {shown(odd.name)}, a link or device; have it packed as plain files"
        )

    def opener(info: tarfile.TarInfo) -> Callable[[], IO[bytes]]:
        return lambda: archive.extractfile(info)

    return [
        Member(name=info.name, bytes=info.size, open=opener(info))
        for info in infos
        if info.isfile() and not _is_junk(info.name)
    ]


def _refuse_unsafe(names: list[str]) -> None:
    if len(names) > _MAX_MEMBERS:
        raise FileRefused(f"holds {len(names)} files, more than {_MAX_MEMBERS}; have it split")
    for name in names:
        climbs = ".." in PurePosixPath(name).parts or ".." in PureWindowsPath(name).parts
        if climbs or name.startswith(("/", "\\")) or PureWindowsPath(name).drive or "\0" in name:
            raise FileRefused(
                f"holds the path {shown(name)}, which climbs out of the archive; nothing was "
                "unpacked: have it packed anew with plain relative names"
            )
    doubled = next((name for name, times in Counter(names).items() if times > 1), None)
    if doubled is not None:
        raise FileRefused(f"holds {shown(doubled)} twice; have it packed anew with each name once")


def shown(name: str) -> str:
    """Return a member's name as a reason may quote it: what may be somebody's number is hidden."""
    return repr(_LONG_NUMBER.sub("#", name))


def _is_junk(name: str) -> bool:
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name in _JUNK_NAMES or path.name.startswith("._")
