"""What dbt sent for one day is sent again for the next: in order, for the same code."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from cx import repeat as repeating
from cx.build import models_at_once, run_dbt
from cx.errors import CheckFailed
from cx.repeat import Node, record, recorded, repeat
from cx.settings import REPO, Settings
from cx.warehouse import connected


@pytest.fixture
def settings(tmp_path) -> Settings:
    settings = Settings(home=tmp_path)
    settings.dbt.mkdir()
    with connected(settings) as connection:
        connection.execute("create table told as select 1 as number")
    return settings


def _model(name: str, reads: str, number: str, after: list[str]) -> Node:
    made = f"create or replace table {name} as select {number} as number from {reads}"
    return Node(f"model.cx.{name}", ["BEGIN", made, "COMMIT"], after)


DOUBLED = _model("doubled", "told", "2 * number", [])
A_TENFOLD = _model("a_tenfold", "doubled", "10 * number", ["model.cx.doubled"])
IS_SMALL = Node(
    "test.cx.tenfold_is_small",
    ["select count(*) as failures from a_tenfold where number > 50"],
    ["model.cx.a_tenfold"],
)


def _numbers(settings: Settings, table: str) -> list:
    with connected(settings) as connection:
        return connection.execute(f"select number from {table}").fetchall()


def test_a_model_is_built_after_what_it_reads(settings):
    with connected(settings) as connection:
        connection.execute("create table doubled as select 0 as number")
    names = list(repeat(settings, [A_TENFOLD, DOUBLED]))
    assert names == ["model.cx.doubled", "model.cx.a_tenfold"]
    assert _numbers(settings, "a_tenfold") == [(20,)]


def test_a_test_that_finds_rows_fails_the_build_by_name(settings):
    assert len(repeat(settings, [IS_SMALL, DOUBLED, A_TENFOLD])) == 3
    with connected(settings) as connection:
        connection.execute("update told set number = 7")
    with pytest.raises(CheckFailed, match="tenfold_is_small: 1 rows where none may be"):
        repeat(settings, [IS_SMALL, DOUBLED, A_TENFOLD])


def test_a_statement_that_fails_names_its_model_and_leaves_the_table_as_it_was(settings):
    repeat(settings, [DOUBLED])
    broken = ["BEGIN", "delete from doubled", "insert into doubled select 'many'", "COMMIT"]
    with pytest.raises(CheckFailed, match="doubled: Conversion Error"):
        repeat(settings, [Node("model.cx.doubled", broken, [])])
    assert _numbers(settings, "doubled") == [(2,)]


def _write_log(settings: Settings, sent: dict[str, list[str]]) -> None:
    """Write a log, a manifest and results as dbt does."""
    events = [
        {"info": {"name": "SQLQuery"}, "data": {"node_info": {"unique_id": name}, "sql": sql}}
        for name, statements in sent.items()
        for sql in statements
    ]
    events += [
        {"info": {"name": "SQLQuery"}, "data": {"sql": "select * from system.tables"}},
        {"info": {"name": "NodeStart"}, "data": {"node_info": {"unique_id": "model.cx.doubled"}}},
    ]
    (settings.dbt / "dbt.log").write_text("\n".join(map(json.dumps, events)))
    after = {"model.cx.doubled": ["source.cx.raw.told", "seed.cx.causes"]}
    nodes = {
        name: {"depends_on": {"nodes": after.get(name, ["model.cx.doubled"])}}
        for name in (*sent, "seed.cx.causes")
    }
    (settings.dbt / "manifest.json").write_text(json.dumps({"nodes": nodes}))
    (settings.dbt / "run_results.json").write_text(
        json.dumps({"results": [{"unique_id": name} for name in nodes]})
    )


TOLD = '/* {"node_id": "model.cx.doubled"} */ '
SENT = {
    "model.cx.doubled": [
        "BEGIN",
        f"{TOLD}\n DESCRIBE (select 1)",
        f"{TOLD} select index_name from duckdb_indexes()",
        *DOUBLED.statements[1:],
    ],
    "test.cx.small": ["BEGIN", f"{TOLD} select count(*) as failures, false as should_error"],
}


def test_recorded_is_what_changes_a_table_or_counts_failures_and_what_it_comes_after(settings):
    _write_log(settings, SENT)
    record(settings, settings.dbt / "dbt.log", "code")
    doubled, small = recorded(settings, "code")
    assert doubled == DOUBLED
    assert small == Node("test.cx.small", SENT["test.cx.small"][1:], ["model.cx.doubled"])


def test_what_was_recorded_holds_for_no_other_code_and_no_other_version_of_dbt(
    settings, monkeypatch
):
    assert recorded(settings, "code") == []
    _write_log(settings, SENT)
    record(settings, settings.dbt / "dbt.log", "code")
    assert recorded(settings, "other code") == []
    monkeypatch.setattr(repeating, "version", lambda _: "9.9")
    assert recorded(settings, "code") == []


def test_a_log_that_lacks_a_node_is_not_repeated(settings):
    _write_log(settings, SENT | {"model.cx.tenfold": ["select 1"]})
    record(settings, settings.dbt / "dbt.log", "code")
    assert recorded(settings, "code") == []


def test_no_model_is_rendered_from_data_or_the_hour_for_that_would_be_repeated():
    for folder in ("models", "dbt_project/macros", "dbt_project/tests"):
        for path in (REPO / folder).rglob("*.sql"):
            rendered = " ".join(re.findall(r"{[{%].*?[}%]}", path.read_text(), re.DOTALL))
            # a materialization sends the model's own statement by it
            rendered = rendered.replace("call statement('main')", "")
            for word in ("run_query", "statement(", "run_started_at", "invocation_id", "datetime"):
                assert word not in rendered, f"{word} in {path}"


def test_models_are_built_one_at_a_time_where_the_keys_of_a_table_fill_half_the_memory(tmp_path):
    settings = Settings(home=tmp_path, threads=2)
    with connected(settings) as connection:
        connection.execute("create schema raw; create table raw.usage as from range(1000000)")
    assert models_at_once(settings) == 2
    assert models_at_once(replace(settings, memory_limit="40MB")) == 1


def test_the_engine_is_given_less_than_a_process_may_hold_here_and_in_dbt(tmp_path, monkeypatch):
    settings = Settings(home=tmp_path, memory_limit="2GB")
    with connected(settings) as connection:
        (told,) = connection.execute("select current_setting('memory_limit')").fetchone()
    assert told == "1.7 GiB"  # 1.9 GB, where 2 GB are 1.8 GiB
    given = []
    monkeypatch.setattr("cx.build.subprocess.run", lambda *_, env, **__: given.append(env))
    run_dbt(settings, "parse")
    assert given[0]["CX_MEMORY_LIMIT"] == "1900000000B"
