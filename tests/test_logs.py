"""What a run leaves in its log, and what it masks there."""

from __future__ import annotations

import json
import os
import re
from datetime import datetime, timedelta

import pytest

from cx.logs import RunLog, forget_old
from cx.redaction import Redactor, redactor
from tests.nights import cx, log_of


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
