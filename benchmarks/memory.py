"""What do trainers and scorers hold in memory, each alone, and how does it grow with the base?

    python -m benchmarks.memory --homes /tmp/small /tmp/large --memory 500MB

Homes that were built (`cx build`) are copied; each trainer and then each scorer runs in a process
of its own on the copy, in the order of `cx train` and `cx score`. Told: the peak each process held
beyond what it held after its imports (peak resident memory, as the system tells), where in `ml/` it
was when it held the most (looked at 50 times a second, so a short peak may be missed), and between
the two homes the exponent. --sums prints a digest of every table of `ml` afterwards, without
the identifiers of models, which change with the code: the same before and after a change that was
only one of memory. --beside ONE OTHER measures nothing, but tells how far what was told from all
lines and what was told from a draw of them lie apart, in two homes of the same data.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
from sklearn.metrics import adjusted_rand_score

from cx.settings import REPO

TRAINERS = (
    ("train churn", "ml.train_churn", "train_churn", ""),
    ("train preference", "ml.train_preference", "train_preference", "seed"),
    ("train effects", "ml.train_effects", "train_effects", ""),
    ("train index", "ml.cxi_calibration", "train_cxi", ""),
    ("train survival", "ml.train_survival", "train_survival", "seed"),
    ("train uplift", "ml.train_uplift", "train_uplift", "seed"),
    ("train segments", "ml.train_segments", "train_segments", "seed"),
    ("measure quality", "ml.quality", "measure_quality", ""),
)
SCORERS = (
    ("score churn", "ml.score", "score_churn", ""),
    ("score preference", "ml.score", "score_preference", ""),
    ("score value", "ml.value", "score_value", ""),
    ("score campaign", "ml.campaigns", "score_campaign", "seed"),
    ("score actions", "ml.decision_desk", "score_actions", ""),
    ("score curves", "ml.survival_curves", "score_curves", ""),
    ("score segments", "ml.segment_moves", "score_segments", ""),
    ("score what-if", "ml.what_if", "score_what_if", ""),
    ("score needs", "ml.unmet_needs", "score_unmet_needs", ""),
    ("write lists", "", "", ""),
)
# Of which model a row is depends on the code; of when it was written, on the clock.
_NOT_SUMMED = ("model_id", "challenger_id", "champion_id", "served_id", "code_digest")
_PROBE = """
import json, os, sys, threading, time, traceback
import importlib
from cx.settings import Settings
home, module, name, seed = sys.argv[1:5]
import ml.train, ml.score
from ml.train_churn import SEED
from threadpoolctl import threadpool_limits

def held(field):
    for line in open("/proc/self/status"):
        if line.startswith(field):
            return int(line.split()[1]) / 1024

settings = Settings.from_env(__import__("pathlib").Path(home))
before, main = held("VmRSS"), threading.main_thread().ident
most, where, ended = 0.0, "", threading.Event()

def watch():
    global most, where
    while not ended.wait(0.02):
        now = held("VmRSS")
        if now > most:
            stack = traceback.extract_stack(sys._current_frames()[main])
            own = [f"{at.filename.rsplit('/', 1)[1]}:{at.lineno} {at.name}"
                   for at in stack if "/ml/" in at.filename]
            most, where = now, " > ".join(own[-3:])

watcher = threading.Thread(target=watch, daemon=True)
watcher.start()
started = time.process_time()
if module:
    call = getattr(importlib.import_module(module), name)
    with threadpool_limits(limits=1):
        call(settings, SEED) if seed else call(settings)
else:
    from cx.warehouse import writing
    from ml.lists import write_lists
    with writing(settings) as connection:
        write_lists(connection)
