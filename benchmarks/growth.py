"""How each model's and test's cost grows with the base, and which joins cannot but grow faster.

    python -m benchmarks.growth --homes /tmp/small /tmp/large --memory 4GB

Two homes that were built in full (`cx build --full`) by the same code are copied; what dbt compiled
is sent to each copy, node by node, and its CPU seconds are measured. Printed: the exponent of the
whole, every node that grows faster than --above and costs something, and every join of the larger
home that compares each row of one side with each of the other, where both have many: such a join
is quadratic whatever it costs today. Exit 1 when there is one. A memory limit as much smaller as
the home is than yours tells which model would not finish.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb

ROW_BY_ROW = ("PIECEWISE_MERGE_JOIN", "IE_JOIN", "NESTED_LOOP_JOIN", "BLOCKWISE_NL_JOIN")
MANY_ROWS = 500  # more than periods, months or terms, fewer than customers or problems
# Of systems that number customers, a handful: the engine takes them for rows.
FEW_INDEED = {"int_key_spaces"}
WORTH_SECONDS = 0.25


def nodes_of(home: Path) -> dict[str, dict]:
    """Return models and data tests by name, each after what it reads."""
    found = json.loads((home / "dbt" / "manifest.json").read_text())["nodes"]
    kept = {
        name: node
        for name, node in found.items()
        if node["resource_type"] in ("model", "test") and node.get("compiled_code")
    }
    order = TopologicalSorter(
        {
            name: [at for at in node["depends_on"]["nodes"] if at in kept]
            for name, node in kept.items()
        }
    )
    return {name: kept[name] for name in order.static_order()}


def seconds_of(home: Path, memory: str) -> tuple[int, dict[str, float]]:
    """Send every node to a copy of a home; return its subscriptions and the CPU seconds of each."""
    told: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="cx_growth_") as folder:
        copy = shutil.copy(home / "warehouse.duckdb", folder)
        options = {"memory_limit": memory, "threads": "2", "temp_directory": folder}
        with duckdb.connect(copy, config=options) as connection:
            connection.execute("set timezone = 'UTC'; set preserve_insertion_order = false")
            for name, node in nodes_of(home).items():
                started = time.process_time()
                try:
                    if node["resource_type"] == "test":
                        connection.execute(
                            f"select count(*) from ({node['compiled_code']})"
                        ).fetchall()
                    else:
                        connection.execute(
                            f"create or replace table {node['schema']}.{node['name']} as "
                            + node["compiled_code"]
                        )
                except duckdb.OutOfMemoryException as error:
                    print(f"{node['name']} does not finish: {str(error).splitlines()[0]}")
                told[name] = time.process_time() - started
            size = connection.execute(
                "select count(distinct subscription_id) from marts.dim_subscription"
            ).fetchone()[0]
    return size, told


def row_by_row(home: Path) -> Iterator[str]:
    """Yield the joins without an equality whose sides are both large, by the engine's estimate."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        for node in nodes_of(home).values():
            if node["name"] in FEW_INDEED:
                continue
            plan = connection.execute("explain (format json) " + node["compiled_code"]).fetchall()[
                0
            ][1]
            for join in _joins(json.loads(plan)):
                sides = [_rows(side) for side in join["children"]]
                if join["name"].strip() in ROW_BY_ROW and min(sides) > MANY_ROWS:
                    said = str(join.get("extra_info", {}).get("Conditions"))[:120]
                    yield f"{node['name']}: {sides[0]:,} × {sides[1]:,} rows, {said}"


def _joins(plan: list[dict]) -> Iterator[dict]:
    for step in plan:
        if len(step.get("children", [])) == 2:
            yield step
        yield from _joins(step.get("children", []))


def _rows(step: dict) -> int:
    return int((step.get("extra_info") or {}).get("Estimated Cardinality") or 0)


def report(
    small: tuple[int, dict[str, float]], large: tuple[int, dict[str, float]], above: float
) -> str:
    """Return the exponent of the whole and a line for each node that grows too fast."""
    steps = math.log(large[0] / small[0])
    sums = [sum(each.values()) for _, each in (small, large)]
    lines = [
        f"{small[0]:,} to {large[0]:,} subscriptions: {sums[0]:.1f} to {sums[1]:.1f} CPU s, "
        f"exponent {math.log(sums[1] / sums[0]) / steps:.2f}; steeper than {above}:"
    ]
    grown = [
        (math.log(seconds / max(small[1][name], 1e-3)) / steps, small[1][name], seconds, name)
        for name, seconds in large[1].items()
        if seconds >= WORTH_SECONDS and name in small[1]
    ]
    lines += [
        f"  {exponent:.2f}  {before:6.2f} {after:7.2f} CPU s  {name.split('.')[2]}"
        for exponent, before, after, name in sorted(grown, reverse=True)
        if exponent > above
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure both homes; exit 1 when a join is quadratic."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--homes", type=Path, nargs=2, required=True, help="the smaller one first")
    parser.add_argument("--memory", default="4GB")
    parser.add_argument("--above", type=float, default=1.1)
    parser.add_argument("--plans-only", action="store_true", help="run nothing")
    options = parser.parse_args()
    if not options.plans_only:
        print(report(*(seconds_of(each, options.memory) for each in options.homes), options.above))
    quadratic = list(row_by_row(options.homes[1]))
    print("\n".join(quadratic) or "no join compares every row with every other")
    sys.exit(1 if quadratic else 0)


if __name__ == "__main__":
    main()
