"""Promise 18: freshness is told; every page shows it per feed; a missing feed alarms in time."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app import pages as app_pages
from cx.aftermath import look
from cx.due import due_at, minutes_of
from cx.feeds import FeedState
from cx.ledger import FileRecord, record_file, replace_feeds
from cx.release import OPS_SUMMARIES
from cx.settings import REPO, Settings
from cx.warehouse import writing
from ingest.contract import Due
from ingest.sources import freshness
from tests.release_fixture import full_home, published
from tests.visitors import at_page

PAGES = tuple(app_pages.PAGES)
LAST = datetime(2026, 10, 31, 2, 30)
DUE = datetime(2026, 11, 1, 6, 0)


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Settings:
    settings = full_home(tmp_path_factory.mktemp("served"))
    with writing(settings) as connection:
        replace_feeds(
            connection,
            [
                FeedState("crm", "customers", LAST, DUE, True),
                FeedState("fault", "alarms", LAST - timedelta(days=1), None, False),
                FeedState("survey", "answers", None, None, True),
            ],
        )
    published(settings)
    return settings


def drawn(served: Settings, monkeypatch, page: str, moment: datetime, language: str = "en") -> str:
    monkeypatch.setenv("CX_HOME", str(served.home))
    monkeypatch.setattr("app.freshness.now", lambda: pd.Timestamp(moment))
    run = AppTest.from_file(str(REPO / "app" / "main.py"), default_timeout=30)
    at_page(run, page, lang=language, **({} if page == "overview" else {"id": "S001"}))
    assert not run.exception
    popovers = [block.proto.popover.label for block in run.get("popover")]
    return "\n".join([*popovers, *(element.value for element in run.markdown)])


@pytest.mark.parametrize("page", PAGES)
def test_promise_18_every_page_tells_the_moment_each_feed_reaches_to(served, monkeypatch, page):
    text = drawn(served, monkeypatch, page, DUE - timedelta(minutes=1))
    assert "| `crm.customers` | 31 Oct 2026, 02:30 | due 1 Nov 2026, 06:00 |" in text
    assert "| `fault.alarms` | 30 Oct 2026, 02:30 | – |" in text
    assert "Feeds late: 1" in text  # the one that never came


@pytest.mark.parametrize("page", PAGES)
def test_promise_18_a_page_knows_what_is_late_by_the_readers_clock(served, monkeypatch, page):
    text = drawn(served, monkeypatch, page, DUE + timedelta(minutes=1))
    assert "Feeds late: 2" in text
    assert ":orange[late since 1 Nov 2026, 06:00]" in text
    assert ":orange[late: never came]" in text


def test_promise_18_pages_say_it_in_russian_too(served, monkeypatch):
    text = drawn(served, monkeypatch, "overview", DUE + timedelta(minutes=1), "ru")
    assert "Опаздывают: 2" in text
    assert "опаздывает с 1 нояб. 2026, 06:00" in text


def test_promise_18_a_release_made_before_there_were_due_times_tells_its_feeds(
    monkeypatch, tmp_path
):
    kept = {name: query for name, query in OPS_SUMMARIES.items() if name != "feed"}
    monkeypatch.setattr("cx.release.OPS_SUMMARIES", kept)
    settings = full_home(tmp_path / "old")
    with writing(settings) as connection:
        record_file(
            connection,
            FileRecord(
                source_system="crm",
                feed="customers",
                file_id=str(uuid.UUID(int=1)),
                sha256="",
                file_name="customers.csv",
                bytes=1,
                state="loaded",
                batch_id="batch-1",
                loaded_at=LAST,
                extracted_at=LAST,
            ),
        )
    published(settings)
    text = drawn(settings, monkeypatch, "overview", DUE)
    assert "| `crm.customers` | 31 Oct 2026, 02:30 | – |" in text
    assert "Feeds late" not in text


@pytest.mark.parametrize(
    ("every", "by", "late_from"),
    [
        ("15min", None, "2026-01-01 00:15"),
        ("1h", None, "2026-01-01 01:00"),
        ("1d", None, "2026-01-02 00:00"),
        ("1d", "06:00", "2026-01-02 06:00"),
        ("7d", "06:00", "2026-01-08 06:00"),
        ("31d", None, "2026-02-01 00:00"),
    ],
)
def test_promise_18_a_missing_feed_alarms_within_its_cadence(bench, every, by, late_from):
    """The clock is shifted: the last look before the due time is silent, the next one tells."""
    bench.contract(due={"every": every} | ({"by": by} if by else {}))
    bench.deliver("customers.csv", "id,segment\nC1,consumer\n")
    bench.load()
    (bench.settings.home / "notify.yml").write_text("targets: [{name: desk, url: 'json://x/y'}]")
    (bench.settings.home / "notify.yml").chmod(0o600)
    timer = (REPO / "deploy" / "systemd" / "cx-watch.timer").read_text()
    looks_every = timedelta(minutes=int(re.search(r"OnCalendar=\*:0/(\d+)", timer)[1]))
    due = datetime.fromisoformat(late_from)
    assert looks_every <= timedelta(minutes=minutes_of(Due(every=every).every))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cx.notify.send", lambda *_: True)
        assert look(bench.settings, due, lambda line: None)[1] == []
        night, sent = look(bench.settings, due + looks_every, lambda line: None)
        assert [(name, message.event) for name, message in sent] == [("desk", "late")]
        assert [feed.name for feed in night.late] == ["crm.customers"]
        assert look(bench.settings, due + 2 * looks_every, lambda line: None)[1] == []


def test_promise_18_a_feed_that_never_came_is_late_from_the_start(bench):
    bench.contract(due={"every": "1d"})
    bench.contract("billing", files="**/bills*.csv", due={"every": "1d"})
    bench.deliver("customers.csv", "id,segment\nC1,consumer\n")
    bench.load()
    night, _ = look(bench.settings, datetime(2026, 1, 1, 1), lambda line: None)
    assert [feed.name for feed in night.late] == ["billing.customers"]


def test_promise_18_without_a_due_time_nothing_is_due():
    assert freshness(None, LAST, DUE + timedelta(days=99)) == "no due time"
    assert due_at(LAST, "1d", "06:00") == DUE
    assert due_at(LAST, "1d", "01:00") == datetime(2026, 11, 2, 1, 0)
