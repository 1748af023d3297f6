"""Small files written whole or not at all, and renames that outlast a power failure."""

from __future__ import annotations

import json
import os
from pathlib import Path


def write_whole(path: Path, content: str | bytes, *, mode: int = 0o600) -> None:
    """Write a file so that a reader, or the next run after a kill, sees the old or the new one.

    Parameters
    ----------
    mode : int
        Who may read it; the owner alone unless said.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # By process: a run and `cx watch` may write the same file at once.
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.unlink(missing_ok=True)  # of a killed process of this number
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())
    partial.chmod(mode)  # whatever the process' mask took away
    partial.replace(path)
    sync(path.parent)


def write_json(path: Path, found: object) -> None:
    """Write plain data as JSON, whole or not at all."""
    write_whole(path, json.dumps(found, indent=2, ensure_ascii=False, default=str) + "\n")


def sync(path: Path) -> None:
    """Have a file, or what was renamed in a folder, on disk when this returns."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
