"""Backups of a home: whole, with a manifest of check sums, and not older than said.

A backup is a folder `<UTC>` under the target, with a copy of every file of the home that cannot be
made again and `manifest.json`. The key is never in it. What is immutable and was in the backup
before is a hard link to it, so that a nightly backup costs what is new.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

from cx.errors import UserError
from cx.files import sync, write_json
from cx.keys import load_keys
from cx.limits import require_disk
from cx.settings import Settings
from cx.upgrade import schema_version
from cx.warehouse import connected

_CHUNK = 1 << 20
_FOLDER = re.compile(r"\d{8}T\d{6}Z")
_FORMAT = "%Y%m%dT%H%M%SZ"
# Made again by any run, or somebody else's; and the key, which must not lie beside what it opens.
_LEFT_OUT = (
    "temp/*",
    "dbt/*",
    "as_was/*",
    "extracts/*",
    "logs/*",
    "state/run.lock",
    "state/restoring",
    "state/*key*",
    "restore.partial/*",
    "releases/.lock",
    "releases/.spill*",
    "*.partial",
    "*.building*",
    "*.rebuilding.duckdb*",
    "*.tmp",
)
# Never changed once written, and known by their names.
_IMMUTABLE = ("landing/??/*", "releases/*.duckdb")
ERASURES = "erasures.json"


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    Parameters
    ----------
    at : str
        When it was taken (ISO 8601, UTC): nothing later is in it.
    key_id : str or None
        Which key opens its vault.
    files : dict of str to (bytes, SHA-256)
        By path in the home.
    """

    at: str
    schema_version: int
    key_id: str | None
    files: dict[str, tuple[int, str]]

    def moment(self) -> datetime:
        """Return when it was taken."""
        return datetime.fromisoformat(self.at)


def back_up(
    settings: Settings, target: Path, *, keep_days: int, now: datetime | None = None
) -> list[str]:
    """Copy a home under the run's lock, then delete backups past the horizon; tell in lines.

    Parameters
    ----------
    target : Path
        Folder of the backups, best on another disk; never inside the home.
    keep_days : int
        Backups older than this are deleted, so that what was erased is gone from them too. It
        holds also when copying fails, but for the last whole backup.
    now : datetime, optional
        Aware UTC.

    Raises
    ------
    UserError
        When there is nothing to copy, or no room, or a database is damaged.
    """
    now = now or datetime.now(UTC)
    target = target.expanduser().resolve()
    if target == settings.home or settings.home in target.parents:
        raise UserError(f"{target} lies inside the home; give a folder elsewhere")
    if not settings.warehouse.exists():
        raise UserError(f"{settings.warehouse} does not exist: there is nothing to back up yet")
    try:
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            told = _copied(settings, target, now)
        finally:
            gone = _expire(target, now - timedelta(days=keep_days))
    except OSError as error:
        raise _target_fault(error, target) from error
    horizon = min((each.moment() for _, each in backups(target)), default=now)
    return [
        *told,
        f"{len(gone)} backups older than {keep_days} days deleted; the oldest left is of "
        f"{horizon:%Y-%m-%d %H:%M}Z",
    ]


