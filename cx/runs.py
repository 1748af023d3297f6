"""Runs: one at a time, each step recorded, a step with nothing new passed over."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import logging
import os
import shutil
import signal
import socket
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TextIO

from cx.digest import running_code
from cx.errors import Busy
from cx.faults import explained
from cx.ledger import create_tables, latest_moment, next_sequence, record_run, record_step
from cx.limits import Watch, require_disk, step_memory
from cx.logs import LoggedProgress, RunLog
from cx.progress import Progress
from cx.settings import Settings
from cx.upgrade import refuse_unready, upgraded
from cx.warehouse import connected, reading, writing

_CLOCK_TOLERANCE = timedelta(minutes=1)


@dataclass(frozen=True)
class StepResult:
    """What a step did: how many rows, and one line for people."""

    rows: int
    summary: str


@contextmanager
def lock(settings: Settings, *, to_restore: bool = False) -> Iterator[None]:
    """Hold the one lock of a home; it frees itself when its holder dies.

    Parameters
    ----------
    to_restore : bool
        The holder goes on with a restore that was cut short, which nobody else may.

    Raises
    ------
    Busy
        When another process holds it (exit code 75).
    UserError
        When the home cannot be written, is of a later release, or restored only in part.
    """
    path = settings.state / "run.lock"
    try:
        settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        # The lock file is no database: DuckDB's own lock is lost when its file is opened and
        # closed by the same process, and a second writer then erases the first one's work.
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise explained(error, settings) or error from error
    with file, ExitStack() as held:
        _hold(file.fileno(), file)
        held.callback(_forget_holder, file)
        # Whoever deletes the lock file must not let a second run in: the home itself is held too.
        home = os.open(settings.home, os.O_RDONLY)
        held.callback(os.close, home)
        _hold(home, file)
        try:
            file.truncate(0)
            file.write(
                f"pid {os.getpid()} on {socket.gethostname()} since {_now():%Y-%m-%d %H:%M}Z"
            )
            file.flush()
        except OSError as error:
            raise explained(error, settings) or error from error
        refuse_unready(settings, to_restore=to_restore)
        yield


def _hold(descriptor: int, lock_file: TextIO) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock_file.seek(0)
        holder = lock_file.read().strip() or "another process"
        raise Busy(
            f"another run holds {lock_file.name} ({holder}); wait for it to end, then try again"
        ) from None
    except OSError as error:
        # Some network disks lock no folders; there the lock file alone must do.
        if error.errno not in (errno.EBADF, errno.EINVAL, errno.ENOTSUP, errno.ENOLCK):
            raise


def _forget_holder(file: TextIO) -> None:
    with suppress(OSError):  # a disk that is full or gone
        file.truncate(0)


class Run:
    """One run under the lock: executes steps and writes what became of each."""

    def __init__(self, settings: Settings, command: str, progress: Progress) -> None:
        """Name the run; nothing is written before `open`."""
        self.settings = settings
        self.command = command
        self.run_id = f"{_now():%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:6]}"
        self.started_at = _now()
        self._sequence = 0
        self.log = RunLog(settings, self.run_id, command)
        self.progress = LoggedProgress(progress, self.log)

    def open(self) -> None:
        """Clear what a killed run left behind, bring the home up to date, record that this runs."""
        shutil.rmtree(self.settings.temp, ignore_errors=True)
        for line in upgraded(self.settings):
            self.progress.note(line)
        with writing(self.settings) as connection:
            create_tables(connection)
            self._sequence = next_sequence(connection)
            latest = latest_moment(connection)
            for ledger in ("run_ledger", "step_ledger"):
                connection.execute(
                    f"update ops.{ledger} set status = 'killed', ended_at = ? "
                    "where status = 'running'",
                    [_now()],
                )
        if latest is not None and latest - self.started_at > _CLOCK_TOLERANCE:
            self.progress.note(
                f"The clock stands at {self.started_at:%Y-%m-%d %H:%M}Z, before what this home "
                f"last wrote ({latest:%Y-%m-%d %H:%M}Z): mend it. Order, ids and what is skipped "
                "do not depend on it."
            )
        self._record("running", None)
        self.log.tell("run started")

    def close(self, status: str, message: str | None = None) -> None:
        """Record how the run ended, then tell of it: report, metrics, messages."""
        from cx.aftermath import settle  # it reads releases, whose module reads this one

        message = self.log.redactor.text(message) if message else message
        try:
            self._record(status, message, ended=True)
        finally:
            ending = {
                "run_id": self.run_id,
                "command": self.command,
                "status": status,
                "message": message,
                "started_at": self.started_at,
                "ended_at": _now(),
            }
            seconds = round((ending["ended_at"] - self.started_at).total_seconds(), 3)
            level = logging.INFO if status == "ok" else logging.ERROR
            self.log.tell(message or "run ended", level, status=status, seconds=seconds)
            settle(self.settings, self.log, ending)
            self.log.close()

    def step(
        self,
        name: str,
        digest: str | None,
        work: Callable[[], StepResult],
        *,
        again: bool = False,
        needs: int = 0,
    ) -> StepResult | None:
        """Do a step, unless the last thing recorded of it is success on the same inputs.

        The disk is asked for room first; time and memory are held to the settings' limits.

        Parameters
        ----------
        digest : str or None
            Digest of everything the step reads; None for a step that decides by itself.
        again : bool
            Do it even when the ledger says it is done: what it made is gone.
        needs : int
            Bytes of disk it is expected to write.

        Returns
        -------
        StepResult or None
            None when there was nothing to do.
        """
        if digest is not None and not again and self.is_done(name, digest):
            self.progress.skipped(name)
            return None
        started, clock = _now(), time.monotonic()
        watch = Watch(name, seconds=self.settings.step_seconds, memory=step_memory(self.settings))
        self._record_step(name, digest, "running", None, started, 0.0)
        self.progress.started(name)
        try:
            require_disk(self.settings, name, needs)
            with watch:
                result = work()
        except BaseException as error:
            seconds = time.monotonic() - clock
            self.progress.failed(name, seconds)
            # The failure itself matters more than failing to write it down (a full disk, say).
            try:
                status = "failed" if isinstance(error, Exception) else "killed"
                self._record_step(
                    name,
                    digest,
                    status,
                    None,
                    started,
                    seconds,
                    self.log.redactor.text(str(error)),
                    watch.peak_bytes,
                )
            except Exception as second:
                error.add_note(f"and the failure could not be recorded: {second}")
            raise
        seconds = time.monotonic() - clock
        self._record_step(
            name, digest, "ok", result.rows, started, seconds, result.summary, watch.peak_bytes
        )
        self.progress.done(name, result.rows, seconds, result.summary)
        return result

    def is_done(self, name: str, digest: str) -> bool:
        """Say whether the latest record of a step is success on these inputs."""
        return self._latest(name) == ("ok", digest)

    def has_failed(self, name: str) -> bool:
        """Say whether a step is recorded and its latest record is no success, on any inputs."""
        latest = self._latest(name)
        return latest is not None and latest[0] != "ok"

    def _latest(self, name: str) -> tuple[str, str | None] | None:
        with reading(self.settings) as connection:
            return connection.execute(
                "select status, input_digest from ops.step_ledger where step = ? "
                "order by sequence desc nulls last, started_at desc limit 1",
                [name],
            ).fetchone()

    def _record(self, status: str, message: str | None, *, ended: bool = False) -> None:
        with writing(self.settings) as connection:
            record_run(
                connection,
                run_id=self.run_id,
                command=self.command,
                pid=os.getpid(),
                host=socket.gethostname(),
                status=status,
                started_at=self.started_at,
                ended_at=_now() if ended else None,
                message=message,
                sequence=self._sequence,
            )

    def _record_step(
        self,
        name: str,
        digest: str | None,
        status: str,
        rows: int | None,
        started: datetime,
        seconds: float,
        summary: str | None = None,
        peak_bytes: int | None = None,
    ) -> None:
        with connected(self.settings) as connection:
            connection.begin()
            sequence = next_sequence(connection)
            connection.execute(
                "delete from ops.step_ledger where run_id = ? and step = ?", [self.run_id, name]
            )
            record_step(
                connection,
                run_id=self.run_id,
                step=name,
                input_digest=digest,
                status=status,
                row_count=rows,
                seconds=round(seconds, 3),
                started_at=started,
                ended_at=None if status == "running" else _now(),
                summary=summary,
                sequence=sequence,
                code_version=running_code(),
                peak_memory_bytes=peak_bytes,
            )
            connection.commit()


def die_with_parent() -> None:
    """Ask the kernel (Linux) to end this child when its parent is killed.

    Otherwise a dbt left behind would go on writing, and hold the file against the next run.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1 is PR_SET_PDEATHSIG


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
