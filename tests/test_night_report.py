"""What the report of a night says, in two languages. It may not fail the run."""

from __future__ import annotations

import ast
import json
import re
import shutil
from dataclasses import replace

import pytest

from cx import prometheus
from cx.at_stake import record_at_stake, recorded_at_stake
from cx.night import Night, night_of
from cx.release import Release
from cx.report import write_report
from cx.report_words import RUSSIAN
from cx.settings import REPO
from cx.verdict import verdict
from cx.warehouse import writing
from tests.nights import NOW, cx, feed, log_of, night, step


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
