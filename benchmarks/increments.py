"""What one new day costs beside a full build, and whether both end with the same rows.

    .venv/bin/python -m benchmarks.increments --subscriptions 20000 --months 14

Everything up to a day is ingested and built; a day is built on top by dbt, which records it; the
next day repeats that (cx/repeat.py); then everything is built anew. Printed: seconds and CPU
seconds of each step, the ratios, the slowest models of the repeated day, and every table that
differs from what building anew makes (none may).
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

# Ordinary days of October 2026: the last of a month brings the month's totals, too. The files of a
# day come on the next; what came on the day before them holds all of the month until then.
DAILY_FROM = 21
FIRST_FILES, LAST_FILES = "22", "23"


def cx(home: Path, key: str, *arguments: str) -> tuple[float, float]:
    """Run one cx command on a home; return its seconds and its CPU seconds, children's too."""
    started, before = time.monotonic(), os.times()
    subprocess.run(
        [sys.executable, "-m", "cx.cli", "--home", str(home), *arguments],
        env=os.environ | {"CX_KEY": key},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    after = os.times()
    used = after.children_user + after.children_system
    return (
        time.monotonic() - started,
        used - before.children_user - before.children_system,
    )


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
        home, extracts = Path(folder) / "home", Path(folder) / "extracts"
        simulate(
            extracts,
            subscriptions=options.subscriptions,
            months=options.months,
            seed=options.seed,
            daily=31 - DAILY_FROM + 1,
        )
        for path in [path for path in extracts.rglob("*_2026*") if path.is_file()]:
            month, day = path.stem.split("_2026")[1][:2], path.stem.split("_2026")[1][2:4]
            if month == "10" and day in (FIRST_FILES, LAST_FILES):
                later = Path(folder) / day / path.parent.name
                later.mkdir(parents=True, exist_ok=True)
                shutil.move(path, later / path.name)
            elif (month == "10" and day > LAST_FILES) or month > "10":
                path.unlink()
        cx(home, key, "ingest", str(extracts))
        steps = {"first build": cx(home, key, "build")}
        cx(home, key, "ingest", str(Path(folder) / FIRST_FILES))
        steps["a day by dbt"] = cx(home, key, "build")
        steps["ingest of the next"] = cx(home, key, "ingest", str(Path(folder) / LAST_FILES))
        steps["the next repeated"] = cx(home, key, "build")
        day, after_day = json.loads((home / "dbt" / "repeated.json").read_text()), contents(home)
        rewritten, base = changed(home)
        steps["everything anew"] = cx(home, key, "build", "--full")
        after_full = contents(home)
    differing = sorted(name for name in after_full if after_full[name] != after_day.get(name))
    print(f"{options.subscriptions:,} subscriptions x {options.months} months, one new day")
    print(f"past rewritten of {rewritten:,} of {base:,} subscriptions")
    full = steps["everything anew"]
    print(f"{'':<22}{'wall s':>8}{'of full':>9}{'CPU s':>9}{'of full':>9}")
    for name, (wall, used) in steps.items():
        print(f"{name:<22}{wall:8.1f}{wall / full[0]:9.2f}{used:9.1f}{used / full[1]:9.2f}")
    tests = sum(seconds for name, seconds in day.items() if name.startswith("test."))
    print(f"of the repeated day models {sum(day.values()) - tests:.1f} s, tests {tests:.1f} s")
    print("slowest of it (seconds):")
    for name in sorted(day, key=lambda name: -day[name])[:12]:
        print(f"  {name.split('.')[2]:<60}{day[name]:6.2f}")
    print(f"tables compared {len(after_full)}, differing {len(differing)}: {differing or 'none'}")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
