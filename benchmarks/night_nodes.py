"""Where a repeated night goes: CPU seconds by model and test, by commit, by folder of models.

    python -m benchmarks.night_nodes --home HOME --top 40
    python -m benchmarks.night_nodes --home HOME --off grouping_sets --where "grouping sets"

HOME has recorded an increment (dbt/increment.json) and taken in files since that no build has
seen. What cx/repeat.py would send is sent to a copy, one node after the other and with one thread,
so that other work on the machine disturbs it least. With --off, models whose SQL holds --where are
sent twice before, with and without that optimiser of the engine, and rolled back: on a busy machine
two whole runs differ by more than most changes do.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb

from cx.settings import REPO
from cx.warehouse import OPTIMIZERS_OFF


def nodes_of(home: Path) -> list[dict]:
    """Return the recorded nodes, each after those it reads."""
    nodes = json.loads((home / "dbt" / "increment.json").read_text())["nodes"]
    by_name = {node["name"]: node for node in nodes}
    order = TopologicalSorter({node["name"]: node["after"] for node in nodes})
    return [by_name[name] for name in order.static_order()]


def sent(
    connection: duckdb.DuckDBPyConnection, statements: list[str], name: str
) -> tuple[float, float]:
    """Send a node's statements to a copy under another name; return CPU s of all, of its commit."""
    started, committed = time.process_time(), 0.0
    for statement in statements:
        before = time.process_time()
        connection.execute(statement.replace('"warehouse".', f'"{name}".'))
        if statement.strip().upper().startswith("COMMIT"):
            committed = time.process_time() - before
    return time.process_time() - started, committed


def main() -> None:
    """Repeat the night on a copy and print where it went."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--memory", default="4GB")
    parser.add_argument("--top", type=int, default=40)
    parser.add_argument("--off", help="an optimiser to leave out once")
    parser.add_argument("--where", default="grouping sets", help="text of the nodes sent twice")
    options = parser.parse_args()
    folders = {
        path.stem: "/".join(path.relative_to(REPO / "models").parts[:2])
        for path in (REPO / "models").rglob("*.sql")
    }
    cost: dict[str, float] = {}
    of: Counter = Counter()
    pairs: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="cx_night_nodes_") as folder:
        copy = shutil.copy(options.home / "warehouse.duckdb", Path(folder) / "copied.duckdb")
        limits = {"memory_limit": options.memory, "threads": "1", "temp_directory": folder}
        with duckdb.connect(str(copy), config=limits) as connection:
            connection.execute("set timezone = 'UTC'; set preserve_insertion_order = false")
            connection.execute("set disabled_optimizers = ?", [OPTIMIZERS_OFF])
            for node in nodes_of(options.home):
                name, statements = node["name"], node["statements"]
                is_pair = options.off and options.where in " ".join(statements).lower()
                if is_pair and name.startswith("model."):
                    uncommitted = [each for each in statements if each != "COMMIT"]
                    ways = ["", options.off] if len(pairs) % 2 else [options.off, ""]
                    told = {}
                    for way in ways:
                        connection.execute("set disabled_optimizers = ?", [way])
                        told[way], _ = sent(connection, uncommitted, "copied")
                        connection.execute("rollback")
                    pairs[name] = told
                    connection.execute("set disabled_optimizers = ?", [OPTIMIZERS_OFF])
                cost[name], committed = sent(connection, statements, "copied")
                kind = folders.get(name.split(".")[2], "") if name[0] == "m" else "data tests"
                of[kind] += cost[name] - committed
                of["commits"] += committed
    print(f"{sum(cost.values()):.1f} CPU s, {len(cost)} nodes")
    for kind, seconds in of.most_common():
        if seconds > 0.5:
            print(f"{seconds:8.1f}  {kind}")
    for name in sorted(cost, key=lambda each: -cost[each])[: options.top]:
        print(f"{cost[name]:8.2f}  {name.split('.')[2]}")
    if pairs:
        with_it, without = (sum(each[way] for each in pairs.values()) for way in ("", options.off))
        told = f"{with_it:.1f} with {options.off}, {without:.1f} without"
        print(f"{len(pairs)} models sent twice: {told}")


if __name__ == "__main__":
    main()
