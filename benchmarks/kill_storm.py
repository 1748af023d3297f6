"""kill -9 at random moments of `cx run`: the same command must finish, with the same release.

    .venv/bin/python -m benchmarks.kill_storm --kills 20

An undisturbed run sets the mark. Then homes are run that are killed at random moments, several
times each, before they may finish. Their release must hold the same content (hash over every
column of every table), every file exactly once, and nothing half written.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KILLS_PER_HOME = 5


def cx(home: Path, key: str, *arguments: str) -> subprocess.Popen:
    """Start one cx command on a home."""
    return subprocess.Popen(
        [sys.executable, "-m", "cx.cli", "--home", str(home), *arguments],
        env=os.environ | {"CX_KEY": key},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(home: Path, key: str, extracts: Path) -> float:
    """Run to the end; return its seconds."""
    started = time.monotonic()
    process = cx(home, key, "run", str(extracts))
    output, _ = process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"run ended with {process.returncode}:\n{output}")
    return time.monotonic() - started


def content(home: Path) -> str:
    """Return the content digest of what is served."""
    return json.loads((home / "releases" / "current.json").read_text())["content_digest"]


def main() -> None:
    """Kill, resume, compare; exit 1 when a release differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--subscriptions", type=int, default=500)
    parser.add_argument("--months", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, key = random.Random(options.seed), secrets.token_hex(32)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        extracts = root / "extracts"
        simulate = cx(
            root / "sim", key, "demo", "--simulate-only", "--extracts", str(extracts),
            "--subscriptions", str(options.subscriptions), "--months", str(options.months),
        )  # fmt: skip
        if simulate.wait():
            raise SystemExit(simulate.stdout.read())
        calm = finish(root / "calm", key, extracts)
        mark = content(root / "calm")
        print(f"undisturbed: {calm:.0f} s, content {mark[:12]}", flush=True)
        done = wrong = 0
        while done < options.kills:
            home = root / f"home{done}"
            for _ in range(min(KILLS_PER_HOME, options.kills - done)):
                process = cx(home, key, "run", str(extracts))
                # Squared: a run that is resumed is shorter, and would else end before it is killed.
                moment = 0.3 + calm * 0.8 * chance.random() ** 2
                try:
                    process.wait(moment)
                    print("  ended before it was killed", flush=True)
                    break
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    done += 1
                    print(f"  kill {done} after {moment:.1f} s", flush=True)
            seconds = finish(home, key, extracts)
            same = content(home) == mark
            wrong += not same
            left = [path.name for path in (home / "releases").iterdir() if "building" in path.name]
            print(
                f"finished in {seconds:.0f} s, release {'equal' if same else 'DIFFERS'}, "
                f"left over: {left or 'nothing'}",
                flush=True,
            )
            shutil.rmtree(home)
    print(f"{done} kills, {wrong} releases differ")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
