"""The first door: is what came in fit to build on? Suites are generated from the intake."""

from __future__ import annotations

import yaml

from cx.runs import StepResult
from cx.settings import Settings
from cx.warehouse import reading
from expectations.door import Question, ask

# Above this share of quarantined rows an analyst should look, below it the night goes on.
WARN_QUARANTINED_SHARE = 0.05


def check(settings: Settings, run_id: str) -> StepResult:
    """Ask about every intake entity that holds rows, and about the files they came in."""
    intake = yaml.safe_load((settings.repo / "ingest/contracts/intake.yml").read_text("utf-8"))
    with reading(settings) as connection:
        filled = {
            entity
            for (entity,) in connection.execute(
                "select distinct entity from raw.column_fill where row_count > 0"
            ).fetchall()
        }
    questions = _about_files()
    for entity, body in intake["entities"].items():
        if entity in filled:
            questions += _about_entity(entity, body)
    return ask(settings, run_id, "arrivals", questions)


def _about_files() -> list[Question]:
    table = "ops.file_ledger"
    return [
        Question(
            table,
            "ExpectTableRowCountToBeBetween",
            {"min_value": 1},
            "at least one file has arrived",
        ),
        Question(
            table,
            "UnexpectedRowsExpectation",
            {"unexpected_rows_query": "select * from {batch} where state = 'rejected'"},
            "no delivered file was refused (see `cx status`; mend the file or its contract)",
        ),
        Question(
            table,
            "UnexpectedRowsExpectation",
            {
                "unexpected_rows_query": "select * from {batch} where state = 'loaded' "
                "and rows_read <> rows_loaded + rows_quarantined + rows_dropped"
            },
            "every row read was loaded, quarantined or dropped by rule",
        ),
        Question(
            table,
            "UnexpectedRowsExpectation",
            {
                "unexpected_rows_query": "select * from {batch} where state = 'loaded' "
                f"and rows_quarantined > {WARN_QUARANTINED_SHARE} * rows_read"
            },
            f"no file has more than {WARN_QUARANTINED_SHARE:.0%} of its rows in quarantine",
            severity="warn",
        ),
    ]


def _about_entity(entity: str, body: dict) -> list[Question]:
    table = f"raw.{entity}"
    questions = []
    for name, column in body["columns"].items():
        answers = tuple(column.get("answers", ()))
        if column.get("required"):
            questions.append(
                Question(
                    table,
                    "ExpectColumnValuesToNotBeNull",
                    {"column": name},
                    f"{name} is always there",
                    answers=answers,
                )
            )
        if column.get("values"):
            questions.append(
                Question(
                    table,
                    "ExpectColumnValuesToBeInSet",
                    {"column": name, "value_set": column["values"]},
                    f"{name} holds only codes of its vocabulary",
                    answers=answers,
                )
            )
    questions += [
        Question(
            table,
            "ExpectColumnValuesToNotBeNull",
            {"column": lineage},
            f"{lineage} is always there: each row can be traced to its file and line",
        )
        for lineage in ("file_id", "row_number", "known_at")
    ]
    return questions
