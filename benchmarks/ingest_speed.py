"""Ingest beside the bare engine and dlt, in one run: CPU, wall and memory as ratios.

    .venv/bin/python -m benchmarks.ingest_speed --out result.md

Each measurement is a process of its own; all are interleaved and repeated, and the least counts:
whatever else a machine does can only add.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPO))  # dlt's own environment knows nothing of us
DLT = ("dlt[duckdb]>=1,<2", "duckdb>=1.5.6,<2.1", "pandas>=3,<4", "pyarrow>=20")


@dataclass(frozen=True)
class Case:
    """One row of the table: our job, the job it is compared with, and the ratio we want."""

    name: str
    title: str
    ours: str
    peer: str
    target: float | None


CASES = (
    Case("start", "one row (what starting costs)", "ours:one", "bare:one", None),
    Case("csv", "csv, 15 columns", "ours:calls", "bare:calls", 1.35),
    Case("usage", "csv, 7 columns", "ours:usage", "bare:usage", 1.35),
    Case("quoted", "csv, every field quoted", "ours:calls_quoted", "bare:calls_quoted", 1.35),
    Case("bad", "csv, 1 of 10,000 bad (bare: clean)", "ours:calls_bad", "bare:calls", 1.35),
    Case("torn", "csv, 1 of 100,000 torn (bare: clean)", "ours:calls_torn", "bare:calls", None),
    Case("gz", "csv.gz", "ours:calls_gz", "bare:calls_gz", 1.35),
    Case("pii", "csv, 2 pseudonyms (bare: plain)", "ours:identified", "bare:identified", 1.6),
    Case("parquet", "Parquet", "ours:calls_parquet", "bare:calls_parquet", 1.25),
    Case("ndjson", "ndjson, TMF637", "ours:products", "bare:products", 1.5),
    Case("tmf", "ndjson, TMF637 by format tmf", "ours:tmf_products", "bare:products", 1.5),
    Case("dlt", "csv against dlt, dictionaries (per row)", "ours:calls", "dlt:sample", 0.05),
    Case("dlt_fast", "csv against dlt, Arrow tables", "ours:calls", "dlt_arrow:calls", 1.0),
)


# --- in the child -----------------------------------------------------------------------------


def ours(folder: str, root: Path, home: Path) -> int:
    """Load a folder as `cx ingest` does; return the rows read."""
    from benchmarks import ingest_data
    from cx.settings import Settings
    from ingest.contract import Contract
    from ingest.load import load_folder

    data = folder.removeprefix("tmf_")
    body = ingest_data.contract(data)
    if data != folder:
        body["feeds"][0] |= {"format": "tmf", "dialect": {"resources": ["Product"]}}
    contracts = {"bench": Contract.model_validate(body)}
    report = load_folder(root / data, Settings(home=home), contracts=contracts)
    if report.refused:
        raise SystemExit(f"refused: {report.refused[:3]}")
    if report.rows_read != report.rows_loaded + report.rows_quarantined:
        raise SystemExit(f"rows do not add up: {report}")
    return report.rows_read


def bare(folder: str, root: Path, home: Path) -> int:
    """Load a folder with the engine alone, types stated; return the rows."""
    import duckdb

    from benchmarks.ingest_data import bare_sql

    home.mkdir(parents=True)
    connection = duckdb.connect(
        str(home / "bare.duckdb"),
        config={"threads": "2", "memory_limit": "4GB", "temp_directory": str(home)},
    )
    connection.execute("set timezone = 'UTC'")
    connection.execute("set preserve_insertion_order = false")
    connection.execute(f"create table loaded as {bare_sql(root / folder)}")
    rows = connection.execute("select count(*) from loaded").fetchone()[0]
    connection.execute("checkpoint")
    connection.close()
    return rows


def dlt(folder: str, root: Path, home: Path, *, is_arrow: bool) -> int:
    """Load a folder with dlt, as dictionaries or as Arrow tables; return the rows."""
    import csv

    import dlt as tool

    paths = sorted((root / folder).glob("part_*"))
    if is_arrow:
        import pyarrow.csv as arrow_csv

        def rows() -> object:
            for path in paths:
                yield from map(_as_table, arrow_csv.open_csv(path))
    else:

        def rows() -> object:
            for path in paths:
                with path.open(newline="") as file:
                    yield from csv.DictReader(file)

    home.mkdir(parents=True)
    pipeline = tool.pipeline(
        pipeline_name="bench",
        pipelines_dir=str(home / "pipelines"),
        destination=tool.destinations.duckdb(str(home / "dlt.duckdb")),
        dataset_name="raw",
    )
    pipeline.run(tool.resource(rows, name="interaction"), write_disposition="append")
    with pipeline.sql_client() as client:
        return client.execute_sql("select count(*) from interaction")[0][0]


def _as_table(batch: object) -> object:
    import pyarrow

    return pyarrow.Table.from_batches([batch])


def child(job: str, root: Path, home: Path, *, profile: bool) -> None:
    """Do one job and say, as the last line, what it took by our own account."""
    kind, folder = job.split(":")
    if profile:
        import cProfile
        import pstats

        # CPU of every thread, the engine's too, lands on the call that waits for them
        profiler = cProfile.Profile(time.process_time)
        profiler.runcall(ours, folder, root, home)
        stats = pstats.Stats(profiler)
        stats.sort_stats("tottime").print_stats(15)
        stats.print_callers("execute|fetch|to_arrow_table")
        return
    if kind == "ours":
        rows = ours(folder, root, home)
    elif kind == "bare":
        rows = bare(folder, root, home)
    else:
        rows = dlt(folder, root, home, is_arrow=kind == "dlt_arrow")
    status = Path("/proc/self/status").read_text()
    peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"rows": rows, "peak_mb": int(peak) / 1024}))


# --- in the parent ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Measure:
    """What one job took."""

    rows: int
    cpu: float
    wall: float
    peak_mb: float


def measured(job: str, root: Path, python: str) -> Measure:
    """Run one job in a process of its own; its home is deleted afterwards."""
    home, log = root / "home", root / "log"
    started = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [python, __file__, "--job", job, str(root), str(home)],
            env=os.environ | {"CX_KEY": "5a" * 32, "RUNTIME__DLTHUB_TELEMETRY": "false"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - started
    shutil.rmtree(home, ignore_errors=True)
    text = log.read_text(errors="replace").strip()
    if process.returncode:
        raise RuntimeError(f"{job} ended with {process.returncode}: {text[-600:]}")
    said = json.loads(text.splitlines()[-1])
    return Measure(said["rows"], usage.ru_utime + usage.ru_stime, wall, said["peak_mb"])


def least(measures: list[Measure]) -> Measure:
    """Return the least CPU and wall time of the repeats, and the highest memory."""
    ordered = sorted(measures, key=lambda each: each.cpu)
    middle = ordered[(len(ordered) - 1) // 2]
    return Measure(
        middle.rows,
        min(each.cpu for each in measures),
        min(each.wall for each in measures),
        max(each.peak_mb for each in measures),
    )


def dlt_python(root: Path) -> tuple[str | None, str]:
    """Return an interpreter that has dlt (its own environment if need be), and its versions."""
    python = sys.executable
    if importlib.util.find_spec("dlt") is None:
        subprocess.run([sys.executable, "-m", "venv", str(root / "dlt")], check=True)
        python = str(root / "dlt" / "bin" / "python")
        install = [python, "-m", "pip", "install", "--quiet", *DLT]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            return None, f"dlt could not be installed: {done.stderr.strip().splitlines()[-1]}"
    names = "('dlt', 'duckdb', 'pandas', 'pyarrow')"
    code = f"from importlib.metadata import version as v; print({{n: v(n) for n in {names}}})"
    said = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return python, said.stdout.strip()


def memory() -> str:
    """Return the machine's memory."""
    kib = int(Path("/proc/meminfo").read_text().split()[1])
    return f"{kib / 1024**2:.0f} GB memory"


