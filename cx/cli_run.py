"""What every command that works needs: the lock, the record of its run, one line for a fault."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from rich.console import Console

from cx.errors import CxError, Unexpected
from cx.faults import explained
from cx.headlines import headlines
from cx.progress import Progress
from cx.redaction import redactor
from cx.release import current
from cx.runs import Run, lock
from cx.settings import REPO, Settings
from cx.yielding import step_aside


def with_details(error: Exception, settings: Settings) -> str:
    """Write the traceback to the home's logs and return one line that says where."""
    mask = redactor(settings).text
    text = mask(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
    path = settings.logs / f"error-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(mask("".join(traceback.format_exception(error))), encoding="utf-8")
    except OSError:
        return text
    return f"{text}; details in {path}"


def progress() -> Progress:
    """Return what shows each step on the terminal."""
    return Progress(Console())


def under_lock(settings: Settings, command: str, work: Callable[[Run], None]) -> None:
    """Do the work of a command as a run of its own, while no other run works."""
    step_aside(settings.threads)
    with lock(settings):
        recorded(settings, command, work)


def recorded(settings: Settings, command: str, work: Callable[[Run], None]) -> None:
    """Do the work of a run whose lock is held, and record how it ended."""
    run_ = Run(settings, command, progress())
    try:
        try:
            run_.open()
            work(run_)
        except BaseException as error:
            with suppress(Exception):  # the disk that failed the run fails its record too
                run_.close("failed" if isinstance(error, Exception) else "killed", str(error))
            raise
        run_.close("ok")
    except Exception as error:
        if isinstance(error, CxError):
            raise
        raise explained(error, settings) or Unexpected(with_details(error, settings)) from error


def tell_where(settings: Settings) -> None:
    """Print the headlines of the release that is served now, and how to open the app on it."""
    release = current(settings.releases)
    print()
    for line in headlines(settings):
        print(line)
    print()
    print(f"Release: {settings.releases / release.file} (data to {release.as_of})")
    own = "" if settings.home == REPO / "var" else f" --home {settings.home}"
    print(f"Open the app: cx{own} app" + ("  (or `make app`)" if not own else ""))
