"""Texts of raw packed as the engine chooses, by zstd, not at all: CPU to write and read, room.

    .venv/bin/python -m benchmarks.packing --rows 1000000

Identifiers (nearly all different) and codes (of few words) of the ingest benchmark's contacts;
least of the repeats. What is found here decides which columns `ingest/intake.py` packs by zstd.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import tempfile
from pathlib import Path

import duckdb

from benchmarks.ingest_data import calls_sql

COLUMNS = (
    "interaction_id",
    "customer_id",
    "product_id",
    "ticket_id",
    "token",
    "team_id",
    "channel",
)
PACKED = {"chosen": "", "zstd": "using compression zstd", "none": "using compression uncompressed"}


def cpu(connection: duckdb.DuckDBPyConnection, statement: str) -> float:
    """Return the CPU seconds, user and system, that a statement took."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    connection.execute(statement).fetchall()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure and print one row a column and packing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cx-packing-") as folder:
        connection = duckdb.connect(config={"threads": "2", "memory_limit": "4GB"})
        rows = calls_sql(0, given.rows, 1, max(given.rows // 20, 1))
        connection.execute(
            "create table contact as "
            f"select *, md5(customer_id)::uuid::varchar as token from ({rows})"
        )
        print("| column | packed | write, CPU s | MB | read, CPU s |")
        print("|---|---|--:|--:|--:|")
        for column, (name, how) in itertools.product(COLUMNS, PACKED.items()):
            wrote, read = [], []
            path = Path(folder) / "packed.duckdb"
            for _ in range(given.repeats):
                path.unlink(missing_ok=True)
                connection.execute(f"attach '{path}' as it (storage_version 'latest')")
                connection.execute(f"create table it.packed (text varchar {how})")
                wrote.append(cpu(connection, f"insert into it.packed select {column} from contact"))
                connection.execute("checkpoint it")
                read.append(cpu(connection, "select bit_xor(hash(text)) from it.packed"))
                connection.execute("detach it")
            size = path.stat().st_size / 1e6
            print(f"| {column} | {name} | {min(wrote):.3f} | {size:.1f} | {min(read):.3f} |")


if __name__ == "__main__":
    main()
