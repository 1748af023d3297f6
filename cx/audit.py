"""The audit log: who did what that must be answered for, in lines chained by their hashes.

Each line holds the sha256 of the line before it; `head.json` beside the lines holds their number
and the hash of the last. So a line that was changed, cut out, moved, added or cut off is found by
`verify`. Someone who may write the folder can write chain and head anew: keep a head elsewhere
(`cx audit head`, also in the app's log) and give it to `cx audit verify --head`.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import logging
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cx.errors import CheckFailed, UserError
from cx.files import write_json
from cx.redaction import Redactor
from cx.settings import Settings

log = logging.getLogger("cx.audit")

NO_LINE = "0" * 64
_IDENTITIES = Redactor()
_NAME = re.compile(r"[a-z][a-z_]*")


class AuditUnwritable(UserError):
    """The log cannot take a line, so what it would tell of must not be done."""


class AuditChanged(CheckFailed):
    """The log is not what was written."""


@dataclass(frozen=True)
class Head:
    """The end of the chain: how many lines, the hash of the last, and where it ends."""

    count: int = 0
    sha256: str = NO_LINE
    file: str = ""
    size: int = 0

    def __str__(self) -> str:
        """Return it as people keep it and as `cx audit verify --head` takes it."""
        return f"{self.count}:{self.sha256}"


def record(settings: Settings, event: str, **fields: object) -> Head:
    """Append one line to the audit log, on disk when this returns; safe from many processes.

    Parameters
    ----------
    event : str
        What happened, in snake case: login, denied, look_up, export, publish, rollback, erasure …
    fields : str, int, float, bool, None or lists of them
        What there is to tell, never an identity: pseudonyms, counts, digests. `actor` says who
        did it (`actor_of`); without it, it is the operating system's user number. E-mail
        addresses and phone numbers are taken out of texts.

    Raises
    ------
    AuditUnwritable
        When the line cannot be written; do not do then what it would have told of.
    """
    if not _NAME.fullmatch(event):
        raise ValueError(f"event {event!r} is not in snake case")
    if taken := {"n", "at", "event", "before"} & set(fields):
        raise ValueError(f"fields {sorted(taken)} are the log's own")
    told = {"actor": f"uid:{os.getuid()}"} | {name: _bare(value) for name, value in fields.items()}
    try:
        with _locked(settings.audit):
            return _append(settings.audit, event, told)
    except (OSError, AuditChanged) as error:
        raise AuditUnwritable(
            f"the audit log in {settings.audit} cannot be written ({error}), so nothing was done; "
            "look at the disk and at `cx audit verify`"
        ) from error


def actor_of(settings: Settings, issuer: str, subject: str) -> str:
    """Return the log's pseudonym of a signed-in person."""
    return pseudonym_of(settings, f"{issuer}|{subject}")


def customer_of(settings: Settings, customer_id: str) -> str:
    """Return the log's pseudonym of a customer: the log cannot forget, so it must not know."""
    return pseudonym_of(settings, f"customer|{customer_id}")


def look_ups_of(settings: Settings, customer_id: str) -> list[dict[str, object]]:
    """Return the lines that tell who looked a customer up, when and why."""
    wanted = customer_of(settings, customer_id)
    lines = (line for path in _files(settings.audit) for line in path.read_bytes().splitlines())
    told = (json.loads(line) for line in lines if wanted.encode() in line)
    return [line for line in told if line["event"] == "look_up"]


def pseudonym_of(settings: Settings, named: str) -> str:
    """Return a pseudonym of this log, the same each time, by a key of its own in this home."""
    path = settings.audit / "pseudonyms.key"
    with _locked(settings.audit):
        if not path.exists():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new:
                new.write(secrets.token_bytes(32))
    return hmac.new(path.read_bytes(), named.encode(), hashlib.sha256).hexdigest()[:16]


def verify(settings: Settings, kept: str | None = None) -> Head:
    """Read the whole log and compare it with its chain, its head and a head kept elsewhere.

    Parameters
    ----------
    kept : str, optional
        ``COUNT:SHA256`` as `cx audit head` once printed it: the log must still pass through it.

    Raises
    ------
    AuditChanged
        When a line was changed, cut out, moved, added or cut off; says where.
    """
    if not settings.audit.is_dir():
        if kept:
            raise AuditChanged(f"{settings.audit} is gone, and a head of it was kept")
        return Head()
    with _locked(settings.audit):
        wanted = _recovered(settings.audit)
        found, passed = Head(), {0: NO_LINE}
        for path in _files(settings.audit):
            found = _followed(path, found, passed)
        if found != wanted:
            raise AuditChanged(
                f"{settings.audit}: the log ends at line {found.count}, but its head says line "
                f"{wanted.count}: lines were cut off or added"
            )
    if kept:
        count, _, digest = kept.partition(":")
        if not count.isdigit() or not re.fullmatch("[0-9a-f]{64}", digest):
            raise UserError(f"{kept!r} is no head; give COUNT:SHA256 as `cx audit head` printed it")
        if passed.get(int(count)) != digest:
            raise AuditChanged(f"{settings.audit}: the log does not pass through the head {kept}")
    return found


