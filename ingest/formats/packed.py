"""gzip and zstd: unpacked once, to the last check sum, into the scratch folder, within a cap."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from backports import zstd

from ingest.formats.source import FileRefused

CHUNK = 1 << 20
# A feed of repetitive text packs 20 to 60 times; what unpacks to far more is a bomb.
MAX_RATIO = 200
_ALWAYS_ALLOWED_BYTES = 100 * CHUNK

_OPENERS: dict[bytes, tuple[str, Callable[[Path], BinaryIO]]] = {
    b"\x1f\x8b": ("gzip", lambda path: gzip.GzipFile(path)),
    b"\x28\xb5\x2f\xfd": ("zstd", lambda path: zstd.ZstdFile(path)),
}


def packing(path: Path) -> str | None:
    """Return what a file is packed with, told by its first bytes; None when it is not."""
    with path.open("rb") as file:
        head = file.read(4)
    return next((name for magic, (name, _) in _OPENERS.items() if head.startswith(magic)), None)


def unpacked(path: Path, work: Path) -> Path:
    """Return the path of the plain file: the file itself, or its content unpacked into `work`.

    Raises
    ------
    FileRefused
        For a damaged or cut file (its check sums say so) and for one that unpacks to more than
        `MAX_RATIO` times its size.
    """
    name = packing(path)
    if name is None:
        return path
    plain = work / "unpacked"
    with plain.open("wb") as out:
        for chunk in _chunks(path, name):
            out.write(chunk)
    return plain


def _chunks(path: Path, name: str) -> Iterator[bytes]:
    opener = next(opener for known, opener in _OPENERS.values() if known == name)
    cap = capped(path.stat().st_size)
    try:
        with opener(path) as file:
            for chunk in iter(lambda: file.read(CHUNK), b""):
                cap(len(chunk))
                yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile, zstd.ZstdError) as error:
        raise FileRefused(f"is a damaged {name} file ({error}); have it sent again") from error


def capped(packed_bytes: int) -> Callable[[int], None]:
    """Return a function that counts unpacked bytes and refuses when they become a bomb."""
    limit, seen = max(packed_bytes * MAX_RATIO, _ALWAYS_ALLOWED_BYTES), 0

    def count(unpacked_bytes: int) -> None:
        nonlocal seen
        seen += unpacked_bytes
        if seen > limit:
            raise FileRefused(
                f"unpacks to more than {MAX_RATIO} times its size; if that is right, have it sent "
                "unpacked"
            )

    return count
