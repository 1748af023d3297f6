"""The first door: is what came in fit to build on? Suites are generated from the intake.

What the intake says of a column (required, its vocabulary) and what suites/arrivals.yml says of
columns by name become questions about every entity that holds rows. Drift and due times are asked
beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import yaml

from cx.runs import StepResult
from cx.settings import Settings
from cx.warehouse import reading
from expectations import drift, freshness
from expectations.door import ask
from expectations.questions import Question, never, nothing_in, suite

# Above this share of quarantined rows an analyst should look, below it the night goes on.
WARN_QUARANTINED_SHARE = 0.05
_MOMENTS = ("timestamp", "date")


def check(settings: Settings, run_id: str, now: datetime | None = None) -> StepResult:
    """Ask about every intake entity that holds rows, about their files, drift and due times.

    Parameters
    ----------
    now : datetime, optional
        Naive UTC, what due times are measured against; by default the clock.
    """
    now = now or datetime.now(UTC).replace(tzinfo=None)
    answered = freshness.verdicts(settings, now) + drift.verdicts(settings, run_id)
    result = ask(settings, run_id, "arrivals", questions(settings), answered)
    return replace(result, summary=result.summary + left_out(settings))


def left_out(settings: Settings) -> str:
    """Say how many rows of how many wait in quarantine, and of which feed the largest share."""
    with reading(settings) as connection:
        (feed, waiting, read, all_waiting, all_read), *_ = connection.execute(
            """
            select
                source_system || '.' || feed,
                sum(rows_quarantined),
                sum(rows_read),
                sum(sum(rows_quarantined)) over (),
                sum(sum(rows_read)) over ()
            from ops.file_ledger
            where state = 'loaded'
            group by source_system, feed
            order by sum(rows_quarantined) / nullif(sum(rows_read), 0) desc nulls last, 1
            limit 1
            """
        ).fetchall() or [("", 0, 0, 0, 0)]
    if not all_waiting:
        return ""
    return (
        f"; {all_waiting:,} of {all_read:,} rows are left out, the largest share of {feed}: "
        f"{waiting:,} of {read:,}, so counts of a feed are off by no more than its share"
    )


def questions(settings: Settings) -> list[Question]:
    """Return the questions to Great Expectations about what this home holds."""
    text = (settings.repo / "ingest/contracts/intake.yml").read_text("utf-8")
    intake = yaml.CSafeLoader(text).get_single_data()
    with reading(settings) as connection:
        filled = {
            entity
            for (entity,) in connection.execute(
                "select distinct entity from raw.column_fill where row_count > 0"
            ).fetchall()
        }
    rules = suite("arrivals")
    entities = {name: body for name, body in intake["entities"].items() if name in filled}
    asked = _about_files()
    for entity, body in entities.items():
        asked += _by_the_intake(entity, body)
        asked += _by_column_names(entity, body, rules)
        asked += _about_links(entity, entities, rules)
        asked += [
            never(
                f"raw.{entity}",
                rule.get("never", ""),
                rule["says"],
                wrong=rule.get("wrong"),
                warn=rule.get("warn", 0),
                stop=rule.get("stop"),
                answers=tuple(rule.get("answers", ())),
            )
            for rule in rules["rules"]
            if rule["table"] == entity
        ]
    return asked


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
            nothing_in("select file_name from {batch} where state = 'rejected'"),
            "no delivered file was refused (see `cx status`; mend the file or its contract)",
        ),
        Question(
            table,
            "UnexpectedRowsExpectation",
            nothing_in(
                "select file_name from {batch} where state = 'loaded' "
                "and rows_read <> rows_loaded + rows_quarantined + rows_dropped"
            ),
            "every row read was loaded, quarantined or dropped by rule",
        ),
        Question(
            table,
            "UnexpectedRowsExpectation",
            nothing_in(
                "select file_name from {batch} where state = 'loaded' "
                f"and rows_quarantined > {WARN_QUARANTINED_SHARE} * rows_read"
            ),
            f"no file has more than {WARN_QUARANTINED_SHARE:.0%} of its rows in quarantine",
            severity="warn",
        ),
    ]


def _by_the_intake(entity: str, body: dict) -> Iterator[Question]:
    table = f"raw.{entity}"
    for name, column in body["columns"].items():
        answers = tuple(column.get("answers", ()))
        if column.get("required"):
            yield Question(
                table,
                "ExpectColumnValuesToNotBeNull",
                {"column": name},
                f"{name} is always there",
                answers=answers,
            )
        if column.get("values"):
            yield Question(
                table,
                "ExpectColumnValuesToBeInSet",
                {"column": name, "value_set": column["values"]},
                f"{name} holds only codes of its vocabulary",
                answers=answers,
            )
    for lineage in ("file_id", "row_number", "known_at"):
        yield Question(
            table,
            "ExpectColumnValuesToNotBeNull",
            {"column": lineage},
            f"{lineage} is always there: each row can be traced to its file and line",
        )


def _by_column_names(entity: str, body: dict, rules: dict) -> Iterator[Question]:
    """Ask what holds for every column of a name or type, and for the key."""
    table, columns = f"raw.{entity}", body["columns"]
    moments = rules["plausible"]["moments"]
    for name, column in columns.items():
        if column["type"] in _MOMENTS:
            yield never(
                table,
                f"{name} not between timestamp '{moments['from']}' and timestamp '{moments['to']}'",
                f"{name} is a moment somebody can mean",
                **_levels(moments, column),
            )
        if column["type"] == "number":
            yield never(
                table, f"not isfinite({name})", f"{name} is a finite number", stop=0,
                answers=tuple(column.get("answers", ())),
            )  # fmt: skip
        if f"{entity}.{name}" in rules["past"]["columns"]:
            hours = rules["past"]["tolerance_hours"]
            yield never(
                table,
                f"{name} > known_at + interval {hours} hour",
                f"{name} is not told before it happened",
                **_levels(rules["past"], column),
            )
        if name in rules["plausible"]["not_below_zero"]["columns"]:
            yield never(
                table, f"{name} < 0", f"{name} is not below zero",
                **_levels(rules["plausible"]["not_below_zero"], column),
            )  # fmt: skip
        for bound in rules["plausible"]["between"]:
            if bound["column"] == name:
                yield never(
                    table,
                    f"{name} not between {bound['min']} and {bound['max']}",
                    f"{name} lies between {bound['min']} and {bound['max']}",
                    **_levels(bound, column),
                )
    minutes = rules["order"]["tolerance_minutes"]
    for begins, ends in rules["order"]["pairs"]:
        if begins in columns and ends in columns:
            yield never(
                table,
                f"{ends} < {begins} - interval {minutes} minute",
                f"{ends} is not before {begins}",
                **_levels(rules["order"], columns[ends]),
            )
    # A thing may be described by each line that mentions it; an event happens once.
    is_event = any(each.get("required") and each["type"] in _MOMENTS for each in columns.values())
    doubled = rules["doubled"] | ({} if is_event else {"stop": None})
    key = ", ".join(f'"{name}"' for name in body["key"])
    yield never(
        table,
        "",
        f"a file does not say the same {', '.join(body['key'])} twice",
        # Digests of 64 bits: the largest tables have hundreds of millions of keys.
        wrong=f"count(*) - count(distinct hash({key}, known_at))",
        **_levels(doubled, columns[body["key"][0]]),
    )


def _about_links(entity: str, entities: dict, rules: dict) -> Iterator[Question]:
    for kind in ("parts", "links"):
        for here, there in rules[kind]["pairs"]:
            (child, column), (parent, key) = here.split("."), there.split(".")
            if child == entity and parent in entities:
                yield never(
                    f"raw.{child}",
                    f"here.{column} is not null and parents.{key} is null",
                    f"{column} leads to a {parent.replace('_', ' ')}",
                    source=f"{{batch}} as here left join (select distinct {key} from "
                    f"raw.{parent}) as parents on here.{column} = parents.{key}",
                    **_levels(rules[kind], entities[child]["columns"][column]),
                )


def _levels(rule: dict, column: dict) -> dict:
    return {
        "warn": rule.get("warn", 0),
        "stop": rule.get("stop"),
        "answers": tuple(column.get("answers", ())),
    }
