"""Every model on a real Spark cluster beside DuckDB's, row by row: `make cluster-check`.

    python -m benchmarks.cluster --subscriptions 300 --months 4 --kill-after 60

A home is made (or one is given), a master and two workers are started on 127.0.0.1, all models are
built on them, one worker is killed on the way, and each table is compared with the warehouse's:
same rows, every column, no tolerance. Where only the last bits of doubles differ the table says
by how much. Written: a Markdown table and Parquet; exit 1 when a table differs.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from benchmarks.spark_cluster import cluster, why_not
from cx.settings import Settings
from cx.spark_build import Model, compiled, export, folder, run, session

# Small tables: code that is generated and compiled for each query costs more than it saves.
SMALL = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "2",
}


def compared(warehouse: Path, tables: str, models: list[Model]) -> list[tuple]:
    """Return model, rows in DuckDB, rows on Spark, rows that differ and which columns differ."""
    found = []
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        for model in sorted(models, key=lambda model: model.table):
            schema, name = model.table.split(".")
            columns = connection.execute(
                "select column_name, data_type from duckdb_columns() "
                "where schema_name = ? and table_name = ? order by column_index",
                [schema, name],
            ).fetchall()
            spark = f"read_parquet('{tables}/{schema}/{name}/*.parquet')"
            ours = ", ".join(f'"{column}"' for column, _ in columns)
            theirs = ", ".join(
                f'cast("{column}" as {kind}) as "{column}"' for column, kind in columns
            )
            counts = connection.execute(
                f"select (select count(*) from {model.table}), (select count(*) from {spark})"
            ).fetchone()
            one_way, other_way = (
                connection.execute(
                    f"select count(*) from (select {left} except all select {right})"
                ).fetchone()[0]
                for left, right in (
                    (f"{ours} from {model.table}", f"{theirs} from {spark}"),
                    (f"{theirs} from {spark}", f"{ours} from {model.table}"),
                )
            )
            differing = max(one_way, other_way)
            which = []
            for column, kind in columns if differing else []:
                only = connection.execute(
                    f'select count(*) from (select "{column}" from {model.table} '
                    f'except all select cast("{column}" as {kind}) from {spark})'
                ).fetchone()[0]
                if only:
                    which.append(f"{column} ({only})")
            found.append((model.table, *counts, differing, ", ".join(which)))
    return found


def main() -> None:
    """Build on both engines and compare; exit 1 when a table differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--subscriptions", type=int, default=300)
    parser.add_argument("--months", type=int, default=4)
    parser.add_argument("--home", type=Path, help="a home that is built, instead of a new one")
    parser.add_argument("--kill-after", type=int, default=60, help="models; 0 kills no worker")
    parser.add_argument("--out", type=Path, default=Path("var/cluster"))
    options = parser.parse_args()
    lacking = why_not()
    if lacking:
        sys.exit(f"cluster-check cannot run: {lacking}")
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cx_cluster_") as scratch:
        home = options.home or Path(scratch) / "home"
        if not options.home:
            subprocess.run(
                [sys.executable, "-m", "cx.cli", "--home", str(home), "demo",
                 "--subscriptions", str(options.subscriptions), "--months", str(options.months)],
                check=True,
                stdout=subprocess.DEVNULL,
            )  # fmt: skip
        settings = Settings.from_env(home)
        os.environ["CX_SPARK_TABLES"] = str(Path(scratch) / "tables")
        started = time.monotonic()
        work = compiled(settings)
        export(settings, work.inputs)
        ready = time.monotonic() - started
        with cluster(Path(scratch) / "cluster") as running:
            spark = session(settings, running.master, SMALL)
            built: list[str] = []

            def told(name: str) -> None:
                built.append(name)
                if len(built) == options.kill_after:
                    print(f"killed worker {running.kill_worker()} after {len(built)} models")

            started = time.monotonic()
            try:
                seconds = run(spark, settings, work, told=told)
            finally:
                spark.stop()
            took = time.monotonic() - started
        found = compared(settings.warehouse, folder(settings), work.models)
    report = options.out / "cluster.md"
    equal = sum(not differing for *_, differing, _ in found)
    empty = [table for table, ours, theirs, *_ in found if ours == theirs == 0]
    lines = [
        f"{len(found)} models, {equal} equal to DuckDB's row by row, {len(found) - equal} differ. "
        f"Without a row in this home, so equal for nothing: {', '.join(empty) or 'none'}. "
        f"Compiling, translating, export {ready:.0f} s; two workers of one core {took:.0f} s "
        f"wall, load {os.getloadavg()[0]:.0f}, peak of this process "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB.",
        "",
        "| model | rows, DuckDB | rows, Spark | rows that differ | columns | s on Spark |",
        "|---|--:|--:|--:|---|--:|",
    ]
    by_table = {model.table: seconds[model.name] for model in work.models}
    lines += [
        f"| {table} | {ours:,} | {theirs:,} | {differing:,} | {which} | {by_table[table]:.1f} |"
        for table, ours, theirs, differing, which in found
    ]
    report.write_text("\n".join(lines) + "\n")
    with duckdb.connect() as connection:
        connection.execute(
            "create table told (model text, rows_duckdb bigint, rows_spark bigint, "
            "rows_differing bigint, columns text)"
        )
        connection.executemany("insert into told values (?, ?, ?, ?, ?)", found)
        place = str(options.out / "cluster.parquet").replace("'", "''")
        connection.execute(f"copy told to '{place}' (format parquet)")
    print("\n".join(line for line in lines if "| 0 |  |" not in line))
    sys.exit(0 if equal == len(found) else 1)


if __name__ == "__main__":
    main()
