"""How fast and in how much memory a 3GPP PM file is read, beside a bare parse of the same file.

    .venv/bin/python -m benchmarks.pm_xml --megabytes 300

Writes a file shaped like that of a 5G node (many elements, each with many measInfos of some twenty
counters for a few objects, lists among them) into a temporary folder. Then, each in a process of
its own: expat with no handler at all, expat with handlers that do nothing ("events only"), and the
reader. Figures are megabytes per second of CPU time, and peak resident memory; that of the reader
is also given above what its imports and an idle engine take. Each runs three times; the best
counts, as the machine may be busy.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.parsers import expat

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<measCollecFile xmlns="http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec">
  <fileHeader fileFormatVersion="32.435 V10.0" vendorName="Maker" dnPrefix="SubNetwork=1">
    <fileSender localDn="manager" elementType="RAN"/>
    <measCollec beginTime="2026-01-01T00:00:00+00:00"/>
  </fileHeader>
"""
TAIL = """  <fileFooter>
    <measCollec endTime="2026-01-01T00:15:00+00:00"/>
  </fileFooter>
</measCollecFile>
"""


def element(number: int, chance: random.Random) -> str:
    """Return the measData of one element: 34 measInfos of 3 to 60 counters for 1 to 6 objects."""
    written = [f'  <measData>\n    <managedElement localDn="node{number}" swVersion="R1"/>\n']
    for group in range(34):
        counters = 3 + group * 7 % 58
        written.append(
            f'    <measInfo measInfoId="PM=1,PmGroup=Group{group}">\n      <job jobId="all"/>\n'
            '      <granPeriod duration="PT900S"\n'
            '                  endTime="2026-01-01T00:15:00+00:00"/>\n'
            '      <repPeriod duration="PT900S"/>\n'
        )
        written += [
            f'      <measType p="{place}">pmCounterOfGroup{group}Number{place}</measType>\n'
            for place in range(1, counters + 1)
        ]
        for item in range(1 + group % 6):
            name = f"ManagedElement=node{number},Function=1,Cell={item}"
            written.append(f'      <measValue measObjLdn="{name}">\n')
            for place in range(1, counters + 1):
                value = str(chance.randrange(1000) if chance.random() < 0.3 else 0)
                if place % 7 == 0:
                    value = ",".join(str(chance.randrange(50)) for _ in range(20))
                written.append(f'        <r p="{place}">{value}</r>\n')
            written.append("      </measValue>\n")
        written.append("    </measInfo>\n")
    written.append("  </measData>\n")
    return "".join(written)


def make(path: Path, megabytes: int, seed: int) -> None:
    """Write the file; a hundred different elements come again under new names."""
    chance = random.Random(seed)
    elements = [element(0, chance) for _ in range(100)]
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        number = 0
        while file.tell() < megabytes * 1_000_000:
            file.write(elements[number % 100].replace("node0", f"node{number}"))
            number += 1
        file.write(TAIL)


def parse_only(path: Path, has_handlers: bool) -> int:
    """Run expat over the file."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    if has_handlers:
        parser.StartElementHandler = lambda name, attributes: None
        parser.EndElementHandler = lambda name: None
        parser.CharacterDataHandler = lambda text: None
    with path.open("rb") as file:
        while chunk := file.read(1 << 18):
            parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return 0


def peak() -> float:
    """Return the peak resident memory of this process in MiB (ru_maxrss would be a parent's)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


def child(kind: str, path: Path) -> None:
    """Do one measured thing and print seconds of CPU, rows, peak memory, memory before."""
    before = 0.0
    if kind == "reader":
        import ingest.load  # noqa: F401  what a load has imported anyway
        from cx.settings import Settings
        from cx.warehouse import connected
        from ingest.formats import pm_xml

        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            settings = Settings(home=Path(folder) / "home", contracts=())
            with connected(settings) as connection:
                before = peak()
                started = time.process_time()
                source = pm_xml.read(connection, path, None, Path(folder), set())
                rows, seconds = source.count, time.process_time() - started
                memory = peak()
    else:
        started = time.process_time()
        rows = parse_only(path, kind == "events only")
        seconds, memory = time.process_time() - started, peak()
    print(seconds, rows, memory, before)


def measured(kind: str, path: Path) -> tuple[float, int, float, float]:
    """Run one kind three times, each in a process of its own; return the quickest."""
    runs = []
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.pm_xml", "--child", kind, "--file", str(path)],
            capture_output=True,
            text=True,
            check=True,
        )
        seconds, rows, memory, before = done.stdout.split()
        runs.append((float(seconds), int(rows), float(memory), float(before)))
    return min(runs)


def main() -> None:
    """Write the file, measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.file)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pm.xml"
        make(path, options.megabytes, options.seed)
        size = path.stat().st_size / 1e6
        print(f"file: {size:.0f} MB", flush=True)
        for kind in ("no handler", "events only", "reader"):
            seconds, rows, memory, before = measured(kind, path)
            told = f", {rows:,} results, {memory - before:.0f} MiB above idle" if rows else ""
            print(
                f"{kind:12} {size / seconds:6.1f} MB/s of CPU, peak {memory:.0f} MiB{told}",
                flush=True,
            )


if __name__ == "__main__":
    main()
