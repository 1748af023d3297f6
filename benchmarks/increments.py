"""What one new day costs beside a full build, and whether both end with the same rows.

    .venv/bin/python -P benchmarks/increments.py --subscriptions 20000 --months 14

Everything up to a day is ingested and built; then that day is ingested and built on top;
then everything is built anew. Printed: seconds of dbt's models (summed over threads, dbt's own
start apart) and of the whole step, the ratio, the slowest models of the day, and every table that
differs (none may).
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from ingest.simulator import simulate

# An ordinary day of October 2026: the last of a month brings the month's totals, too.
NEW_DAY = 20


def cx(home: Path, key: str, *arguments: str) -> float:
    """Run one cx command on a home; return its seconds."""
    started = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "cx.cli", "--home", str(home), *arguments],
        env=os.environ | {"CX_KEY": key},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.monotonic() - started


def model_seconds(home: Path) -> dict[str, float]:
    """Return the seconds of each model and test of the last build."""
    results = json.loads((home / "dbt" / "run_results.json").read_text())["results"]
    return {result["unique_id"]: result["execution_time"] for result in results}


def contents(home: Path) -> dict[str, tuple]:
    """Return rows and a hash over every column of each table the models make."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() "
            "where schema_name in ('staging', 'intermediate', 'marts', 'features') "
            "and not starts_with(table_name, 'before_') "
            "and table_name <> 'int_rewritten_subscriptions'"
        ).fetchall()
        return {
            f"{schema}.{table}": connection.execute(
                f"select count(*), coalesce(sum(hash(t)::hugeint), 0) from {schema}.{table} as t"
            ).fetchone()
            for schema, table in tables
        }


def changed(home: Path) -> tuple[int, int]:
    """Return how many subscriptions' past was rewritten by the day, of how many."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(
            "select (select count(*) from intermediate.int_rewritten_subscriptions), "
            "(select count(distinct subscription_id) from marts.dim_subscription)"
        ).fetchone()


def main() -> None:
    """Build, add a day, build anew; exit 1 when a table differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscriptions", type=int, default=20_000)
    parser.add_argument("--months", type=int, default=14)
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    key = secrets.token_hex(32)
    with tempfile.TemporaryDirectory(prefix="cx_increments_") as folder:
        home, extracts, later = (Path(folder) / name for name in ("home", "extracts", "later"))
        simulate(
            extracts,
            subscriptions=options.subscriptions,
            months=options.months,
            seed=options.seed,
            daily=31 - NEW_DAY,
        )
        for path in [path for path in extracts.rglob("*_202610*") if path.is_file()]:
            if path.stem.split("_202610")[1][:2] == f"{NEW_DAY + 1:02d}":
                (later / path.parent.name).mkdir(parents=True, exist_ok=True)
                shutil.move(path, later / path.parent.name / path.name)
            elif path.stem.split("_202610")[1][:2] > f"{NEW_DAY + 1:02d}":
                path.unlink()
        for path in [path for path in extracts.rglob("*_202611*") if path.is_file()]:
            path.unlink()
        cx(home, key, "ingest", str(extracts))
        cx(home, key, "build")
        ingest_day = cx(home, key, "ingest", str(later))
        step_day = cx(home, key, "build")
        day, after_day = model_seconds(home), contents(home)
        rewritten, base = changed(home)
        step_full = cx(home, key, "build", "--full")
        full, after_full = model_seconds(home), contents(home)
    differing = sorted(name for name in after_full if after_full[name] != after_day.get(name))
    models = [name for name in full if name.startswith("model.")]
    day_models, full_models = (sum(of.get(name, 0) for name in models) for of in (day, full))
    print(f"{options.subscriptions:,} subscriptions x {options.months} months, one new day")
    print(f"past rewritten of {rewritten:,} of {base:,} subscriptions")
    print(f"ingest of the day        {ingest_day:8.1f} s")
    print(f"models, summed, day      {day_models:8.1f} s")
    print(
        f"models, summed, full     {full_models:8.1f} s   day / full {day_models / full_models:.2f}"
    )
    print(f"build step, day          {step_day:8.1f} s")
    print(f"build step, full         {step_full:8.1f} s   day / full {step_day / step_full:.2f}")
    print("slowest of the day (seconds; in a full build):")
    for name in sorted(models, key=lambda name: -day.get(name, 0))[:12]:
        print(f"  {name.split('.')[2]:<32}{day.get(name, 0):6.2f}{full[name]:8.2f}")
    print(f"tables compared {len(after_full)}, differing {len(differing)}: {differing or 'none'}")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
