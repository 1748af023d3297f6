"""Ask Great Expectations about tables of the warehouse and write down what it said."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from cx.endangered import endangered_by
from cx.errors import CheckFailed, CxError
from cx.ledger import Verdict, replace_verdicts
from cx.runs import StepResult, die_with_parent
from cx.settings import Settings
from cx.waivers import waivers_in_force
from cx.warehouse import reading, writing
from expectations.docs import write_docs
from expectations.questions import Question

_NAMED = 12


@dataclass(frozen=True)
class Answered:
    """A question with its answer.

    Parameters
    ----------
    entities : tuple of str
        Intake entities behind a question that is not about one table: what they feed is
        endangered.
    """

    question: Question
    is_success: bool
    observed: str | None
    entities: tuple[str, ...] = ()


def ask(
    settings: Settings,
    run_id: str,
    door: str,
    questions: list[Question],
    answered: list[Answered] | None = None,
) -> StepResult:
    """Ask every question, record the verdicts in ops.dq_result, and stop the run on a hard no.

    Parameters
    ----------
    answered : list of Answered, optional
        Verdicts already found without Great Expectations: drift and due times.

    Raises
    ------
    CheckFailed
        When an expectation of severity ``stop`` does not hold and nobody has waived it.
    """
    found = _answers(settings, door, questions) + (answered or [])
    verdicts = _verdicts(settings, run_id, door, found)
    with writing(settings) as connection:
        replace_verdicts(connection, door, verdicts)
    write_docs(settings)
    failed = [verdict for verdict in verdicts if not verdict.is_success and not verdict.is_waived]
    waived = sum(verdict.is_waived for verdict in verdicts)
    stops = [verdict for verdict in failed if verdict.severity == "stop"]
    if stops:
        first = stops[0]
        raise CheckFailed(
            f"{door}: {len(stops)} of {len(verdicts)} expectations say no, first: {first.suite}: "
            f"{first.expectation} ({first.observed}){_endangers(stops)}; "
            f"all in {settings.reports / 'data_docs' / 'index.html'}; "
            "the last release is still served"
        )
    warned = "; ".join(f"{each.suite}: {each.expectation}" for each in failed[:3])
    return StepResult(
        len(verdicts),
        f"{len(verdicts) - len(failed) - waived} expectations hold"
        + (f", {len(failed)} warn ({warned}){_doubted(failed)}" if failed else "")
        + (f", {waived} waived" if waived else ""),
    )


def _at_stake(failed: list[Verdict]) -> list[str]:
    return list(
        dict.fromkeys(each for verdict in failed for each in (*verdict.answers, *verdict.endangers))
    )


def _doubted(warned: list[Verdict]) -> str:
    """Say how much stands on what only warns: it is shown, so that nobody need be alarmed."""
    named = _at_stake(warned)
    pages = sum(each.startswith("page ") for each in named)
    told = f"; shown, with that doubt: {pages} pages, {len(named) - pages} answers and metrics"
    return told if named else ""


def _endangers(failed: list[Verdict]) -> str:
    named = _at_stake(failed)
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return f"; endangers {', '.join(named[:_NAMED])}{more}" if named else ""


def _answers(settings: Settings, door: str, questions: list[Question]) -> list[Answered]:
    """Let a child process ask: SQLAlchemy keeps the file open until its process ends."""
    order = {
        "home": str(settings.home),
        "warehouse_name": settings.warehouse_name,
        "memory_limit": settings.memory_limit,
        "threads": settings.threads,
        "questions": [asdict(question) for question in questions],
    }
    child = asking_child(settings, json.dumps(order))
    if child.returncode != 0:
        lines = [line for line in child.stderr.splitlines() if "nanobind" not in line]
        raise CxError(f"{door}: the questions could not be asked: {' '.join(lines)[-400:]}")
    return [
        Answered(
            question if is_stop is None else replace(question, severity=_severity(is_stop)),
            is_success,
            observed,
        )
        for question, (is_success, observed, is_stop) in zip(
            questions, json.loads(child.stdout.splitlines()[-1]), strict=True
        )
    ]


def asking_child(settings: Settings, order: str) -> subprocess.CompletedProcess[str]:
    """Run `expectations.ask` with this order on its stdin."""
    return subprocess.run(
        [sys.executable, "-m", "expectations.ask"],
        input=order,
        capture_output=True,
        text=True,
        check=False,
        cwd=settings.repo,
        preexec_fn=die_with_parent,
    )


def _severity(is_stop: bool) -> str:
    return "stop" if is_stop else "warn"


def _verdicts(settings: Settings, run_id: str, door: str, found: list[Answered]) -> list[Verdict]:
    """Add to each answer what a failure endangers and whether somebody has waived it."""
    with reading(settings) as connection:
        waivers = waivers_in_force(connection, datetime.now(UTC).date())
    tables = {id(each): _tables(each) for each in found if not each.is_success}
    at_stake = endangered_by(settings, [name for names in tables.values() for name in names])
    checked_at = datetime.now(UTC).replace(tzinfo=None)
    return [
        Verdict(
            run_id=run_id,
            door=door,
            suite=each.question.table,
            expectation=each.question.says,
            severity=each.question.severity,
            is_success=each.is_success,
            observed=each.observed,
            answers=list(each.question.answers),
            checked_at=checked_at,
            endangers=list(
                dict.fromkeys(
                    thing for table in tables.get(id(each), ()) for thing in at_stake[table].named()
                )
            ),
            is_waived=not each.is_success
            and each.question.can_be_waived
            and any(
                waiver.suite == each.question.table
                and each.question.says.startswith(waiver.expectation)
                for waiver in waivers
            ),
            looks_back=each.question.looks_back,
        )
        for each in found
    ]


def _tables(answered: Answered) -> list[str]:
    if answered.entities:
        return [f"raw.{entity}" for entity in answered.entities]
    return [answered.question.table]
