"""Find what was delivered, know it by its content, and keep a private copy to read from."""

from __future__ import annotations

import errno
import hashlib
import hmac
import json
import os
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path, PurePosixPath
from uuid import UUID
from zoneinfo import ZoneInfo

from wcmatch import glob

from cx.errors import UserError
from cx.faults import io_may_pass, patiently
from cx.keys import Keys
from cx.settings import Settings
from ingest import archives
from ingest.contents import CHECKSUM_SUFFIX, Kept, keep_file, kept_path, stored
from ingest.contract import Contract, Feed
from ingest.formats.packed import capped
from ingest.formats.source import FileRefused, Unavailable
from ingest.intake import entities
from ingest.written_times import parsed

_IGNORED = {".DS_Store", "Thumbs.db", "desktop.ini"}
_GLOB = glob.GLOBSTAR | glob.DOTGLOB
_JOURNALS = {"sqlite": ("-wal", "-journal"), "duckdb": (".wal",)}
_CANNOT_WRITE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}
# Formats whose own structure shows that the end is there.
_WHOLE_BY_FORMAT = {"json", "xml", "xlsx", "parquet", "sqlite", "duckdb", "postgres", "pm_xml"}


@dataclass(frozen=True)
class Delivery:
    """One file that one feed claims."""

    contract: Contract
    feed: Feed
    kept: Kept
    taken_at: datetime | None = None  # for rows taken from a server, which have no dated name
    token: bytes = b""  # keys what its name says of it: that may be a phone number
    known_as: str | None = None  # the id it was loaded by, where that is known

    @property
    def file_id(self) -> str:
        """The lineage id of the content as this feed reads it, a UUID.

        Of a dated picture, or of dated changes, the date is part of the content: the same rows at a
        later moment say that nothing has changed, or that something is the case again. So are the
        columns of a name: two subscribers may have made the same calls.
        """
        return self.known_as or self._id(("snapshot", "delta"), self._in_name())

    @property
    def id_before(self) -> str:
        """The lineage id by which homes made before 2026-11-28 know a file."""
        return self._id(("snapshot",), "")

    @property
    def is_of_now(self) -> bool:
        """Whether it is a picture of what was the case when it was loaded, for all that is known.

        What stands under its name again as it once was, after another picture, is one more.
        """
        return self.feed.delivery == "snapshot" and self.feed.extracted_at == "loaded"

    def _in_name(self) -> str:
        match = re.search(self.feed.name_columns or "$^", self.kept.name)
        if not match:
            return ""
        said = json.dumps(match.groupdict(), sort_keys=True).encode()
        return "#" + hmac.new(self.token, b"columns in name|" + said, hashlib.sha256).hexdigest()

    def _id(self, dated: tuple[str, ...], in_name: str) -> str:
        rule, date = self.feed.extracted_at, None
        if self.taken_at is not None:
            date = self.taken_at.isoformat()
        elif self.feed.delivery in dated and rule != "loaded" and rule.file_name:
            match = re.search(rule.file_name, self.kept.name)
            date = match.group(1) if match else ""
        read_as = f"{self.contract.source_system}.{self.feed.feed}"
        return identity(f"{read_as}:{self.kept.sha256}@{date or ''}{in_name}")

    @property
    def completeness(self) -> str:
        """Whether a check sum or the file's own structure shows that it came whole."""
        is_whole = self.kept.is_proven or self.feed.format in _WHOLE_BY_FORMAT
        return "proven" if is_whole else "unproven"

    def name_columns(self) -> dict[str, str]:
        """Return the source columns that stand in the file's name.

        Raises
        ------
        FileRefused
            When the name does not hold what the contract reads from it.
        """
        if not self.feed.name_columns:
            return {}
        match = re.search(self.feed.name_columns, self.kept.name)
        if not match:
            raise FileRefused(
                f"has a name that does not fit name_columns ({self.feed.name_columns!r})"
            )
        return {name: value or "" for name, value in match.groupdict().items()}

    def label(self, keys: Keys) -> str:
        """Return the name as it may be shown and stored: an identifier in it is a pseudonym."""
        return label(self.kept.name, self.feed, keys)

    def named(self, keys: Keys) -> str:
        """Return the name as it may be shown, and the feed it came by."""
        return f"{self.label(keys)} (feed {self.contract.source_system}.{self.feed.feed})"


def identity(said: str) -> str:
    """Return the same UUID for the same words."""
    return str(UUID(hashlib.sha256(said.encode()).hexdigest()[:32]))


