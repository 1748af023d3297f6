"""What follows a run: logs, report, metrics, messages. None of it may fail the run."""

from __future__ import annotations

import ast
import json
import logging
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import urllib.request
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MailHandler
from prometheus_client.parser import text_string_to_metric_families

from cx import notify, prometheus
from cx.aftermath import look
from cx.at_stake import record_at_stake, recorded_at_stake
from cx.cli import main
from cx.feeds import FeedState, lateness
from cx.logs import RunLog, forget_old
from cx.night import Night, night_from_outside, night_of
from cx.redaction import Redactor, redactor
from cx.release import Release
from cx.report import write_report
from cx.report_words import RUSSIAN
from cx.runs import lock
from cx.settings import REPO
from cx.verdict import verdict
from cx.warehouse import writing
from tests.conftest import Bench

NOW = datetime(2026, 11, 26, 5, 0)


def cx(bench, *arguments: str) -> int:
    return main(
        ["--home", str(bench.settings.home), "--contracts", str(bench.contracts), *arguments]
    )


def night(status: str = "ok", **parts) -> Night:
    run = {
        "run_id": "20261126T020000Z-abcdef",
        "command": "run",
        "status": status,
        "started_at": NOW - timedelta(hours=2),
        "ended_at": NOW - timedelta(hours=1),
        "message": None if status == "ok" else "dbt build failed: stg_crm__customers",
    }
    return Night(run=run, now=NOW, **parts)


def step(name: str, status: str = "ok") -> dict:
    return {
        "step": name,
        "status": status,
        "row_count": 1200,
        "seconds": 3.5,
        "summary": "said",
        "peak_memory_bytes": 2 * 1024**3,
        "is_of_run": True,
    }


def feed(hours: float | None = -1.0, name: str = "customers") -> FeedState:
    """A feed that is due so many hours from now; one that never came without."""
    due = None if hours is None else NOW + timedelta(hours=hours)
    return FeedState("crm", name, due and due - timedelta(days=1), due, True)


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> Bench:
    """A home that took in two rows, of which one is quarantined; its tests only read it."""
    bench = Bench(tmp_path_factory.mktemp("ran"))
    bench.contract(due={"every": "1d"})
    bench.deliver("customers.csv", "id,segment\nC1,consumer\n,business\n")
    assert cx(bench, "ingest", str(bench.extracts)) == 0
    return bench


def log_of(bench) -> Path:
    """The log of the latest run of a home, as JSON lines."""
    return max(bench.settings.logs.glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns)


# ------------------------------------------------------------------ logs