def _head(folder: Path) -> Head:
    """Return the end of the chain as it was last written."""
    path = folder / "head.json"
    try:
        return Head(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        # The very first line, of a writer killed before it wrote the first head, may stand alone.
        if sum(path.read_bytes().count(b"\n") for path in _files(folder)) > 1:
            raise AuditChanged(f"{path} is gone, so the log's end cannot be told") from None
        return Head()
    except (json.JSONDecodeError, UnicodeDecodeError, TypeError) as error:
        raise AuditChanged(f"{path} is damaged, so the log's end cannot be told") from error


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.jsonl"))


def _followed(path: Path, before: Head, passed: dict[int, str]) -> Head:
    """Follow the chain through one file; note the hash after each line."""
    content = path.read_bytes()
    count, digest = before.count, before.sha256
    lines = content.split(b"\n")
    if lines.pop():
        raise AuditChanged(
            f"{path}: the last line is not whole: it was cut, or the power was while it was "
            "written (then the next event puts it right)"
        )
    for number, line in enumerate(lines, start=1):
        try:
            told = json.loads(line)
            is_next = told["before"] == digest and told["n"] == count + 1
        except (ValueError, KeyError, TypeError):
            is_next = False
        if not is_next:
            raise AuditChanged(
                f"{path}:{number} does not follow from the line before: "
                "this line or the one before was changed, moved, cut out or added"
            )
        count, digest = count + 1, hashlib.sha256(line).hexdigest()
        passed[count] = digest
    return Head(count, digest, path.name, len(content))


def _append(folder: Path, event: str, told: dict[str, object]) -> Head:
    end = _recovered(folder)
    now = datetime.now(UTC)
    # A clock that jumps back must not begin a file that sorts before the last one.
    name = max(f"{now:%Y-%m}.jsonl", end.file)
    line = json.dumps(
        {"n": end.count + 1, "at": now.isoformat(timespec="milliseconds"), "event": event}
        | told
        | {"before": end.sha256},
        ensure_ascii=False,
        default=str,
    ).encode()
    size = end.size if name == end.file else 0
    _write(folder / name, line + b"\n", size)
    if name != end.file:
        log.info("audit head %s", end)
    after = Head(end.count + 1, hashlib.sha256(line).hexdigest(), name, size + len(line) + 1)
    write_json(folder / "head.json", after.__dict__)
    return after


def _recovered(folder: Path) -> Head:
    """Return the head; take up a line whose writer was killed before it wrote the head."""
    end, written = _head(folder), _files(folder)
    last = written[-1] if written else None
    if last is None or (last.name == end.file and last.stat().st_size == end.size):
        return end
    if last.name < end.file or (last.name == end.file and last.stat().st_size < end.size):
        raise AuditChanged(f"{folder}: the log is shorter than its head says")
    start = end.size if last.name == end.file else 0
    with last.open("rb") as file:
        file.seek(start)
        rest = file.read()
    line, newline, beyond = rest.partition(b"\n")
    if not newline:  # torn by a power cut, promised to nobody; the next line takes its place
        return end
    try:
        follows = json.loads(line)["before"] == end.sha256
    except (ValueError, KeyError, TypeError):
        follows = False
    if beyond or not follows:
        raise AuditChanged(f"{last}: lines were added that this program did not write")
    return Head(end.count + 1, hashlib.sha256(line).hexdigest(), last.name, start + len(line) + 1)


def _write(path: Path, line: bytes, size: int) -> None:
    """Append one line whole or not at all, and have it on disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        try:
            if os.fstat(descriptor).st_size > size:
                os.ftruncate(descriptor, size)
            if os.write(descriptor, line) != len(line):
                raise OSError(f"{path.name} took only a part of the line: the disk is full")
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _bare(value: object) -> object:
    """Return a value in which no e-mail address and no phone number stands."""
    if isinstance(value, str):
        return _IDENTITIES.text(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_bare(each) for each in value]
    if isinstance(value, bool | int | float) or value is None:
        return value
    return _bare(str(value))
