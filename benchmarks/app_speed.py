"""Every page in a real browser: how long it takes, what it asks of the network, who can read it.

    .venv/bin/python -m benchmarks.app_speed --home var --out var/app-shots [--axe axe.min.js]

Serves the home with `cx app`, drives Debian's Chromium over its debugging port, and opens every
page at three widths, in both languages and both themes. Printed, for each page: CPU milliseconds of
one script run (the least of five, caches warm; and of its first reader, for whom nothing is
remembered), milliseconds from entering the address to the last
element drawn (median of its views, browser's cache warm), hosts asked, errors of the console, axe's
violations, and by how many pixels the page is wider than its window. A picture of each view is
kept in OUT. For the customer page the CPU of looking up customers nobody has asked for yet is
printed too (median and most of twenty): no answer of theirs is cached.
axe-core comes from npm (`npm pack axe-core`); without it that column stays empty.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import websockets
from streamlit import config
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import AppTest, local_script_runner

from app.pages import PAGES
from cx.release import current, duckdb_read_only
from cx.settings import REPO

WIDTHS = (1440, 1024, 390)
VIEWS = {
    "customer": ("life", "bill", "orders", "standing", "action"),
    "decisions": ("plan", "what_if", "results"),
    "preferences": ("segments", "habits", "needs"),
    "churn": ("why", "stay", "risk", "target", "trust"),
    "runs": ("runs", "gates", "sources", "links", "drift", "releases"),
}
PATIENCE_SECONDS = 40.0
# Streamlit's own: sparklines of st.metric, the list of its menu on narrow screens.
UPSTREAM = ("metric_chart_", "stSidebarNavItems", "st-emotion-cache-1ag8dug")
# Drawn: a title stands, nothing runs, and no element waits for its content.
IS_DRAWN = """(() => !!document.querySelector('h1')
  && document.querySelector('[data-testid=stApp]')?.dataset.testScriptState !== 'running'
  && !document.querySelector('[data-testid=stSkeleton]')
  && [...document.querySelectorAll('[data-testid=stVegaLiteChart]')]
     .every(e => e.querySelector('svg,canvas')))()"""
AXE = """axe.run({runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa']}).then(r =>
  JSON.stringify(r.violations.flatMap(v => v.nodes.map(n => [v.id, n.html.slice(0, 200)]))))"""

# The header's second menu: readers' views and notes, or the first proof of the customer page.
OPEN_A_MENU = "document.querySelectorAll('[data-testid=stPopover] button')[1]?.click()"


@dataclass
class Tab:
    """One page of the browser, spoken to over its debugging socket."""

    socket: websockets.ClientConnection
    sent: int = 0
    hosts: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    async def ask(self, method: str, **given: object) -> dict:
        """Send a command and return its result; note what else the browser tells meanwhile."""
        self.sent += 1
        await self.socket.send(json.dumps({"id": self.sent, "method": method, "params": given}))
        while True:
            told = json.loads(await self.socket.recv())
            if told.get("id") == self.sent:
                return told.get("result", {})
            if told.get("method") == "Network.requestWillBeSent":
                address = urlsplit(told["params"]["request"]["url"])
                if address.scheme in ("http", "https", "ws", "wss"):
                    self.hosts.add(address.hostname or "")
            elif told.get("method") == "Runtime.exceptionThrown":
                self.errors.append(str(told["params"]["exceptionDetails"].get("text"))[:120])
            elif told.get("method") == "Log.entryAdded":
                entry = told["params"]["entry"]
                # Streamlit asks for its own files below a page's address first and finds none.
                if entry["level"] == "error" and "404" not in entry["text"]:
                    self.errors.append(entry["text"][:120])

    async def value(self, script: str) -> object:
        """Return what a script says in the page."""
        told = await self.ask("Runtime.evaluate", expression=script, awaitPromise=True)
        return told.get("result", {}).get("value")

    async def opened(self, address: str) -> float:
        """Open an address and return the seconds until everything is drawn."""
        await self.ask("Page.navigate", url=address)
        begun = time.monotonic()
        while time.monotonic() - begun < PATIENCE_SECONDS:
            if await self.value(IS_DRAWN):
                break
            await asyncio.sleep(0.05)
        took = time.monotonic() - begun
        await asyncio.sleep(1.0)
        return took


def opened_app(home: Path) -> AppTest:
    """Return the app of a home, opened as a server runs it: its settings, scripts compiled once.

    Without them Streamlit would also collect garbage and usage figures in each run.
    """
    os.environ["CX_HOME"] = str(home)
    settings = tomllib.loads((REPO / "app/.streamlit/config.toml").read_text(encoding="utf-8"))
    for section in ("browser", "runner"):
        for name, value in settings[section].items():
            config.set_option(f"{section}.{name}", value)
    compiled = ScriptCache()
    local_script_runner.ScriptCache = lambda: compiled
    return AppTest.from_file(str(REPO / "app" / "main.py"), default_timeout=120).run()


def script_milliseconds(home: Path, page: str, customer: str) -> tuple[float, float]:
    """Return the CPU milliseconds of a page's script for its first reader, and the least of five.

    Nobody has asked for the first one's figures yet; the others find them remembered.
    """
    run = opened_app(home)
    run.switch_page(f"views/{page}.py")
    if page == "customer":
        run.query_params["id"] = customer
    spent = []
    for _ in range(6):
        begun = time.process_time()
        run.run()
        spent.append(1000 * (time.process_time() - begun))
    return spent[0], min(spent[1:])


def look_up_milliseconds(home: Path, customers: list[str]) -> list[float]:
    """Return the CPU milliseconds of looking up each customer for the first time."""
    run = opened_app(home)
    run.switch_page("views/customer.py").run()
    spent = []
    for customer in customers:
        run.query_params["id"] = customer
        begun = time.process_time()
        run.run()
        spent.append(1000 * (time.process_time() - begun))
    return spent[1:]  # the first one also opens the release


def some_customers(home: Path, count: int) -> list[str]:
    """Return customers spread over the whole release."""
    release = current(home / "releases")
    connection = duckdb_read_only(home / "releases" / release.file)
    try:
        rows = connection.execute(
            "select customer_id from marts.dim_customer where is_current "
            "order by hash(customer_id) limit ?",
            [count],
        ).fetchall()
    finally:
        connection.close()
    return [row[0] for row in rows]


def free_port() -> int:
    """Return a port nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def waited(address: str) -> None:
    """Wait until something answers."""
    for _ in range(240):
        try:
            urllib.request.urlopen(address, timeout=5)
            return
        except OSError:
            time.sleep(0.25)
    sys.exit(f"{address} never answered")


async def looked(
    base: str, browser: str, out: Path, axe: str, pages: list[str], customer: str
) -> None:
    """Open every view and print what was seen."""
    request = urllib.request.Request(f"{browser}/json/new?about:blank", method="PUT")
    with urllib.request.urlopen(request) as answer:
        target = json.load(answer)
    heading = ("page", "painted ms", "hosts", "console", "axe", "wider px")
    print("{:<28}{:>11}  {:<12}{:>8}{:>5}{:>9}".format(*heading), flush=True)
    async with websockets.connect(target["webSocketDebuggerUrl"], max_size=None) as socket_:
        tab = Tab(socket_)
        for domain in ("Page", "Network", "Runtime", "Log"):
            await tab.ask(f"{domain}.enable")
        await tab.opened(base)  # the browser's cache is warm from here on
        for page in pages:
            for view in VIEWS.get(page, ("",)):
                await one(tab, base, page, view, out, axe, customer)


async def one(
    tab: Tab, base: str, page: str, view: str, out: Path, axe: str, customer: str
) -> None:
    """Open one view at every width, in both languages and themes."""
    path = "" if page == "overview" else page.replace("_", "-")
    tab.hosts.clear()
    tab.errors.clear()
    seconds, found, wider = [], 0, 0
    for width in WIDTHS:
        for language, theme in (("en", "light"), ("ru", "dark")):
            await tab.ask("Emulation.setDeviceMetricsOverride", width=width, height=900,
                          deviceScaleFactor=1, mobile=width < 600)  # fmt: skip
            await tab.ask("Emulation.setEmulatedMedia",
                          features=[{"name": "prefers-color-scheme", "value": theme}])  # fmt: skip
            query = f"?lang={language}" + (f"&view={view}" if view else "")
            query += f"&id={customer}" if page == "customer" else ""
            seconds.append(await tab.opened(f"{base}/{path}{query}"))
            wider = max(wider, int(await tab.value(
                "document.documentElement.scrollWidth - window.innerWidth") or 0))  # fmt: skip
            shot = await tab.ask("Page.captureScreenshot", format="png")
            name = "_".join(part for part in (page, view, str(width), language, theme) if part)
            (out / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))
            if axe:
                await tab.value(axe)
                found += await violations(tab)
                await tab.value(OPEN_A_MENU)
                await asyncio.sleep(0.5)
                found += await violations(tab)
    hosts = ",".join(sorted(tab.hosts - {"127.0.0.1", "localhost"})) or "its own"
    print(
        f"{page + (f' {view}' if view else ''):<28}{1000 * statistics.median(seconds):>11,.0f}"
        f"  {hosts:<12}{len(tab.errors):>8}{found if axe else '':>5}{wider:>9}",
        flush=True,
    )
    for error in dict.fromkeys(tab.errors):
        print(f"    {error}", flush=True)


