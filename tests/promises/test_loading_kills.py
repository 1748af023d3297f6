"""Promises 1 and 8: a load that is killed anywhere is finished by the next, once and whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cx.settings import REPO

KILL_POINTS = Path(__file__).with_name("kill_points.py")


@pytest.fixture(scope="module", params=[0, pytest.param(200, marks=pytest.mark.long)])
def killed(request, tmp_path_factory) -> dict:
    """Kill at every named point, and as often at random; what was found, by point."""
    folder = tmp_path_factory.mktemp("killed")
    done = subprocess.run(
        [sys.executable, "-P", str(KILL_POINTS), str(folder), str(request.param)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(REPO), "CX_KEY": "c4" * 32},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    return {
        "named": {name for name in found["wrong"] if not name.startswith(("random", "correction"))},
        "corrected": {name for name in found["wrong"] if name.startswith("correction")},
        "random": {name for name in found["wrong"] if name.startswith("random")},
        "kills": request.param,
        **found,
    }


@pytest.mark.timeout(5400)
def test_promise_01_a_file_is_loaded_exactly_once_whatever_is_killed_when(killed):
    """Afterwards ledger, raw, quarantine and vault are those of a home that nothing happened to."""
    assert len(killed["named"]) >= 12
    assert killed["named"] <= set(killed["reached"])
    assert {name: said for name, said in killed["wrong"].items() if said} == {}
    assert len(killed["random"]) == killed["kills"]
    assert len(killed["random"] & set(killed["reached"])) >= killed["kills"] * 0.6


@pytest.mark.timeout(5400)
def test_promise_08_a_correction_killed_half_way_leaves_the_old_rows_or_the_new(killed):
    """At once, before anything is mended: never both, never neither."""
    assert "correction: between the delete and the insert" in killed["reached"]
    assert killed["corrected"] <= set(killed["reached"])
    assert {name: killed["wrong"][name] for name in killed["corrected"]} == {
        name: [] for name in killed["corrected"]
    }
