"""How many of forty data faults the two doors stop, and what they say of clean homes.

Prepares a monthly and a nightly home of a simulated operator (or takes them as left by an earlier
call), puts each fault into a copy of its own, and asks the door. Prints a line a fault and the sum.
"""

from __future__ import annotations

import argparse
import shutil
import time
from pathlib import Path

from cx.cli import main as cx
from cx.settings import Settings
from expectations import drift
from ingest.simulator import simulate
from tests.data_faults import FAULTS
from tests.fault_trial import copy_of, held_by

# So many that every model is trained: a fault needs something to be put into.
MONTHLY = {"subscriptions": 1500, "months": 6}
NIGHTLY = {"subscriptions": 2000, "months": 3, "daily": 31}


def prepared(folder: Path, name: str, seed: int, *, whole: bool, **size: int) -> Path:
    """Return a home that took in a simulated operator; `whole`: up to a release."""
    home = folder / f"{name}-{seed}"
    if not (home / "ready").exists():
        shutil.rmtree(home, ignore_errors=True)
        extracts = folder / f"{name}-{seed}-extracts"
        simulate(extracts, seed=seed, **size)
        if cx(["--home", str(home), "run" if whole else "ingest", str(extracts)]) != 0:
            raise SystemExit(f"{home} could not be prepared")
        (home / "ready").touch()
    return home


def main() -> None:
    """Run the trial and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("var/gates"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clean-seeds", type=int, nargs="*", default=[1, 2, 3, 4, 5])
    parser.add_argument("--door", choices=["arrivals", "outputs"], help="Faults of one door.")
    given = parser.parse_args()
    homes = {
        "monthly": prepared(given.folder, "monthly", given.seed, whole=True, **MONTHLY),
        "nightly": prepared(given.folder, "nightly", given.seed, whole=False, **NIGHTLY),
    }
    for home in homes.values():
        drift.verdicts(Settings(home=home), "history")
    missed, started = [], time.process_time()
    faults = [fault for fault in FAULTS if given.door in (None, fault.door)]
    for number, fault in enumerate(faults):
        settings = copy_of(homes[fault.home], given.folder / f"trial-{number}")
        stops, warns = held_by(settings, fault, fault.door)
        shutil.rmtree(settings.home)
        if not stops:
            missed.append(fault.name)
        first = (stops or warns or ["nothing"])[0]
        verdict = "stop" if stops else "warn" if warns else "MISSED"
        print(f"{verdict:<6} {fault.name}: {first} (+{len(stops) + len(warns) - 1})", flush=True)
    print(
        f"{len(faults) - len(missed)} of {len(faults)} faults stopped; not: "
        f"{', '.join(missed) or 'none'}; {time.process_time() - started:.0f} CPU-s",
        flush=True,
    )
    for seed in given.clean_seeds:
        home = prepared(given.folder, "monthly", seed, whole=True, **MONTHLY)
        for door in ("arrivals", "outputs"):
            settings = copy_of(home, given.folder / f"trial-{seed}-{door}")
            stops, warns = held_by(settings, None, door)
            shutil.rmtree(settings.home)
            print(
                f"clean seed {seed}, {door}: {len(stops)} stops, {len(warns)} warnings", flush=True
            )
            for each in (*stops, *warns):
                print(f"    {each}", flush=True)


if __name__ == "__main__":
    main()
