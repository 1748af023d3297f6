"""What a walk through the app found, by readers of every role and in a hurry."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest
from starlette.responses import HTMLResponse
from streamlit.testing.v1 import AppTest

from app.access import Visitor
from app.start_page import StartPage
from app.words import CATALOGUE
from cx.settings import REPO
from tests.test_app import healthy

MISSED = CATALOGUE["link.missed"]


@pytest.fixture
def start() -> Callable[[str], httpx.Response]:
    """Ask Streamlit's start page, which it answers with whatever the address."""

    async def page(scope, receive, send):
        await HTMLResponse('<html lang="en"><head></head></html>')(scope, receive, send)

    async def asked(address: str) -> httpx.Response:
        transport = httpx.ASGITransport(StartPage(page))
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            return await client.get(f"http://app{address}")

    return lambda address: asyncio.run(asked(address))


def test_an_address_no_page_has_leads_to_the_first_page_which_names_it(start, full, opened):
    assert start("/work-list?lang=ru").status_code == 200
    led = start("/service-impakt?lang=ru&region=north")
    assert led.status_code == 302
    assert led.headers["location"] == "/?lang=ru&no_page=service-impakt"
    # What stands in its place says so, once, in the reader's language.
    run = opened(full, "overview", lang="ru", no_page="service-impakt")
    told = "Страница service\\-impakt (показано: Обзор)"
    assert [each.value for each in run.warning] == [MISSED[1].format(values=told)]
    assert "no_page" not in run.query_params
    assert not run.run().warning


def test_whose_first_page_is_another_is_told_there(full, monkeypatch):
    care = Visitor("in", "actor", frozenset({"care"}), regions=None)
    monkeypatch.setenv("CX_HOME", str(full.home))
    monkeypatch.setattr("app.access._visitor", lambda settings: care)
    run = AppTest.from_file(str(REPO / "app" / "main.py"), default_timeout=30)
    run.query_params["no_page"] = "x" * 99
    healthy(run.run())
    assert run.title[0].value == CATALOGUE["service"][0]
    assert f"Page {'x' * 60} (shown: Service impact)" in run.warning[0].value


@pytest.mark.parametrize("path", ["//evil.example/x", "/%0d%0aset-cookie:a", "/../etc", "/a/churn"])
def test_no_address_leads_out_of_the_app(start, path):
    place = start(path).headers.get("location", "/")
    assert place.startswith("/") and not place.startswith("//")
    assert "\n" not in place


def test_a_page_is_found_with_a_stroke_behind_its_name(start):
    assert start("/churn/?m=2026-10").headers["location"] == "/churn?m=2026-10"
