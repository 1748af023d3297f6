"""The SQL keeps its rules: unit tests, every model on an empty warehouse and on one of strays."""

from __future__ import annotations

import json
import uuid

from cx.build import run_dbt
from cx.settings import Settings
from cx.warehouse import connected
from ingest.intake import Column, entities
from ingest.load import prepare_raw

FILE = uuid.UUID(int=1)
# What makes a stray row matter: an edge of the topology, a problem that takes service down …
TOLD = {
    "relationship_type": "dependsOn", "category": "outage", "direction": "inbound",
}  # fmt: skip
BY_TYPE = {
    "timestamp": "2026-03-05", "date": "2026-03-05", "boolean": True, "integer": 5, "number": 5,
    "money": 5, "token": str(FILE),
}  # fmt: skip


def stray(entity: str, column: Column) -> object:
    """Return a value that is found in no row of another entity."""
    if column.name.endswith(("ended_at", "valid_to", "closed_at", "restored_at")):
        return "2026-03-06"
    if column.values:
        return column.values[0]
    if column.name == "status" and column.required:
        return "closed"
    named = f"{entity}-{column.name}"
    told = named if column.required or column.name.endswith("_id") else TOLD.get(column.name)
    return BY_TYPE.get(column.type, told)


def test_every_unit_test_passes_and_every_model_builds_from_nothing(tmp_path):
    settings = Settings(home=tmp_path / "home")
    with connected(settings) as connection:
        prepare_raw(connection)
    outcome = run_dbt(settings, "build")
    results = json.loads((settings.dbt / "run_results.json").read_text())["results"]
    failed = [
        f"{result['unique_id']}: {result['message']}"
        for result in results
        if result["status"] not in ("success", "pass", "NO-OP", "no-op")
    ]
    assert failed == []
    assert outcome.returncode == 0
    assert sum(result["unique_id"].startswith("unit_test.") for result in results) >= 30


def test_the_build_stands_where_no_reference_leads_anywhere(tmp_path):
    """Each entity has one row, and whatever it names is unknown: strays are counted, not fatal."""
    settings = Settings(home=tmp_path / "home")
    with connected(settings) as connection:
        prepare_raw(connection)
        connection.execute(
            "insert into ops.file_ledger (source_system, feed, file_id, file_name, state) "
            "values ('oss', 'all', ?, 'oss/all.csv', 'loaded')",
            [FILE],
        )
        for entity in entities().values():
            row = {column.name: stray(entity.name, column) for column in entity.columns.values()}
            row |= {"file_id": FILE, "row_number": 2, "known_at": "2026-03-31"}
            connection.execute(
                f"insert into raw.{entity.name} ({', '.join(row)}) "
                f"values ({', '.join('?' * len(row))})",
                list(row.values()),
            )
    outcome = run_dbt(settings, "build", "--exclude-resource-type", "unit_test")
    assert outcome.returncode == 0, outcome.stdout