seconds = time.process_time() - started
ended.set()
# On a line of its own: the engine may have drawn a progress bar before it.
print("\\n" + json.dumps([before, held("VmHWM"), seconds, where]))
"""


def peaks(home: Path, memory: str, only: str) -> dict[str, tuple[float, float, float, str]]:
    """Return of each trainer and scorer: MB before, peak MB, CPU seconds, and where it was."""
    environment = os.environ | {
        "CX_MEMORY_LIMIT": memory,
        "PYTHONPATH": str(REPO),
        "OMP_NUM_THREADS": "1",
    }
    told = {}
    for label, module, name, seed in (*TRAINERS, *SCORERS):
        if only and not label.startswith(tuple(only.split(","))):
            continue
        done = subprocess.run(
            [sys.executable, "-c", _PROBE, str(home), module, name, seed],
            env=environment,
            cwd=REPO,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            print(f"{label} failed: {done.stderr.strip().splitlines()[-1][:200]}", flush=True)
            continue
        before, peak, seconds, where = json.loads(done.stdout.splitlines()[-1])
        told[label] = (before, peak, seconds, where)
        print(
            f"  {label}: {before:,.0f} MB before, {peak:,.0f} at the peak, "
            f"{seconds:.1f} s CPU; {where}",
            flush=True,
        )
    return told


def sums(home: Path) -> dict[str, str]:
    """Return rows and a digest of each table of ml, whatever the order of its rows."""
    told = {}
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        tables = connection.execute(
            "select table_name, list(column_name order by column_index) from duckdb_columns() "
            "where schema_name = 'ml' group by table_name order by table_name"
        ).fetchall()
        for table, columns in tables:
            kept = ", ".join(f'"{name}"' for name in columns if name not in _NOT_SUMMED)
            # A file of a model is another each time it is written: it holds addresses.
            kept = "target, status, train_rows, data_digest" * (table == "ml_model") or kept
            rows, total = connection.execute(
                f"select count(*), coalesce(sum(hash({kept})::hugeint), 0) from ml.{table}"
            ).fetchall()[0]
            told[table] = f"{rows} rows {total % 2**64:016x}"
    return told


def beside(one: Path, other: Path) -> None:
    """Print how alike drift, sentences and segments came out in two homes of the same data."""
    with duckdb.connect() as connection:
        for name, home in (("one", one), ("other", other)):
            connection.execute(f"attach '{home / 'warehouse.duckdb'}' as {name} (read_only)")
        for told, query in _BESIDE.items():
            print(told + ":", *connection.execute(query).fetchall()[0])
        pairs = connection.execute(
            "select a.segment_id, b.segment_id from one.ml.ml_segment_member as a "
            "inner join other.ml.ml_segment_member as b using (subscription_id, as_of_date)"
        ).fetchall()
    if pairs:
        alike = adjusted_rand_score(*zip(*pairs, strict=True))
        print(f"segments: adjusted Rand index {alike:.3f} of {len(pairs):,} lines")


_BESIDE = {
    "columns watched, largest difference of the stability index, verdicts that differ": """
        select count(*), round(max(abs(a.value - b.value)), 4), count_if(a.verdict <> b.verdict)
        from one.ml.ml_drift as a
        inner join other.ml.ml_drift as b using (as_of_date, subject_kind, subject)
    """,
    "reasons, of them told in other words": """
        select count(*), count_if(a.sentence <> b.sentence)
        from one.ml.ml_score_reason as a
        inner join other.ml.ml_score_reason as b
            using (subscription_id, as_of_date, target, reason_rank)
    """,
}


def size_of(home: Path) -> int:
    """Return how many subscriptions a home holds."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(
            "select count(distinct subscription_id) from marts.dim_subscription"
        ).fetchall()[0][0]


def main() -> None:
    """Measure each home, then tell what grew."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--homes", type=Path, nargs="+", default=[], help="the smallest first")
    parser.add_argument("--memory", default="500MB")
    parser.add_argument("--only", default="", help="beginnings of names, by comma: score,train c")
    parser.add_argument("--sums", type=Path, help="where to put digests of the tables of ml")
    parser.add_argument("--in-place", action="store_true", help="change the homes, make no copy")
    parser.add_argument("--beside", type=Path, nargs=2, help="two homes to compare")
    options = parser.parse_args()
    if options.beside:
        beside(*options.beside)
        return
    found, digests = [], {}
    for home in options.homes:
        with tempfile.TemporaryDirectory(prefix="cx_memory_", dir=home.parent) as folder:
            own = home
            if not options.in_place:
                own = Path(folder)
                shutil.copy(home / "warehouse.duckdb", own)
                if (home / "estimators").exists():
                    shutil.copytree(home / "estimators", own / "estimators")
            size = size_of(own)
            print(f"{size:,} subscriptions, CX_MEMORY_LIMIT={options.memory}", flush=True)
            found.append((size, peaks(own, options.memory, options.only)))
            if options.sums:
                digests[home.name] = sums(own)
    if options.sums:
        options.sums.write_text(json.dumps(digests, indent=1))
    if len(found) > 1:
        (small, first), (large, last) = found[0], found[-1]
        for label in first.keys() & last.keys():
            one, two = (peak[1] - peak[0] for peak in (first[label], last[label]))
            exponent = math.log(max(two, 1) / max(one, 1)) / math.log(large / small)
            print(f"{label}: beyond imports {one:,.0f} to {two:,.0f} MB, exponent {exponent:.2f}")


if __name__ == "__main__":
    main()
