"""Promise 23: bad data does not get published. What the two doors ask, and what they say of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml
from sqlalchemy import event
from sqlalchemy.engine import Engine

from benchmarks.drift import deliveries
from cx.cli import main
from cx.errors import CheckFailed, UserError
from cx.settings import REPO, Settings
from cx.status import as_lines, status_of
from cx.waivers import MAX_DAYS, waive
from cx.warehouse import connected, reading, writing
from expectations import arrivals, drift, outputs
from expectations.ask import answers_to
from expectations.docs import docs_page
from expectations.judge import judge
from expectations.profile import measure
from expectations.questions import nothing_in, suite
from ingest.intake import entities
from ingest.load import prepare_raw

NOW = datetime(2026, 1, 2, 12, 0)
CANARY = "canary.person@example.org"


@pytest.fixture
def tickets(bench, parsed):
    """A home that takes in tickets once a day, by noon.

    It has dbt's manifest: a door that says no would have dbt make it.
    """
    bench.settings.dbt.mkdir(parents=True)
    shutil.copyfile(parsed.dbt / "manifest.json", bench.settings.dbt / "manifest.json")
    bench.contract(
        "care",
        files="**/tickets*.csv",
        extracted_at={"file_name": r"_(\d{8})", "format": "%Y%m%d"},
        due={"every": "1d", "by": "11:00", "stop_after": "2d"},
        entities=[
            {
                "entity": "trouble_ticket",
                "columns": {
                    "ticket_id": "id", "channel": "channel", "opened_at": "opened",
                    "resolved_at": "resolved",
                },
            }
        ],
    )  # fmt: skip
    return bench


def csv(day: str, rows: int = 10, *, channel: str = "phone", resolved: str = "T11:00") -> str:
    lines = [f"{day}-{row},{channel},{day}T10:00,{day}{resolved}" for row in range(rows)]
    return "\n".join(["id,channel,opened,resolved", *lines]) + "\n"


def failed(bench) -> list[tuple]:
    return bench.rows(
        "select suite, expectation, severity, observed, is_waived from ops.dq_result "
        "where not is_success and run_id = (select arg_max(run_id, checked_at) from ops.dq_result)"
    )


def test_every_intake_entity_with_rows_is_asked_of_its_keys_its_words_its_moments_and_its_order(
    bench,
):
    with connected(bench.settings) as connection:
        prepare_raw(connection)
        connection.execute("update raw.column_fill set row_count = 1")
    asked = arrivals.questions(bench.settings)
    about = {each.table: set() for each in asked}
    for each in asked:
        about[each.table].add(each.says)
    for name, entity in entities().items():
        says = " | ".join(about[f"raw.{name}"])
        assert f"the same {', '.join(entity.key)} twice" in says, name
        for column in entity.columns.values():
            if column.required:
                assert f"{column.name} is always there" in says
            if column.values:
                assert f"{column.name} holds only codes of its vocabulary" in says
            if column.sql_type == "timestamp":
                assert f"{column.name} is a moment somebody can mean" in says
    columns = {f"{name}.{column}" for name, each in entities().items() for column in each.columns}
    rules = suite("arrivals")
    named = {*rules["past"]["columns"]}
    for kind in ("parts", "links"):
        named |= {end for pair in rules[kind]["pairs"] for end in pair}
    assert named <= columns, "a rule names a column that is none"


def test_promise_23_a_stop_names_the_answers_it_endangers_in_message_record_and_status(tickets):
    tickets.deliver("tickets_20260102.csv", csv("2026-01-02", resolved="T02:00"))
    tickets.load()
    with pytest.raises(CheckFailed) as stopped:
        arrivals.check(tickets.settings, "r1", NOW)
    assert "resolved_at is not before opened_at (10 of 10 rows of" in str(stopped.value)
    assert re.search(r"endangers experience, .*page Customer, .*M0", str(stopped.value))
    endangered = tickets.rows(
        "select answers, endangers from ops.dq_result where not is_success and severity = 'stop'"
    )
    answers, things = endangered[0]
    assert answers == ["experience"]
    assert {"page Service impact", "M46"} <= set(things)
    assert "M01" not in things  # no answer to a survey hangs on a ticket
    told = "\n".join(as_lines(status_of(tickets.settings)))
    assert "Stop at arrivals: raw.trouble_ticket: resolved_at is not before opened_at" in told
    assert "endangers M02" in told


def test_a_slip_of_one_row_is_told_and_holds_no_night(tickets):
    rows = csv("2026-01-02", 40).splitlines()
    rows[1] = rows[1].replace("T11:00", "T02:00")
    rows[2] = rows[2].replace("T10:00", "T99:00")
    tickets.deliver("tickets_20260102.csv", "\n".join(rows) + "\n")
    tickets.load()
    result = arrivals.check(tickets.settings, "r1", NOW)
    assert "1 warn (raw.trouble_ticket: resolved_at is not before opened_at)" in result.summary
    # And says how much stands on it, and what waits to be mended, so that nobody is alarmed.
    assert re.search(r"; shown, with that doubt: \d+ pages, \d+ answers", result.summary)
    assert "; 1 of 40 rows are left out, the largest share of care." in result.summary


def test_promise_18_a_late_feed_is_told_with_how_late_and_holds_the_run_where_its_contract_says_so(
    tickets,
):
    tickets.deliver("tickets_20260101.csv", csv("2026-01-01"))
    tickets.load()
    arrivals.check(tickets.settings, "in time", datetime(2026, 1, 2, 10, 59))
    assert failed(tickets) == []
    summary = arrivals.check(tickets.settings, "late", datetime(2026, 1, 2, 13, 30)).summary
    assert "came by its due time" in summary
    assert failed(tickets)[0][2:4] == ("warn", "late by 2 h 30 min")
    with pytest.raises(CheckFailed, match=r"late by 2 d 1 h.*endangers .*contacts"):
        arrivals.check(tickets.settings, "gone", datetime(2026, 1, 4, 12, 0))


def test_a_late_feed_is_asked_about_again_though_nothing_new_came(tickets):
    tickets.deliver("tickets_20260101.csv", csv("2026-01-01"))
    tickets.load()
    from expectations.freshness import lateness

    moments = [datetime(2026, 1, 2, hour, 30) for hour in (9, 12, 13)]
    before, late, later = (lateness(tickets.settings, moment) for moment in moments)
    assert (before, late) == ("", "care.customers 1")
    assert later == "care.customers 2"


def test_a_waiver_has_a_reason_and_an_end_and_is_recorded(tickets, capsys):
    tickets.deliver("tickets_20260102.csv", csv("2026-01-02", resolved="T02:00"))
    tickets.load()
    with pytest.raises(CheckFailed):
        arrivals.check(tickets.settings, "r1", NOW)
    about = ("raw.trouble_ticket", "resolved_at is not before")
    today = datetime.now(UTC).date()
    with pytest.raises(UserError, match="needs a reason"):
        waive(tickets.settings, *about, " ", "ann", today)
    with pytest.raises(UserError, match="days from today"):
        waive(tickets.settings, *about, "known", "ann", today + timedelta(days=MAX_DAYS + 1))
    with pytest.raises(UserError, match="no expectation"):
        waive(tickets.settings, "raw.trouble_ticket", "nonsense", "known", "ann", today)
    given = ["--home", str(tickets.settings.home), "check", "waive", *about]
    given += ["--reason", "clocks of the old system", "--until", f"{today}", "--by", "ann"]
    assert main(given) == 0
    assert f"accepted until {today}" in capsys.readouterr().out
    assert "1 waived" in arrivals.check(tickets.settings, "r2", NOW).summary
    assert failed(tickets)[0][4] is True
    assert "clocks of the old system" in docs_page(tickets.settings).read_text()
    with writing(tickets.settings) as connection:
        connection.execute("update ops.dq_waiver set expires_on = expires_on - interval 1 day")
    with pytest.raises(CheckFailed):
        arrivals.check(tickets.settings, "r3", NOW)


def test_promise_36_data_docs_hold_no_value_of_a_row_and_ask_no_host(tickets):
    tickets.contract(
        "sales",
        files="**/lines*.csv",
        entities=[
            {"entity": "product", "columns": {"product_id": "id", "location_id": "at"}},
        ],
    )
    tickets.deliver("tickets_20260102.csv", csv("2026-01-02"))
    tickets.deliver("lines.csv", "id,at\n" + "".join(f"P{row},L1\n" for row in range(20)))
    tickets.load()
    with writing(tickets.settings) as connection:
        # What a contract would have refused, had it known: a person where a code belongs.
        connection.execute("update raw.product set status = ?", [CANARY])
        connection.execute("update raw.product set product_id = null where product_id = 'P3'")
    assert main(["--home", str(tickets.settings.home), "check", "arrivals"]) == 1
    pages = {page.name: page.read_text() for page in docs_page(tickets.settings).parent.iterdir()}
    assert set(pages) == {"index.html", "arrivals.html"}
    assert "status holds only codes of its vocabulary" in pages["arrivals.html"]
    assert "20 of 20 rows" in pages["index.html"]
    for text in [*pages.values(), str(tickets.rows("select * from ops.dq_result"))]:
        assert CANARY not in text
        assert not re.search(r"https?://|<script|<link|@import|src=", text)
    assert CANARY not in "".join(
        path.read_text(errors="replace") for path in tickets.settings.logs.glob("*")
    )


def told_of(spoil: dict, history: int, rows: int = 2000, seed: int = 5) -> tuple[set, set]:
    """Return which measures are told and which hold the run, of a made-up daily feed."""
    profile = deliveries(np.random.default_rng(seed), history + 1, rows, spoil, 0.03)
    last = profile["extracted_at"] == profile["extracted_at"].max()
    found = judge(profile[last], profile[~last], suite("drift"))
    told = {each.measure for each in found if not each.is_like_before}
    return told, {each.measure for each in found if each.is_stop}


@pytest.mark.parametrize(("now", "holds"), [(1 / 30_000, True), (0.4, False)])
def test_promise_23_a_number_frozen_at_one_value_holds_the_run_however_uneven_the_history(
    now, holds
):
    shares = [(0.92, 5_000), (0.63, 34_000), (0.65, 33_000), (0.69, 34_000), (0.64, 34_000)]
    profile = pd.DataFrame(
        [
            {"extracted_at": pd.Timestamp(2026, 1 + month, 1), "value": value, "n": n}
            for month, (value, n) in enumerate([*shares, (now, 30_000)])
        ]
    ).assign(measure="different", part="quantity")
    last = profile["extracted_at"] == profile["extracted_at"].max()
    found = judge(profile[last], profile[~last], suite("drift"))
    assert [each.is_stop for each in found] == [holds]


@pytest.mark.parametrize(
    ("spoil", "held"),
    [
        ({"rows": 0.4}, {"volume"}),
        ({"gaps": 0.3}, {"gaps"}),
        ({"size": 1000.0}, {"size"}),
        ({"renamed": 0}, {"new words"}),
        ({"hours": 30.0}, {"lag"}),
    ],
)
def test_promise_23_a_delivery_unlike_thirty_before_is_held(spoil, held):
    assert held <= told_of(spoil, 30)[1]


@pytest.mark.parametrize(
    ("share", "parents", "told", "holds"),
    [
        (0.75, 13, False, False),  # a fault that a quarter of the messages are about comes tomorrow
        (0.0, 13, True, True),
        (0.75, 400, True, True),
        (0.0, 4, False, False),
    ],
)
def test_promise_23_links_are_judged_by_the_parents_named_not_by_the_rows(
    share, parents, told, holds
):
    profile = pd.DataFrame(
        [
            {"extracted_at": pd.Timestamp(2025, month, 1), "value": value, "n": n}
            for month, (value, n) in enumerate([(1.0, 14)] * 11 + [(share, parents)], start=1)
        ]
    ).assign(measure="link", part="problem_id")
    last = profile["extracted_at"] == profile["extracted_at"].max()
    found = judge(profile[last], profile[~last], suite("drift"))
    assert [each for each in found if not each.is_like_before] == (found if told else [])
    assert any(each.is_stop for each in found) == holds


def test_promise_23_a_link_counts_only_where_its_parent_came_the_same_night():
    connection = duckdb.connect()
    connection.execute(
        """
        create schema raw; create schema ops;
        create table ops.file_ledger as select * from (values
            ('m', 's', 'messages', timestamp '2026-01-01 21:00'),
            ('p', 's', 'problems', timestamp '2026-01-02 00:00'),
            ('q', 's', 'problems', timestamp '2026-01-03 00:00')
        ) as told(file_id, source_system, feed, extracted_at);
        create table raw.message as select * from (values
            ('m', 'P1', 'C1'), ('m', 'P1', 'C2'), ('m', 'P2', 'C3'), ('m', null, 'C4')
        ) as told(file_id, problem_id, customer_id);
        create table raw.problem as select * from (values ('p', 'P1'), ('q', 'P1'), ('q', 'P2'))
            as told(file_id, problem_id);
        create table wanted as select source_system, feed, date_trunc('day', extracted_at)
            as extracted_at from ops.file_ledger where feed = 'messages';
        """
    )
    body = {"columns": {"problem_id": {"type": "id"}, "customer_id": {"type": "id"}}}
    told = measure(connection, "message", body, {"problem_id": "problem.problem_id"})
    link = told[told["measure"] == "link"]
    assert link[["value", "n"]].values.tolist() == [[pytest.approx(2 / 3), 2]]


@pytest.mark.parametrize(("days", "holds"), [(1, False), (20, True)])
def test_promise_23_the_rows_of_a_day_are_not_judged_by_those_of_months(days, holds):
    months = pd.date_range("2025-01-01", periods=12, freq="MS")
    told = [*((at, 94.0, 2800) for at in months), (months[-1] + pd.Timedelta(days, "D"), 1.0, days)]
    profile = pd.DataFrame(told, columns=["extracted_at", "value", "n"])
    profile = profile.assign(measure="volume", part="")
    last = profile["extracted_at"] == profile["extracted_at"].max()
    found = judge(profile[last], profile[~last], suite("drift"))
    assert [each.is_stop for each in found] == [True] * holds


@pytest.mark.parametrize(("history", "holds"), [(9, False), (28, True)])
def test_promise_23_an_ordinary_end_of_a_month_is_told_and_holds_nothing_when_first_seen(
    history, holds
):
    told, held = told_of({"rows": 0.01}, history)
    assert told >= {"volume"}
    assert ("volume" in held) == holds


def test_a_delivery_like_those_before_is_not_told():
    assert all(told_of({}, history, seed=seed)[0] == set()
               for history in (5, 30) for seed in range(2))  # fmt: skip


def test_more_rows_are_told_and_never_hold_the_run():
    """After an outage there are three times the contacts, and they are true."""
    told, held = told_of({"rows": 3.0}, 30)
    assert "volume" in told
    assert held == set()


def test_drift_says_nothing_before_it_has_seen_five_deliveries():
    assert told_of({"rows": 0.1, "size": 1000.0}, 4) == (set(), set())
    assert "size" in told_of({"size": 1000.0}, 5)[1]


def nights(bench, first: int, sizes: list[int]) -> None:
    """Put so many tickets a night into raw and the ledger, as if they had been loaded."""
    with connected(bench.settings) as connection:
        prepare_raw(connection)
        connection.execute(
            "insert into ops.file_ledger (source_system, feed, file_id, file_name, state, "
            "rows_read, rows_loaded, rows_quarantined, rows_dropped, extracted_at) "
            "select 'care', 'customers', md5(night::varchar)::uuid, 'n' || night, 'loaded', size, "
            "size, 0, 0, timestamp '2026-01-01' + to_days(night::integer) from "
            "(select unnest(range($1, $1 + len($2))) as night, unnest($2) as size)",
            [first, sizes],
        )
        connection.execute(
            "insert into raw.trouble_ticket (ticket_id, opened_at, file_id, row_number, known_at) "
            "select file_name || '-' || row, extracted_at - interval 2 hour, file_id, row, "
            "extracted_at from ops.file_ledger, range(rows_loaded) as rows(row) "
            "where file_id not in (select file_id from raw.trouble_ticket)"
        )
        connection.execute(
            "update raw.column_fill set row_count = 1 where entity = 'trouble_ticket'"
        )


def test_a_delivery_that_was_held_is_no_history_until_it_is_waived(bench):
    """Else the second bad night would be like the first."""
    nights(bench, 1, [400] * 30 + [60])

    def volume() -> list[str]:
        return [
            each.question.severity
            for each in drift.verdicts(bench.settings, "r")
            if "as many rows" in each.question.says and not each.is_success
        ]

    assert volume() == ["stop"]
    assert volume() == ["stop"]
    kept = "select distinct verdict from ops.delivery_profile where extracted_at = '2026-02-01'"
    assert bench.rows(kept) == [("stop",)]
    nights(bench, 32, [60])
    assert volume() == ["stop", "stop"]
    with connected(bench.settings) as connection:
        connection.execute(
            "insert into ops.dq_waiver values ('care.customers', 'trouble_ticket: as many', "
            "'fewer lines', 'ann', now()::timestamp, current_date + 30)"
        )
    # Still said, and waived at the door; accepted, it is what the next one is like.
    assert volume() == ["stop"]
    assert bench.rows(kept) == [("ok",)]


def test_thirty_deliveries_are_kept_beside_the_newest(bench):
    nights(bench, 1, [40] * 36)
    drift.verdicts(bench.settings, "r")
    kept = "select count(distinct extracted_at), min(extracted_at)::varchar "
    assert bench.rows(f"{kept} from ops.delivery_profile") == [(31, "2026-01-07 00:00:00")]


def test_deliveries_measured_some_at_a_time_look_as_they_do_at_once(bench, monkeypatch):
    nights(bench, 1, [40] * 8)

    def seen(most: int) -> pd.DataFrame:
        monkeypatch.setattr(drift, "MOST_ROWS", most)
        with reading(bench.settings) as connection:
            profiles, _ = drift._measured(connection, bench.settings, suite("drift"))
        return profiles.sort_values(["extracted_at", "measure", "part"]).reset_index(drop=True)

    at_once = seen(10**6)
    assert at_once["extracted_at"].nunique() == 8
    pd.testing.assert_frame_equal(seen(100), at_once, check_dtype=False)


def test_a_file_without_a_row_is_the_least_a_feed_can_bring(bench):
    nights(bench, 1, [400] * 20)
    drift.verdicts(bench.settings, "r1")
    nights(bench, 21, [0])
    said = [each for each in drift.verdicts(bench.settings, "r2") if not each.is_success]
    assert [each.question.severity for each in said] == ["stop"]
    assert said[0].observed == "0 rows a day, 400 expected from 19 deliveries"


def test_the_rules_are_data_that_name_existing_tables():
    named = set()
    rules = suite("outputs")
    for kind in ("unchanged", "rules"):
        named |= {each["table"].split(".")[-1] for each in rules[kind]}
    named |= {table.split(".")[-1] for table in rules["grains"]}
    models = {path.stem for path in (REPO / "models").rglob("*.sql")}
    source = yaml.safe_load((REPO / "models/marts/_ml__sources.yml").read_text())
    scores = {table["name"] for table in source["sources"][0]["tables"]}
    unknown = named - models - scores
    # what no model and no page reads
    kept = {"ml_metric_value", "ml_cxi_weight", "ml_test_score", "ml_trial_score"}
    assert unknown <= kept, unknown
    json.dumps(rules)
    assert pd.Series(rules["max_shrinkage"]).between(0, 1).all()


def test_what_a_mart_fills_in_is_held_to_what_the_source_did_tell():
    told = {"key": ["id"], "columns": ["day"], "filled_in": ["who"], "table": "t", "of": "t"}
    tables = {"marts.t": outputs.Table("marts.t", {"id": "INTEGER"})}
    (question,) = outputs._about_unchanged(tables, [told])
    connection = duckdb.connect()
    connection.execute("create schema staging")
    connection.execute(
        "create table staging.t as from (values (1, 1, 'A'), (2, 1, null)) as told(id, day, who)"
    )

    def found(*rows: str) -> int:
        batch = f"(select * from (values {', '.join(rows)}) as made(id, day, who))"
        query = question.arguments["unexpected_rows_query"].format(batch=batch)
        return len(connection.execute(query).fetchall())

    assert found("(1, 1, 'A')", "(2, 1, 'B')") == 0
    assert found("(1, 1, 'C')", "(2, 1, 'B')") == 1
    assert found("(1, 1, cast(null as varchar))") == 1


def test_a_data_test_is_asked_again_without_a_limit_which_the_engine_may_never_answer():
    """DuckDB 2.0 waits for ever on `limit` over a union of scalar subqueries with many rows."""
    query = outputs.asked_again("select 1 as found union all select 2 as found")
    assert "limit" not in query
    found = duckdb.sql(query.format(batch="(select 1)")).fetchall()
    assert found == [(2,)]
    assert not duckdb.sql(outputs.asked_again("select 1 where false").format(batch="x")).fetchall()


def asked_while(work: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "import time\nfrom expectations.ask import never_idle\n"
            f"with never_idle(0.3, 'marts.fct_service_day'):\n    {work}",
        ],
        capture_output=True,
        text=True,
        cwd=REPO,
        timeout=30,
        check=False,
    )


def test_a_question_that_nothing_works_on_ends_in_one_line_that_names_the_table():
    child = asked_while("time.sleep(20)")
    assert child.returncode == 1
    assert "no answer about marts.fct_service_day" in child.stderr


def test_a_question_that_takes_its_time_is_let_work():
    child = asked_while("while time.process_time() < 4: pass")
    assert (child.returncode, child.stderr) == (0, "")


def test_a_door_sends_each_query_once_and_tells_what_it_found(tmp_path):
    """Great Expectations' own expectation sends it twice, for the rows and for their number."""
    settings = Settings(home=tmp_path)
    with connected(settings) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.calls as select unnest([1, 2, 3]) as minutes")
    counts = (
        "select count(*) filter (where minutes > 1) as wrong, count(*) as total, "
        "true as is_stop, null as file from {batch}"
    )
    questions = [
        ("select 1 as found from {batch} where minutes = 2", False),
        ("select 1 as found from {batch} where minutes = 9", False),
        (counts, True),
    ]
    sent = []
    listener = (Engine, "before_cursor_execute", lambda *told: sent.append(told[2]))
    event.listen(*listener)
    try:
        answers = answers_to(
            settings,
            [
                {
                    "table": "marts.calls",
                    "kind": "UnexpectedRowsExpectation",
                    "arguments": nothing_in(query),
                    "is_counted": is_counted,
                }
                for query, is_counted in questions
            ],
        )
    finally:
        event.remove(*listener)
    assert answers == [
        (False, "1 found", None),
        (True, "0 found", None),
        (False, "2 of 3 rows of the table", True),
    ]
    assert [sum(about in query for query in sent) for about in ("= 2", "= 9", "> 1")] == [1, 1, 1]
