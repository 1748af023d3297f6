"""Viewers who read on while a nightly run works: how long a page takes, and whether it is right.

    .venv/bin/python -m benchmarks.viewers --viewers 25 50
    .venv/bin/python -m benchmarks.viewers --home /big/home --viewers 10

A home is made of all but the last month's extracts and served by `cx app`. Each viewer is a session
of its own over a websocket, as a browser's is: it opens a page, reads for a while, opens the next.
First the viewers are alone; then `cx run` takes in the last month beside them and publishes, with
the niceness and threads given. Printed: how long pages took from the click to the last
element, errors, and figures that differ from the release the page names (none may). With --home a
home there is (such as benchmarks.widened makes) is read as it is, without a run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from app.pages import PAGES as APP_PAGES
from ingest.simulator import simulate

# Every page of the app by its address; the first is where a visitor starts.
PAGES = ("", *(name.replace("_", "-") for name in list(APP_PAGES)[1:]))
# Cards of the Overview whose figure is one metric value of the month shown.
CARDS = {
    "Churn": "M28",
    "Experience index (CXI)": "M42",
    "ARPU": "M33",
    "Contact rate": "M05",
    "Availability": "M17",
    "Silent customers": "M36",
}
PATIENCE_SECONDS = 60.0


@dataclass
class Seen:
    """What the viewers of one trial saw."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    checked: int = 0
    wrong: list[str] = field(default_factory=list)
    releases: Counter = field(default_factory=Counter)


@dataclass
class Page:
    """What came over the wire of one page."""

    release: str = ""
    month: str = ""
    cards: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def take(self, message: ForwardMsg) -> None:
        """Note what matters of one message."""
        if message.WhichOneof("type") != "delta":
            return
        if message.delta.WhichOneof("type") != "new_element":
            return
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "metric":
            self.cards[element.metric.label] = element.metric.body
        elif kind == "markdown":
            for pattern, name in (
                (r"release (\S+Z_[0-9a-f]{8})", "release"),
                (r"In (\w{3} \d{4})", "month"),
            ):
                found = re.search(pattern, f"{element.markdown.body} {element.markdown.help}")
                if found and not getattr(self, name):
                    setattr(self, name, found[1])
        elif kind == "exception":
            self.faults.append(f"exception {element.exception.type}")
        elif kind == "alert" and element.alert.format == element.alert.ERROR:
            self.faults.append(element.alert.body)


class Truth:
    """Figures as the release files hold them."""

    def __init__(self, releases: Path) -> None:
        """Read from this folder."""
        self.releases = releases
        self._known: dict[str, dict[tuple[str, str], float]] = {}

    def of(self, release: str) -> dict[tuple[str, str], float]:
        """Return the monthly values of a release by metric and month."""
        if release not in self._known:
            path = str(self.releases / f"{release}.duckdb")
            with duckdb.connect(path, read_only=True) as connection:
                rows = connection.execute(
                    "select metric_id, strftime(period_start, '%b %Y'), value "
                    "from marts.metric_value where period_grain = 'month' and dimension = 'all' "
                    "and value is not null"
                ).fetchall()
            self._known[release] = {(metric, month): value for metric, month, value in rows}
        return self._known[release]

    def check(self, page: Page, seen: Seen) -> None:
        """Compare the cards of an Overview with the release it names, to the digits shown."""
        if not page.release or not page.month:
            seen.errors.append("an Overview without its release or month")
            return
        for label, metric in CARDS.items():
            shown = re.fullmatch(r"([\d.]+)%?", page.cards.get(label, ""))
            if not shown:
                continue
            value = self.of(page.release)[metric, page.month]
            decimals = len(shown[1].partition(".")[2])
            seen.checked += 1
            if abs(float(shown[1]) - value) > 0.5000001 * 10**-decimals:
                seen.wrong.append(f"{page.release} {label}: {shown[1]} shown, {value} held")


