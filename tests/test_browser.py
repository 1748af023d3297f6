"""Journeys in a real browser, where there is one: links, Back, and who is asked for anything."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import websockets

from benchmarks.app_speed import Tab, free_port, waited
from cx.settings import REPO
from tests.release_fixture import full_home, published

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[tuple[str, str]]:
    """Yield the address of an app and that of a browser's debugging port."""
    settings = full_home(tmp_path_factory.mktemp("browser"))
    published(settings)
    port, debugging = free_port(), free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    app = [sys.executable, "-m", "cx.cli", "--home", str(settings.home), "app", "--port", str(port)]
    browser = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
               "--disable-background-networking", "--disable-component-update", "--disable-sync",
               f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
               f"--remote-debugging-port={debugging}", "--remote-allow-origins=*",
               "about:blank"]  # fmt: skip
    processes = [
        subprocess.Popen(app, env=os.environ | {"PYTHONPATH": str(REPO)}, **quiet),
        subprocess.Popen(browser, **quiet),
    ]
    try:
        waited(f"http://127.0.0.1:{port}/readyz")
        waited(f"http://127.0.0.1:{debugging}/json/version")
        yield f"http://127.0.0.1:{port}", f"http://127.0.0.1:{debugging}"
    finally:
        for process in processes:
            process.terminate()
            process.wait(20)


def in_a_tab(browser: str, journey: object) -> object:
    """Run a journey in a tab of its own, which shares nothing with another but the browser."""

    async def run() -> object:
        request = urllib.request.Request(f"{browser}/json/new?about:blank", method="PUT")
        with urllib.request.urlopen(request) as answer:
            target = json.load(answer)
        async with websockets.connect(target["webSocketDebuggerUrl"], max_size=None) as socket:
            tab = Tab(socket)
            for domain in ("Page", "Network", "Runtime", "Log"):
                await tab.ask(f"{domain}.enable")
            return await journey(tab)

    return asyncio.run(run())


async def clicked(tab: Tab, text: str) -> None:
    """Click the button that says something."""
    found = "[...document.querySelectorAll('button,a')].find(e => e.innerText.trim() === %s)"
    await tab.value(f"{found % json.dumps(text)}.click()")


async def shows(tab: Tab, text: str) -> bool:
    """Wait until the page says something."""
    for _ in range(150):
        if await tab.value(f"document.body.innerText.includes({json.dumps(text)})"):
            return True
        await asyncio.sleep(0.2)
    return False


def test_a_click_changes_the_address_and_the_pasted_link_shows_the_same_elsewhere(served):
    base, browser = served

    async def product_manager(tab: Tab) -> str:
        await tab.opened(f"{base}/churn?lang=en")
        assert await shows(tab, "What moved it")
        await clicked(tab, "Whom to contact")
        assert await shows(tab, "against doing nothing")
        return str(await tab.value("location.href"))

    async def colleague(tab: Tab) -> bool:
        await tab.opened(link)
        return await shows(tab, "Target list") and await shows(tab, "Risk, not persuadability")

    link = in_a_tab(browser, product_manager)
    assert "view=target" in link
    assert in_a_tab(browser, colleague)


def test_back_from_another_page_shows_the_view_as_it_was(served):
    base, browser = served

    async def there_and_back(tab: Tab) -> str:
        await tab.opened(f"{base}/churn?lang=en&view=stay")
        assert await shows(tab, "How long they stay")
        await tab.opened(f"{base}/runs?lang=en")
        assert await shows(tab, "Steps of the run")
        await tab.value("history.back()")
        assert await shows(tab, "Split by")
        return str(await tab.value("location.href"))

    assert "view=stay" in in_a_tab(browser, there_and_back)


# What an element says that some pages end with, and parts that draw what others do not.
ENDS = {
    "": "Что изменилось за",
    "catalogue": "Откуда берётся",
    "retention": "Когорты по месяцу подключения",
    "work-list": "Список на сегодня",
    "preferences": "Рядом со средним",
    "runs?view=gates": "По запускам",
    "explore?by=region": "Все ячейки",
    "service-impact?period=all": "Где это было",
    "decisions?view=what_if": "Все сценарии рядом",
}


