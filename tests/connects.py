"""Notes every connect and name look-up of a process tree: what a run may not make at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

# Runs at the start of each child (sitecustomize), and in the test's own process by `noting`.
_GUARD = """
import json, os, sys

def _note(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        path = os.environ.get("NOTED_CONNECTS")
        if path:
            line = json.dumps([event, repr(arguments[1:] or arguments), os.getpid()])
            with open(path, "a") as file:
                file.write(line + "\\n")

sys.addaudithook(_note)
"""
_IS_HOOKED: list[bool] = []


def noting(folder: Path, patch: object) -> Path:
    """Note the connects of this process and its children while `patch` lasts; return the notes."""
    (folder / "guard").mkdir()
    (folder / "guard" / "sitecustomize.py").write_text(_GUARD)
    notes = folder / "connects"
    notes.touch()
    patch.setenv("NOTED_CONNECTS", str(notes))
    places = [str(folder / "guard"), os.environ.get("PYTHONPATH", "")]
    patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, places)))
    if not _IS_HOOKED:  # an audit hook cannot be taken away again; without notes it does nothing
        exec(compile(_GUARD, "guard", "exec"), {})
        _IS_HOOKED.append(True)
    return notes


def noted(notes: Path) -> list[tuple[str, str]]:
    """Return what was noted: the event, and where to."""
    return [(event, where) for event, where, _ in map(json.loads, notes.read_text().splitlines())]
