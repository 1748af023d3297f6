"""Releases after they were published: listed, verified, taken back, let go; each with a record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cx.audit import record
from cx.digest import file_digest
from cx.errors import CheckFailed, UserError
from cx.files import write_json
from cx.release import (
    NoRelease,
    Release,
    content_digest,
    current,
    described,
    forget_old,
    point,
    pointing,
    refuse_before_erasure,
    sidecar,
)
from cx.settings import Settings


@dataclass(frozen=True)
class Listed:
    """One release file of a home."""

    file: str
    is_current: bool
    release: Release | None  # None when nothing is known of it
    bytes: int


def listed(settings: Settings) -> list[Listed]:
    """Return the releases that are kept, newest first."""
    try:
        served = current(settings.releases).file
    except NoRelease:
        served = ""
    return [
        Listed(
            path.name,
            path.name == served,
            described(settings.releases, path.name),
            path.stat().st_size,
        )
        for path in sorted(settings.releases.glob("*.duckdb"), reverse=True)
    ]


def found(settings: Settings, version: str | None) -> Release:
    """Return the release of a version, or the current one.

    Parameters
    ----------
    version : str, optional
        A version, its file's name, or as much of its beginning as only one release has.

    Raises
    ------
    UserError
        When there is no such release, or more than one.
    """
    if version is None:
        return current(settings.releases)
    names = [each.file for each in listed(settings) if each.file.startswith(version)]
    if len(names) != 1:
        raise UserError(
            f"{len(names) or 'no'} releases of {settings.releases} begin with {version!r}; "
            "`cx release list` shows which there are"
        )
    release = described(settings.releases, names[0])
    if release is None:
        raise UserError(
            f"nothing is known of {names[0]} (its .json is missing or damaged), so it cannot be "
            "verified; choose another, or `cx publish` anew"
        )
    return release


def verify(settings: Settings, release: Release, *, deeply: bool = True) -> None:
    """Compare a release with what was published: its bytes and, deeply, every value of it.

    Raises
    ------
    CheckFailed
        When it is not what was published.
    """
    path = settings.releases / release.file
    if not path.exists():
        raise CheckFailed(f"{path} is gone; `cx release rollback` to another, or `cx publish`")
    if file_digest(path) != release.sha256:
        raise CheckFailed(
            f"{path} is damaged: its bytes are not those that were published; the app shows an "
            "earlier one; `cx release rollback` to it, or `cx publish` anew"
        )
    if deeply and content_digest(path)[0] != release.content_digest:
        raise CheckFailed(f"{path} does not read back as it was published; `cx publish` anew")


def rollback(settings: Settings, version: str | None, reason: str) -> Release:
    """Serve an earlier release again; needs no run to end and moves nothing but the pointer.

    Parameters
    ----------
    version : str, optional
        Default: the newest that is older than the current one and whole.
    reason : str
        Kept in the audit log, with who did it and when.

    Raises
    ------
    UserError
        When there is none, or it was made before a person was erased.
    CheckFailed
        When it is damaged.
    """
    with pointing(settings.releases):
        served = None
        with suppress(NoRelease):
            served = current(settings.releases)
        target = found(settings, version) if version else _earlier(settings, served)
        refuse_before_erasure(settings, target.read_at())
        verify(settings, target, deeply=False)
        record(
            settings,
            "rollback",
            release=target.version,
            instead_of=served.version if served else None,
            reason=reason,
        )
        point(settings.releases, target)
    return target


def prune(settings: Settings, keep: int, days: int | None = None) -> list[str]:
    """Delete all but the newest releases, and those older than so many days; never the current.

    Returns
    -------
    list of str
        The files that are gone.
    """
    with pointing(settings.releases):
        served = current(settings.releases).file
        gone = forget_old(settings.releases, served, keep)
        if gone:
            record(settings, "prune", files=gone)
    if days is not None:
        gone += forget_before(settings, datetime.now(UTC) - timedelta(days=days))
    return gone


def forget_before(settings: Settings, oldest: datetime) -> list[str]:
    """Delete the releases published before a moment (aware), never the current; name them.

    A release that nothing is known of is dated by its name.
    """
    gone = []
    with pointing(settings.releases):
        for each in listed(settings):
            if each.is_current:
                continue
            is_old = (
                each.release.read_at() < oldest
                if each.release
                else each.file < f"{oldest:%Y%m%dT%H%M%S}"
            )
            if is_old:
                (settings.releases / each.file).unlink()
                sidecar(settings.releases, each.file).unlink(missing_ok=True)
                gone.append(each.file)
        if gone:
            record(settings, "prune", files=gone)
    return gone


def _earlier(settings: Settings, served: Release | None) -> Release:
    for each in _older(settings, served):
        with suppress(CheckFailed):
            verify(settings, each, deeply=False)
            return each
    raise UserError(
        f"{settings.releases} keeps no earlier release that is whole; `cx publish` makes a new one"
    )


def _older(settings: Settings, served: Release | None) -> Iterator[Release]:
    for each in listed(settings):
        if each.release is not None and (served is None or each.file < served.file):
            yield each.release


def describe_undescribed(releases: Path) -> int:
    """Write the sidecar of releases that were made before there was one; return how many.

    A file whose content is not that of its name gets none, and so is never rolled back to.
    """
    count = 0
    with suppress(NoRelease):
        served = current(releases)
        write_json(sidecar(releases, served.file), asdict(served))
    for path in sorted(releases.glob("*.duckdb")):
        published, _, short = path.stem.partition("_")
        if described(releases, path.name) is None:
            digest, _ = content_digest(path)
            if not short or not digest.startswith(short):
                continue
            moment = datetime.strptime(published, "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
            found = Release(
                file=path.name,
                version=path.stem,
                sha256=file_digest(path),
                content_digest=digest,
                published_at=moment.isoformat(timespec="seconds"),
                as_of="",
                batch_id="",
                tables={},
            )
            write_json(sidecar(releases, path.name), asdict(found))
        count += 1
    return count
