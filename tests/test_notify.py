"""Who is told of a night, by which message, and of what no run could tell."""

from __future__ import annotations

import json
import logging
import re
import shutil
import threading
from dataclasses import replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MailHandler

from cx import notify
from cx.aftermath import look
from cx.feeds import lateness
from cx.night import Night, night_from_outside, night_of
from cx.release import Release
from cx.runs import lock
from cx.settings import REPO
from cx.warehouse import writing
from tests.nights import NOW, cx, feed, free_port, log_of, night, step


class Hook(BaseHTTPRequestHandler):
    """A webhook's receiver that keeps what came; refuses while told to."""

    came: list[dict]
    refuses = False

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if not type(self).refuses:
            self.came.append(json.loads(body))
        self.send_response(500 if type(self).refuses else 200)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def hook(bench):
    """A local webhook that notify.yml names."""
    receiver = type("Receiver", (Hook,), {"came": []})
    server = HTTPServer(("127.0.0.1", 0), receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"json://127.0.0.1:{server.server_port}/T0KENT0KENT0KEN"
    addressed(bench, [{"name": "chat", "url": url, "events": list(notify.EVENTS)}])
    yield receiver
    server.shutdown()
    server.server_close()


def addressed(bench, targets: list[dict], mode: int = 0o600) -> Path:
    bench.settings.home.mkdir(exist_ok=True)
    path = bench.settings.home / "notify.yml"
    path.write_text(yaml.safe_dump({"targets": targets}))
    path.chmod(mode)
    return path


def told(bench, shown: Night) -> list[str]:
    return [message.event for _, message in notify.tell(bench.settings, shown, lambda line: None)]


def test_a_change_of_state_is_told_once(bench, hook):
    failed = night("failed", steps=[step("build", "failed")])
    stopped = night("failed", steps=[step("check arrivals", "failed")])
    assert told(bench, night()) == []
    assert told(bench, failed) == ["failed"]
    assert told(bench, failed) == []
    assert told(bench, stopped) == ["stopped"]
    assert told(bench, night()) == ["recovered"]
    assert told(bench, night()) == []
    assert [message["title"] for message in hook.came] == [
        "CX: the batch failed in build",
        "CX: stopped at check arrivals",
        "CX: the batch is well again",
    ]
    assert "Run failed in build: dbt build failed" in hook.came[0]["message"]


def test_a_late_feed_is_told_when_it_is_late_and_when_it_is_back(bench, hook):
    late = night(feeds=[feed(-1), feed(3, "tickets"), feed(None, "bills")])
    assert told(bench, late) == ["late", "late"]
    assert told(bench, late) == []
    assert told(bench, night(feeds=[feed(20), feed(3, "tickets"), feed(None, "bills")])) == [
        "recovered"
    ]
    assert hook.came[0]["title"] == "CX: crm.customers is late by 1 h 0 min"
    assert "never came" in hook.came[1]["title"]


def test_a_release_is_told_when_it_was_published(bench, hook):
    release = Release("r2.duckdb", "r2", "s", "d", "2026-11-26T03:30:00+00:00", "", "", {})
    assert told(bench, night(release=release)) == ["done"]
    assert told(bench, night(release=release)) == []
    older = replace(release, published_at="2026-11-25T03:30:00+00:00")
    assert told(bench, night(release=older)) == []


def test_what_could_not_be_told_is_told_next_time(bench, hook):
    hook.refuses = True
    lines = []
    failed = night("failed", steps=[step("build", "failed")])
    assert notify.tell(bench.settings, failed, lines.append) == []
    assert lines == ["target chat of notify.yml could not be told; it will be again"]
    hook.refuses = False
    assert told(bench, failed) == ["failed"]


def test_a_target_hears_only_of_what_it_asked_for(bench, hook):
    path = bench.settings.home / "notify.yml"
    targets = yaml.safe_load(path.read_text())["targets"]
    addressed(bench, [targets[0] | {"events": ["late"]}])
    assert told(bench, night("failed", steps=[step("build", "failed")], feeds=[feed()])) == ["late"]


def test_an_email_arrives(bench):
    class Kept(MailHandler):
        def __init__(self):
            super().__init__()
            self.came = []

        def handle_message(self, message):
            self.came.append(message)

    kept = Kept()
    port = free_port()
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        url = f"mailto://127.0.0.1:{port}?from=cx@example.test&to=night@example.test"
        addressed(bench, [{"name": "desk", "url": url}])
        assert told(bench, night("failed", steps=[step("build", "failed")])) == ["failed"]
    finally:
        controller.stop()
    (mail,) = kept.came
    assert "night@example.test" in mail["To"]
    assert "CX: the batch failed in build" in mail["Subject"]
    text = "".join(
        part.get_payload(decode=True).decode() for part in mail.walk() if not part.is_multipart()
    )
    assert "Run failed in build" in text


def test_a_run_tells_and_a_teller_that_fails_never_fails_it(bench, hook, monkeypatch):
    bench.contract(due={"every": "1d"})
    bench.deliver("customers.csv", "id,segment\nC1,consumer\n")
    assert cx(bench, "ingest", str(bench.extracts)) == 0
    assert [message["title"].split(" is ")[0] for message in hook.came] == ["CX: crm.customers"]

    def broken(*_, **__):
        raise RuntimeError("no courier")

    monkeypatch.setattr("cx.aftermath.tell", broken)
    assert cx(bench, "ingest", str(bench.extracts)) == 0
    assert "nobody was told: RuntimeError: no courier" in log_of(bench).read_text()


def test_a_run_that_cannot_even_begin_is_told_and_reported(bench, hook, capsys):
    """A damaged warehouse: no ledger can be read or written, and whoever is on duty still hears."""
    bench.settings.warehouse.write_bytes(b"no database" * 1000)
    assert cx(bench, "ingest", str(bench.extracts)) == 2
    assert "cannot be opened" in capsys.readouterr().err
    (report,) = bench.settings.reports.glob("*.html")
    assert "Ingest failed: " in report.read_text()
    assert [message["title"] for message in hook.came] == ["CX: the batch failed in its beginning"]
    assert 'cx_run_state{state="failed"} 1.0' in (bench.settings.state / "metrics.prom").read_text()


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660])
def test_addresses_that_others_may_read_are_not_used(bench, mode, capsys):
    addressed(bench, [{"name": "chat", "url": "json://127.0.0.1:9/T0KEN"}], mode)
    assert cx(bench, "notify", "test") == 2
    error = capsys.readouterr().err
    assert "chmod 600" in error
    assert "T0KEN" not in error


