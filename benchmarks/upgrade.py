"""A home of an earlier commit is brought forward: it must serve what a new home serves.

    .venv/bin/python -m benchmarks.upgrade --since c91fa91

The code of that commit makes a home and runs a night on it; today's code runs the next one on the
same extracts, and a night in an empty home beside it. The content digests of the two releases (a
hash over every column of every table) must be equal.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.kill_storm import content

HERE = Path(__file__).parent.parent


def cx(code: Path, home: Path, key: str, *arguments: str) -> str:
    """Run one cx command with the code of a checkout; return what it said."""
    outcome = subprocess.run(
        [sys.executable, "-m", "cx.cli", "--home", str(home), *arguments],
        cwd=code,
        env=os.environ | {"CX_KEY": key, "PYTHONPATH": str(code)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if outcome.returncode:
        raise SystemExit(f"{arguments} of {code} ended with {outcome.returncode}: {outcome.stdout}")
    return outcome.stdout


def main() -> None:
    """Make, bring forward, compare; exit 1 when the releases differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--since", required=True, help="commit whose code makes the home")
    parser.add_argument("--subscriptions", type=int, default=300)
    parser.add_argument("--months", type=int, default=5)
    options = parser.parse_args()
    key = secrets.token_hex(32)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        before, extracts, old, new = (root / name for name in ("before", "extracts", "old", "new"))
        subprocess.run(["git", "clone", "--quiet", str(HERE), str(before)], check=True)
        subprocess.run(["git", "-C", str(before), "checkout", "--quiet", options.since], check=True)
        size = ("--subscriptions", str(options.subscriptions), "--months", str(options.months))
        cx(before, old, key, "demo", *size, "--extracts", str(extracts))
        was = content(old)
        told = cx(HERE, old, key, "run", str(extracts))
        cx(HERE, new, key, "run", str(extracts))
        print(told.splitlines()[0])
        print(f"served by {options.since}: {was[:12]}")
        print(f"brought forward: {content(old)[:12]}, in a new home: {content(new)[:12]}")
        is_equal = content(old) == content(new)
    sys.exit(0 if is_equal else 1)


if __name__ == "__main__":
    main()
