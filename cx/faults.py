"""Faults of the machine, a full, read-only or broken disk, too little memory: one line each."""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Callable
from typing import TypeVar

import duckdb

from cx.errors import CxError, UserError
from cx.settings import Settings

Made = TypeVar("Made")

_DISK = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota is used up",
    errno.EFBIG: "a file may not grow any more",
    errno.EROFS: "it is read-only",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EIO: "the disk reports an error",
}
_SAID = {
    r"no space left|disk quota": "the disk is full",
    r"file too large": "a file may not grow any more",
    r"read-only file system": "it is read-only",
    r"permission denied": "permission denied",
    r"input/output error|could not (?:write|fsync|truncate|sync)": "the disk reports an error",
}
_DAMAGED = (
    r"does not match stored checksum|computed checksum|corrupt|not a valid duckdb|"
    r"could not read enough bytes|database has been invalidated|failed to load metadata|"
    r"serialization error|wal does not match|replaying wal"
)
# What a moment later may be well: a server or network disk that is busy or just restarting.
_MAY_PASS = {
    errno.EIO,
    errno.EAGAIN,
    errno.EBUSY,
    errno.EINTR,
    errno.ESTALE,
    errno.ETIMEDOUT,
    errno.ECONNRESET,
    errno.EHOSTDOWN,
    errno.EREMOTEIO,
}


def explained(error: BaseException, settings: Settings) -> CxError | None:
    """Return a fault of the machine as an error a person can act on; None for any other error."""
    if isinstance(error, OSError) and error.errno in _DISK:
        return _unwritable(settings, _DISK[error.errno], str(error.filename or ""))
    if isinstance(error, duckdb.OutOfMemoryException):
        return UserError(
            f"this needs more memory than {settings.memory_limit}, and more disk for its temporary "
            f"files ({_first_line(error)}); raise CX_MEMORY_LIMIT or CX_SPILL_LIMIT, or free disk, "
            "and give the same command again: nothing is lost"
        )
    if isinstance(error, (duckdb.Error, MemoryError)):
        return explained_text(str(error), settings)
    return None


def explained_text(text: str, settings: Settings) -> CxError | None:
    """Return the fault of the machine that an engine or dbt speaks of; None when it is no such."""
    said = text.lower()
    # what a disk without room does to a database in use also reads as damage, so it comes first
    for pattern, reason in _SAID.items():
        if re.search(pattern, said):
            return _unwritable(settings, reason, "")
    if re.search(_DAMAGED, said):
        return UserError(
            f"a database file of {settings.home} is damaged ({_first_line(text)}); `cx doctor "
            "--deep` tells which; `cx restore` brings it back, `cx rebuild` makes it anew from "
            "landing (docs/recover.md); the last release is still served"
        )
    return None


def patiently(
    work: Callable[[], Made],
    settings: Settings,
    *,
    may_pass: Callable[[BaseException], bool],
    sleep: Callable[[float], None] = time.sleep,
) -> Made:
    """Do something again, after a while, when it failed on what may pass by itself.

    Parameters
    ----------
    may_pass : callable
        Tells whether an error is of that kind. An error of the data never is.
    """
    for wait in settings.retry_waits:
        try:
            return work()
        except Exception as error:
            if not may_pass(error):
                raise
        sleep(wait)
    return work()


def io_may_pass(error: BaseException) -> bool:
    """Tell whether reading may succeed a moment later (a network disk, a busy device)."""
    return isinstance(error, OSError) and error.errno in _MAY_PASS


def _unwritable(settings: Settings, reason: str, path: str) -> UserError:
    where = path if path and path.startswith(str(settings.home)) else str(settings.home)
    return UserError(
        f"{where} cannot be written ({reason}); free or mend the disk and give the same command "
        "again: nothing is lost, the last release is still served"
    )


def _first_line(error: object) -> str:
    return (str(error).strip().splitlines() or [""])[0][:200]
