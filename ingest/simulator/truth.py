"""What really happened, written beside the extracts and never loaded."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from ingest.simulator.rates import RATES

TABLES = {
    "files": "select * from truth_file order by file",
    "loaded": "select * from truth_loaded order by file, entity",
    "dirt": "select * from truth_dirt order by file, line",
    "identifiers": "select distinct kind, value from truth_identifier "
    "where value is not null order by kind, value",
}


def write(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Write every truth; return the rows delivered per feed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, select in TABLES.items():
        connection.execute(
            f"copy ({select}) to '{folder / name}.parquet' (format parquet, compression zstd)"
        )
    (folder / "effects.json").write_text(json.dumps(RATES, indent=2) + "\n", encoding="utf-8")
    return dict(
        connection.execute(
            "select system || '.' || feed, sum(records)::bigint from truth_file "
            "group by all order by all"
        ).fetchall()
    )
