"""Faults of the machine in every step of `cx run`: one clear line, nothing lost, the same release.

    .venv/bin/python -m benchmarks.fault_storm --subscriptions 300 --months 4

On a small disk of its own (a tmpfs in a mount namespace, so root or user namespaces are needed):

* the disk is filled, to the last byte and all the while, during each step in turn;
* a vault and a warehouse with a bit flipped or a piece cut off are given to the next run;
* the home is read-only;
* many runs are started at once.

After each fault the command must have said one line, the last release must be whole, and the same
command given again must end. At the end `cx rebuild`, undisturbed, must make the same release.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from app.release import Shelf
from cx.pipeline import STEPS
from cx.release import NoRelease
from cx.settings import Settings

DISK = "900m"
RACERS = 6


class Storm:
    """Runs commands on one home and counts what was not as promised."""

    def __init__(self, root: Path) -> None:
        """Work under a folder."""
        self.home, self.extracts = root / "home", root / "extracts"
        self.environment = os.environ | {"CX_KEY": secrets.token_hex(32), "CX_DISK_RESERVE": "0B"}
        self.broken: list[str] = []

    def cx(self, *arguments: str) -> subprocess.Popen:
        """Start one command on the home."""
        return subprocess.Popen(
            [sys.executable, "-m", "cx.cli", "--home", str(self.home), *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def until(self, step: str) -> tuple[int, str]:
        """Run as far as a step; return the exit code and what was said of an error."""
        process = self.cx("run", str(self.extracts), "--until", step)
        _, said = process.communicate()
        return process.returncode, said.strip()

    def must(self, holds: bool, what: str) -> None:
        """Write down what does not hold."""
        print(f"  {'holds' if holds else 'BROKEN'}: {what}", flush=True)
        if not holds:
            self.broken.append(what)

    def served(self) -> str | None:
        """Return the content that the app would show; None when nothing is published yet."""
        shelf = Shelf(Settings(home=self.home).releases)
        try:
            shown = shelf.newest()
            shelf.ask(shown.release, "select count(*) from marts.metric_value")
            return None if shown.refused else shown.release.content_digest
        except NoRelease:
            return None
        finally:
            shelf.close()


def full_disk(storm: Storm, step: str, served: str | None) -> None:
    """Fill the disk as soon as a step works, keep it full until the command ends, go on."""
    over = threading.Event()
    balloon = storm.home / "balloon"

    def fill() -> None:
        with balloon.open("wb", buffering=0) as file:
            while not over.is_set():
                try:
                    file.write(b"\0" * (1 << 20))
                except OSError:
                    try:
                        file.write(b"\0" * 4096)
                    except OSError:
                        time.sleep(0.02)

    process = storm.cx("run", str(storm.extracts), "--until", step)
    filler = threading.Thread(target=fill)
    before = STEPS[STEPS.index(step) - 1].replace("-", " ") if step != STEPS[0] else ""
    for line in process.stdout:
        # what comes before is passed over; then it is this step's turn
        if line.startswith(before):
            break
    filler.start()
    process.stdout.read()
    said = process.stderr.read().strip()
    code = process.wait()
    over.set()
    filler.join()
    balloon.unlink()
    storm.must(code in (0, 1, 2), f"disk full in {step}: exit {code}")
    is_clear = len(said.splitlines()) == 1 and ("cannot be written" in said or "disk" in said)
    storm.must(is_clear or code == 0, f"one clear line: {said[:300]!r}")
    storm.must(storm.served() == served or code == 0, "the last release is served")


def races(storm: Storm, times: int) -> None:
    """Start several runs at once, many times; never do two of them work."""
    slowest, worked = 0.0, []
    for _ in range(times):
        started = time.monotonic()
        racers = [storm.cx("ingest", str(storm.extracts)) for _ in range(RACERS)]
        codes = []
        for racer in racers:
            racer.communicate()
            codes.append(racer.returncode)
            slowest = max(slowest, time.monotonic() - started)
        storm.broken += [f"race ended with {code}" for code in codes if code not in (0, 75)]
        worked.append(codes.count(0))
    storm.must(min(worked) >= 1, f"{times} races of {RACERS}: at least one works each time")
    storm.must(storm.served() is not None, f"and the release is whole (slowest {slowest:.1f} s)")


def damage(storm: Storm, chance: random.Random, times: int) -> None:
    """Flip or cut vault and warehouse; the next run says so, and the release is served."""
    served, unseen = storm.served(), 0
    for number in range(times):
        path = storm.home / ("vault.duckdb", "warehouse.duckdb")[number % 2]
        whole = path.read_bytes()
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        if number % 4 > 1:
            damaged = damaged[: chance.randrange(len(whole))]
        path.write_bytes(damaged)
        process = storm.cx("doctor", "--deep")
        told, said = process.communicate()
        is_seen = process.returncode == 2 and "MEND" in told
        unseen += not is_seen  # a bit that no block uses
        storm.must(len(said.splitlines()) <= 1, f"one line: {said.strip()[:200]!r}")
        storm.must(storm.served() == served, f"the release is served while {path.name} is damaged")
        path.write_bytes(whole)
    print(f"  {times} times damaged, {times - unseen} seen by cx doctor --deep", flush=True)


def read_only(storm: Storm) -> None:
    """Run on a home that is mounted read-only."""
    served = storm.served()
    remount = ["mount", "-o", "remount,ro", str(storm.home)]
    subprocess.run(remount, check=True)
    code, said = storm.until("publish")
    storm.must(code == 2 and len(said.splitlines()) == 1, f"read-only home: {said!r}")
    storm.must(storm.served() == served, "the release is served")
    subprocess.run([*remount[:2], "remount,rw", str(storm.home)], check=True)


def main() -> None:
    """Do all of it; exit 1 when something was not as promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscriptions", type=int, default=300)
    parser.add_argument("--months", type=int, default=4)
    parser.add_argument("--races", type=int, default=50)
    parser.add_argument("--damages", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.inside:
        prefix = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
        again = [sys.executable, "-m", "benchmarks.fault_storm", *sys.argv[1:], "--inside"]
        sys.exit(subprocess.call([*prefix, *again]))
    with tempfile.TemporaryDirectory(prefix="cx-storm-") as folder:
        storm = Storm(Path(folder))
        storm.home.mkdir()
        tmpfs = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=700", "tmpfs", str(storm.home)]
        subprocess.run(tmpfs, check=True)
        size = ["--subscriptions", str(options.subscriptions), "--months", str(options.months)]
        simulate = storm.cx("demo", "--simulate-only", "--extracts", str(storm.extracts), *size)
        simulate.communicate()
        for step in STEPS:
            print(step, flush=True)
            full_disk(storm, step, None)
            code, said = storm.until(step)
            storm.must(code == 0, f"{step} ends after the disk was freed: {said[:200]}")
        stormy = storm.served()
        read_only(storm)
        races(storm, options.races)
        damage(storm, random.Random(options.seed), options.damages)
        storm.must(storm.until("publish") == (0, ""), "a last run ends")
        storm.must(storm.served() == stormy, "and the release is what it was")
        (storm.home / "vault.duckdb").unlink()
        process = storm.cx("rebuild")
        process.communicate()
        storm.must(process.returncode == 0, "without a vault, cx rebuild ends")
        storm.must(storm.served() == stormy, "and its release, undisturbed, is the same")
        print(json.dumps({"broken": storm.broken}), flush=True)
        subprocess.run(["umount", "-l", str(storm.home)], check=False)
    sys.exit(1 if storm.broken else 0)


if __name__ == "__main__":
    main()
