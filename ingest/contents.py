"""Delivered contents, kept in landing under their hash: copied whole, found again, forgotten."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cx.settings import Settings
from ingest.formats.packed import CHUNK, packing
from ingest.formats.source import FileRefused

CHECKSUM_SUFFIX = ".sha256"
_GONE = "erased.txt"


@dataclass(frozen=True)
class Kept:
    """A delivered file or archive member, kept in landing under its content's name."""

    name: str
    path: Path
    sha256: str
    bytes: int
    is_proven: bool = False


def kept_path(settings: Settings, sha256: str) -> Path:
    """Return where landing keeps a content."""
    return settings.landing / sha256[:2] / sha256


def forget_content(settings: Settings, sha256: str) -> bool:
    """Drop a content from landing, and remember never to keep it again; tell if it was there.

    Its hash names nobody; what the ledger knows of it stays, so it is not loaded twice.
    """
    settings.landing.mkdir(parents=True, exist_ok=True, mode=0o700)
    gone = settings.landing / _GONE
    if sha256 not in gone_contents(settings):
        with gone.open("a", encoding="ascii") as file:
            file.write(sha256 + "\n")
            file.flush()
            os.fsync(file.fileno())
    is_there = kept_path(settings, sha256).exists()
    kept_path(settings, sha256).unlink(missing_ok=True)
    return is_there


def gone_contents(settings: Settings) -> set[str]:
    """Return the hashes of contents that landing must never keep again."""
    path = settings.landing / _GONE
    return set(path.read_text(encoding="ascii").split()) if path.exists() else set()


def keep_file(
    path: Path, name: str, settings: Settings, known: set[tuple[str, int]] = frozenset()
) -> Kept:
    """Copy a delivered file into landing under its content's name.

    Reading from the copy means that a file still growing cannot change under the reader.

    Raises
    ------
    FileRefused
        When the file changed while it was copied, or is not what its check sum says.
    """
    before = path.stat()
    if (name, before.st_size) in known:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = before.st_size
        if not kept_path(settings, sha256).exists():
            sha256, size = stored(lambda: path.open("rb"), settings)
    else:
        sha256, size = stored(lambda: path.open("rb"), settings)
    after = path.stat()
    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns) or (
        size != after.st_size
    ):
        raise FileRefused(
            "changed while it was read; it is taken when it is whole (deliver it under another "
            "name and rename it into place)"
        )
    return Kept(
        name=name,
        path=kept_path(settings, sha256),
        sha256=sha256,
        bytes=size,
        is_proven=_has_checksum(path, sha256) or packing(path) is not None,
    )


def stored(
    opener: Callable[[], IO[bytes]],
    settings: Settings,
    cap: Callable[[int], None] = lambda count: None,
) -> tuple[str, int]:
    """Copy a stream into landing; return the hash and size of what was copied."""
    settings.landing.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = settings.landing / "incoming.partial"
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with opener() as source, os.fdopen(descriptor, "wb") as copy:
        for chunk in _chunks(source):
            cap(len(chunk))
            digest.update(chunk)
            size += len(chunk)
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    if digest.hexdigest() in gone_contents(settings):
        partial.unlink()
        return digest.hexdigest(), size
    target = kept_path(settings, digest.hexdigest())
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial.replace(target)
    return digest.hexdigest(), size


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    yield from iter(lambda: source.read(CHUNK), b"")


def _has_checksum(path: Path, sha256: str) -> bool:
    """Compare a file with the check sum delivered beside it, as `sha256sum` writes it."""
    sidecar = path.with_name(path.name + CHECKSUM_SUFFIX)
    if not sidecar.is_file():
        return False
    said = sidecar.read_text(encoding="ascii", errors="replace").split()[:1]
    if said != [sha256]:
        raise FileRefused(
            f"is not what the {CHECKSUM_SUFFIX} file beside it says (it came cut or changed); "
            "have both sent again"
        )
    return True