async def viewer(
    port: int, truth: Truth, seen: Seen, until: asyncio.Event, reads: float, dice: random.Random
) -> None:
    """Open page after page until told to stop."""
    await asyncio.sleep(dice.uniform(0, reads))
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    while not until.is_set():
        try:
            async with websockets.connect(
                address,
                subprotocols=["streamlit", "PLACEHOLDER"],
                origin=f"http://127.0.0.1:{port}",
                max_size=None,
                open_timeout=PATIENCE_SECONDS,
            ) as session:
                while not until.is_set():
                    await visit(session, dice.choice(PAGES), truth, seen)
                    await asyncio.sleep(dice.uniform(0.5, 1.5) * reads)
        except (OSError, TimeoutError, websockets.WebSocketException) as error:
            seen.errors.append(f"{type(error).__name__}: {error}")
            await asyncio.sleep(1)


async def visit(session: object, name: str, truth: Truth, seen: Seen) -> None:
    """Open one page; take its time and look at what it shows."""
    order = BackMsg()
    order.rerun_script.query_string = "lang=en"
    order.rerun_script.page_name = name
    page, started = Page(), time.monotonic()
    await session.send(order.SerializeToString())
    while True:
        message = ForwardMsg()
        message.ParseFromString(await asyncio.wait_for(session.recv(), PATIENCE_SECONDS))
        page.take(message)
        if message.WhichOneof("type") == "script_finished":
            break
    seen.seconds.setdefault(name or "overview", []).append(time.monotonic() - started)
    seen.errors += page.faults
    seen.releases[page.release] += 1
    if not name:
        truth.check(page, seen)


async def trial(
    port: int, releases: Path, viewers: int, reads: float, command: list[str] | None, alone: float
) -> tuple[Seen, float, int | None]:
    """Let viewers read while a command works, or for `alone` seconds; return what they saw."""
    seen, until, truth = Seen(), asyncio.Event(), Truth(releases)
    tasks = [
        asyncio.create_task(viewer(port, truth, seen, until, reads, random.Random(number)))
        for number in range(viewers)
    ]
    started = time.monotonic()
    if command is None:
        await asyncio.sleep(alone)
        code = None
    else:
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
        code = await process.wait()
    took = time.monotonic() - started
    if command is not None:
        await asyncio.sleep(2 * reads)  # the new release, too, is read
    until.set()
    await asyncio.gather(*tasks)
    return seen, took, code


def told(name: str, seen: Seen, took: float) -> str:
    """Return a trial as a line of figures."""
    every = sorted(second for seconds in seen.seconds.values() for second in seconds)
    quantiles = statistics.quantiles(every, n=20)
    pages = ", ".join(
        f"{page} {statistics.quantiles(seconds, n=20)[18]:.2f}"
        for page, seconds in sorted(seen.seconds.items())
        if len(seconds) > 1
    )
    return (
        f"{name:<34} {took:6.0f} s {len(every):5} pages  p50 {quantiles[9]:.2f} s  "
        f"p95 {quantiles[18]:.2f} s  max {every[-1]:.2f} s  errors {len(seen.errors)}  "
        f"figures {seen.checked}, wrong {len(seen.wrong)}  releases {len(seen.releases)}\n"
        f"{'':<34} p95 by page: {pages}"
    )


def prepared(folder: Path, subscriptions: int, months: int) -> tuple[Path, Path]:
    """Make a home of all but the last month; return it and the extracts with the last month."""
    extracts, home = folder / "extracts", folder / "home"
    held_back = folder / "held_back"
    simulate(extracts, subscriptions=subscriptions, months=months, seed=20261123)
    newest = max(
        found[0] for path in extracts.rglob("*") if (found := re.findall(r"_(20\d{6})", path.name))
    )
    for path in [path for path in extracts.rglob(f"*_{newest}*") if path.is_file()]:
        target = held_back / path.relative_to(extracts)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)
    subprocess.run(cx(home, "run", str(extracts)), check=True, stdout=subprocess.DEVNULL)
    shutil.copytree(held_back, extracts, dirs_exist_ok=True)
    return home, extracts