def label(name: str, feed: Feed | None, keys: Keys) -> str:
    """Return a file's name with a keyed hash in place of each identifier its feed reads from it."""
    if feed is None or not feed.name_columns:
        return name
    match = re.search(feed.name_columns, name)
    hidden = {
        spec.from_
        for mapping in feed.entities
        for column, spec in mapping.columns.items()
        if spec.token or entities()[mapping.entity].columns[column].type == "token"
    }
    spans = [match.span(group) for group in match.groupdict() if group in hidden] if match else []
    for start, end in sorted(spans, reverse=True):
        token = hmac.new(keys.token, b"file name|" + name[start:end].encode(), hashlib.sha256)
        name = f"{name[:start]}#{token.hexdigest()[:12]}{name[end:]}"
    return name


@dataclass(frozen=True)
class Refusal:
    """A file that could not even be taken in, with the feed it was for, where that is known."""

    name: str
    reason: str
    contract: Contract | None = None
    feed: Feed | None = None


@dataclass
class Found:
    """What stands in a delivery folder."""

    deliveries: list[Delivery] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    unclaimed: list[str] = field(default_factory=list)


def find(
    folder: Path,
    contracts: dict[str, Contract],
    settings: Settings,
    known: set[tuple[str, int]] = frozenset(),
) -> Found:
    """Find the files under a folder that contracts claim, and keep a copy of each.

    Parameters
    ----------
    known : set of (str, int)
        Names and sizes that have been loaded: their content is looked at before it is copied.

    Raises
    ------
    UserError
        When the folder is missing, or when no contract claims any file of it.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder; give the folder the extracts were put in")
    root, found = folder.resolve(), Found()
    there = [path for path in sorted(root.rglob("*")) if path.name not in _IGNORED]
    files = [path for path in there if path.is_file() and not path.is_symlink()]
    sidecars = {path for path in files if path.name.endswith(CHECKSUM_SUFFIX)}
    claims = [(contract, feed) for contract in contracts.values() for feed in contract.feeds]
    for path in files:
        if path in sidecars:
            continue
        name = path.relative_to(root).as_posix()
        try:
            taken = patiently(
                lambda path=path, name=name: _take(path, name, claims, settings, known),
                settings,
                may_pass=io_may_pass,
            )
            found.deliveries += taken.deliveries
            found.unclaimed += taken.unclaimed
        except FileRefused as error:
            claimed = _claimed(claims, name) or [(None, None)]
            found.refusals += [
                Refusal(name, str(error), contract, feed) for contract, feed in claimed
            ]
        except OSError as error:
            if error.errno in _CANNOT_WRITE:
                raise _unwritable(settings, error) from error
            found.refusals.append(Refusal(name, f"cannot be read ({error.strerror or error})"))
    # A link may lead anywhere: it is never followed, but nothing is passed over in silence.
    found.unclaimed += [
        f"{path.relative_to(root).as_posix()} (a symbolic link: deliver the file itself)"
        for path in there
        if path.is_symlink()
    ]
    for contract, feed in claims:
        if feed.format == "postgres" and os.environ.get(feed.dialect.connection or ""):
            _take_table(contract, feed, settings, found)
    if not found.deliveries and not found.refusals:
        raise UserError(
            f"no contract claims any of the {len(files)} files under {folder} (symbolic links are "
            "not followed); write one (docs/onboard-a-source.md) and pass its folder with "
            "--contracts"
        )
    return found


def batch_id(deliveries: list[Delivery]) -> str:
    """Name a delivery by what is in it, so that an interrupted load resumes under the same name."""
    content = sorted({delivery.kept.sha256 for delivery in deliveries})
    return hashlib.sha256("\n".join(content).encode()).hexdigest()[:16]


def extracted_at(delivery: Delivery, loaded_at: datetime) -> datetime | None:
    """Return when the source wrote the file (UTC, naive); None when its rows tell.

    Raises
    ------
    ValueError
        When the file's name does not hold the moment the contract looks for.
    """
    rule = delivery.feed.extracted_at
    if rule == "loaded":
        return loaded_at
    if rule.is_in_rows:
        return None
    if rule.value is not None:
        moment = datetime.fromisoformat(rule.value)
    else:
        match = re.search(rule.file_name or "", delivery.kept.name)
        if not match or not match.groups():
            raise ValueError(
                f"its name holds no moment for extracted_at ({rule.file_name!r} found nothing)"
            )
        if rule.format == "epoch":
            number = int(match.group(1))
            # Thirteen digits are milliseconds, ten are seconds.
            seconds = number / 1000 if number >= 100_000_000_000 else number
            return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
        zones = delivery.contract.zones | delivery.feed.zones
        moment = parsed(match.group(1), rule.format, zones)
    return in_utc(delivery, moment)


def in_utc(delivery: Delivery, moment: datetime) -> datetime:
    """Return a moment of the source as naive UTC."""
    if moment.tzinfo is None:
        zone = delivery.feed.time_zone or delivery.contract.time_zone
        hour = delivery.contract.hour_of(delivery.feed)
        first, second = (moment.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
        # the hour the clocks skip has two offsets, too, the later first
        is_doubled = first.utcoffset() > second.utcoffset()
        if is_doubled and hour is None and any(each.fold for each in delivery.feed.entities):
            raise ValueError(
                f"is a picture of {moment:%Y-%m-%d %H:%M}, which stands twice in {zone}, in the "
                "night the clocks go back: say doubled_hour (first or second) in the contract, or "
                "read the source's own mark of the hour, by extracted_at with sql"
            )
        moment = second if is_doubled and hour == "second" else first
    return moment.astimezone(UTC).replace(tzinfo=None)


def _unwritable(settings: Settings, error: OSError) -> UserError:
    return UserError(
        f"{settings.landing} cannot be written ({error.strerror}); free or mend the disk and give "
        "the same command again: nothing is lost"
    )


def _take(
    path: Path,
    name: str,
    claims: list[tuple[Contract, Feed]],
    settings: Settings,
    known: set[tuple[str, int]],
) -> Found:
    """Return a file, or each member of an archive, as deliveries of the feeds that claim it."""
    work, found = settings.temp / "ingest", Found()
    with archives.opened(path, work) as members:
        if members is not None:
            _take_members(path, name, members, claims, settings, found)
            return found
    claimed = _claimed(claims, name)
    if not claimed:
        found.unclaimed.append(name)
        return found
    if any(feed.format in _JOURNALS for _, feed in claimed):
        _refuse_unsettled(path)
    kept = keep_file(path, name, settings, known)
    found.deliveries += [Delivery(contract, feed, kept) for contract, feed in claimed]
    return found


def _refuse_unsettled(path: Path) -> None:
    """Refuse a database file whose latest changes stand in a file beside it."""
    for suffix in {suffix for suffixes in _JOURNALS.values() for suffix in suffixes}:
        beside = path.with_name(path.name + suffix)
        if beside.is_file() and beside.stat().st_size:
            raise FileRefused(
                f"is not the whole database: the {suffix} file beside it holds changes that are "
                "not in it; have a settled copy sent (SQLite: vacuum into; DuckDB: checkpoint)"
            )


def _take_table(contract: Contract, feed: Feed, settings: Settings, found: Found) -> None:
    """Take the rows of a server's table; the same rows are the same content, taken once."""
    from ingest.formats import postgres  # its driver takes half a second to load

    name = f"{feed.dialect.connection}/{feed.feed}.parquet"
    try:
        path = patiently(
            lambda: postgres.extract(feed, settings.temp / "ingest"),
            settings,
            may_pass=lambda error: isinstance(error, Unavailable),
        )
        kept = keep_file(path, name, settings)
    except FileRefused as error:
        found.refusals.append(Refusal(name, str(error), contract, feed))
        return
    except OSError as error:
        raise _unwritable(settings, error) from error
    found.deliveries.append(Delivery(contract, feed, kept))