def test_a_phone_reads_every_page_without_moving_it_sideways_or_asking_anybody_else(served):
    """Nor does a page break the policy it is sent with: that would be an error in the console."""
    base, browser = served
    views = {path.stem for path in Path(REPO / "app" / "views").glob("*.py")}
    pages = {"" if view == "overview" else view.replace("_", "-") for view in views}
    # What a page has found: the sentence behind the lamp.
    found = """Math.round([...document.querySelectorAll('[data-testid=stMarkdownContainer]')]
        .find(each => each.innerText.startsWith('lightbulb'))?.getBoundingClientRect().bottom)"""

    async def phone(tab: Tab) -> tuple[dict[str, int], dict[str, int], set[str], list[str]]:
        await tab.ask("Emulation.setDeviceMetricsOverride", width=390, height=844,
                      deviceScaleFactor=1, mobile=True)  # fmt: skip
        wider, ends = {}, {}
        for page in sorted(pages | ENDS.keys()):
            await tab.opened(f"{base}/{page}{'&' if '?' in page else '?'}lang=ru")
            assert await shows(tab, ENDS.get(page, "")), page
            script = "document.documentElement.scrollWidth - window.innerWidth"
            wider[page] = int(await tab.value(script) or 0)
            ends[page] = int(await tab.value(found) or 0)
        return wider, ends, tab.hosts, tab.errors

    wider, ends, hosts, errors = in_a_tab(browser, phone)
    assert len(pages) >= 13
    assert {page.partition("?")[0] for page in ENDS} <= pages
    assert {page for page, pixels in wider.items() if pixels > 0} == set()
    # Eight filters above it, one below the other, had the first screen to themselves.
    assert {page for page, pixels in ends.items() if pixels > 844} == set()
    assert 0 < ends["service-impact"] < 760
    assert hosts == {"127.0.0.1"}
    assert errors == []


def test_who_goes_by_key_sees_which_link_of_the_phone_menu_they_are_at(served):
    base, browser = served

    async def by_key(tab: Tab) -> list[str]:
        await tab.ask("Emulation.setDeviceMetricsOverride", width=390, height=844,
                      deviceScaleFactor=1, mobile=False)  # fmt: skip
        await tab.opened(f"{base}/catalogue?lang=en")
        assert await shows(tab, "Where it comes from")
        await tab.value("document.querySelector('[data-testid=stExpandSidebarButton]').click()")
        rings = []
        for _ in range(14):
            for kind in ("keyDown", "keyUp"):
                await tab.ask("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab",
                              windowsVirtualKeyCode=9)  # fmt: skip
            found = "getComputedStyle(document.activeElement).outlineStyle"
            if await tab.value("document.activeElement.tagName") == "A":
                rings.append(str(await tab.value(found)))
        return rings

    rings = in_a_tab(browser, by_key)
    assert rings
    assert set(rings) == {"solid"}


async def pressed(
    tab: Tab, key: str, code: int, text: str = "", *, name: str = "", held: int = 0
) -> None:
    """Press a key and let it go; `held` is 2 while Ctrl is down."""
    for kind, said in (("keyDown", text), ("keyUp", "")):
        await tab.ask("Input.dispatchKeyEvent", type=kind, key=key, code=name or key,
                      windowsVirtualKeyCode=code, text=said, modifiers=held)  # fmt: skip


def test_who_goes_by_key_gets_into_a_menu_and_out_of_it_again(served):
    base, browser = served
    menu = "!!document.activeElement.closest('[data-testid=stPopoverBody]')"
    views = """[...document.querySelectorAll('[data-testid=stPopover] button')].find(
        each => each.innerText.includes('Views'))"""

    async def by_key(tab: Tab) -> tuple[list[bool], str, list[str]]:
        await tab.opened(f"{base}/?lang=en")
        assert await shows(tab, "What changed in")
        await tab.value(f"{views}.focus()")
        await pressed(tab, "Enter", 13, "\r")
        assert await shows(tab, "Keep this view as")
        await asyncio.sleep(1)
        within = [bool(await tab.value(menu))]
        for _ in range(8):
            await pressed(tab, "Tab", 9)
            within.append(bool(await tab.value(menu)))
        await pressed(tab, "Escape", 27)
        await asyncio.sleep(0.5)
        at = str(await tab.value("document.activeElement.innerText"))
        return within, at, tab.errors

    within, at, errors = in_a_tab(browser, by_key)
    assert within[:6] == [True] * 6
    assert not within[-1]  # behind the last field the page goes on
    assert "Views" in at
    assert errors == []


