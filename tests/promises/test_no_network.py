"""Promise 44: everything works with no network, and nothing is told to anybody.

That a whole run connects to nothing tests/test_pipeline.py holds. Here the machine has no network
at all, and the kernel notes each connect, that of libraries in C, too.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest

from cx.settings import REPO
from tests.connects import noted, noting

# A network namespace of its own, in which only the loopback is up.
ALONE = ["unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up; exec "$@"', "sh"]


def is_permitted(command: list[str]) -> bool:
    try:
        return subprocess.run([*command, "true"], capture_output=True).returncode == 0
    except OSError:
        return False


def trace(notes) -> list[str]:
    return ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=connect,sendto", "-o", str(notes)]


def outward(notes) -> list[str]:
    """The lines of a trace that lead anywhere but to this machine."""
    found = [line for line in notes.read_text().splitlines() if "sa_family=AF_INET" in line]
    return [line for line in found if not re.search(r'"127\.\d+\.\d+\.\d+"|"::1"', line)]


def alone(*command: str, notes) -> subprocess.CompletedProcess:
    if not is_permitted(ALONE):
        pytest.skip("no network namespace of one's own is permitted here")
    if not (shutil.which("strace") and is_permitted(trace(notes))):
        pytest.skip("strace is not here, or not permitted")
    return subprocess.run(
        [*ALONE, *trace(notes), *command], capture_output=True, text=True, cwd=REPO
    )


def test_promise_44_an_ingest_works_without_a_network(bench, tmp_path):
    bench.contract(due={"every": "1d"})
    bench.deliver("customers.csv", "id,segment\nC1,consumer\n")
    cx = [sys.executable, "-m", "cx.cli", "--home", str(bench.settings.home)]
    cx += ["--contracts", str(bench.contracts), "ingest", str(bench.extracts)]
    outcome = alone(*cx, notes=tmp_path / "trace")
    assert outcome.returncode == 0, outcome.stderr
    assert outward(tmp_path / "trace") == []
    assert bench.rows("select count(*) from raw.customer") == [(1,)]


def test_promise_44_a_connect_would_be_seen_either_way(tmp_path, monkeypatch):
    notes = noting(tmp_path, monkeypatch)
    call = "import socket; socket.socket().connect_ex(('192.0.2.1', 9))"
    subprocess.run([sys.executable, "-c", f"import socket; {call}"], timeout=200)
    assert [event for event, where in noted(notes) if "192.0.2.1" in where] == ["socket.connect"]
    outcome = alone(sys.executable, "-c", call, notes=tmp_path / "trace")
    assert outcome.returncode == 0
    assert len(outward(tmp_path / "trace")) == 1


@pytest.mark.long
def test_promise_44_a_whole_demo_works_without_a_network(tmp_path):
    home = tmp_path / "home"
    cx = [sys.executable, "-m", "cx.cli", "--home", str(home)]
    demo = ["demo", "--subscriptions", "300", "--months", "4"]
    outcome = alone(*cx, *demo, notes=tmp_path / "trace")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert outward(tmp_path / "trace") == []
    assert (home / "releases" / "current.json").exists()
