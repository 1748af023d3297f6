"""Logs of a run: one JSON object a line for programs, plain lines for people."""

from __future__ import annotations

import json
import logging
import os
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from cx.progress import Progress
from cx.redaction import Redactor, redactor
from cx.settings import Settings

# What of a home's logs and reports is forgotten after its time.
_FORGOTTEN = (("logs", "*.jsonl"), ("logs", "*.log*"), ("reports", "*.html"))


class RunLog:
    """Writes ``logs/<run>.jsonl`` and ``logs/<run>.log``; every text goes through the redactor.

    A line of the first holds time, level, run, command, message, and step, rows, seconds … where
    there are any. A log that cannot be written never fails the run: the disk that is full will.
    """

    def __init__(self, settings: Settings, run_id: str, command: str) -> None:
        """Name the files; they are opened at the first line."""
        self.path = settings.logs / f"{run_id}.jsonl"
        self.redactor = redactor(settings)
        # Made here and not asked of the registry: two runs in one process never share handlers.
        self._logger = logging.Logger(f"cx.run.{run_id}", logging.INFO)
        self._context = {"run": run_id, "command": command}
        with suppress(OSError):
            settings.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path, formatter in (
            (self.path, _JsonLines()),
            (self.path.with_suffix(".log"), _PlainLines()),
        ):
            handler = _QuietFile(path)
            handler.setFormatter(formatter)
            handler.addFilter(_Redacting(self.redactor))
            self._logger.addHandler(handler)

    def tell(self, message: str, level: int = logging.INFO, **fields: object) -> None:
        """Write one line; fields without a value are left out."""
        given = {name: value for name, value in fields.items() if value is not None}
        self._logger.log(level, message, extra={"fields": self._context | given})

    def close(self) -> None:
        """Close both files."""
        for handler in self._logger.handlers:
            handler.close()


class LoggedProgress(Progress):
    """Shows progress as before, and writes to the run's log what happens."""

    def __init__(self, shown: Progress, log: RunLog) -> None:
        """Show on the same console, write to this log."""
        super().__init__(shown.console)
        self.log = log

    def started(self, step: str) -> None:
        """Say that a step begins."""
        self.log.tell("started", step=step)
        super().started(step)

    def done(self, step: str, rows: int, seconds: float, summary: str) -> None:
        """Say what a finished step did."""
        self.log.tell(summary, step=step, rows=rows, seconds=round(seconds, 3))
        super().done(step, rows, seconds, summary)

    def skipped(self, step: str) -> None:
        """Say that a step had nothing new."""
        self.log.tell("nothing new", step=step)
        super().skipped(step)

    def failed(self, step: str, seconds: float) -> None:
        """Say that a step did not succeed."""
        self.log.tell("failed", logging.ERROR, step=step, seconds=round(seconds, 3))
        super().failed(step, seconds)

    def note(self, text: str) -> None:
        """Say one more line."""
        level = logging.WARNING if text.strip().startswith("refused") else logging.INFO
        self.log.tell(text.strip(), level)
        super().note(self.log.redactor.text(text))


def forget_old(settings: Settings, now: datetime, days: int) -> int:
    """Delete logs and reports older than so many days (`now` is naive UTC); return how many."""
    oldest = now.replace(tzinfo=UTC).timestamp() - 86400 * days
    count = 0
    for folder, pattern in _FORGOTTEN:
        for path in (settings.home / folder).glob(pattern):
            with suppress(OSError):
                if path.stat().st_mtime < oldest:
                    path.unlink()
                    count += 1
    return count


class _QuietFile(logging.FileHandler):
    """A file of its owner only, opened late, whose failures stay its own."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, encoding="utf-8", delay=True)

    def _open(self) -> object:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8")

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing: the run goes on, and what fills the disk fails it by itself."""


class _Redacting(logging.Filter):
    def __init__(self, masks: Redactor) -> None:
        super().__init__()
        self._masks = masks

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self._masks.text(record.getMessage()), ()
        record.fields = {
            name: self._masks.text(value) if isinstance(value, str) and name != "run" else value
            for name, value in record.fields.items()
        }
        return True


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        head = {"time": moment, "level": record.levelname.lower()}
        line = head | record.fields | {"message": record.msg}
        return json.dumps(line, ensure_ascii=False, default=str)


class _PlainLines(logging.Formatter):
    converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        fields = record.fields
        moment = self.formatTime(record, "%Y-%m-%d %H:%M:%SZ")
        amounts = "".join(
            f"{fields[name]:,}{unit}, "
            for name, unit in (("rows", " rows"), ("seconds", " s"))
            if name in fields
        )
        step = f"{fields['step']}: " if "step" in fields else ""
        return f"{moment} {record.levelname:<7} {step}{amounts}{record.msg}"
