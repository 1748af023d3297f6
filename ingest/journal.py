"""The journal of landing: which content came under which name and when; enough to load it again.

One JSON line a loaded file, beside the contents. With it the warehouse can be made anew from
landing and the contracts alone (ingest/rebuild.py). A name that holds an identifier is sealed.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from cx.errors import UserError
from cx.files import write_whole
from cx.keys import Keys, load_keys
from cx.settings import Settings
from cx.warehouse import reading, writing
from ingest.pseudonyms import seal_text, sealed_name, unseal, vault_ddl


@dataclass(frozen=True)
class Entry:
    """One file as it was loaded; `name` is a label, the true name is sealed where they differ.

    While the vault gets another key the name is sealed with both: `sealed_anew` by the coming one.
    """

    source_system: str
    feed: str
    file_id: str
    sha256: str
    name: str
    bytes: int
    is_proven: bool
    batch_id: str
    loaded_at: str
    sealed_name: str | None = None
    sealed_anew: str | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What the ledger knows the file by."""
        return self.source_system, self.feed, self.file_id

    def moment(self) -> datetime:
        """Return when it was loaded (naive UTC)."""
        return datetime.fromisoformat(self.loaded_at)

    def true_name(self, keys: Keys) -> str:
        """Return the name it was delivered under."""
        if self.sealed_name is None:
            return self.name
        try:
            return unseal(base64.b64decode(self.sealed_name), keys)
        except UserError:
            if self.sealed_anew is None:
                raise
            return unseal(base64.b64decode(self.sealed_anew), keys)

    def sealed_twice(self, old: Keys, new: Keys) -> Entry:
        """Return the entry with its name sealed by both keys."""
        if self.sealed_name is None:
            return self
        name = self.true_name(old)
        return replace(self, sealed_name=_sealed(name, old), sealed_anew=_sealed(name, new))

    def sealed_once(self, keys: Keys) -> Entry:
        """Return the entry with its name sealed by one key."""
        if self.sealed_name is None:
            return self
        return replace(self, sealed_name=_sealed(self.true_name(keys), keys), sealed_anew=None)


def journal(settings: Settings) -> Path:
    """Return the journal's path."""
    return settings.landing / "journal.jsonl"


def entry(
    delivered: tuple[str, str, str],
    *,
    sha256: str,
    name: str,
    label: str,
    size: int,
    is_proven: bool,
    batch_id: str,
    loaded_at: datetime,
    keys: Keys,
) -> Entry:
    """Describe a file; a name that is not its label is sealed."""
    sealed = None
    if name != label:
        sealed = _sealed(name, keys)
    return Entry(
        *delivered,
        sha256=sha256,
        name=label,
        bytes=size,
        is_proven=is_proven,
        batch_id=batch_id,
        loaded_at=loaded_at.isoformat(),
        sealed_name=sealed,
    )


def note(settings: Settings, what: Entry) -> None:
    """Add a file; called before it is committed, so that nothing is in raw and not in here."""
    path = journal(settings)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":  # a run was killed in the middle of a line
                file.write(b"\n")
        file.write(_line(what))
        file.flush()
        os.fsync(file.fileno())


def entries(settings: Settings) -> list[Entry]:
    """Return the last entry of each file, in the order they were loaded.

    A line cut by a kill was never committed and is passed over.
    """
    path = journal(settings)
    latest: dict[tuple[str, str, str], Entry] = {}
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for line in lines:
        try:
            found = Entry(**json.loads(line))
        except (json.JSONDecodeError, TypeError):
            continue
        latest.pop(found.key, None)
        latest[found.key] = found
    return list(latest.values())


def rewrite(settings: Settings, kept: list[Entry]) -> None:
    """Replace the journal, whole or not at all (contents were erased or their time was up)."""
    write_whole(journal(settings), b"".join(map(_line, kept)))


def write_from_ledger(settings: Settings) -> int:
    """Write the journal of a home made before there was one; return how many files it names."""
    with reading(settings) as connection:
        files = connection.execute(
            "select source_system, feed, file_id::varchar, sha256, file_name, bytes, "
            "completeness = 'proven', batch_id, loaded_at from ops.file_ledger "
            "where state in ('loaded', 'superseded') and source_system is not null "
            # what was superseded came before what took its place
            "order by loaded_at, state = 'loaded', extracted_at, file_name"
        ).fetchall()
    if not files:
        return 0
    keys = load_keys(settings)
    found = []
    with writing(settings, settings.vault) as vault:
        vault_ddl(vault)
        for *delivered, sha256, label, size, is_proven, batch, loaded_at in files:
            found.append(
                entry(
                    tuple(delivered),
                    sha256=sha256,
                    name=sealed_name(vault, *delivered, keys=keys) or label,
                    label=label,
                    size=size,
                    is_proven=bool(is_proven),
                    batch_id=batch,
                    loaded_at=loaded_at,
                    keys=keys,
                )
            )
    rewrite(settings, found)
    return len(found)


def _sealed(name: str, keys: Keys) -> str:
    return base64.b64encode(seal_text(name, keys)).decode("ascii")


def _line(what: Entry) -> bytes:
    return json.dumps(asdict(what), ensure_ascii=False).encode() + b"\n"