def test_an_orchestrator_may_mount_addresses_for_the_group(bench, hook, monkeypatch, tmp_path):
    mounted = tmp_path / "mounted.yml"
    mounted.write_text((bench.settings.home / "notify.yml").read_text())
    mounted.chmod(0o440)
    monkeypatch.setenv("CX_NOTIFY", str(mounted))
    assert cx(bench, "notify", "test") == 0
    assert len(hook.came) == 1
    mounted.chmod(0o444)
    assert cx(bench, "notify", "test") == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("targets: [{name: a, url: 'json://h/T0KEN', when: now}]", "targets.0.when"),
        ("targets: [{name: A b, url: 'json://h/T0KEN'}]", "targets.0.name"),
        ("targets: [{name: a, url: 'json://h/T0KEN', events: [maybe]}]", "not maybe"),
        ("targets: [{name: a, url: 'json://h/T0KEN'", "is not YAML, line"),
    ],
)
def test_a_mistake_in_notify_yml_is_one_line_without_the_address(bench, capsys, content, says):
    path = addressed(bench, [])
    path.write_text(content)
    assert cx(bench, "notify", "test") == 2
    error = capsys.readouterr().err.strip()
    assert says in error
    assert "T0KEN" not in error
    assert len(error.splitlines()) == 1


def test_notify_test_says_who_took_it(bench, hook, capsys):
    targets = yaml.safe_load((bench.settings.home / "notify.yml").read_text())["targets"]
    addressed(bench, [*targets, {"name": "gone", "url": "json://127.0.0.1:9/T0KEN?cto=1&rto=1"}])
    assert cx(bench, "notify", "test") == 2
    said = capsys.readouterr()
    assert said.out.splitlines() == ["told chat", "REFUSED gone"]
    assert "T0KEN" not in said.out + said.err


def test_the_example_of_the_guide_is_a_good_file(bench):
    text = (REPO / "docs" / "operate.md").read_text()
    (example,) = [
        block for block in re.findall(r"```yaml\n(.*?)```", text, re.S) if "targets:" in block
    ]
    path = addressed(bench, [])
    path.write_text(example)
    found = notify.targets(bench.settings)
    assert [target.name for target in found] == ["night-desk", "chat"]
    assert "PASSWORD" not in repr(found)
    import apprise

    courier = apprise.Apprise()
    assert all(courier.add(target.url) for target in found)
    for event in notify.EVENTS:
        assert f"| `{event}` |" in text


def test_a_run_that_died_without_a_word_is_told_by_the_next_look(bench, hook, ran):
    shutil.copytree(ran.settings.home, bench.settings.home, dirs_exist_ok=True)
    with writing(bench.settings) as connection:
        connection.execute("update ops.run_ledger set status = 'running', ended_at = null")
    shown, sent = look(bench.settings, datetime(2026, 1, 1, 12), lambda line: None)
    assert shown.run["status"] == "killed"
    assert "failed" in [message.event for _, message in sent]
    hook.came.sort(key=lambda message: "killed" in message["title"])
    assert "its process is gone" in hook.came[-1]["message"]


def test_a_look_while_a_run_works_opens_no_warehouse(ran, monkeypatch):
    with lock(ran.settings):
        monkeypatch.setattr("cx.night.reading", lambda *_: pytest.fail("opened"))
        shown = night_from_outside(ran.settings, datetime(2026, 1, 1, 12))
        assert cx(ran, "report") == 75
    assert shown.run["status"] == "running"
    assert [each.name for each in shown.feeds] == ["crm.customers"]
    assert shown.late == []
    assert replace(shown, now=datetime(2026, 1, 3)).late == shown.feeds


def test_watch_says_what_is_late_and_ends_with_one(ran, capsys):
    capsys.readouterr()
    assert cx(ran, "watch") == 1
    said = capsys.readouterr()
    assert "late: crm.customers: late by" in said.out
    assert "1 feeds are late" in said.err


def test_a_home_without_anything_is_told_as_such(bench, capsys):
    bench.settings.home.mkdir()
    assert night_of(bench.settings, NOW).run is None
    assert cx(bench, "report") == 2
    assert "there is no run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("hours", "words"),
    [(-1.5, "late by 1 h 30 min"), (-50, "late by 2 d 2 h"), (3, "due in 3 h 0 min")],
)
def test_lateness_in_words(hours, words):
    assert lateness(feed(hours), NOW) == words


def test_the_log_of_the_courier_is_silent(bench, hook, caplog):
    hook.refuses = True
    with caplog.at_level(logging.DEBUG):
        told(bench, night("failed", steps=[step("build", "failed")]))
    assert "T0KEN" not in caplog.text
