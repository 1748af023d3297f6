"""What is shown: the current release, verified once, opened once, closed when replaced."""

from __future__ import annotations

import atexit
import logging
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd

from app.queries import contents
from cx.digest import file_digest
from cx.errors import UserError
from cx.release import NoRelease, Release, current, described
from cx.row_scope import Scope
from cx.warehouse import open_release

log = logging.getLogger("cx.app")
QUERY_SECONDS = 20.0
# A replaced release stays open this long, so that a page being drawn from it can finish.
GRACE_SECONDS = 30.0
# Answers kept in memory, for all readers together.
MOST_ANSWERS, MOST_BYTES = 500, 256_000_000


# Whose rows are seen: of customers of these regions, or of everybody.
Regions = tuple[str, ...] | None


class TooSlow(UserError):
    """A query ran longer than it may and was stopped."""


class OlderRelease(UserError):
    """The release lacks a table or a column: it was built before what asks for it."""


@dataclass(frozen=True)
class Shown:
    """The release a page is drawn from, and why it is not the newest, if it is not."""

    release: Release
    refused: str | None = None

    def has(self, table: str) -> bool:
        """Tell whether the release holds a table, by its name with schema."""
        return table in self.release.tables


@dataclass
class _Opened:
    connection: duckdb.DuckDBPyConnection
    used_at: float
    busy: int = 0


@dataclass
class _Answers:
    """The answers asked for last, each once; Streamlit's own cache writes and reads every row."""

    kept: OrderedDict[tuple[str, ...], tuple[pd.DataFrame, int]] = field(
        default_factory=OrderedDict
    )
    size: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def known(self, key: tuple[str, ...]) -> pd.DataFrame | None:
        """Return an answer, or None."""
        with self.lock:
            if key not in self.kept:
                return None
            self.kept.move_to_end(key)
            return self.kept[key][0]

    def keep(self, key: tuple[str, ...], rows: pd.DataFrame) -> None:
        """Keep an answer; those asked for longest ago give way."""
        size = int(rows.memory_usage().sum())
        with self.lock:
            self.size += size - self.kept.pop(key, (None, 0))[1]
            self.kept[key] = (rows, size)
            while len(self.kept) > MOST_ANSWERS or self.size > MOST_BYTES:
                self.size -= self.kept.popitem(last=False)[1][1]

    def forget(self, file: str) -> None:
        """Let the answers of a release go."""
        with self.lock:
            for key in [key for key in self.kept if key[0] == file]:
                self.size -= self.kept.pop(key)[1]


