"""Who is found again by what two systems say of them, when no number and no phone is common.

    .venv/bin/python -m benchmarks.identity

Loads the two real sets of the same 7,043 customers (../shared/data), one with numbers of its own,
and links them: all of them, and with parts of either left out. The true pairs are known.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from cx.settings import REPO
from tests.identity_trial import OVERLAPS, find_again, loaded


def main() -> int:
    """Measure each overlap and print a line of it."""
    shared = REPO.parent / "shared" / "data"
    if not shared.is_dir():
        sys.stderr.write(f"{shared} is not here\n")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        settings, customers = loaded(shared, Path(folder), own_numbers=True)
        for name, kept in OVERLAPS.items():
            found = find_again(settings, customers, kept)
            rates = ", ".join(
                f"{label} {rate:.4f}"
                for label, rate in (("precision", found.precision), ("recall", found.recall))
                if rate is not None
            )
            sys.stdout.write(
                f"{name}: {found.in_both:,} in both, {found.linked:,} linked, {found.right:,} right"
                f"{', ' if rates else ''}{rates}; {found.to_look_through:,} pairs to look through\n"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
