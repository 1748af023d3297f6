"""A whole run of a home, and questions to the warehouse it made."""

from __future__ import annotations

from pathlib import Path

import duckdb

from cx.cli import main


def run(home: Path, extracts: Path, *options: str) -> int:
    return main(["--home", str(home), "run", str(extracts), *options])


def ask(home: Path, query: str, *parameters) -> list[tuple]:
    connection = duckdb.connect(str(home / "warehouse.duckdb"), read_only=True)
    try:
        return connection.execute(query, list(parameters)).fetchall()
    finally:
        connection.close()


def contents(home: Path, *schemas: str) -> dict[str, tuple[int, int]]:
    """Return rows and a hash over every column, per table of these schemas."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() "
            "where list_contains(?, schema_name)",
            [list(schemas)],
        ).fetchall()
        return {
            f"{schema}.{table}": connection.execute(
                f"select count(*), coalesce(sum(hash(t)::hugeint), 0) from {schema}.{table} as t"
            ).fetchone()
            for schema, table in tables
        }


def status_is_told(home: Path, available: set[str], missing: set[str]) -> None:
    """Fail unless a home says that it can answer these, and of those what it lacks."""
    status = dict(ask(home, "select answer_id, status from marts.answer_readiness"))
    assert {answer for answer in available if status[answer] == "missing"} == set()
    assert {answer for answer in missing if status[answer] != "missing"} == set()
    needs = dict(
        ask(home, "select answer_id, missing_columns::varchar from marts.answer_readiness")
    )
    assert all(needs[answer] for answer in missing)