def table(results: dict[str, Measure], cases: list[Case]) -> list[str]:
    """Return the Markdown table; a ratio is ours divided by the peer, per row."""
    lines = [
        "| case | rows | ours CPU s | wall s | peak MB | peer CPU s | wall s | peak MB "
        "| CPU ratio | without start | wall ratio | target | met |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|",
    ]
    for case in cases:
        if case.ours not in results or case.peer not in results:
            continue
        mine, peer = results[case.ours], results[case.peer]
        scale = peer.rows / mine.rows if mine.rows and peer.rows else 1.0
        cpu, wall = mine.cpu * scale / peer.cpu, mine.wall * scale / peer.wall
        begun = "–"
        if {"ours:one", "bare:one"} <= set(results) and case.peer.startswith("bare:"):
            over = peer.cpu - results["bare:one"].cpu
            if case.name != "start" and over > 0:
                begun = f"{(mine.cpu - results['ours:one'].cpu) / over:.2f}"
        target, met = "–", "–"
        if case.target is not None:
            target, met = f"≤ {case.target:g}", "yes" if cpu <= case.target else "**no**"
        rows = f"{mine.rows:,}" + (f" / {peer.rows:,}" if peer.rows != mine.rows else "")
        lines.append(
            f"| {case.title} | {rows} | {mine.cpu:.1f} | {mine.wall:.1f} | {mine.peak_mb:.0f} "
            f"| {peer.cpu:.1f} | {peer.wall:.1f} | {peer.peak_mb:.0f} "
            f"| {cpu:.3g} | {begun} | {wall:.3g} | {target} | {met} |"
        )
    return lines


