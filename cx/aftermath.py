"""What follows a run, or a look between runs: report, metrics, messages, forgetting old logs.

None of it may fail the run: what goes wrong here is one line of the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from cx.at_stake import record_at_stake
from cx.briefs import write_briefs
from cx.errors import CxError
from cx.logs import RunLog, forget_old
from cx.night import Night, night_from_outside, night_of
from cx.notify import Message, tell
from cx.prometheus import write_metrics
from cx.report import write_report
from cx.retention import retention
from cx.settings import Settings


def settle(settings: Settings, log: RunLog, ending: dict[str, object]) -> None:
    """Write a run's report and metrics, tell the app and who wants to know, forget what is old.

    Parameters
    ----------
    ending : dict
        The run as it ended: what the ledger should say, and cannot where the disk is full.
    """

    def note(line: str) -> None:
        log.tell(line, logging.WARNING)

    def attempt(what: str, work: Callable[[], object]) -> object:
        try:
            return work()
        except Exception as error:
            said = str(error) if isinstance(error, CxError) else f"{type(error).__name__}: {error}"
            note(f"{what}: {said}")
            return None

    now = datetime.now(UTC).replace(tzinfo=None)
    night = attempt(
        "what became of the run could not be read",
        lambda: night_of(settings, now, str(ending["run_id"])),
    )
    if night is not None:
        night = replace(night, run=(night.run or {}) | ending)
        attempt("no report", lambda: write_report(settings, night))
        attempt("no metrics", lambda: write_metrics(settings, night))
        attempt("the app is not told", lambda: record_at_stake(settings, night))
        if night.has_published:
            attempt("no briefs", lambda: write_briefs(settings))
        attempt("nobody was told", lambda: tell(settings, night, note))
    attempt("old logs stay", lambda: forget_old(settings, now, retention().log_days))


def look(
    settings: Settings, now: datetime, report: Callable[[str], None]
) -> tuple[Night, list[tuple[str, Message]]]:
    """Look at feeds and at the last run, never in the way of one; tell what has changed.

    Parameters
    ----------
    now : datetime
        Naive UTC.
    report : callable
        Takes one line about what could not be written or sent.
    """
    night = night_from_outside(settings, now)
    try:
        write_metrics(settings, night)
    except OSError as error:
        report(f"no metrics: {error}")
    return night, tell(settings, night, report)
