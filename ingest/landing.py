"""Find what was delivered, know it by its content, and keep a private copy to read from."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from cx.errors import UserError
from cx.settings import Settings
from ingest.contract import Contract, Feed

_CHUNK = 1 << 20
_IGNORED = {".DS_Store", "Thumbs.db"}


@dataclass(frozen=True)
class Delivery:
    """One file that one feed claims."""

    contract: Contract
    feed: Feed
    path: Path
    name: str
    sha256: str
    bytes: int

    @property
    def file_id(self) -> str:
        """The lineage id of the content, 32 hexadecimal digits."""
        return self.sha256[:32]


def find(folder: Path, contracts: dict[str, Contract]) -> tuple[list[Delivery], list[str]]:
    """Find the files under a folder that contracts claim; return them and the names unclaimed.

    Raises
    ------
    UserError
        When the folder is missing, or when no contract claims any file of it.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder; give the folder the extracts were put in")
    root = folder.resolve()
    files = {
        path
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink() and path.name not in _IGNORED
    }
    claimed: set[Path] = set()
    deliveries = []
    hashes: dict[Path, tuple[str, int]] = {}
    for contract in contracts.values():
        for feed in contract.feeds:
            for path in sorted(set(root.glob(feed.files)) & files):
                claimed.add(path)
                if path not in hashes:
                    hashes[path] = _hash(path)
                deliveries.append(
                    Delivery(
                        contract=contract,
                        feed=feed,
                        path=path,
                        name=path.relative_to(root).as_posix(),
                        sha256=hashes[path][0],
                        bytes=hashes[path][1],
                    )
                )
    if not deliveries:
        raise UserError(
            f"no contract claims any of the {len(files)} files under {folder}; write one "
            "(docs/onboard-a-source.md) and pass its folder with --contracts"
        )
    unclaimed = sorted(path.relative_to(root).as_posix() for path in files - claimed)
    return deliveries, unclaimed


def batch_id(deliveries: list[Delivery]) -> str:
    """Name a delivery by what is in it, so that an interrupted load resumes under the same name."""
    content = sorted({delivery.sha256 for delivery in deliveries})
    return hashlib.sha256("\n".join(content).encode()).hexdigest()[:16]


def keep(delivery: Delivery, settings: Settings) -> Path:
    """Copy the delivered file into landing under its content's name and return the copy.

    Reading from the copy means that a file still growing cannot change under the reader.

    Raises
    ------
    UserError
        When the file changed between being found and being copied.
    """
    target = settings.landing / delivery.sha256[:2] / delivery.sha256
    if target.exists() and target.stat().st_size == delivery.bytes:
        return target
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = target.with_suffix(".partial")
    digest = hashlib.sha256()
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with delivery.path.open("rb") as source, os.fdopen(descriptor, "wb") as copy:
        for chunk in iter(lambda: source.read(_CHUNK), b""):
            digest.update(chunk)
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    if digest.hexdigest() != delivery.sha256:
        partial.unlink()
        raise UserError(
            f"{delivery.path} changed while it was read; deliver it whole (rename it into place)"
        )
    partial.replace(target)
    return target


def extracted_at(delivery: Delivery, loaded_at: datetime) -> datetime:
    """Return when the source wrote the file (UTC, naive), as its contract says.

    Raises
    ------
    ValueError
        When the file's name does not hold the moment the contract looks for.
    """
    rule = delivery.feed.extracted_at
    if rule == "loaded":
        return loaded_at
    if rule.value is not None:
        moment = datetime.fromisoformat(rule.value)
    else:
        match = re.search(rule.file_name or "", delivery.name)
        if not match or not match.groups():
            raise ValueError(
                f"its name holds no moment for extracted_at ({rule.file_name!r} found nothing)"
            )
        moment = datetime.strptime(match.group(1), rule.format)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(delivery.contract.time_zone))
    return moment.astimezone(UTC).replace(tzinfo=None)


def _hash(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size
