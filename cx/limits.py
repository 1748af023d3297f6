"""What a step may take: memory is measured and held to a limit, time too, disk is asked before."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType, TracebackType

from cx.errors import EXIT_CHECK_SAID_NO, StepStopped, UserError
from cx.settings import Settings
from cx.warehouse import interrupt_queries

_LOOK_SECONDS = 0.2
# A library that does not listen (a long loop in C) is given this long, then the process ends.
_GRACE_SECONDS = 30.0
_GIB = 1024**3


class Watch:
    """Looks at one step while it works: its peak memory, and whether it goes beyond its limits.

    Memory is that of this process and of all its children (dbt). A step that goes beyond a limit
    gets a signal, which ends a wait for a child or a loop of Python, and its queries are
    interrupted; what was begun is rolled back as after any other error. Only the main thread can
    be stopped so; in another one a step is only measured.

    Parameters
    ----------
    seconds : float
        The step is stopped after this long.
    memory : int
        The step is stopped when it holds more than so many bytes.
    """

    def __init__(
        self, step: str, *, seconds: float, memory: int, grace: float = _GRACE_SECONDS
    ) -> None:
        """Watch a step of this name; nothing happens before `with`."""
        self.step, self.seconds, self.memory, self.grace = step, seconds, memory, grace
        self.peak_bytes: int | None = None
        self.reason: str | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name=f"watch {step}", daemon=True)
        self._before: object = None
        self._can_stop = threading.current_thread() is threading.main_thread()

    def __enter__(self) -> Watch:
        """Begin to look."""
        with suppress(OSError):  # resets the kernel's high-water mark of this process (Linux)
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        if self._can_stop:
            self._before = signal.signal(signal.SIGUSR1, self._stop)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop looking; an error that the stop itself caused becomes one line."""
        self._over.set()
        self._thread.join()
        if self._can_stop:
            signal.signal(signal.SIGUSR1, self._before)
        self._measure()
        if self.reason is not None and error is not None:
            raise StepStopped(self.reason) from error

    def _look(self) -> None:
        started = time.monotonic()
        told_at = None
        while not self._over.wait(_LOOK_SECONDS):
            used = self._measure()
            spent = time.monotonic() - started
            if told_at is None:
                if spent > self.seconds:
                    self.reason = (
                        f"{self.step} was stopped after {spent / 60:.3g} minutes, the most a step "
                        "may take; nothing of it was kept; see why it is slow, or raise "
                        "CX_STEP_MINUTES, and give the same command again"
                    )
                elif used > self.memory:
                    self.reason = (
                        f"{self.step} was stopped when it held {used / _GIB:.2f} GiB, more than "
                        f"the {self.memory / _GIB:.2f} GiB it may; nothing of it was kept; lower "
                        "CX_MEMORY_LIMIT, or raise CX_STEP_MEMORY, and give the same command again"
                    )
                if self.reason is not None and self._can_stop:
                    told_at = time.monotonic()
                    signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
                    interrupt_queries()
            elif time.monotonic() - told_at > self.grace:
                sys.stderr.write(f"cx: {self.reason}\n")
                sys.stderr.flush()
                os._exit(EXIT_CHECK_SAID_NO)  # children die with their parent

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self.reason is not None and not self._over.is_set():
            raise StepStopped(self.reason)

    def _measure(self) -> int:
        own, own_peak = _memory("self")
        children = [_memory(str(pid)) for pid in _descendants(os.getpid())]
        used = own + sum(now for now, _ in children)
        if used:
            highest = max(used, own_peak, own + max((peak for _, peak in children), default=0))
            self.peak_bytes = max(self.peak_bytes or 0, highest)
        return used


def step_memory(settings: Settings) -> int:
    """Return the bytes a step may hold: as set, else nine tenths of what this machine gives us."""
    if settings.step_memory:
        return settings.step_memory
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):
            machine = min(machine, int(Path(path).read_text(encoding="ascii")))
    return machine * 9 // 10


def require_disk(settings: Settings, what: str, needed: int, place: Path | None = None) -> None:
    """Refuse to begin what the disk has no room for.

    Parameters
    ----------
    needed : int
        Bytes that will be written, at a guess; the reserve comes on top.
    place : Path, optional
        Where they will be written. Default: the home.

    Raises
    ------
    UserError
        When too little is free.
    """
    place = place or settings.home
    free = shutil.disk_usage(place).free
    wanted = needed + settings.disk_reserve
    if free < wanted:
        raise UserError(
            f"{what} needs about {_said(wanted)} of disk and {place} has {_said(free)} free; free "
            "some (`cx release prune` drops old releases) and give the same command again: nothing "
            "is lost, the last release is still served"
        )


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of all files of a folder; 0 when it is not there."""
    if path.is_file():
        return path.stat().st_size
    return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())


def _said(count: int) -> str:
    return f"{count / _GIB:.1f} GiB" if count >= _GIB / 10 else f"{count / 1024**2:.1f} MiB"


def _memory(process: str) -> tuple[int, int]:
    """Return resident bytes of a process, now and at most; zeros when it is gone or not Linux."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0, 0
    found = dict(re.findall(r"^(VmRSS|VmHWM):\s+(\d+) kB", status, re.MULTILINE))
    return 1024 * int(found.get("VmRSS", 0)), 1024 * int(found.get("VmHWM", 0))


def _descendants(process: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{process}/task").iterdir():
            with suppress(OSError):
                children = (task / "children").read_text(encoding="ascii").split()
                for child in map(int, children):
                    found += [child, *_descendants(child)]
    return found
