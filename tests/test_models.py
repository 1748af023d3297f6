"""The SQL keeps its rules: unit tests, every model on an empty warehouse and on one of strays."""

from __future__ import annotations

import json
import shutil
import uuid

import pytest

from cx.build import run_dbt
from cx.cli import main
from cx.repeat import repeat
from cx.settings import Settings
from cx.warehouse import connected
from ingest.intake import Column, entities
from tests.repeated import but_views
from tests.whole_runs import ask, status_is_told

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


@pytest.fixture
def copied(nothing, tmp_path) -> Settings:
    """A copy of that home to put rows into."""
    shutil.copytree(nothing.home, tmp_path / "home")
    return Settings(home=tmp_path / "home")


def failed(results: list[dict]) -> list[str]:
    """Say which nodes of a run of dbt failed, or gave a warning."""
    fine = ("success", "pass", "NO-OP", "no-op")
    return [
        f"{each['unique_id']}: {each['message']}" for each in results if each["status"] not in fine
    ]


def test_every_model_builds_from_nothing(nothing):
    results = json.loads((nothing.dbt / "run_results.json").read_text())["results"]
    assert failed(results) == []
    assert sum(each["unique_id"].startswith("model.") for each in results) > 250


def test_every_unit_test_passes(copied):
    run_dbt(copied, "test", "--select", "test_type:unit")
    results = json.loads((copied.dbt / "run_results.json").read_text())["results"]
    assert failed(results) == []
    assert len(results) >= 230


def test_the_build_stands_where_no_reference_leads_anywhere(copied, sent):
    """Each entity has one row, and whatever it names is unknown: strays are counted, not fatal."""
    with connected(copied) as connection:
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
    nodes = but_views(sent)
    assert len(repeat(copied, nodes)) == len(nodes) > 600
    # the rows are in what was built, and not only before it
    assert ask(copied.home, "select count(*) from marts.fct_ticket") == [(1,)]


def test_a_real_set_goes_to_the_marts_and_says_what_it_cannot_answer(copied, sent, shared_data):
    """By the commands up to the first door; tests/test_real_sets.py takes it all the way."""
    for command in (["ingest", str(shared_data / "upgrad_sea")], ["check", "arrivals"]):
        assert main(["--home", str(copied.home), *command]) == 0
    repeat(copied, but_views(sent))
    status_is_told(copied.home, {"base", "churn", "revenue"}, {"availability", "contacts"})