def backups(target: Path) -> list[tuple[Path, Manifest]]:
    """Return the backups under a folder whose manifest can be read, oldest first."""
    found = []
    for path in sorted(target.iterdir() if target.is_dir() else []):
        if _FOLDER.fullmatch(path.name):
            try:
                found.append((path, read_manifest(path)))
            except UserError:
                continue
    return found


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a backup.

    Raises
    ------
    UserError
        When it is missing or damaged.
    """
    path = folder / "manifest.json"
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        digest = said.pop("digest")
        manifest = Manifest(
            said["at"],
            said["schema_version"],
            said["key_id"],
            {name: (size, sha256) for name, (size, sha256) in said["files"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{folder} is no whole backup ({type(error).__name__} in {path.name}); choose another"
        ) from error
    paths = map(PurePosixPath, manifest.files)
    leaves = any(each.is_absolute() or ".." in each.parts for each in paths)
    if digest != _digest_of(manifest) or leaves:
        raise UserError(f"{path} is damaged; choose another backup")
    return manifest


def _copied(settings: Settings, target: Path, now: datetime) -> list[str]:
    for path in (settings.warehouse, settings.vault):
        _settle(settings, path)
    for left_over in target.glob("*.partial"):
        shutil.rmtree(left_over)
    previous = (backups(target) or [(None, None)])[-1]
    files = sorted(_files_to_copy(settings.home))
    linked = {name for name, _ in files if _may_link(name, previous[1], settings)}
    require_disk(
        settings, "backup", sum(size for name, size in files if name not in linked), target
    )
    final = target / f"{now:{_FORMAT}}"
    if final.exists():
        raise UserError(f"{final} exists; wait a second and try again")
    partial = final.with_name(final.name + ".partial")
    copied: dict[str, tuple[int, str]] = {}
    for name, _ in files:
        if name in linked:
            copied[name] = previous[1].files[name]
            (partial / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.link(previous[0] / name, partial / name)
        else:
            sha256 = copied_file(settings.home / name, partial / name)
            copied[name] = ((partial / name).stat().st_size, sha256)
    key_id = load_keys(settings).key_id if settings.vault.exists() else None
    manifest = Manifest(now.isoformat(), schema_version(settings), key_id, copied)
    write_json(partial / "manifest.json", asdict(manifest) | {"digest": _digest_of(manifest)})
    partial.rename(final)
    sync(target)
    erasures = settings.state / ERASURES
    if erasures.exists():  # beside the backups: a restore of an older one must know of them
        write_json(target / ERASURES, json.loads(erasures.read_text(encoding="utf-8")))
    size = sum(size for size, _ in copied.values())
    return [
        f"Backup {final}: {len(copied)} files, {size / 1e6:,.1f} MB, {len(linked)} of them as "
        "links to the backup before",
        "The key is not in it: keep it elsewhere, and as safe",
    ]


def _settle(settings: Settings, path: Path) -> None:
    """Fold a log that a killed run left behind into its database."""
    if path.exists():
        with connected(settings, path) as connection:
            connection.execute("checkpoint")


def _files_to_copy(home: Path) -> Iterator[tuple[str, int]]:
    for path in home.rglob("*"):
        name = path.relative_to(home).as_posix()
        if path.is_symlink() or not path.is_file():
            continue
        if not any(fnmatch.fnmatch(name, pattern) for pattern in _LEFT_OUT):
            yield name, path.stat().st_size


def _may_link(name: str, previous: Manifest | None, settings: Settings) -> bool:
    if previous is None or not any(fnmatch.fnmatch(name, each) for each in _IMMUTABLE):
        return False
    return previous.files.get(name, (-1, ""))[0] == (settings.home / name).stat().st_size


def copied_file(source: Path, target: Path) -> str:
    """Copy a file and return the SHA-256 of what was read; the copy is on disk when it returns."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256()
    with source.open("rb") as reader, target.open("wb") as writer:
        while chunk := reader.read(_CHUNK):
            digest.update(chunk)
            writer.write(chunk)
        writer.flush()
        os.fsync(writer.fileno())
    target.chmod(source.stat().st_mode & 0o700)
    if re.search(r"releases/[^/]+\.duckdb$", str(target)):
        target.chmod(0o444)
    return digest.hexdigest()


def _expire(target: Path, oldest: datetime) -> list[Path]:
    whole = backups(target)
    gone = [folder for folder, manifest in whole[:-1] if manifest.moment() < oldest]
    for folder in gone:
        # under another name first: half a backup must not pass for a whole one
        shutil.rmtree(folder.rename(folder.with_name(folder.name + ".partial")))
    return gone


def _digest_of(manifest: Manifest) -> str:
    plain = json.dumps(asdict(manifest), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def _target_fault(error: OSError, target: Path) -> UserError:
    return UserError(
        f"{target} cannot be written ({error.strerror or error}); free or mend that disk and try "
        "again; the home and earlier backups are as they were"
    )
