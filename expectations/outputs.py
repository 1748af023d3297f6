"""The second door: may marts and scores be published?

Three origins: dbt's manifest (contract, grain, data tests of each mart), suites/outputs.yml (rules
in data), and what a release must never hold or lose.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass

from cx.build import manifest as read_manifest
from cx.release import NOT_RELEASED, RELEASED_SCHEMAS, NoRelease, current
from cx.runs import StepResult
from cx.settings import Settings
from cx.warehouse import reading
from expectations.door import Answered, ask
from expectations.questions import Question, nothing_in, suite

# What a direct identifier looks like in a text: an e-mail address, a phone number in E.164.
IDENTIFIER_PATTERN = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}|\+[0-9]{10,15}\b"
_NUMBERS = ("DOUBLE", "FLOAT", "DECIMAL", "BIGINT", "INTEGER", "HUGEINT", "SMALLINT", "TINYINT")
_MARTS = "marts"


@dataclass(frozen=True)
class Table:
    """A table of the warehouse that is, or stands behind, an output; its columns and types."""

    name: str
    columns: dict[str, str]

    @property
    def is_served(self) -> bool:
        """True where a release holds it."""
        return self.name.split(".")[1] not in NOT_RELEASED


def check(settings: Settings, run_id: str) -> StepResult:
    """Ask about every output: what it promises, what it must not hold, what it may not lose."""
    return ask(settings, run_id, "outputs", questions(settings), lost(settings))


def questions(settings: Settings) -> list[Question]:
    """Return the questions to Great Expectations about what this home holds."""
    tables = _tables(settings)
    rules = suite("outputs")
    return [
        *_about_shrinkage(settings, tables, rules["max_shrinkage"]),
        *_about_identifiers(tables),
        *_by_dbt(settings, tables),
        *_by_columns(tables, rules["between"]),
        *_about_grains(tables, rules["grains"]),
        *_about_unchanged(tables, rules["unchanged"]),
        *_by_rule(tables, rules["rules"]),
    ]


def lost(settings: Settings) -> list[Answered]:
    """Say of each table of the last release that is gone that it is; there is nothing to ask it."""
    tables = _tables(settings)
    return [
        Answered(
            Question(table, "presence", {}, "the table is still there", looks_back=True),
            False,
            "gone",
        )
        for table in _last_release(settings)
        if table not in tables
    ]


def _tables(settings: Settings) -> dict[str, Table]:
    with reading(settings) as connection:
        found = connection.execute(
            "select schema_name || '.' || table_name, list(column_name order by column_index), "
            "list(data_type order by column_index) from duckdb_columns() where database_name = "
            f"current_database() and schema_name in {RELEASED_SCHEMAS} group by all order by all"
        ).fetchall()
    return {name: Table(name, dict(zip(names, kinds, strict=True))) for name, names, kinds in found}


def _by_rule(tables: dict[str, Table], rules: list[dict]) -> Iterator[Question]:
    for rule in rules:
        if rule["table"] in tables:
            query = rule.get("none") or f"select 1 as found from {{batch}} where {rule['never']}"
            yield Question(
                rule["table"],
                "UnexpectedRowsExpectation",
                nothing_in(query),
                rule["says"],
                severity=rule.get("severity", "stop"),
                answers=tuple(rule.get("answers", ())),
            )


def _about_grains(tables: dict[str, Table], grains: dict[str, list[str]]) -> Iterator[Question]:
    for table, columns in grains.items():
        if table in tables and set(columns) <= set(tables[table].columns):
            yield Question(
                table,
                "UnexpectedRowsExpectation",
                nothing_in(
                    f"select count(*) as times from {{batch}} group by {', '.join(columns)} "
                    "having count(*) > 1"
                ),
                f"one row per {', '.join(columns)}"
                if table.startswith("ml.")
                else "a metric has one value a period and dimension value",
            )


def _about_unchanged(tables: dict[str, Table], unchanged: list[dict]) -> Iterator[Question]:
    for each in unchanged:
        table = f"{_MARTS}.{each['table']}"
        if table in tables:
            same = " and ".join(
                [f"here.{name} = delivered.{name}" for name in each["key"]]
                + [f"here.{name} is not distinct from delivered.{name}" for name in each["columns"]]
                + [
                    f"(delivered.{name} is null or here.{name} = delivered.{name})"
                    for name in each.get("filled_in", [])
                ]
            )
            yield Question(
                table,
                "UnexpectedRowsExpectation",
                nothing_in(
                    f"select 1 as found from {{batch}} as here anti join staging.{each['of']} "
                    f"as delivered on {same}"
                    + (" where not here.is_derived" * ("is_derived" in tables[table].columns))
                ),
                f"{', '.join(each['columns'] + each.get('filled_in', []))} are as delivered",
            )


def _by_columns(tables: dict[str, Table], bounds: list[dict]) -> Iterator[Question]:
    """Ask what columns of a name or type may hold, one question a table."""
    for table in tables.values():
        finite = [name for name, kind in table.columns.items() if kind in ("DOUBLE", "FLOAT")]
        if finite:
            yield Question(
                table.name,
                "UnexpectedRowsExpectation",
                nothing_in(
                    "select 1 as found from {batch} where "
                    + " or ".join(f'not isfinite("{name}")' for name in finite)
                ),
                "every number is finite",
            )
        wrong = [
            f'"{name}" not between {bound["min"]} and {bound.get("max", "1e18")}'
            for bound in bounds
            for name, kind in table.columns.items()
            if kind.startswith(_NUMBERS)
            and fnmatch.fnmatchcase(name, bound["column"].replace("%", "*"))
            and name not in bound.get("except", ())
        ]
        if wrong:
            yield Question(
                table.name,
                "UnexpectedRowsExpectation",
                nothing_in(f"select 1 as found from {{batch}} where {' or '.join(wrong)}"),
                "minutes, shares and indices lie where they can",
            )
        known = [name for name in ("known_at",) if name in table.columns]
        times = [
            name
            for name, kind in table.columns.items()
            if kind == "TIMESTAMP" and name.endswith("_at") and name not in known
        ]
        if times:
            yield Question(
                table.name,
                "UnexpectedRowsExpectation",
                nothing_in(
                    "select 1 as found from {batch} where "
                    + " or ".join(
                        f"\"{name}\" not between timestamp '1900-01-01' and timestamp '2200-01-01'"
                        for name in times
                    )
                ),
                "every moment is one somebody can mean",
            )


def _by_dbt(settings: Settings, tables: dict[str, Table]) -> Iterator[Question]:
    """Ask again what dbt's contracts and data tests say of the marts."""
    is_built = (settings.dbt / "manifest.json").exists()
    manifest = read_manifest(settings) if is_built else None
    if manifest is None:
        return
    marts = {
        unique_id: f"{node['schema']}.{node['name']}"
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and f"{node['schema']}.{node['name']}" in tables
    }
    for unique_id, table in marts.items():
        columns = list(manifest["nodes"][unique_id]["columns"])
        if manifest["nodes"][unique_id]["config"]["contract"]["enforced"]:
            yield Question(
                table,
                "ExpectTableColumnsToMatchSet",
                {"column_set": columns, "exact_match": True},
                "its columns are those of its contract",
            )
    for node in manifest["nodes"].values():
        if node["resource_type"] != "test" or not node.get("compiled_code"):
            continue
        about = node.get("attached_node") or next(
            (each for each in node["depends_on"]["nodes"] if each in marts), None
        )
        if about in marts:
            yield Question(
                marts[about],
                "UnexpectedRowsExpectation",
                nothing_in(asked_again(node["compiled_code"])),
                _in_words(node),
                severity="stop" if node["config"]["severity"].lower() == "error" else "warn",
            )