def test_a_few_letters_after_ctrl_k_lead_to_a_part_of_a_page(served):
    base, browser = served

    async def by_key(tab: Tab) -> tuple[str, list[str]]:
        await tab.opened(f"{base}/?lang=en")
        assert await shows(tab, "What changed in")
        await pressed(tab, "k", 75, name="KeyK", held=2)
        assert await shows(tab, "Page, part or metric")
        await asyncio.sleep(1.5)
        await tab.ask("Input.insertText", text="far to trust")  # the field has the focus by itself
        await asyncio.sleep(0.5)
        await pressed(tab, "Enter", 13, "\r")
        assert await shows(tab, "Who leaves and why")
        await asyncio.sleep(1)
        return str(await tab.value("location.pathname + location.search")), tab.errors

    address, errors = in_a_tab(browser, by_key)
    assert address.startswith("/churn?") and "view=trust" in address
    assert errors == []


def test_who_goes_by_key_sees_at_which_tool_of_a_chart_they_are(served):
    base, browser = served
    bar = "document.activeElement.closest('[data-testid=stElementToolbar]')"
    ring = "getComputedStyle(document.activeElement).outlineStyle"

    async def by_key(tab: Tab) -> str:
        await tab.opened(f"{base}/?lang=en")
        assert await shows(tab, "What changed in")
        await tab.value("document.querySelector('input[aria-label=Metric]').focus()")
        await pressed(tab, "Tab", 9)
        await asyncio.sleep(0.5)
        return str(await tab.value(f"getComputedStyle({bar}).opacity + {ring}"))

    assert in_a_tab(browser, by_key) == "1solid"


def test_streamlits_own_words_and_the_pages_language_follow_the_readers(served):
    base, browser = served
    script = """document.documentElement.lang + [...document.querySelectorAll(
        '[data-testid=stElementToolbar] button')].map(each => each.ariaLabel).join()"""

    async def said(tab: Tab) -> tuple[str, str]:
        await tab.opened(f"{base}/?lang=ru")
        assert await shows(tab, "Что изменилось")
        russian = str(await tab.value(script))
        await clicked(tab, "EN")
        assert await shows(tab, "What changed in")
        await asyncio.sleep(0.5)
        return russian, str(await tab.value(script))

    russian, english = in_a_tab(browser, said)
    assert russian.startswith("ru") and "На весь экран:" in russian and "Search" not in russian
    assert english.startswith("en") and "Fullscreen:" in english


def test_no_download_of_streamlits_own_passes_by_rights_and_log(served):
    base, browser = served
    script = """[...document.querySelectorAll('button')].filter(each =>
        /^(Download as|Copy Vega)/.test(each.ariaLabel || '')
        && getComputedStyle(each).display !== 'none').map(each => each.ariaLabel)"""

    async def seen(tab: Tab) -> list[str]:
        await tab.opened(f"{base}/?lang=en")
        assert await shows(tab, "What changed in")
        assert await tab.value(
            "[...document.querySelectorAll('button')].some(each => "
            "/^Fullscreen/.test(each.ariaLabel || ''))"
        )
        return json.loads(str(await tab.value(f"JSON.stringify({script})")))

    assert in_a_tab(browser, seen) == []


def test_care_finds_a_customer_by_an_order_and_opens_the_proof_of_an_answer(served):
    base, browser = served

    async def care(tab: Tab) -> tuple[set[str], list[str]]:
        await tab.opened(f"{base}/customer?lang=en")
        assert await shows(tab, "Whom do you want to see?")
        # As by keyboard: the field is reached, typed into and sent without the mouse.
        await tab.value("document.querySelector('input[type=text]').focus()")
        await tab.ask("Input.insertText", text="R2")
        for kind, text in (("keyDown", "\r"), ("keyUp", "")):
            await tab.ask("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter",
                          windowsVirtualKeyCode=13, text=text)  # fmt: skip
        assert await shows(tab, "It waits for: a repair of the network")
        assert await shows(tab, "Outage since 31 Oct 2026, 20:00 UTC")
        proof = "[...document.querySelectorAll('button')].find(e => e.innerText.includes('Proof'))"
        await tab.value(f"{proof}.click()")
        assert await shows(tab, "service_problem.csv")
        await clicked(tab, "Bill")
        assert await shows(tab, "This bill and the one before")
        assert "view=bill" in str(await tab.value("location.href"))
        return tab.hosts, tab.errors

    hosts, errors = in_a_tab(browser, care)
    assert hosts == {"127.0.0.1"}
    assert errors == []
