"""Connected systems: tried before loading, listed with their freshness, mended from quarantine."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest

from cx.cli import main
from cx.errors import UserError
from cx.warehouse import reading
from ingest.contract import Due
from ingest.load import load_folder
from ingest.replay import replay
from ingest.sources import connected_feeds, freshness
from ingest.trial import check

HEAD = "id,st,price\n"
GOOD = {
    "entity": "product",
    "columns": {
        "product_id": "id",
        "status": {"from": "st", "map": {"A": "active", "X": "terminated"}},
        "monthly_charge": "price",
    },
}


def cx(bench, *arguments: str) -> int:
    return main(
        ["--home", str(bench.settings.home), "--contracts", str(bench.contracts), *arguments]
    )


def test_an_ingest_that_refused_a_file_says_so_in_its_exit_code_and_loads_the_others(bench, capsys):
    bench.contract(entities=[GOOD])
    bench.deliver("customers_1.csv", HEAD + "P1,A,9.5\n")
    bench.deliver("customers_2.csv", "something else\n1\n")
    assert cx(bench, "ingest", str(bench.extracts)) == 2
    (said,) = capsys.readouterr().err.strip().splitlines()
    assert re.search(r"refused customers_2\.csv \(feed \w+\.\w+\): has", said)
    assert "mend the file or its contract" in said
    assert bench.rows("select count(*) from raw.product") == [(1,)]
    bench.deliver("customers_2.csv", HEAD + "P2,A,9.5\n")
    assert cx(bench, "ingest", str(bench.extracts)) == 0


def test_a_check_tells_what_would_land_and_loads_nothing(bench, capsys):
    bench.contract(entities=[GOOD])
    path = bench.deliver("customers.csv", HEAD + "P1,A,9.5\nP2,Q,1\nP3,X,abc\n")
    trial = check(bench.contracts / "crm.yml", [path], bench.settings)
    assert (trial.report.rows_loaded, trial.report.rows_quarantined) == (1, 2)
    assert trial.landed == [("product", 1, ["monthly_charge", "product_id", "status"])]
    assert [(column, rows) for _, column, _, rows, _ in trial.faults] == [
        ("monthly_charge", 1),
        ("status", 1),
    ]
    assert ("base", "product.started_at") in trial.missing
    assert not bench.settings.home.exists()
    assert cx(bench, "source", "check", str(bench.contracts / "crm.yml"), str(bench.extracts)) == 0
    said = capsys.readouterr().out
    assert "3 rows read = 1 would be loaded + 2 quarantined + 0 dropped" in said
    assert "not yet base: needs product.started_at" in said
    assert not bench.settings.warehouse.exists()


def test_a_check_of_a_file_under_another_folder_meets_the_glob(bench):
    bench.contract(files="crm/daily/customers*.csv", entities=[GOOD])
    path = bench.deliver("customers_x.csv", HEAD + "P1,A,9.5\n")
    assert check(bench.contracts / "crm.yml", [path], bench.settings).report.rows_loaded == 1


def test_a_check_says_no_when_a_file_would_be_refused(bench, capsys):
    bench.contract(entities=[GOOD])
    path = bench.deliver("customers.csv", "id;st;price\nP1;A;1\n")
    assert cx(bench, "source", "check", str(bench.contracts / "crm.yml"), str(path)) == 1
    assert "one column only" in capsys.readouterr().err


def test_the_list_tells_files_rows_freshness_and_the_answers_fed(bench, capsys):
    bench.contract(entities=[GOOD], due={"every": "1d", "by": "06:00"})
    bench.deliver("customers.csv", HEAD + "P1,A,9.5\nP2,Q,1\n")
    bench.load()
    (feed,) = connected_feeds(bench.settings, dt.datetime(2026, 1, 2, 5, 0))
    assert (feed.files, feed.rows, feed.quarantined, feed.unproven) == (1, 1, 1, 1)
    assert feed.freshness == "fresh"
    assert {"base", "churn", "revenue"} <= set(feed.answers)
    assert cx(bench, "source", "list") == 0
    said = capsys.readouterr().out
    assert "crm.customers → product" in said
    assert "1 quarantined" in said
    assert "late by" in said


@pytest.mark.parametrize(
    ("every", "by", "last", "now", "said"),
    [
        ("1d", "06:00", "2026-01-01 00:00", "2026-01-02 06:00", "fresh"),
        ("1d", "06:00", "2026-01-01 00:00", "2026-01-02 08:30", "late by 2 h 30 min"),
        ("1d", "06:00", "2026-01-01 23:00", "2026-01-03 05:00", "fresh"),
        ("15min", None, "2026-01-01 00:00", "2026-01-01 00:16", "late by 0 h 1 min"),
        ("1h", None, "2026-01-01 00:00", "2026-01-04 02:00", "late by 3 d 1 h"),
        ("1d", None, None, "2026-01-01 00:00", "never came"),
    ],
)
def test_a_feed_is_late_when_its_next_file_was_due(every, by, last, now, said):
    moment = dt.datetime.fromisoformat
    due = Due(every=every, by=by)
    assert freshness(due, moment(last) if last else None, moment(now)) == said


def table(bench, name: str) -> list[tuple]:
    return bench.rows(f"select * from {name} order by all")


def test_promise_10_a_replay_after_mending_gives_what_a_clean_load_would_have_given(bench):
    rows = "".join(f"P{number},{'AQX'[number % 3]},{number}.5\n" for number in range(100))
    bench.contract(entities=[GOOD])
    bench.deliver("customers.csv", HEAD + rows)
    bench.deliver("customers_2.csv", HEAD + "R1,A,1\n")
    bench.load()
    assert bench.rows("select count(*) from quarantine.rows") == [(33,)]
    codes = {"A": "active", "X": "terminated", "Q": "suspended"}
    mended = GOOD["columns"] | {"status": {"from": "st", "map": codes}}
    bench.contract(entities=[GOOD | {"columns": mended}])
    report = replay(bench.settings)
    assert (report.files_new, report.rows_loaded, report.rows_quarantined) == (1, 100, 0)
    clean = replace(bench.settings, home=bench.settings.home.with_name("clean"))
    load_folder(bench.extracts, clean)
    compared = (
        "select * from raw.product order by all",
        "select * from quarantine.rows",
        "select * exclude (loaded_at, contract_digest) from ops.file_ledger order by all",
    )
    for query in compared:
        with reading(clean) as connection:
            assert connection.execute(query).fetchall() == bench.rows(query)


def test_a_replay_with_nothing_mended_changes_nothing(bench):
    bench.contract(entities=[GOOD])
    bench.deliver("customers.csv", HEAD + "P1,A,9.5\nP2,Q,1\n")
    bench.load()
    tables = ("raw.product", "quarantine.rows", "ops.file_ledger")
    before = {name: table(bench, name) for name in tables}
    replay(bench.settings, "crm.customers")
    after = {name: table(bench, name) for name in before}
    assert after == before


def test_a_replay_of_what_has_nothing_in_quarantine_says_so(bench):
    bench.contract()
    bench.deliver("customers.csv", "id,segment\nC1,consumer\n")
    bench.load()
    with pytest.raises(UserError, match="nothing of crm is in quarantine or refused"):
        replay(bench.settings, "crm")


def test_a_contract_that_says_more_than_it_did_is_replayed_over_all_its_files(bench):
    bench.contract(entities=[GOOD])
    bench.deliver("customers.csv", HEAD + "P1,A,9.5\n")
    bench.load()
    more = GOOD["columns"] | {"exit_cause": {"value": "unknown"}}
    bench.contract(entities=[GOOD | {"columns": more}])
    assert replay(bench.settings, "crm", every=True).rows_loaded == 1
    assert bench.rows("select product_id, exit_cause from raw.product") == [("P1", "unknown")]


def test_a_replay_that_cannot_read_a_file_leaves_what_was_loaded(bench):
    bench.contract(entities=[GOOD])
    bench.deliver("customers.csv", HEAD + "P1,A,9.5\nP2,Q,1\n")
    bench.load()
    wrong = {"product_id": "number", "status": "st"}
    bench.contract(entities=[GOOD | {"columns": wrong}])
    report = replay(bench.settings)
    assert "left as it was loaded" in report.refused[0]
    assert bench.rows("select product_id from raw.product") == [("P1",)]
    assert bench.rows("select state, rows_loaded from ops.file_ledger") == [("loaded", 1)]


def test_a_refused_file_is_replayed_from_landing_once_its_contract_is_mended(bench):
    bench.contract(entities=[GOOD])
    path = bench.deliver("customers.csv", "id;st;price\nP1;A;1\n")
    bench.load()
    path.unlink()
    bench.contract(entities=[GOOD], dialect={"delimiter": ";"})
    assert replay(bench.settings).rows_loaded == 1
    assert bench.rows("select state, rows_loaded from ops.file_ledger") == [("loaded", 1)]


def test_a_file_with_a_number_in_its_name_is_replayed_by_its_sealed_name(bench):
    columns = {
        "product_id": {"from": "msisdn", "token": "phone"},
        "usage_type": {"value": "voice"},
        "started_at": "at",
    }
    usage = {"entity": "usage", "columns": columns}
    bench.contract(files="*.cdr", name_columns=r"(?P<msisdn>\d+)\.cdr", entities=[usage])
    bench.deliver("015112345678.cdr", "at\n01.02.2026\n")
    bench.load()
    columns["started_at"] = {"from": "at", "format": "%d.%m.%Y"}
    bench.contract(files="*.cdr", name_columns=r"(?P<msisdn>\d+)\.cdr", entities=[usage])
    assert replay(bench.settings).rows_loaded == 1
    assert bench.rows("select count(product_id) from raw.usage") == [(1,)]


def test_the_quarantine_shows_reasons_and_only_on_request_the_rows(bench, capsys):
    bench.contract(entities=[GOOD])
    bench.deliver("customers.csv", HEAD + "P1,A,9.5\nP2,Q,1\n")
    bench.load()
    assert cx(bench, "quarantine", "show") == 0
    said = capsys.readouterr().out
    assert "status is a code outside the vocabulary" in said
    assert "P2" not in said
    assert cx(bench, "quarantine", "show", "crm", "--text") == 0
    assert "P2,Q,1" in capsys.readouterr().out
    assert cx(bench, "quarantine", "replay", "crm") == 0
    assert cx(bench, "quarantine", "show", "other") == 0
    assert "Nothing of other" in capsys.readouterr().out


def test_a_replay_of_nothing_is_one_clear_line(bench, capsys):
    bench.contract()
    bench.deliver("customers.csv", "id,segment\nC1,a\n")
    bench.load()
    assert cx(bench, "quarantine", "replay") == 2
    assert "nothing of any source is in quarantine" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["check"], ["list"]])
def test_help_of_source_commands_shows_an_example(capsys, arguments):
    assert main(["source", *arguments, "--help"]) == 0
    assert "Example: cx source" in capsys.readouterr().out
