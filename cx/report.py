"""The report of a run: one HTML file that needs nothing else, for the morning after."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from cx.feeds import lateness
from cx.files import write_whole
from cx.night import NOTABLE_CHANGE, Night
from cx.redaction import redactor
from cx.settings import Settings
from cx.verdict import verdict

_WORDS = {"good": "All well", "look": "Worth a look", "bad": "Needs you"}


def write_report(settings: Settings, night: Night) -> Path:
    """Write ``reports/<run>.html`` and return its path.

    Every text goes through the redactor, and jinja escapes it: a reason or a file's name may hold
    anything.
    """
    mask = redactor(settings).text
    environment = Environment(
        loader=PackageLoader("cx", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: mask(value) if type(value) is str else value,
    )
    environment.filters |= {
        "number": _number,
        "size": _size,
        "span": _span,
        "moment": _moment,
        "value": _value,
    }
    tone, sentence = verdict(night)
    text = environment.get_template("report.html.j2").render(
        night=night,
        run=night.run or {"run_id": "unknown", "command": "", "status": "", "started_at": None},
        tone=tone,
        word=_WORDS[tone],
        sentence=sentence,
        seconds=_seconds(night),
        longest=max((step["seconds"] or 0 for step in night.steps), default=0) or 1,
        peak=peak_memory,
        lateness=lambda feed: lateness(feed, night.now),
        moved=_moved(night),
        came={f"{row['source_system']}.{row['feed']}": row for row in night.arrived},
        home=str(settings.home),
    )
    path = settings.reports / f"{night.run['run_id'] if night.run else 'unknown'}.html"
    write_whole(path, text)
    return path


def peak_memory(step: dict[str, object]) -> int | None:
    """Return a step's peak memory in bytes, where its ledger row has one."""
    return step.get("peak_memory_bytes")


def _seconds(night: Night) -> float | None:
    if not night.run:
        return None
    return ((night.run["ended_at"] or night.now) - night.run["started_at"]).total_seconds()


def _moved(night: Night) -> list[dict[str, object]]:
    """Return the tables whose rows changed notably since the release before, most first."""
    changes = [
        table | {"change": table["rows"] / table["rows_before"] - 1}
        for table in night.tables
        if table["rows_before"]
    ]
    notable = [table for table in changes if abs(table["change"]) > NOTABLE_CHANGE]
    return sorted(notable, key=lambda table: -abs(table["change"]))[:20]


def _number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _size(value: int | None) -> str:
    if value is None:
        return "–"
    for unit, factor in (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024)):
        if value >= factor:
            return f"{value / factor:,.1f} {unit}"
    return f"{value:,} B"


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {rest} s"


def _moment(value: datetime | None) -> str:
    return "–" if value is None else f"{value:%Y-%m-%d %H:%M}"


def _value(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
