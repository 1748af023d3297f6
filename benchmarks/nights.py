"""The whole night, step by step, at several sizes: cost, peak of memory, peers, growth.

    make bench                                          # 1,000 to 8,000 subscriptions, an hour
    python -m benchmarks.nights --subscriptions 100000 --months 14 --memory 4GB

Per size an operator is simulated, its last days held back; every step of a night is a `cx` command
of its own, measured in CPU seconds (children's too) and by the greatest memory one of its processes
held. Beside them, in the same run on the same data: the files read by the bare engine into the
same columns as text, and the compiled models sent to it without dbt (whose start, reading and
checking the project, is a step of its own: SPEED.md asks for the ratio without). Then the last day
arrives.
Over the sizes each step's cost is fitted as size ** exponent, after what starting costs is taken
off. Written: <out>/bench.parquet (one row per size and step) and bench.md, which --docs puts
between the marks of a document.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

import duckdb
import numpy as np

from cx.settings import REPO, Settings
from ingest.contract_file import load_contracts

# The night after the first: what the last delivered day brought.
STEPS = (
    ("ingest", ["ingest", "{extracts}"]),
    ("gate of arrivals", ["check", "arrivals"]),
    ("build, everything", ["build", "--full"]),
    ("train", ["train"]),
    ("score and explain", ["score"]),
    ("gate of outputs", ["check", "outputs"]),
    ("publish", ["publish"]),
    ("ingest, one day", ["ingest", "{day}"]),
    ("build, one day by dbt", ["build"]),
    ("ingest, next day", ["ingest", "{next}"]),
    ("gate of arrivals, next day", ["check", "arrivals"]),
    ("build, one day", ["build"]),
    ("train, next day", ["train"]),
    ("score and explain, next day", ["score"]),
    ("gate of outputs, next day", ["check", "outputs"]),
    ("publish, next day", ["publish"]),
)
FIRST_NIGHT = tuple(name for name, _ in STEPS[:7])
LATER_NIGHT = (
    "ingest, next day", "gate of arrivals, next day", "build, one day", "train, next day",
    "score and explain, next day", "gate of outputs, next day", "publish, next day",
)  # fmt: skip
# What SPEED.md (the design) asks: of a step, what is measured, at most how much.
TARGETS = (
    ("build, everything", "exponent", 1.05),
    ("first night", "exponent", 1.05),
    ("a later night", "exponent", 1.05),
    ("build, everything", "ratio", 1.15),
    ("build, one day", "ratio", 0.10),
    ("first night", "peak GB", 12),
    ("a later night", "peak GB", 12),
)
# A night at the size SPEED.md names, foretold from the largest size measured: each step by its own
# growth, since those that grow least weigh most where sizes are small.
NAMED_SIZE = 1_000_000
NAMED_MINUTES = (("first night", FIRST_NIGHT, 15), ("a later night", LATER_NIGHT, 3))
# Files of 22 and 23 October: ordinary days, the last of a month brings the month's totals, too.
DAY, NEXT_DAY = "1022", "1023"
PAGES = ("overview", "churn", "customer", "service_impact")
MARKS = ("<!-- bench: begins -->", "<!-- bench: ends -->")


@dataclass(frozen=True)
class Measure:
    """What a step took at one size."""

    subscriptions: int
    step: str
    cpu_seconds: float
    wall_seconds: float
    peak_mb: float
    exit_code: int = 0
    against: str = ""
    ratio: float | None = None


def measured(command: list[str], environment: dict[str, str]) -> tuple[float, float, float, int]:
    """Run a command; return its CPU seconds, wall seconds, peak in MB and exit code.

    The peak is the largest one process of it held, as the system tells a parent.
    """
    probe = (
        "import json, resource, subprocess, sys\n"
        "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, "
        "done.returncode, done.stderr.decode(errors='replace')[-300:]]))\n"
    )
    started = time.monotonic()
    told = subprocess.run(
        [sys.executable, "-c", probe, *command],
        env=environment,
        cwd=REPO,
        check=True,
        capture_output=True,
        text=True,
    )
    cpu, peak, code, said = json.loads(told.stdout)
    # 1 is a gate's no; what the bare engine does must not fail at all.
    if code not in (0, 1) or (code and "cx.cli" not in command):
        sys.exit(f"{' '.join(command)}: {said}")
    return cpu, time.monotonic() - started, peak, code


def held_back(extracts: Path, folder: Path) -> None:
    """Move what two ordinary days brought out of the delivery; drop what is later."""
    for path in [path for path in extracts.rglob("*_2026*") if path.is_file()]:
        told = path.stem.split("_2026")[1][:4]
        if told in (DAY, NEXT_DAY):
            later = folder / ("day" if told == DAY else "next") / path.parent.name
            later.mkdir(parents=True, exist_ok=True)
            shutil.move(path, later / path.name)
        elif told > NEXT_DAY:
            path.unlink()


def bare_read(extracts: Path, limit: str) -> list[str]:
    """Return a command that reads every csv, Parquet and NDJSON into tables, nothing else.

    The engine is told each csv's delimiter and encoding as our contracts are: left to guess, it
    finds none for some. An NDJSON line stays one JSON value; what it cannot read is left out.
    """
    files = []
    for contract in load_contracts(Settings(home=extracts)).values():
        for feed in contract.feeds:
            found = extracts.glob(feed.files) if feed.format in ("csv", "parquet", "ndjson") else ()
            dialect = [feed.format, feed.dialect.delimiter, feed.dialect.encoding]
            files += [(str(path), *dialect) for path in sorted(found)]
    told = extracts.parent / "files.json"
    told.write_text(json.dumps(files), encoding="utf-8")
    code = (
        "import duckdb, json, pathlib, sys\n"
        "c = duckdb.connect(sys.argv[2] + '/bare.duckdb', config={'memory_limit': sys.argv[3], "
        "'threads': '2'})\n"
        "c.execute('set preserve_insertion_order = false')\n"
        "for n, (path, kind, mark, encoding) in enumerate(json.load(open(sys.argv[1]))):\n"
        "    if encoding != 'utf-8':  # which the bare engine reads alone\n"
        "        plain = pathlib.Path(sys.argv[2]) / 'plain.csv'\n"
        "        plain.write_text(open(path, encoding=encoding, newline='').read(), newline='')\n"
        "        path = str(plain)\n"
        "    if kind == 'csv':\n"
        "        rows = c.read_csv(path, all_varchar=True, header=True, sep=mark, "
        "quotechar='\"', strict_mode=False, ignore_errors=True)\n"
        "    elif kind == 'parquet':\n"
        "        rows = c.read_parquet(path)\n"
        "    else:\n"
        "        rows = c.sql('select * from read_json_objects(?, ignore_errors = true, "
        "format = \\'newline_delimited\\')', params=[path])\n"
        "    rows.create(f't{n}')\n"
        "c.execute('checkpoint')\n"
    )
    return [sys.executable, "-c", code, str(told), str(extracts.parent), limit]


def bare_build(home: Path, limit: str) -> list[str]:
    """Return a command that sends the compiled models and tests to the engine, without dbt."""
    code = (
        "import duckdb, graphlib, json, sys\n"
        "home, copy, limit = sys.argv[1:]\n"
        "nodes = json.load(open(home + '/dbt/manifest.json'))['nodes']\n"
        "nodes = {k: n for k, n in nodes.items() if n['resource_type'] in ('model', 'test')}\n"
        "order = graphlib.TopologicalSorter("
        "{k: [a for a in n['depends_on']['nodes'] if a in nodes] for k, n in nodes.items()})\n"
        "c = duckdb.connect(copy, config={'memory_limit': limit, 'threads': '2', "
        "'disabled_optimizers': 'grouping_sets'})\n"
        "c.execute('set preserve_insertion_order = false')\n"
        "for k in order.static_order():\n"
        "    n = nodes[k]\n"
        "    if n['resource_type'] == 'test':\n"
        "        c.execute('select count(*) from (' + n['compiled_code'] + ')').fetchall()\n"
        "        continue\n"
        "    kind = 'view' if n['config']['materialized'] == 'view' else 'table'\n"
        "    c.execute(f\"create or replace {kind} {n['schema']}.{n['name']} as \" "
        "+ n['compiled_code'])\n"
    )
    return [sys.executable, "-c", code, str(home), str(home / "warehouse.duckdb"), limit]


def dbt_start(home: Path) -> list[str]:
    """Return a command that lets dbt read the project as a first build does, and build nothing."""
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from cx.build import run_dbt\n"
        "from cx.settings import Settings\n"
        "done = run_dbt(Settings(home=Path(sys.argv[1])), 'parse', '--no-partial-parse')\n"
        "sys.exit(done.returncode)\n"
    )
    return [sys.executable, "-c", code, str(home)]


def pages(home: Path) -> list[str]:
    """Return a command that runs each page twice and tells the CPU ms of the second run."""
    code = (
        "import json, os, sys, time\n"
        "os.environ['CX_HOME'] = sys.argv[1]\n"
        "from streamlit.testing.v1 import AppTest\n"
        "told = {}\n"
        "for page in sys.argv[3:]:\n"
        "    run = AppTest.from_file('app/main.py', default_timeout=120)\n"
        "    run.run()\n"
        "    if page != 'overview':\n"
        "        run.switch_page(f'views/{page}.py').run()\n"
        "    assert not run.exception, run.exception\n"
        "    before = time.process_time()\n"
        "    run.run()\n"
        "    told[page] = 1000 * (time.process_time() - before)\n"
        "open(sys.argv[2], 'w').write(json.dumps(told))\n"
    )
    return [sys.executable, "-c", code, str(home), str(home / "pages.json"), *PAGES]


def one_size(subscriptions: int, options: argparse.Namespace, folder: Path) -> list[Measure]:
    """Measure every step of the first night and the later ones at one size."""
    from ingest.simulator import simulate

    extracts, home = folder / "extracts", folder / "home"
    environment = os.environ | {
        "CX_KEY": secrets.token_hex(32),
        "CX_MEMORY_LIMIT": options.memory,
        "PYTHONPATH": str(REPO),
        "OMP_NUM_THREADS": "1",
        "CX_NICE": "0",  # on a machine that others use a nice process never ends
    }
    simulate(extracts, subscriptions=subscriptions, months=options.months, seed=11, daily=11)
    held_back(extracts, folder)
    places = {"extracts": extracts, "day": folder / "day", "next": folder / "next"}
    found: list[Measure] = []

    def step(name: str, command: list[str]) -> Measure:
        cpu, wall, peak, code = measured(command, environment)
        print(f"{subscriptions:,} {name}: {cpu:.1f} s CPU, {peak:,.0f} MB", flush=True)
        if code and name.startswith("build"):  # a gate may say no; what follows a build needs it
            raise SystemExit(f"{subscriptions:,} {name}: failed; see the logs under {home}")
        found.append(Measure(subscriptions, name, cpu, wall, peak, code))
        return found[-1]

    cx = [sys.executable, "-m", "cx.cli", "--home", str(home)]
    for name, arguments in STEPS:
        step(name, cx + [part.format(**places) for part in arguments])
        if name == "ingest":
            step("bare read of the files", bare_read(extracts, options.memory))
        if name == "publish":
            step("pages", pages(home))
            told = json.loads((home / "pages.json").read_text())
            found += [
                Measure(subscriptions, f"page {page}, ms", ms / 1000, 0, 0)
                for page, ms in told.items()
            ]
    # The compiled SQL of everything: dbt's own part of the increment is not in it.
    step("build, everything again", [*cx, "build", "--full"])
    step("the same SQL without dbt", bare_build(home, options.memory))
    step("dbt's start", dbt_start(home))
    return with_ratios(found)


def with_ratios(found: list[Measure]) -> list[Measure]:
    """Add the nights, and to each step what it is measured against."""
    cost = {measure.step: measure for measure in found}
    for night, steps in (("first night", FIRST_NIGHT), ("a later night", LATER_NIGHT)):
        parts = [cost[name] for name in steps]
        cost[night] = Measure(
            parts[0].subscriptions,
            night,
            sum(part.cpu_seconds for part in parts),
            sum(part.wall_seconds for part in parts),
            max(part.peak_mb for part in parts),
        )
    peers = {
        "ingest": "bare read of the files",
        "build, everything": "the same SQL without dbt",
        "build, one day": "build, everything",
        "build, one day by dbt": "build, everything",
        "ingest, next day": "ingest",
        "train, next day": "train",
        "a later night": "first night",
    }
    for name, peer in peers.items():
        one, against, used = cost[name], peer, cost[name].cpu_seconds
        if name == "build, everything":
            against, used = f"{peer}, dbt's start apart", used - cost["dbt's start"].cpu_seconds
        cost[name] = replace(one, against=against, ratio=used / cost[peer].cpu_seconds)
    return list(cost.values())


def growths(found: list[Measure]) -> dict[str, tuple[float, float]]:
    """Fit cost = a + b * size ** e per step; return e and a.

    `a`, what starting costs, is what makes the fit of a straight line in logarithms best.
    """
    told = {}
    for step in dict.fromkeys(measure.step for measure in found):
        own = sorted((one.subscriptions, one.cpu_seconds) for one in found if one.step == step)
        if len(own) < 3:
            continue
        size, cost = (np.array(part, dtype=float) for part in zip(*own, strict=True))
        best = (np.inf, 1.0, 0.0)
        for start in np.linspace(0, 0.98 * cost.min(), 50):
            slope, level = np.polyfit(np.log(size), np.log(cost - start), 1)
            missed = np.exp(slope * np.log(size) + level) + start - cost
            best = min(best, (float((missed / cost) @ (missed / cost)), float(slope), float(start)))
        told[step] = best[1:]
    return told


def report(found: list[Measure], options: argparse.Namespace) -> str:
    """Return the Markdown: the machine, a row per step, a column per size, growth."""
    sizes = sorted({measure.subscriptions for measure in found})
    by = {(measure.step, measure.subscriptions): measure for measure in found}
    growth = growths(found)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    lines = [
        f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}, DuckDB "
        f"{version('duckdb')}, {time.strftime('%Y-%m-%d')}, {options.months} months, memory limit "
        f"{options.memory}, load average {os.getloadavg()[2]:.0f} while measured. CPU seconds, "
        "user and system, of a step and its children; one run.",
        "",
        "| step | " + " | ".join(f"{size:,}: CPU s" for size in sizes) + " | exponent | peak MB, "
        f"{sizes[-1]:,} | against | ratio, {sizes[0]:,} | ratio, {sizes[-1]:,} |",
        "|---|" + "--:|" * (len(sizes) + 2) + "---|--:|--:|",
    ]
    for step in dict.fromkeys(measure.step for measure in found):
        row = [by[step, size] for size in sizes]
        is_page = step.endswith(", ms")
        costs = [
            f"{one.cpu_seconds * (1000 if is_page else 1):,.{0 if is_page else 1}f}" for one in row
        ]
        ratios = ["" if one.ratio is None else f"{one.ratio:.2f}" for one in (row[0], row[-1])]
        lines.append(
            f"| {step} | {' | '.join(costs)} | "
            f"{'' if is_page or step not in growth else format(growth[step][0], '.2f')} | "
            f"{f'{row[-1].peak_mb:,.0f}' if row[-1].peak_mb else ''} | {row[0].against} | "
            f"{' | '.join(ratios)} |"
        )
    lines += targets(found, growth, options.months)
    refused = sorted({f"{one.step} at {one.subscriptions:,}" for one in found if one.exit_code})
    if refused:
        lines += ["", f"Ended with 1 (a gate said no): {', '.join(refused)}."]
    return "\n".join(lines) + "\n"


def targets(found: list[Measure], growth: dict[str, tuple[float, float]], months: int) -> list[str]:
    """Return a table of what was asked and what was found at the largest size, met or not."""
    largest = max(measure.subscriptions for measure in found)
    at = {measure.step: measure for measure in found if measure.subscriptions == largest}
    rows = []
    for step, what, most in TARGETS:
        one = at[step]
        told = {
            "exponent": growth.get(step, (None,))[0],
            "ratio": one.ratio,
            "peak GB": one.peak_mb / 1000,
        }
        against = f" to {one.against}" if what == "ratio" else ""
        rows.append((f"{step}, {what}{against}", told[what], most))
    for night, steps, minutes in NAMED_MINUTES:
        seconds = None  # one or two sizes foretell nothing
        if night in growth:
            grown = [
                growth[step][1]
                + (at[step].cpu_seconds - growth[step][1])
                * (NAMED_SIZE / largest) ** growth[step][0]
                for step in steps
            ]
            seconds = sum(grown) / 2  # both cores busy
        name = f"{night}, minutes at {NAMED_SIZE:,} × {months} months, foretold from {largest:,}"
        rows.append((name, seconds and seconds / 60, minutes))
    return [
        "",
        "| target | measured | at most | met |",
        "|---|--:|--:|---|",
        *(
            f"| {name} | {'–' if value is None else f'{value:,.2f}'} | {most:g} | "
            f"{'–' if value is None else 'yes' if value <= most else '**no**'} |"
            for name, value, most in rows
        ),
    ]


def main() -> None:
    """Measure every size, write Parquet and Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--subscriptions", type=int, nargs="+", default=[1000, 2000, 4000, 8000])
    parser.add_argument("--months", type=int, default=6)
    parser.add_argument("--memory", default="4GB", help="DuckDB's limit")
    parser.add_argument("--out", type=Path, default=Path("var/bench"))
    parser.add_argument("--docs", type=Path, help="a document with the two marks")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    found: list[Measure] = []
    for size in options.subscriptions:
        with tempfile.TemporaryDirectory(prefix="cx_bench_") as folder:
            found += one_size(size, options, Path(folder))
        rows = [asdict(measure) for measure in found]
        with duckdb.connect() as connection:
            connection.execute(
                "create table told (subscriptions bigint, step text, cpu_seconds double, "
                "wall_seconds double, peak_mb double, exit_code int, against text, ratio double)"
            )
            connection.executemany(
                "insert into told values (?, ?, ?, ?, ?, ?, ?, ?)", [list(r.values()) for r in rows]
            )
            connection.table("told").write_parquet(str(options.out / "bench.parquet"))
        told = report(found, options)
        (options.out / "bench.md").write_text(told, encoding="utf-8")
    if options.docs:
        text = options.docs.read_text(encoding="utf-8")
        before, rest = text.split(MARKS[0])
        after = rest.split(MARKS[1])[1]
        options.docs.write_text(
            f"{before}{MARKS[0]}\n\n{told}\n{MARKS[1]}{after}", encoding="utf-8"
        )
    print(told)


if __name__ == "__main__":
    main()