async def violations(tab: Tab) -> int:
    """Count what axe finds in the page as it stands, Streamlit's own left out."""
    told = json.loads(str(await tab.value(AXE)))
    return sum(not any(own in html for own in UPSTREAM) for _, html in told)


def main() -> None:
    """Measure and look."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="for screenshots; without it no browser opens")
    parser.add_argument("--axe", type=Path, help="axe.min.js of axe-core")
    parser.add_argument("--pages", nargs="*", default=list(PAGES))
    parser.add_argument("--customer", default="S00000001", help="any number of a customer")
    given = parser.parse_args()
    # before the app opens the release in this process
    asked_for = some_customers(given.home, 21) if "customer" in given.pages else []
    print(f"{'page':<28}{'script CPU ms':>14}{'first reader':>14}")
    for page in given.pages:
        first, least = script_milliseconds(given.home, page, given.customer)
        print(f"{page:<28}{least:>14,.0f}{first:>14,.0f}", flush=True)
    if "customer" in given.pages:
        spent = look_up_milliseconds(given.home, asked_for)
        told = f"median {statistics.median(spent):,.0f}, most {max(spent):,.0f}"
        print(f"{'customer, never asked for':<28}{told:>28}", flush=True)
    if not given.out:
        return
    chromium = shutil.which("chromium") or sys.exit("chromium is not installed")
    given.out.mkdir(parents=True, exist_ok=True)
    port, debugging = free_port(), free_port()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "cx.cli", "--home", str(given.home), "app", "--port",
                 str(port)],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": str(REPO)},
            ),
            subprocess.Popen(
                [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
                 "--no-first-run", "--disable-background-networking", "--disable-sync",
                 "--disable-component-update", f"--user-data-dir={profile}",
                 f"--remote-debugging-port={debugging}", "--remote-allow-origins=*", "about:blank"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            ),
        ]  # fmt: skip
        try:
            waited(f"http://127.0.0.1:{port}/readyz")
            waited(f"http://127.0.0.1:{debugging}/json/version")
            asyncio.run(
                looked(
                    f"http://127.0.0.1:{port}",
                    f"http://127.0.0.1:{debugging}",
                    given.out,
                    given.axe.read_text(encoding="utf-8") if given.axe else "",
                    given.pages,
                    given.customer,
                )
            )
        finally:
            for process in processes:
                process.terminate()
                process.wait(20)


if __name__ == "__main__":
    main()
