"""Ask for every pinned package whether it is known to be vulnerable; never pass unasked.

    python .ci/audit_dependencies.py [FILE]

Exit codes: 0 all were audited and none is vulnerable · 1 some are, or some were not audited ·
2 the advisories could not be reached. pip-audit alone says "No known vulnerabilities found" of a
package it skipped. So a package planted here, known to be vulnerable since 2014, is asked for
first: where nothing is known of it, nothing is known of the others either.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PLANTED = "jinja2==2.7.2"
PINS = Path(__file__).resolve().parents[1] / "constraints.txt"


def pinned(path: Path) -> dict[str, str]:
    """Return name → version of the packages that a file pins."""
    lines = (line.split("#")[0].split(";")[0].strip() for line in path.read_text().splitlines())
    pins = (line.split("==") for line in lines if "==" in line)
    return {plain(name): version for name, version in pins}


def plain(name: str) -> str:
    """Return a package's name in its one spelling."""
    return re.sub("[-_.]+", "-", name).lower()


def asked(path: Path) -> dict[str, dict] | None:
    """Return what is known of each package of a file, or None when nobody could be asked."""
    tool = os.environ.get("PIP_AUDIT")
    command = [tool] if tool else [sys.executable, "-m", "pip_audit"]
    command += ["--requirement", str(path), "--no-deps", "--disable-pip", "--format", "json"]
    command += ["--progress-spinner", "off", "--timeout", os.environ.get("PIP_AUDIT_TIMEOUT", "30")]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        told = json.loads(outcome.stdout)["dependencies"]
    except (json.JSONDecodeError, KeyError, TypeError):
        return None
    return {plain(one["name"]): one for one in told}


def main(path: Path = PINS) -> int:
    """Ask, and say what was found."""
    with tempfile.TemporaryDirectory() as folder:
        planted = Path(folder) / "planted.txt"
        planted.write_text(PLANTED + "\n", encoding="utf-8")
        known = asked(planted)
    if not known or not any(one.get("vulns") for one in known.values()):
        print(f"could not check: the advisories do not answer, or know nothing of {PLANTED}")
        return 2
    wanted, found = pinned(path), asked(path)
    if found is None:
        print("could not check: the advisories stopped answering")
        return 2
    troubles = []
    for name, version in sorted(wanted.items()):
        one = found.get(name, {"skip_reason": "nothing was said of it"})
        if "skip_reason" in one:
            troubles.append(f"{name} was not audited: {one['skip_reason']}")
        for flaw in one.get("vulns", []):
            mended = ", ".join(flaw.get("fix_versions", [])) or "no version yet"
            troubles.append(f"{name} {version}: {flaw['id']}, mended in {mended}")
    for trouble in troubles:
        print(trouble)
    if not troubles:
        print(f"{len(wanted)} packages audited, none is known to be vulnerable")
    return bool(troubles)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