def cx(home: Path, *arguments: str) -> list[str]:
    """Return a cx command on a home."""
    return [sys.executable, "-m", "cx.cli", "--home", str(home), *arguments]


def served(home: Path) -> tuple[subprocess.Popen, int]:
    """Start the app on a free port and wait until it is ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = subprocess.Popen(cx(home, "app", "--port", str(port)), stdout=subprocess.DEVNULL)
    for _ in range(240):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return app, port
        except OSError:
            time.sleep(0.5)
    app.kill()
    raise SystemExit("the app did not start")


def watched(
    home: Path, viewers: int, commands: dict[str, list[str] | None], options: argparse.Namespace
) -> bool:
    """Serve a home, let viewers read beside each command; tell whether it was amiss."""
    is_bad = False
    app, port = served(home)
    try:
        for name, command in commands.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            seen, took, code = asyncio.run(
                trial(port, home / "releases", viewers, options.reads, command, options.alone)
            )
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            print(told(f"{viewers} viewers {name}", seen, took), flush=True)
            if command:
                spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
                print(f"{'':<34} the run ended with {code} after {spent:.0f} CPU-s")
            print(f"{'':<34} load {os.getloadavg()[0]:.1f}", flush=True)
            for fault in [*Counter(seen.errors).most_common(3), *seen.wrong[:3]]:
                print(f"{'':<34} {fault}")
            is_bad |= bool(seen.errors or seen.wrong or code)
    finally:
        app.terminate()
        app.wait(30)
    return is_bad


def main() -> None:
    """Measure; exit 1 on an error or a wrong figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, nargs="+", default=[25, 50])
    parser.add_argument("--subscriptions", type=int, default=1500)
    parser.add_argument("--months", type=int, default=5)
    parser.add_argument("--reads", type=float, default=10.0, help="mean seconds a page is read")
    parser.add_argument("--alone", type=float, default=60.0, help="seconds without a run")
    parser.add_argument("--niceness", default="10")
    parser.add_argument(
        "--prepared", type=Path, help="folder of an earlier call's home and extracts, kept for it"
    )
    parser.add_argument("--threads", default="1")
    parser.add_argument("--home", type=Path, help="a home to read as it is, without a run beside")
    options = parser.parse_args()
    if not options.home:
        # Without a key in the environment a home makes its own, and keeps it for the next call.
        os.environ.pop("CX_KEY", None)
    os.environ |= {
        "CX_NICE": options.niceness,
        "CX_THREADS": options.threads,
    }
    is_bad = False
    if options.home:
        for viewers in options.viewers:
            is_bad |= watched(options.home, viewers, {"alone": None}, options)
        sys.exit(1 if is_bad else 0)
    with tempfile.TemporaryDirectory(prefix="cx_viewers_") as folder:
        kept = options.prepared or Path(folder)
        if (kept / "home").is_dir():
            home, extracts = kept / "home", kept / "extracts"
        else:
            home, extracts = prepared(kept, options.subscriptions, options.months)
        print(
            f"{options.subscriptions} subscriptions x {options.months} months, {os.cpu_count()} "
            f"cores, load {os.getloadavg()[0]:.1f} before, a page read for {options.reads:.0f} s, "
            f"the run at niceness {options.niceness} with {options.threads} threads"
        )
        for viewers in options.viewers:
            own = Path(folder) / f"home_{viewers}"
            shutil.copytree(home, own)
            commands = {"alone": None, "beside cx run": cx(own, "run", str(extracts))}
            is_bad |= watched(own, viewers, commands, options)
    sys.exit(1 if is_bad else 0)


if __name__ == "__main__":
    main()