def asked_again(compiled: str) -> str:
    """Return a data test as a query of Great Expectations, which wants {batch} to be named.

    Never with a limit: DuckDB 2.0 waits for ever on a limit over a union of scalar subqueries.
    """
    code = compiled.replace("{", "{{").replace("}", "}}")
    return (
        f"select count(*) as found /* {{batch}} */ from ({code}\n) as failing having count(*) > 0"
    )


def _in_words(node: dict) -> str:
    test = node.get("test_metadata")
    if not test:
        return node["name"].replace("_", " ")
    given = test["kwargs"]
    column = given.get("column_name", "")
    of = _referred(given.get("of", ""))
    words = {
        "unique_together": f"one row per {', '.join(given.get('columns', []))}",
        "relationships": f"{column} leads to a row of {_referred(given.get('to', ''))}",
        "reconciles": f"{given.get('measure', 'count(*)')} is that of {of}",
        "not_null": f"{column} is always there",
        "unique": f"{column} is there once",
        "accepted_values": f"{column} holds only words of its vocabulary",
    }
    return words.get(test["name"], node["name"])


def _referred(reference: str) -> str:
    parts = reference.split("'")
    return parts[-2] if len(parts) > 2 else reference


def _about_shrinkage(
    settings: Settings, tables: dict[str, Table], max_shrinkage: float
) -> Iterator[Question]:
    for table, rows in _last_release(settings).items():
        if table in tables and tables[table].is_served and rows > 100:
            yield Question(
                table,
                "ExpectTableRowCountToBeBetween",
                {"min_value": int(rows * (1 - max_shrinkage))},
                f"the table did not lose more than {max_shrinkage:.0%} of its rows since the "
                f"last release",
                severity="warn" if table.startswith("ml.") else "stop",
                looks_back=True,
            )


def _last_release(settings: Settings) -> dict[str, int]:
    """Return the tables of marts and ml that the last release holds, with their rows."""
    try:
        return {
            table: rows
            for table, rows in current(settings.releases).tables.items()
            if table.split(".")[0] in RELEASED_SCHEMAS
        }
    except NoRelease:
        return {}


def _about_identifiers(tables: dict[str, Table]) -> Iterator[Question]:
    """No text that would be served may look like an e-mail address or a phone number."""
    pattern = IDENTIFIER_PATTERN.replace("{", "{{").replace("}", "}}")
    for table in tables.values():
        texts = [name for name, kind in table.columns.items() if kind == "VARCHAR"]
        if table.is_served and texts:
            yield Question(
                table.name,
                "UnexpectedRowsExpectation",
                # Most texts hold neither @ nor +, which is quicker to see than the pattern.
                nothing_in(
                    "select 1 as found from {batch} where "
                    + " or ".join(
                        f"((\"{text}\" like '%@%' or \"{text}\" like '%+%') "
                        f"and regexp_matches(\"{text}\", '{pattern}'))"
                        for text in texts
                    )
                ),
                "no served text looks like an e-mail address or a phone number",
                can_be_waived=False,
            )
