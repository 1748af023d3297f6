"""A backup is brought back into an empty home, whole, or refused."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from cx.backup import ERASURES, Manifest, backups, copied_file, read_manifest
from cx.digest import file_digest
from cx.errors import CheckFailed, UserError
from cx.faults import explained
from cx.files import sync, write_json
from cx.keys import load_keys
from cx.limits import require_disk
from cx.release import NoRelease, current, pointer, refuse_before_erasure
from cx.settings import Settings
from cx.upgrade import SCHEMA_VERSION, restoring


def verify(folder: Path) -> Manifest:
    """Read every file of a backup and compare it with the manifest.

    Raises
    ------
    CheckFailed
        When one is damaged or missing.
    """
    manifest = read_manifest(folder)
    for name, (size, sha256) in manifest.files.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != size or file_digest(path) != sha256:
            raise CheckFailed(
                f"{path} is missing or damaged, so this backup is refused whole; choose another "
                "(`cx restore --check` reads one without restoring it)"
            )
    return manifest


def chosen(source: Path) -> Path:
    """Return the backup that a path names: itself, or the newest one under it.

    Raises
    ------
    UserError
        When there is none.
    """
    source = source.expanduser().resolve()
    if (source / "manifest.json").exists():
        return source
    found = backups(source)
    if not found:
        raise UserError(f"{source} holds no backup; give a folder that `cx backup` wrote")
    return found[-1][0]


def restore(settings: Settings, source: Path) -> list[str]:
    """Bring a backup into an empty home; tell in lines what is to be done next.

    Everything is copied beside its place and checked before the first file is moved. After a kill
    the same command begins again; until it ends no other command works on the home.

    Raises
    ------
    UserError
        When the home is not empty, the backup is of a later release, or there is no room.
    CheckFailed
        When the backup is damaged; the home is left as it was.
    """
    folder = chosen(source)
    manifest = verify(folder)
    if manifest.schema_version > SCHEMA_VERSION:
        raise UserError(
            f"{folder} was made by a later release (schema {manifest.schema_version}, this one "
            f"knows {SCHEMA_VERSION}); install that release"
        )
    mark, staging = restoring(settings), settings.home / "restore.partial"
    if not mark.exists():
        _refuse_full(settings)
    shutil.rmtree(staging, ignore_errors=True)
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    needed = sum(size for size, _ in manifest.files.values())
    require_disk(settings, "restore", needed)
    try:
        for name, (_, sha256) in manifest.files.items():
            if copied_file(folder / name, staging / name) != sha256:
                raise CheckFailed(
                    f"{folder / name} changed while it was read; nothing was restored"
                )
        mark.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        mark.write_text(f"{folder}\n", encoding="utf-8")
        sync(mark.parent)
        for name in manifest.files:
            place = settings.home / name
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            (staging / name).replace(place)
        told = _after(settings, folder, manifest)
        mark.unlink()
    except OSError as error:
        raise explained(error, settings) or error from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return [
        f"Restored {len(manifest.files)} files as of {manifest.moment():%Y-%m-%d %H:%M}Z",
        *told,
    ]


def _refuse_full(settings: Settings) -> None:
    there = [
        path.name
        for path in (settings.warehouse, settings.vault, settings.landing, settings.releases)
        if path.exists()
    ]
    if there:
        raise UserError(
            f"{settings.home} is not empty (it holds {', '.join(there)}); restore into a new home "
            "(--home), look at it, then put it in the place of the old one"
        )


def _after(settings: Settings, folder: Path, manifest: Manifest) -> list[str]:
    """Put back what a later erasure says, and tell about the key."""
    told = []
    later = folder.parent / ERASURES
    if later.exists():
        erasures = json.loads(later.read_text(encoding="utf-8"))
        write_json(settings.state / ERASURES, erasures)
        after = [each for each in erasures if _aware(each["at"]) > manifest.moment()]
        if after:
            told.append(
                f"{len(after)} erasures were made after this backup (receipts "
                f"{', '.join(str(each.get('receipt')) for each in after[:3])}): make them again "
                "before anything is published"
            )
    try:
        refuse_before_erasure(settings, current(settings.releases).read_at())
    except NoRelease:
        told.append("It holds no release: `cx publish` makes one")
    except UserError as error:
        pointer(settings.releases).unlink()
        told.append(f"Nothing is served until the next publish: {error}")
    try:
        has_key = manifest.key_id is None or load_keys(settings).key_id == manifest.key_id
    except UserError:
        has_key = False
    if not has_key:
        told.append(
            f"The vault needs key {manifest.key_id}, which is not in a backup: put it where "
            "CX_KEY_FILE says before the next run"
        )
    return told


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
