"""What a person sees while a run works: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

from rich.console import Console
from rich.status import Status


class Progress:
    """Tells of steps as they start, go on and end."""

    def __init__(self, console: Console) -> None:
        """Tell it to this console."""
        self.console = console
        self._live: Status | None = None
        self._step = ""
        self._told = -1

    def started(self, step: str) -> None:
        """Say that a step begins."""
        self._step, self._told = step, -1
        if self.console.is_terminal:
            self._live = self.console.status(f"{step} …")
            self._live.start()

    def update(self, done: int, total: int, what: str) -> None:
        """Say how far the step is; elsewhere than on a terminal at every tenth only."""
        if self._live:
            self._live.update(f"{self._step} … {done}/{total} {what}")
            return
        tenth = 10 * done // max(total, 1)
        if tenth > self._told:
            self._told = tenth
            self._line(f"  {self._step}: {done} of {total}")

    def done(self, step: str, rows: int, seconds: float, summary: str) -> None:
        """Say what a finished step did."""
        self._stop()
        self._line(f"{step:<16} {rows:>12,} rows {seconds:>8.1f} s  {summary}")

    def skipped(self, step: str) -> None:
        """Say that a step had nothing new."""
        self._line(f"{step:<16} nothing new")

    def failed(self, step: str, seconds: float) -> None:
        """Say that a step did not succeed."""
        self._stop()
        self._line(f"{step:<16} failed after {seconds:.1f} s")

    def note(self, text: str) -> None:
        """Say one more line."""
        self._line(text)

    def _stop(self) -> None:
        if self._live:
            self._live.stop()
            self._live = None

    def _line(self, text: str) -> None:
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)
