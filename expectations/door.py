"""Ask Great Expectations about tables of the warehouse and write down what it said."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from cx.errors import CheckFailed, CxError
from cx.ledger import Verdict, replace_verdicts
from cx.runs import StepResult, die_with_parent
from cx.settings import Settings
from cx.warehouse import writing


@dataclass(frozen=True)
class Question:
    """One expectation about one table.

    Parameters
    ----------
    table : str
        ``schema.table``.
    kind : str
        Name of a Great Expectations class, such as ``ExpectColumnValuesToNotBeNull``.
    arguments : dict
        What the class takes.
    severity : str
        ``stop`` holds the run, ``warn`` is told and kept.
    answers : tuple of str
        The answers a failure endangers.
    says : str
        The expectation in plain words.
    """

    table: str
    kind: str
    arguments: dict
    says: str
    severity: str = "stop"
    answers: tuple[str, ...] = ()


def ask(settings: Settings, run_id: str, door: str, questions: list[Question]) -> StepResult:
    """Ask every question, record the verdicts in ops.dq_result, and stop the run on a hard no.

    Raises
    ------
    CheckFailed
        When an expectation of severity ``stop`` does not hold.
    """
    verdicts = _verdicts(settings, run_id, door, questions)
    with writing(settings) as connection:
        replace_verdicts(connection, door, verdicts)
    failed = [verdict for verdict in verdicts if not verdict.is_success]
    stops = [verdict for verdict in failed if verdict.severity == "stop"]
    if stops:
        first = stops[0]
        endangered = f"; endangers {', '.join(first.answers)}" if first.answers else ""
        raise CheckFailed(
            f"{door}: {len(stops)} of {len(verdicts)} expectations say no, first: {first.suite}: "
            f"{first.expectation} ({first.observed}){endangered}; the last release is still served"
        )
    warned = "; ".join(f"{each.suite}: {each.expectation}" for each in failed[:3])
    return StepResult(
        len(verdicts),
        f"{len(verdicts) - len(failed)} expectations hold"
        + (f", {len(failed)} warn ({warned})" if failed else ""),
    )


def _verdicts(
    settings: Settings, run_id: str, door: str, questions: list[Question]
) -> list[Verdict]:
    """Let a child process ask: SQLAlchemy keeps the file open until its process ends."""
    order = {
        "home": str(settings.home),
        "warehouse_name": settings.warehouse_name,
        "memory_limit": settings.memory_limit,
        "threads": settings.threads,
        "questions": [asdict(question) for question in questions],
    }
    child = subprocess.run(
        [sys.executable, "-m", "expectations.ask"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=False,
        cwd=settings.repo,
        preexec_fn=die_with_parent,
    )
    if child.returncode != 0:
        lines = [line for line in child.stderr.splitlines() if "nanobind" not in line]
        raise CxError(f"{door}: the questions could not be asked: {' '.join(lines)[-400:]}")
    checked_at = datetime.now(UTC).replace(tzinfo=None)
    return [
        Verdict(
            run_id=run_id,
            door=door,
            suite=question.table,
            expectation=question.says,
            severity=question.severity,
            is_success=is_success,
            observed=observed,
            answers=list(question.answers),
            checked_at=checked_at,
        )
        for question, (is_success, observed) in zip(
            questions, json.loads(child.stdout.splitlines()[-1]), strict=True
        )
    ]
