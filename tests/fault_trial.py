"""Put a fault into a copy of a home and ask the door it should be seen at."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from cx.settings import Settings
from cx.warehouse import connected
from expectations import arrivals, drift, freshness, outputs
from expectations.ask import answers_to
from expectations.questions import Question
from tests.data_faults import Fault

NOW = datetime(2026, 11, 1)


def copy_of(home: Path, place: Path) -> Settings:
    """Copy what a door reads: the warehouse, dbt's manifest, the pointer to the release."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for name in ("warehouse.duckdb", "warehouse.duckdb.wal", "releases/current.json",
                 "dbt/manifest.json"):  # fmt: skip
        if (home / name).exists():
            (place / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(home / name, place / name)
    return Settings(home=place)


def held_by(settings: Settings, fault: Fault | None, door: str) -> tuple[list[str], list[str]]:
    """Return what stops the run and what only warns, after a fault (None: nothing is wrong).

    Questions about tables that a fault leaves alone are not asked again: each fault starts from
    the same clean copy, in which all of them hold.
    """
    if fault:
        with connected(settings) as connection:
            fault.put_into(connection)
    if door == "arrivals":
        asked = arrivals.questions(settings)
        answered = drift.verdicts(settings, "trial") + freshness.verdicts(settings, NOW)
    else:
        asked, answered = outputs.questions(settings), outputs.lost(settings)
    if fault:
        asked = [each for each in asked if _is_about(each, fault)]
    stops, warns = [], []
    found = answers_to(settings, [asdict(each) for each in asked]) if asked else []
    for question, (holds, _, is_stop) in zip(asked, found, strict=True):
        if not holds:
            severity = question.severity if is_stop is None else ("stop" if is_stop else "warn")
            (stops if severity == "stop" else warns).append(f"{question.table}: {question.says}")
    for each in answered:
        if not each.is_success:
            said = f"{each.question.table}: {each.question.says} ({each.observed})"
            (stops if each.question.severity == "stop" else warns).append(said)
    return stops, warns


def _is_about(question: Question, fault: Fault) -> bool:
    text = str(question.arguments)
    return any(
        table == question.table
        or table in text
        or f'"{table.replace(".", chr(34) + "." + chr(34))}"' in text
        for table in fault.tables
    )
