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
