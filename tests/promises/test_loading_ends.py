"""Promise 9: whatever is delivered, a run ends soon, in little memory, and writes nowhere else."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import zipfile

import pytest

from cx.settings import REPO
from ingest.formats import pm_grammar

MEMBER = gzip.compress(b"7" * (64 << 20), 1, mtime=0)
GIBIBYTE = 16  # members of 64 MiB
LIMIT_MB, MORE_MB = 256, 300
LOADED = """
import json, re, sys, time
from pathlib import Path
from cx.settings import Settings
from ingest.load import load_folder
began = time.monotonic(), time.process_time()
report = load_folder(
    Path(sys.argv[1]),
    Settings(home=Path(sys.argv[2]), contracts=(Path(sys.argv[3]),), memory_limit=sys.argv[4]),
)
status = Path("/proc/self/status").read_text()
print(json.dumps({
    "refused": report.refused,
    "seconds": time.process_time() - began[1],
    "peak_mb": int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) // 1024,
}))
"""


def climbing() -> bytes:
    """Return an archive whose second member would land beside the extracts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("customers.csv", "id,segment\nC1,a\n")
        archive.writestr("../../evil.csv", "id,segment\nC2,b\n")
    return out.getvalue()


HOSTILE = {
    "a line of 100 MB": ("customers.csv", "csv", lambda: b"id,segment\nC1," + b"x" * (100 << 20)),
    "a line just too long": (
        "customers.csv",
        "csv",
        lambda: b"id,segment\nC1," + b"x" * 2_000_001 + b"\n",
    ),
    "a gibibyte in a gz": ("customers.csv.gz", "csv", lambda: MEMBER * GIBIBYTE),
    "xml two million deep": (
        "customers.xml",
        "pm_xml",
        lambda: f"<{pm_grammar.ROOTS[0]}>".encode() * 2_000_000,
    ),
    "a path that climbs out": ("customers.zip", "csv", climbing),
}

REASONS = {
    "a line of 100 MB": "line longer than",
    "a line just too long": "line longer than",
    # before it is unpacked whole: a bomb of short lines would fill the disk
    "a gibibyte in a gz": "unpacks to more than 200 times",
    "xml two million deep": "inside",
    "a path that climbs out": "climbs out",
}


@pytest.mark.parametrize("fault", HOSTILE)
def test_promise_09_a_hostile_delivery_is_refused_soon_in_little_memory_and_in_its_place(
    bench, fault
):
    """Ten seconds are counted in CPU, so that a busy machine does not fail the test."""
    name, form, content = HOSTILE[fault]
    columns = {"customer_id": "id", "segment": "segment"}
    if form == "pm_xml":
        columns = {"customer_id": "meas_type"}
    bench.contract(
        files="**/customers*",
        format=form,
        entities=[{"entity": "customer", "columns": columns}],
    )
    if name.endswith(".zip"):
        bench.contract(files="**/*.csv")
    path = bench.deliver(name, content())
    root = bench.extracts.parent
    before = {each for each in root.rglob("*") if each.is_file()}
    places = [str(bench.extracts), str(bench.settings.home), str(bench.contracts)]
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *places, f"{LIMIT_MB}MB"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(REPO)},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert len(said["refused"]) == 1
    assert said["refused"][0].startswith(name)
    assert REASONS[fault] in said["refused"][0]
    assert said["seconds"] < 10
    assert said["peak_mb"] < LIMIT_MB + MORE_MB
    after = {each for each in root.rglob("*") if each.is_file()}
    assert {each for each in after - before if bench.settings.home not in each.parents} == set()
    # what was unpacked on the way is gone; landing holds what came, or less
    left = sum(each.stat().st_size for each in bench.settings.home.rglob("*") if each.is_file())
    assert left < path.stat().st_size + (40 << 20)
    assert bench.rows("select state, rows_loaded from ops.file_ledger") == [("rejected", 0)]