@dataclass
class Shelf:
    """All releases of one folder, as one process reads them.

    Parameters
    ----------
    releases : Path
        Folder of the published files and the pointer.
    query_seconds : float
        A query is interrupted after this long.
    grace_seconds : float
        A replaced release is closed when nothing has used it for this long.
    """

    releases: Path
    query_seconds: float = QUERY_SECONDS
    grace_seconds: float = GRACE_SECONDS
    _temp: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="cx-app-")))
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _opened: dict[tuple[str, Regions], _Opened] = field(default_factory=dict, repr=False)
    _verdicts: dict[tuple, bool] = field(default_factory=dict, repr=False)
    _last_good: Release | None = field(default=None, repr=False)
    _answers: _Answers = field(default_factory=_Answers, repr=False)

    def __post_init__(self) -> None:
        """Take the spill folder away when the process ends."""
        atexit.register(shutil.rmtree, self._temp, ignore_errors=True)

    def newest(self) -> Shown:
        """Return the newest release that can be trusted.

        Raises
        ------
        NoRelease
            When nothing is published, or nothing that can be trusted.
        """
        try:
            wanted = current(self.releases)
        except NoRelease:
            if self._last_good is None or not self._is_whole(self._last_good):
                raise
            return Shown(self._last_good, refused="current.json")
        if self._is_whole(wanted):
            self._last_good = wanted
            self._close_replaced(wanted.file)
            return Shown(wanted)
        if self._last_good is not None and self._is_whole(self._last_good):
            return Shown(self._last_good, refused=wanted.file)
        older = self._newest_whole_but(wanted.file)
        if older is None:
            raise NoRelease(
                f"{wanted.file} is not what was published and no earlier release is left; "
                "publish again with `cx publish`"
            )
        self._last_good = older
        return Shown(older, refused=wanted.file)

    def answer(
        self,
        release: Release,
        sql: str,
        parameters: Mapping[str, object],
        regions: Regions = None,
    ) -> pd.DataFrame:
        """Answer a query, from memory where it was asked of this release before; see `ask`.

        The rows are the caller's own: pandas copies what is written to.

        Raises
        ------
        OlderRelease
            When the release has no such table or column.
        """
        key = (release.file, sql, repr(parameters), repr(regions))
        rows = self._answers.known(key)
        if rows is None:
            try:
                rows = self.ask(release, sql, parameters, regions)
            except (duckdb.CatalogException, duckdb.BinderException) as error:
                log.warning("%s: %s", release.file, str(error).partition("\n")[0])
                raise OlderRelease(
                    f"{release.file} lacks what this asks for; build and publish again: "
                    "`cx build`, `cx publish`"
                ) from error
            self._answers.keep(key, rows)
        return rows.copy(deep=False)

    def ask(
        self,
        release: Release,
        sql: str,
        parameters: Mapping[str, object] | None = None,
        regions: Regions = None,
    ) -> pd.DataFrame:
        """Run one query on a cursor of its own and return its rows.

        Parameters
        ----------
        regions : tuple of str, optional
            Without the rows of customers of other regions; see `cx.row_scope`.

        Raises
        ------
        TooSlow
            When it ran longer than `query_seconds` and was stopped.
        """
        with self._lock:
            opened = self._open(release, regions)
            opened.busy += 1
            cursor = opened.connection.cursor()
        watchdog = threading.Timer(self.query_seconds, cursor.interrupt)
        watchdog.daemon = True
        watchdog.start()
        try:
            return cursor.execute(sql, dict(parameters or {})).df()
        except duckdb.InterruptException as error:
            raise TooSlow(
                f"a query was stopped after {self.query_seconds:.0f} s; choose a shorter period"
            ) from error
        finally:
            watchdog.cancel()
            with self._lock:
                cursor.close()
                opened.busy -= 1
                opened.used_at = time.monotonic()

    def open_files(self) -> list[str]:
        """Return the names of the files that are open now."""
        with self._lock:
            return sorted({name for name, _ in self._opened})

    def close(self) -> None:
        """Close every release and forget the spill folder."""
        with self._lock:
            for opened in self._opened.values():
                opened.connection.close()
            self._opened.clear()
        shutil.rmtree(self._temp, ignore_errors=True)

    def _open(self, release: Release, regions: Regions) -> _Opened:
        opened = self._opened.get((release.file, regions))
        if opened is None:
            path = self.releases / release.file
            connection = open_release(path, self._temp, scope=Scope(regions))
            opened = self._opened[release.file, regions] = _Opened(connection, time.monotonic())
        opened.used_at = time.monotonic()
        return opened

    def _close_replaced(self, keep: str) -> None:
        with self._lock:
            oldest = time.monotonic() - self.grace_seconds
            for (name, regions), opened in list(self._opened.items()):
                # Each set of regions has a connection of its own, and there may be many.
                is_spare = name != keep or regions is not None
                if is_spare and not opened.busy and opened.used_at <= oldest:
                    del self._opened[name, regions]
                    opened.connection.close()
                    if name != keep:
                        self._answers.forget(name)

    def _is_whole(self, release: Release) -> bool:
        """Compare the file with its sha256; again only when the file was touched."""
        return self._judge(release.file, lambda path: file_digest(path) == release.sha256)

    def _judge(self, name: str, verdict: Callable[[Path], bool]) -> bool:
        path = self.releases / name
        if path.name != name:
            return False
        with self._lock, suppress(OSError):
            found = path.stat()
            key = (name, found.st_size, found.st_mtime_ns, found.st_ino)
            if key not in self._verdicts:
                self._verdicts[key] = verdict(path)
            return self._verdicts[key]
        return False

    def _newest_whole_but(self, refused: str) -> Release | None:
        """Find the newest earlier release that is whole, by its sidecar.

        One without is read in a process of its own and known by the digest in its name. A later
        one was taken back, and stays so.
        """
        names = sorted((path.name for path in self.releases.glob("*.duckdb")), reverse=True)
        for name in names:
            if name == refused or (Path(refused).name == refused and name > refused):
                continue
            known = described(self.releases, name)
            if known is not None and self._is_whole(known):
                return known
            if known is None and self._judge(name, _has_content_of_its_name):
                return self._described(name)
        return None

    def _described(self, name: str) -> Release:
        path = self.releases / name
        published, _, digest = path.stem.partition("_")
        bare = Release(
            file=name,
            version=path.stem,
            sha256=file_digest(path),
            content_digest=digest,
            published_at=datetime.strptime(published, "%Y%m%dT%H%M%S%fZ")
            .replace(tzinfo=UTC)
            .isoformat(timespec="seconds"),
            as_of="",
            batch_id="",
            tables={},
        )
        tables = self.ask(bare, contents.TABLES)
        found = dict(zip(tables["name"], tables["row_count"], strict=True))
        values = bare.__dict__ | {"tables": found}
        if "marts.metric_value" in found:
            clock = self.ask(bare, contents.CLOCK)
            if len(clock):
                values |= {"as_of": str(clock["as_of"][0]), "batch_id": clock["batch_id"][0]}
        return Release(**values)


def _has_content_of_its_name(path: Path) -> bool:
    """Read the whole file as `cx publish` does before publishing, and compare digests."""
    outcome = subprocess.run(
        [sys.executable, "-m", "cx.release", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    digest = path.stem.rpartition("_")[2]
    return outcome.returncode == 0 and bool(digest) and outcome.stdout.startswith(digest)
