"""Loads a folder in processes that die by SIGKILL at named points; run by test_loading_kills.py.

    python kill_points.py ROOT [RANDOM_KILLS]

Prints one JSON object: point → what was wrong afterwards, and `reached`, the points that were met.
The process forks before it opens any database, so that a try costs no start of Python.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.ingest_kills import CONTRACT, Deliveries, day, differences, digests
from cx.settings import Settings
from ingest import contents, corrections, load, one_file, transfer
from ingest.contract import Contract
from ingest.formats import csv, parquet  # noqa: F401 (once, not in each child)

CONTRACTS = {"storm": Contract.model_validate(CONTRACT)}
# name → (module, function, which call of it, whether to die before or after it)
POINTS = {
    "landing: in the middle of a copy": (contents, "_chunks", 2, "after"),
    "landing: after a copy": (contents, "stored", 2, "after"),
    "read, before its rows move": (one_file, "_moved", 1, "before"),
    "tokens made": (transfer, "_tokens", 1, "after"),
    "before the insert": (transfer, "_insert", 1, "before"),
    "between two inserts": (transfer, "_insert", 1, "after"),
    "before the vault": (transfer, "seal_tokens", 1, "before"),
    "after the vault, before the commit": (transfer, "seal_tokens", 1, "after"),
    "after the quarantine": (one_file, "put_in_quarantine", 1, "after"),
    "before the ledger": (one_file, "record_file", 2, "before"),
    "after the ledger, before the commit": (one_file, "record_file", 2, "after"),
    "after a commit": (load, "load_file", 2, "after"),
    "before folding": (load, "finish", 1, "before"),
    "after folding, before counting": (load, "fold_series", 1, "after"),
    "all counted, before the checkpoint": (load, "_count_fill", 2, "after"),
}
CORRECTION_POINTS = {
    "before the delete": (corrections, "delete_rows", 1, "before"),
    "between the delete and the insert": (corrections, "delete_rows", 1, "after"),
    "superseded, not inserted": (one_file, "supersede", 1, "after"),
    "inserted, not committed": (transfer, "_insert", 1, "after"),
    "in the ledger, not committed": (one_file, "record_file", 1, "after"),
    "committed": (load, "load_file", 1, "after"),
}


def die() -> None:
    """End as a machine without power does."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(module: object, name: str, call: int, when: str) -> None:
    """Make the n-th call of a function the end of this process."""
    honest, seen = getattr(module, name), 0

    def deadly(*given: object, **named: object) -> object:
        nonlocal seen
        seen += 1
        if seen == call and when == "before":
            die()
        result = honest(*given, **named)
        if seen == call and name == "_chunks":
            return deadly_chunks(result)
        if seen == call:
            die()
        return result

    def deadly_chunks(chunks: object) -> object:
        for chunk in chunks:
            yield chunk[: len(chunk) // 2]
            die()

    setattr(module, name, deadly)


def forked(work: Callable[[], None]) -> int:
    """Do something in a child; return 0, or the signal it died of, or its exit code."""
    child = os.fork()
    if not child:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def loaded(folder: Path, home: Path) -> None:
    """Load a folder."""
    load.load_folder(
        folder, Settings(home=home), contracts=CONTRACTS, loaded_at=load.datetime(2026, 3, 1)
    )


def deliver(root: Path) -> tuple[Path, Path]:
    """Write a folder of each kind of file, and one in which a file of it is corrected."""
    first, second = root / "first", root / "second"
    first.mkdir()
    made = Deliveries(first)
    made.calls(3, 60)
    made.calls(4, 60)
    made.usage(1, 60, "csv.gz")
    made.usage(2, 60, "parquet")
    made.products(1, 60)
    made.outages(1)
    made.outages(2)
    made.archive(1, 2)
    shutil.copy(first / f"calls_{day(3)}_0003.csv", first / f"calls_{day(3)}_twin.csv")
    shutil.copytree(first, second)
    Deliveries(second).calls(3, 70, shift=9)
    return first, second


def told_by(root: Path, name: str, work: Callable[[], object]) -> object:
    """Return what a child found out, by way of a file."""
    said = root / f"{name}.json"
    code = forked(lambda: said.write_text(json.dumps(work())) and None)
    if code:
        raise SystemExit(f"{name} ended with {code}")
    return json.loads(said.read_text())


def killed_at(home: Path, folder: Path, point: tuple) -> bool:
    """Load until the point; tell whether it was met."""
    return forked(lambda: (die_at(*point), loaded(folder, home))) == -signal.SIGKILL


def mixed(home: Path, before: dict, after: dict) -> list[str]:
    """Return how the rows of the contacts are neither those before a correction nor after it."""
    here = digests(home)
    names = ("raw.interaction", "quarantine.rows")
    pictures = [[each[name] for name in names] for each in (before, after)]
    found = [here[name] for name in names]
    return [] if found in pictures else [f"neither old nor new: {found}"]


def main() -> None:
    """Kill at each point, go on, compare with a home that nothing happened to."""
    root, kills = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    first, second = deliver(root)
    calm = root / "calm"
    wrong: dict[str, list[str]] = {}
    reached: list[str] = []
    if forked(lambda: loaded(first, calm)):
        raise SystemExit("the undisturbed load failed")
    before = told_by(root, "before", lambda: digests(calm))
    old = root / "old"
    shutil.copytree(calm, old)
    if forked(lambda: loaded(second, calm)):
        raise SystemExit("the undisturbed correction failed")
    after = told_by(root, "after", lambda: digests(calm))

    def tried(name: str, start: Path | None, folder: Path, mark: dict, kill: Callable) -> None:
        home = root / "home"
        shutil.copytree(start, home) if start else home.mkdir()
        if kill(home):
            reached.append(name)
        said = []
        if start:
            said += told_by(root, "at_once", lambda: mixed(home, before, after))
        if forked(lambda: loaded(folder, home)):
            said.append("the next load failed")
        else:
            said += told_by(root, "then", lambda: differences(mark, home))
        wrong[name] = said
        shutil.rmtree(home)

    for name, point in POINTS.items():
        tried(name, None, first, before, lambda home, at=point: killed_at(home, first, at))
    for name, point in CORRECTION_POINTS.items():
        name = f"correction: {name}"
        tried(name, old, second, after, lambda home, at=point: killed_at(home, second, at))
    chance = random.Random(8)
    for number in range(kills):
        moment = chance.uniform(0.0, 0.8)
        start, folder, mark = ((None, first, before), (old, second, after))[number % 2]

        def at_random(home: Path, folder: Path = folder, moment: float = moment) -> bool:
            child = os.fork()
            if not child:
                try:
                    loaded(folder, home)
                finally:
                    os._exit(0)
            time.sleep(moment)
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            return os.waitstatus_to_exitcode(status) == -signal.SIGKILL

        tried(f"random {number} after {moment:.2f} s", start, folder, mark, at_random)
    print(json.dumps({"wrong": wrong, "reached": reached}))


if __name__ == "__main__":
    main()
