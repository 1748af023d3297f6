"""A reader's own SQL sees the metrics and nothing else, and can take little."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pytest

from app import access
from app.parts import own_sql
from cx import own_query
from cx.release import current
from cx.row_scope import METRICS, own_rows
from cx.settings import REPO
from tests.promises.test_security import attacks
from tests.test_app import healthy


def asked(full, sql: str) -> subprocess.CompletedProcess:
    release = full.releases / current(full.releases).file
    return subprocess.run(
        [sys.executable, "-m", "cx.own_query", str(release)],
        input=sql.encode(),
        capture_output=True,
        cwd=REPO,
        check=False,
    )


def test_a_query_over_the_metrics_is_answered_with_what_is_hidden_left_empty(full):
    sql = "select * from marts.metric_value where metric_id = 'M28' -- mine"
    outcome = asked(full, sql)
    assert outcome.returncode == 0
    with pa.ipc.open_stream(outcome.stdout) as stream:
        rows = stream.read_all().to_pandas()
    assert len(rows) > 3
    tiny = rows[rows["dimension_value"] == "tiny"]
    assert len(tiny) == 1
    assert tiny[["value", "numerator", "ci_low", "customers"]].isna().all(axis=None)


def test_promise_27_nothing_else_can_be_asked_for(full, tmp_path):
    release = full.releases / current(full.releases).file
    more = [
        "select * from marts.dim_customer",
        "select * from release.marts.dim_customer",
        "select * from marts.fct_problem",
        "select 1; select 2",
        "select 1) from (select 2",
        "explain analyze select 1",
        "select * from statements",
        "",
    ]
    for sql in attacks(full, tmp_path) + more:
        with pytest.raises(own_query.NotAnswered) as refused:
            own_query.answer(release, sql)
        assert "\n" not in str(refused.value), sql
    assert list(tmp_path.iterdir()) == []


def test_the_tables_that_can_be_asked_for_are_about_nobody(full):
    release = full.releases / current(full.releases).file
    sql = (
        "select table_name, list(column_name) as columns from duckdb_columns() "
        "where schema_name = 'marts' group by all"
    )
    rows = own_query.answer(release, sql).to_pydict()
    assert set(rows["table_name"]) <= set(METRICS)
    assert {"metric_value", "dim_metric"} <= set(rows["table_name"])
    assert not any(own_rows(columns) for columns in rows["columns"])


def test_promise_26_a_text_that_grows_without_end_ends_the_query_and_not_the_app(full):
    outcome = asked(full, "select repeat('x', 3000000000)")
    assert (outcome.returncode, outcome.stdout) == (2, b"")
    assert len(outcome.stderr.splitlines()) == 1
    many = asked(full, "select repeat('x', 9000) as x from range(9000)")
    assert many.returncode == 2
    assert b"too large to show" in many.stderr


def test_promise_26_a_query_of_more_seconds_than_there_are_is_killed(full):
    release = full.releases / current(full.releases).file
    quick = "from cx import own_query; own_query.SECONDS = 1; own_query.main()"
    outcome = subprocess.run(
        [sys.executable, "-c", quick, str(release)],
        input=b"select sum(a.range * b.range) from range(100000) a, range(10000000) b",
        capture_output=True,
        cwd=REPO,
        timeout=60,
        check=False,
    )
    assert outcome.returncode < 0
    assert outcome.stdout == b""


def test_a_query_that_is_killed_says_so_and_only_analysts_may_ask(full, opened, monkeypatch):
    run = opened(full, "explore", role="analyst", metric="M28")
    assert "SQL of your own" in [card.value for card in run.subheader]
    run.text_area(key="own_sql.query").set_value("select 1 as one from range(7000)")
    run.button(key="FormSubmitter:own_sql.form-Run").click().run()
    assert "The first 5,000 rows." in healthy(run)
    run.text_area(key="own_sql.query").set_value('select 1 as one from "![x](//host/x.png)"')
    run.button(key="FormSubmitter:own_sql.form-Run").click().run()
    assert "Not answered: " in healthy(run)
    assert "![x](" not in healthy(run)
    monkeypatch.setattr(own_sql.subprocess, "run", lambda *_, **__: killed())
    run.button(key="FormSubmitter:own_sql.form-Run").click().run()
    assert "Stopped: it took more than 20 seconds" in healthy(run)
    other = opened(full, "explore", role="product_manager", metric="M28")
    assert "SQL of your own" not in [card.value for card in other.subheader]
    manager = access.Visitor("in", "m", frozenset({"product_manager"}))
    monkeypatch.setattr(access, "visitor", lambda: manager)
    with pytest.raises(access.NotAllowed):
        own_sql.asked("select 1")


def killed() -> subprocess.CompletedProcess:
    return subprocess.CompletedProcess([], -9, b"", b"")
