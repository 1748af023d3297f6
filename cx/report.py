"""The report of a run: one HTML file that needs nothing else, for the morning after."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from cx.feeds import lateness
from cx.files import write_whole
from cx.night import NOTABLE_CHANGE, Night
from cx.redaction import redactor
from cx.report_words import sayer
from cx.settings import Settings
from cx.verdict import verdict

log = logging.getLogger("cx")
_WORDS = {"good": "All well", "look": "Worth a look", "bad": "Needs you"}
NOTES_SECONDS = 60.0


def write_report(settings: Settings, night: Night, language: str = "en") -> Path:
    """Write ``reports/<run>.html``, in Russian ``reports/<run>_ru.html``, and return its path.

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
    say = sayer(language)
    tone, sentence = verdict(night, say)
    known = _in_russian(settings, night) if language == "ru" else {}
    text = environment.get_template("report.html.j2").render(
        night=night,
        run=night.run or {"run_id": "unknown", "command": "", "status": "", "started_at": None},
        tone=tone,
        word=_WORDS[tone],
        sentence=sentence,
        seconds=_seconds(night),
        longest=max((step["seconds"] or 0 for step in night.steps), default=0) or 1,
        peak=peak_memory,
        lateness=lambda feed: lateness(feed, night.now, say),
        language=language,
        _=say,
        note=lambda text: known.get(str(text), text),
        moved=_moved(night),
        came={f"{row['source_system']}.{row['feed']}": row for row in night.arrived},
        home=str(settings.home),
    )
    name = f"{night.run['run_id'] if night.run else 'unknown'}"
    path = settings.reports / f"{name}{'' if language == 'en' else f'_{language}'}.html"
    write_whole(path, text)
    return path


def _in_russian(settings: Settings, night: Night) -> dict[str, str]:
    """Return what the batch noted in English in Russian, as the app tells it; else it stays.

    The app's words are the app's own: it is asked in a process of its own, as for a brief.
    """
    noted = [
        *(step["summary"] for step in night.steps),
        *(row["reason"] for row in (*night.refused, *night.quarantine)),
        *(check[name] for check in night.said_no for name in ("expectation", "observed")),
    ]
    texts = sorted({str(text) for text in noted if text})
    try:
        outcome = subprocess.run(
            [sys.executable, "-m", "app.notes"],
            input=json.dumps(texts),
            capture_output=True,
            text=True,
            timeout=NOTES_SECONDS,
            check=True,
            cwd=settings.repo,
            env=os.environ | {"PYTHONPATH": str(settings.repo)},
        )
        return dict(zip(texts, json.loads(outcome.stdout), strict=True))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        log.warning("notes of the report stay English: %s", type(error).__name__)
        return {}


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