def pm_xml() -> list[str]:
    """Return what the benchmark of PM XML says, if it is here."""
    path = REPO / "benchmarks" / "pm_xml.py"
    if not path.exists():
        return ["PM XML: not measured, benchmarks/pm_xml.py is not in this tree."]
    environment = os.environ | {"PYTHONPATH": str(REPO)}
    said = subprocess.run(
        [sys.executable, "-m", "benchmarks.pm_xml"],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    return ["PM XML (benchmarks/pm_xml.py):", "", (said.stdout or said.stderr).strip()]


def run(options: argparse.Namespace, root: Path) -> list[str]:
    """Make the deliveries, measure every job, return the report."""
    from importlib.metadata import version

    from benchmarks.ingest_data import make

    has_tmf = (REPO / "ingest" / "formats" / "tmforum.py").exists()
    notes = [] if has_tmf else ["Format tmf: not measured, its reader is not in this tree."]
    cases = [
        case
        for case in CASES
        if (not options.only or case.name in (*options.only, "start"))
        and (case.name != "tmf" or has_tmf)
    ]
    if options.profile:
        make(root, set(), rows=options.rows, files=options.files, seed=options.seed, sample=0)
        arguments = ["--job", "ours:calls", str(root), str(root / "home"), "--profile"]
        subprocess.run([sys.executable, __file__, *arguments], check=True)
        return []
    python, jobs = None, list(dict.fromkeys(job for c in cases for job in (c.ours, c.peer)))
    if any(job.startswith("dlt") for job in jobs):
        python, versions = dlt_python(root)
        notes.append(f"dlt: {versions}")
        jobs = [job for job in jobs if python or not job.startswith("dlt")]
    names = {job.split(":")[1].removeprefix("tmf_") for job in jobs}
    make(
        root, names,
        rows=options.rows, files=options.files, seed=options.seed, sample=options.rows // 10,
    )  # fmt: skip
    found: dict[str, list[Measure]] = {}
    failed: set[str] = set()
    for repeat in range(options.repeats):
        for job in jobs:
            # the ordinary route of dlt is slower by so much that once is enough
            if job in failed or (job == "dlt:sample" and repeat):
                continue
            is_dlt = job.startswith("dlt")
            try:
                measure = measured(job, root, python if is_dlt else sys.executable)
            except RuntimeError as error:
                failed.add(job)
                notes.append(f"FAILED: {error}")
                continue
            found.setdefault(job, []).append(measure)
            print(f"{repeat + 1} {job}: {measure.cpu:.1f} s CPU", file=sys.stderr, flush=True)
    head = (
        f"{os.cpu_count()} cores, {memory()}, Python {platform.python_version()}, DuckDB "
        f"{version('duckdb')}, {dt.date.today()}, {options.rows:,} rows in {options.files} files, "
        f"least of {options.repeats}, load average {os.getloadavg()[0]:.1f}."
    )
    report = [head, "", *table({job: least(each) for job, each in found.items()}, cases)]
    notes += pm_xml() if not options.only or "pm_xml" in options.only else []
    return [*report, "", *notes]


def main() -> None:
    """Measure and print; or, inside, do one job."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--files", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=[*(c.name for c in CASES), "pm_xml"])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--profile", action="store_true", help="profile our part of case csv")
    parser.add_argument("--job", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        job, root, home = options.job
        child(job, Path(root), Path(home), profile=options.profile)
        return
    with tempfile.TemporaryDirectory(prefix="cx-bench-") as folder:
        report = "\n".join(run(options, Path(folder)))
    print(report)
    if options.out and report:
        options.out.write_text(report + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