def _take_members(
    path: Path,
    name: str,
    members: list[archives.Member],
    claims: list[tuple[Contract, Feed]],
    settings: Settings,
    found: Found,
) -> None:
    with path.open("rb") as file:
        archive = hashlib.file_digest(file, "sha256").hexdigest()
    listing = kept_path(settings, archive).with_suffix(".members.json")
    told = dict(json.loads(listing.read_text("utf-8"))) if listing.exists() else {}
    folder, cap = PurePosixPath(name).parent, capped(path.stat().st_size)
    deliveries: list[Delivery] = []
    for member in members:
        inside = f"{name}/{member.name}"
        # An archive counts as a folder, or as if it were not there.
        claimed = _claimed(claims, inside, (folder / member.name).as_posix(), name)
        if not claimed:
            found.unclaimed.append(inside)
            continue
        sha256, size = told.get(member.name, (None, None))
        if sha256 is None or not kept_path(settings, sha256).exists():
            sha256, size = stored(member.open, settings, cap)
            if size != member.bytes:
                raise FileRefused(
                    f"holds {archives.shown(member.name)} cut short; have it sent again"
                )
            told[member.name] = (sha256, size)
        kept = Kept(inside, kept_path(settings, sha256), sha256, size, is_proven=True)
        deliveries += [Delivery(contract, feed, kept) for contract, feed in claimed]
    found.deliveries += deliveries
    if told:
        listing.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = listing.with_suffix(".partial")
        partial.write_text(json.dumps(sorted(told.items())), encoding="utf-8")
        partial.replace(listing)


def _claimed(claims: list[tuple[Contract, Feed]], *names: str) -> list[tuple[Contract, Feed]]:
    return [
        (contract, feed)
        for contract, feed in claims
        if feed.files and any(_matcher(feed.files).match(name) for name in names)
    ]


@cache
def _matcher(pattern: str) -> glob.WcMatcher:
    return glob.compile(pattern, flags=_GLOB)