def test_a_run_leaves_a_line_of_json_for_each_thing_that_happened(ran):
    log = log_of(ran)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["message"] for line in lines[:2]] == ["run started", "started"]
    done = next(line for line in lines if "rows" in line)
    assert (done["step"], done["rows"], done["level"]) == ("ingest", 1, "info")
    assert done["seconds"] > 0
    assert lines[-1]["status"] == "ok"
    for line in lines:
        assert {"time", "level", "run", "command", "message"} <= set(line)
        assert datetime.fromisoformat(line["time"]).utcoffset() == timedelta(0)
        assert line["run"] == log.stem
    plain = log.with_suffix(".log").read_text()
    assert re.search(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ INFO +ingest: 1 rows, ", plain, re.M)
    assert log.stat().st_mode & 0o077 == 0


def test_a_log_that_cannot_be_written_does_not_stop_the_run(bench):
    bench.contract()
    bench.deliver("customers.csv", "id,segment\nC1,consumer\n")
    bench.settings.home.mkdir()
    bench.settings.logs.write_text("a file where the folder should be")
    bench.settings.reports.write_text("and another")
    assert cx(bench, "ingest", str(bench.extracts)) == 0
    assert bench.rows("select count(*) from raw.customer") == [(1,)]


def test_old_logs_and_reports_are_forgotten_and_young_ones_are_not(bench):
    settings = bench.settings
    for folder in (settings.logs, settings.reports):
        folder.mkdir(parents=True)
    old = [settings.logs / "a.jsonl", settings.logs / "a.log", settings.reports / "a.html"]
    old.append(settings.logs / "dbt.log.1")
    kept = [settings.logs / "b.jsonl", settings.logs / "dbt.log", settings.reports / "b.html"]
    for path in old + kept:
        path.touch()
    for path in old:
        os.utime(path, (0, 0))
    assert forget_old(settings, datetime.now(), 90) == 4
    assert not any(path.exists() for path in old)
    assert all(path.exists() for path in kept)
    assert forget_old(settings, datetime.now() + timedelta(days=1), 0) == 3


@pytest.mark.parametrize(
    ("text", "leaks"),
    [
        ("Conversion Error: Could not convert string 'Ivan Petrov' to INT32", "Ivan"),
        ('Constraint Error: Duplicate key "name: Ivan" violates', "Ivan"),
        ("CSV Error on Line: 3\nOriginal Line: C1,Ivan Petrov", "Ivan"),
        ("ValueError: could not convert string to float: 'Ivan'", "Ivan"),
        ("write to ivan.petrov@example.com", "petrov"),
        ("calls +7 (916) 123-45-67", "123-45-67"),
        ("calls 8 (916) 123-45-67", "123-45-67"),
        ("file msisdn_79161234567.csv", "79161234567"),
        ("imsi 250011234567890", "250011234567890"),
        ("postgresql://cx:hunter2hunter@db/crm", "hunter2hunter"),
        ("connection failed: host=db password=hunter2", "hunter2"),
    ],
)
def test_what_names_a_person_or_opens_a_door_is_masked(text, leaks):
    masked = Redactor().text(text)
    assert leaks not in masked
    assert "…" in masked


@pytest.mark.parametrize(
    "text",
    [
        "20261126T152158Z-abc123 2026-11-26 15:21:58 12,345,678,901 rows, 0.0123456789012",
        "file 6f9619ff-8b86-d011-b42d-004964020041 of customers_20261126.csv",
        'Catalog Error: Table with name "int_clock" does not exist',
        "release 20261126T120915123467Z_8f3d1c4b, digest 096e8c21484fc2c342a9738ef64d5d055344d662",
        "the vault exists but its key file /etc/cx/vault.key does not",
    ],
)
def test_what_is_needed_to_mend_things_is_not_masked(text):
    assert Redactor().text(text) == text


def test_secrets_are_known_by_value_wherever_they_are_kept(bench):
    bench.settings.state.mkdir(parents=True)
    (bench.settings.state / "vault.key").write_text("c0ffee" * 11 + "\n")
    (bench.settings.home / "notify.yml").write_text("targets: [{url: 'json://hooks/T0KENT0KEN'}]")
    masks = redactor(bench.settings, {"CRM_PASSWORD": "correct-horse", "CX_KEY_FILE": ""})
    for secret in ("c0ffee" * 11, "json://hooks/T0KENT0KEN", "correct-horse"):
        assert secret not in masks.text(f"before {secret} after")
    assert redactor(bench.settings, {"MY_KEY": "short"}).text("short") == "short"


def test_two_runs_in_one_process_keep_their_lines_apart(bench):
    logs = [RunLog(bench.settings, name, "run") for name in ("one", "two")]
    for log in logs:
        log.tell("mine", rows=1, nothing=None)
        log.close()
    for log in logs:
        (line,) = log.path.read_text().splitlines()
        assert json.loads(line)["run"] == log.path.stem
        assert "nothing" not in json.loads(line)


# ------------------------------------------------------------------ report


def test_a_report_says_what_came_what_did_not_and_what_to_look_at(ran):
    report = (ran.settings.reports / f"{log_of(ran).stem}.html").read_text()
    for text in ("Ingest ended well", "crm.customers", "is required but blank", "late by"):
        assert text in report
    assert "Nothing has been published yet." in report


def test_a_report_needs_nothing_from_anywhere(ran):
    report = (ran.settings.reports / f"{log_of(ran).stem}.html").read_text()
    assert not re.search(r"https?:|<script|<link|<img|url\(|@import|src=", report)
    assert "default-src 'none'" in report
    assert "prefers-color-scheme: dark" in report
    assert "@media print" in report


def test_a_failed_run_has_a_log_and_a_report_that_say_where_it_stopped(bench, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("disk on fire")

    monkeypatch.setattr("ingest.load.load_folder", broken)
    assert cx(bench, "ingest", str(bench.extracts)) == 1
    (report,) = bench.settings.reports.glob("*.html")
    text = report.read_text()
    assert "Needs you" in text
    assert "Ingest failed in ingest: disk on fire" in text
    assert '<span class="tag bad">failed</span>' in text
    lines = [json.loads(line) for line in log_of(bench).read_text().splitlines()]
    left = recorded_at_stake(bench.settings)
    assert (left.status, left.step, left.message) == ("failed", "ingest", "disk on fire")
    errors = [line for line in lines if line["level"] == "error"]
    assert errors[0]["step"] == "ingest"
    assert (errors[-1]["status"], errors[-1]["message"]) == ("failed", "disk on fire")


def test_what_a_delivery_says_cannot_become_part_of_the_report(bench):
    evil = "<script>alert(1)</script>.csv"
    refused = [{"source_system": "crm", "feed": "c", "file_name": evil, "reason": "<b>no</b>"}]
    text = write_report(bench.settings, night(refused=refused)).read_text()
    assert "<script" not in text
    assert "<b>no" not in text
    assert "&lt;script&gt;" in text


def test_the_app_is_told_which_files_were_refused_and_why(bench):
    refused = [{"source_system": "crm", "feed": "c", "file_name": "c.csv", "reason": "is torn"}]
    record_at_stake(bench.settings, night(refused=refused))
    assert recorded_at_stake(bench.settings).refused == [
        {"feed": "crm.c", "file": "c.csv", "reason": "is torn"}
    ]


def test_a_report_is_written_in_russian_too_with_what_the_batch_noted(bench):
    said = {"run_id": "r", "door": "arrivals", "suite": "raw.bill", "severity": "stop",
            "is_waived": False, "observed": "", "answers": ["M33"],
            "expectation": "no delivered file was refused (see `cx status`; mend the file or its "
                           "contract)"}  # fmt: skip
    refused = [{"source_system": "crm", "feed": "c", "file_name": "c.csv", "reason": "own words"}]
    shown = night("failed", steps=[step("build", "failed")], said_no=[said], refused=refused)
    path = write_report(bench.settings, shown, "ru")
    assert path.name.endswith("_ru.html")
    text = path.read_text()
    assert '<html lang="ru">' in text
    assert "Нужны вы" in text
    assert "Run: сбой на шаге «сборка»" in text
    assert "ни один файл не отвергнут" in text
    assert "own words" in text  # what nobody translated stays
    assert "Needs you" not in text
    assert "Needs you" in write_report(bench.settings, shown).read_text()


def test_every_text_of_the_report_is_known_in_russian():
    template = (REPO / "cx" / "report.html.j2").read_text(encoding="utf-8")
    texts = set(re.findall(r"""\b_\("([^"]+)"\)""", template))
    for path in ("verdict.py", "feeds.py"):
        for node in ast.walk(ast.parse((REPO / "cx" / path).read_text(encoding="utf-8"))):
            name = getattr(getattr(node, "func", None), "id", "")
            if name in ("say", "_counted"):
                texts |= {
                    each.value
                    for argument in node.args
                    for each in ast.walk(argument)
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                } - {"is_waived"}
    assert len(texts) > 100
    assert texts - set(RUSSIAN) == set()


def test_a_report_compares_with_the_release_before(bench):
    release = Release("r2.duckdb", "r2", "s", "d" * 64, "2026-11-26T03:30:00+00:00", "", "", {})
    headline = {
        "metric_id": "M28",
        "metric_name": "Churn rate",
        "value": 1.5,
        "before": 1.25,
        "unit": "%",
        "period_start": NOW,
        "period_before": NOW,
        "status": "final",
    }
    tables = [
        {"table": "marts.fct_bill", "rows": 130, "rows_before": 100},
        {"table": "marts.fct_ticket", "rows": 101, "rows_before": 100},
    ]
    shown = night(
        release=release, previous="r1", headlines=[headline], tables=tables, steps=[step("build")]
    )
    text = write_report(bench.settings, shown).read_text()
    assert "+0.25" in text
    assert "marts.fct_bill" in text
    assert "+30.0 %" in text
    assert "marts.fct_ticket" not in text
    assert "2.0 GiB" in text
    assert "Published by this run" in text


def test_a_door_that_stopped_names_the_answers_in_danger(bench, ran):
    shutil.copytree(ran.settings.home, bench.settings.home, dirs_exist_ok=True)
    with writing(bench.settings) as connection:
        connection.execute("alter table ops.dq_result add column if not exists is_waived boolean")
        connection.execute("alter table ops.dq_result add column if not exists endangers varchar[]")
        connection.executemany(
            "insert into ops.dq_result (run_id, door, suite, expectation, severity, is_success, "
            "answers, endangers, is_waived, checked_at) values ('r', 'arrivals', ?, ?, ?, ?, ?, "
            "?, ?, timestamp '2026-01-01')",
            [
                ("raw.bill", "bill_id is always there", "stop", False, ["revenue"], ["clv"], False),
                ("raw.bill", "amounts are as usual", "warn", False, [], [], True),
                ("raw.bill", "at least one file has arrived", "stop", True, [], [], False),
            ],
        )
    shown = night_of(bench.settings, NOW)
    (door,) = shown.doors
    counts = {name: door[name] for name in ("asked", "held", "stops", "waived", "warnings")}
    assert list(counts.values()) == [3, 1, 1, 1, 0]
    text = write_report(bench.settings, shown).read_text()
    assert "bill_id is always there" in text
    assert "clv, revenue" in text
    assert '<span class="tag bad">stopped</span>' in text
    assert '<span class="tag off">waived</span>' in text
    assert "1 check warns" in text
    assert 'cx_gate_open{door="arrivals"} 0.0' in prometheus.exposition(shown)
    record_at_stake(bench.settings, shown)
    assert recorded_at_stake(bench.settings).said_no == []  # the last run itself asked nothing
    record_at_stake(bench.settings, replace(shown, run=shown.run | {"run_id": "r"}))
    left = recorded_at_stake(bench.settings)
    assert {each.expectation: each.endangers for each in left.said_no if not each.is_waived} == {
        "bill_id is always there": ["clv", "revenue"]
    }


@pytest.mark.parametrize(
    ("shown", "tone", "says"),
    [
        (night(), "good", "Run ended well; nothing has been published yet; nothing new came."),
        (night(feeds=[feed()]), "look", "1 feed late"),
        (night("failed", steps=[step("build", "failed")]), "bad", "Run failed in build: dbt"),
        (night("killed", steps=[step("train", "killed")]), "bad", "ended from outside in train"),
        (Night(run=None, now=NOW, unread="no file"), "bad", "could not be read (no file)"),
    ],
)
def test_the_first_sentence_says_how_it_went(shown, tone, says):
    found, sentence = verdict(shown)
    assert found == tone
    assert says in sentence


# ------------------------------------------------------------------ metrics


def test_metrics_are_what_prometheus_reads(ran, capsys):
    text = (ran.settings.state / "metrics.prom").read_text()
    found = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["cx_run_state", ("state", "ok")] == 1
    assert found["cx_run_state", ("state", "failed")] == 0
    assert found["cx_step_rows", ("step", "ingest")] == 1
    customers = (("feed", "customers"), ("source_system", "crm"))
    assert found["cx_quarantine_rows", *customers] == 1
    assert found["cx_rows_loaded", *customers] == 1
    assert found["cx_feed_late", *customers] == 1
    due = datetime.fromisoformat("2026-01-02T00:00+00:00").timestamp()
    assert found["cx_feed_due_timestamp_seconds", *customers] == due
    assert found["cx_disk_free_bytes",] > 0
    assert (ran.settings.state / "metrics.prom").stat().st_mode & 0o777 == 0o644
    assert not list(ran.settings.state.glob("*.partial"))
    capsys.readouterr()
    assert cx(ran, "metrics") == 0
    assert 'cx_run_state{state="ok"} 1.0' in capsys.readouterr().out


def test_the_file_for_node_exporter_may_lie_elsewhere(bench, monkeypatch, tmp_path):
    monkeypatch.setenv("CX_METRICS_FILE", str(tmp_path / "textfile" / "cx.prom"))
    path = prometheus.write_metrics(bench.settings, night("failed", steps=[step("build")]))
    assert path == tmp_path / "textfile" / "cx.prom"
    assert 'cx_step_peak_memory_bytes{step="build"} 2.147483648e+09' in path.read_text()


def test_the_alerts_of_the_guide_ask_for_metrics_that_exist():
    text = (REPO / "docs" / "operate.md").read_text()
    (rules,) = [
        block for block in re.findall(r"```yaml\n(.*?)```", text, re.S) if "groups:" in block
    ]
    asked = {
        name
        for rule in yaml.safe_load(rules)["groups"][0]["rules"]
        for name in re.findall(r"\bcx_[a-z_]+\b", rule["expr"])
    }
    release = Release("r.duckdb", "r", "s", "d", "2026-11-26T03:30:00+00:00", "", "", {})
    door = {"door": "arrivals", "stops": 0, "held": 1, "warnings": 0}
    row = {"source_system": "crm", "feed": "c", "row_count": 1}
    full = night(feeds=[feed()], release=release, doors=[door], quarantine=[row])
    said = {
        sample.name
        for family in text_string_to_metric_families(prometheus.exposition(full))
        for sample in family.samples
    }
    assert len(asked) >= 9
    assert asked <= said


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_metrics_are_served_on_this_machine_only(ran):
    port = free_port()
    command = [sys.executable, "-m", "cx.cli", "--home", str(ran.settings.home)]
    server = subprocess.Popen([*command, "metrics", "--serve", str(port)], stdout=subprocess.PIPE)
    try:
        assert f"127.0.0.1:{port}".encode() in server.stdout.readline()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            assert b'cx_run_state{state="ok"} 1.0' in answer.read()
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.2", port), timeout=5)
    finally:
        server.kill()
        server.wait()


# ------------------------------------------------------------------ messages


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


# ------------------------------------------------------------------ looking between runs


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
