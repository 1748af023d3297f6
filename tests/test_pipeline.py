"""From extracts to a release, end to end, on a small make-believe operator."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import subprocess
from itertools import product
from types import SimpleNamespace

import duckdb
import pandas as pd
import pytest

from app.parts import problem_totals
from app.queries import service
from cx.cli import main
from cx.release import current
from cx.repeat import repeat
from cx.settings import REPO, Settings
from ingest.simulator import simulate
from tests import asked_warm, independent_slices, repeated
from tests.connects import noted, noting
from tests.data_faults import FAULTS as DATA_FAULTS
from tests.fault_trial import copy_of, held_by
from tests.independent_use import differences
from tests.whole_runs import ask, contents, run
from tests.written_twice import (
    CUTS,
    DIFFERING,
    METRICS,
    cut_disagreements,
    differing,
    disagreements,
    rebuilt,
)

KEY = "5a" * 32
SUBSCRIPTIONS, MONTHS, SEED = 600, 5, 11


@pytest.fixture(scope="module")
def operator(tmp_path_factory):
    """A home after one full run, with the extracts it came from."""
    folder = tmp_path_factory.mktemp("operator")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CX_KEY", KEY)
        noting(folder, patch)
        simulate(folder / "extracts", subscriptions=SUBSCRIPTIONS, months=MONTHS, seed=SEED)
        with pytest.MonkeyPatch.context() as build:
            build.setattr("cx.build.run_dbt", repeated.recording)
            build.setattr("expectations.door.asking_child", asked_warm.of_its_own)
            assert run(folder / "home", folder / "extracts") == 0
        yield folder


def test_promise_44_a_whole_run_connects_to_nothing(operator):
    """Neither this process nor dbt, Great Expectations or any other child of it."""
    elsewhere = [each for each in noted(operator / "connects") if "127.0.0.1" not in each[1]]
    assert elsewhere == []


def test_what_the_simulator_wrote_is_what_raw_and_quarantine_hold_to_the_row(operator):
    truth = operator / "extracts" / "truth"
    differing = ask(
        operator / "home",
        """
        select truth.file, truth.records, ledger.rows_read, truth.quarantined,
            ledger.rows_quarantined
        from read_parquet(?) as truth
        left join ops.file_ledger as ledger
            on truth.file = ledger.file_name and truth.feed = ledger.feed
        where truth.records is distinct from ledger.rows_read
            or truth.quarantined is distinct from ledger.rows_quarantined
            or ledger.rows_read <> ledger.rows_loaded + ledger.rows_quarantined
                + ledger.rows_dropped
        """,
        str(truth / "files.parquet"),
    )
    assert differing == []
    wanted = dict(
        ask(
            operator / "home",
            "select entity, sum(row_count)::bigint from read_parquet(?) group by all",
            str(truth / "loaded.parquet"),
        )
    )
    for entity, rows in wanted.items():
        assert ask(operator / "home", f"select count(*) from raw.{entity}") == [(rows,)], entity


COUNTED = {
    "fct_alarm": ("alarm", "alarm_id"),
    "fct_problem": ("service_problem", "problem_id"),
    "fct_ticket": ("trouble_ticket", "ticket_id"),
    "fct_visit": ("appointment", "appointment_id"),
    "fct_product_order": ("product_order", "order_item_id"),
    "fct_service_order": ("service_order", "service_order_item_id"),
    "fct_port_request": ("number_port", "port_id"),
    "fct_bill": ("customer_bill", "bill_id"),
    "fct_bill_line": ("applied_billing_rate", "rate_id"),
    "fct_interaction": ("interaction", "interaction_id"),
    "fct_notice": ("communication_message", "message_id"),
    "fct_survey": ("survey_response", "survey_id"),
}


@pytest.mark.parametrize("mart", COUNTED)
def test_a_fact_has_one_row_for_each_thing_delivered(operator, mart):
    entity, key = COUNTED[mart]
    counts = ask(
        operator / "home",
        f"select (select count(*) from marts.{mart}), count(distinct {key}) from raw.{entity}",
    )
    assert counts[0][0] == counts[0][1] > 0


@pytest.mark.parametrize("grain", ["month", "week", "day"])
def test_other_sql_over_the_delivered_files_gives_the_same_figures(operator, grain):
    assert differences(operator / "extracts", operator / "home" / "warehouse.duckdb", grain) == []


def test_minutes_lost_are_those_the_simulator_caused(operator):
    compared, differing = ask(
        operator / "home",
        """
        with

        truth as (

            select problem_id, service_id, sum(minutes) as minutes
            from read_parquet(?)
            where is_final
            group by problem_id, service_id

        ),

        found as (

            select problem_id, service_id, sum(minutes) as minutes
            from (
                select distinct problem_id, service_id, impact_from, minutes
                from marts.fct_service_impact
            )
            group by problem_id, service_id

        )

        select count(*), count(*) filter (found.minutes is distinct from truth.minutes)
        from truth
        left join found
            on truth.problem_id = found.problem_id and truth.service_id = found.service_id
        """,
        str(operator / "extracts" / "truth" / "impacts.parquet"),
    )[0]
    assert compared > 500
    assert differing == 0


@pytest.mark.parametrize("versus", [None, "prev", "year"])
def test_whom_problems_hit_is_known_ahead_for_every_period_and_part_of_the_page(
    operator, monkeypatch, versus
):
    """The page looks at everybody only for several parts at once, and would find the same."""
    release = current(operator / "home" / "releases")
    asked = []
    with duckdb.connect(operator / "home" / "releases" / release.file, read_only=True) as opened:

        def answer(sql: str, **bound: object) -> pd.DataFrame:
            asked.append(sql)
            return opened.execute(sql, bound).df()

        monkeypatch.setattr(service, "ask", answer)
        monkeypatch.setattr(
            service, "shown", lambda: SimpleNamespace(has=release.tables.__contains__)
        )
        monkeypatch.setattr(service, "first_known", lambda: pd.Timestamp(0))
        chosen = [{}, {"is_planned": True}, {"is_planned": False}] + [
            {part: code}
            for part, code in service.choices()[["field", "code"]].itertuples(index=False)
        ]
        for days, parts in product(service.PERIODS.values(), chosen):
            since = str(pd.Timestamp(release.as_of) - pd.Timedelta(days=days)) if days else None
            scope = service.Scope(since=since, until=release.as_of, **parts)
            scope = problem_totals.before(scope, versus) if versus else scope
            if scope is None:
                continue
            asked.clear()
            ahead = service.reach(scope, release.as_of)
            assert service._REACH_OF_PARTS not in asked
            everybody = answer(service._REACH_OF_PARTS, **scope.bound(), as_of=release.as_of)
            assert everybody.iloc[0].to_dict() == ahead[everybody.columns].to_dict(), scope


def test_whose_lines_left_after_a_problem_is_counted_by_customer(operator):
    release = current(operator / "home" / "releases")
    with duckdb.connect(operator / "home" / "releases" / release.file, read_only=True) as opened:
        counted = opened.execute(
            """
            select
                problems.problem_id,
                any_value(exit_customers_30d) as told,
                count(distinct impacts.customer_id) as customers
            from marts.fct_problem as problems
            left join marts.bdg_evidence as links
                on links.from_id = problems.problem_id
                and links.from_type = 'problem' and links.to_type = 'exit'
            left join marts.fct_service_impact as impacts
                on impacts.problem_id = problems.problem_id
                and impacts.subscription_id = links.to_id
            group by problems.problem_id
            """
        ).df()
    assert counted["customers"].sum() > 0
    assert (counted["told"] == counted["customers"]).all()


def test_planted_dirty_rows_meet_their_fate(operator):
    astray = ask(
        operator / "home",
        """
        select dirt.file, dirt.line, dirt.kind, dirt.fate
        from read_parquet(?) as dirt
        left join quarantine.rows as held
            on dirt.file = held.file_name and dirt.feed = held.feed and dirt.line = held.row_number
        where (dirt.fate = 'quarantined') <> (held.row_number is not null)
        """,
        str(operator / "extracts" / "truth" / "dirt.parquet"),
    )
    assert astray == []
    planted = ask(
        operator / "home",
        "select count(*) from read_parquet(?) where fate = 'quarantined'",
        str(operator / "extracts" / "truth" / "dirt.parquet"),
    )[0][0]
    held = ask(
        operator / "home",
        "select count(*) from (select distinct file_id, feed, row_number from quarantine.rows)",
    )[0][0]
    assert planted == held > 0


def test_no_direct_identifier_is_anywhere_but_in_the_vault(operator, tmp_path):
    home = operator / "home"
    identifiers = str(operator / "extracts" / "truth" / "identifiers.parquet")
    release = home / "releases" / current(home / "releases").file
    for path in (home / "warehouse.duckdb", release):
        connection = duckdb.connect(str(path), read_only=True)
        connection.execute(
            "create temp table identifiers as select distinct lower(value) as value "
            f"from read_parquet('{identifiers}') where length(value) >= 6"
        )
        assert connection.execute("select count(*) from identifiers").fetchone()[0] > 1000
        tables = connection.execute(
            "select schema_name, table_name, list(format('\"{}\"::varchar', column_name)) "
            "from duckdb_columns() where database_name = current_database() "
            "and data_type in ('VARCHAR', 'JSON') group by all"
        ).fetchall()
        assert len(tables) > 100
        for schema, table, columns in tables:
            found = connection.execute(
                f"select value from (select unnest([{', '.join(columns)}]) as value "
                f'from "{schema}"."{table}") '
                "where lower(value) in (select value from identifiers) limit 1"
            ).fetchall()
            assert not found, f"{path.name}: {schema}.{table} holds {found}"
        connection.close()
    needles = [
        value
        for (value,) in duckdb.sql(
            f"select value from '{identifiers}' where length(value) >= 8 order by hash(value) "
            "limit 3000"
        ).fetchall()
    ]
    patterns = tmp_path / "needles"
    patterns.write_text("\n".join(needles) + "\n", encoding="utf-8")
    # Databases but the vault were asked above.
    written = [
        str(path)
        for path in home.rglob("*")
        if path.is_file()
        and path.relative_to(home).parts[0] not in ("landing", "extracts")
        and (path.suffix != ".duckdb" or path.name == "vault.duckdb")
    ]
    found = subprocess.run(
        [
            "grep",
            "--files-with-matches",
            "--text",
            "--fixed-strings",
            f"--file={patterns}",
            *written,
        ],
        env={"LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout) == (1, "")


def test_a_second_run_reloads_nothing_and_publishes_nothing(operator, capsys):
    before = current(operator / "home" / "releases").file
    assert run(operator / "home", operator / "extracts") == 0
    said = capsys.readouterr().out
    assert "nothing new, nothing reloaded" in said
    for step in ("check arrivals", "build", "train", "score", "check outputs", "publish"):
        assert f"{step:<16} nothing new" in said
    assert current(operator / "home" / "releases").file == before


def test_the_release_is_read_only_and_holds_no_raw_table(operator):
    home = operator / "home"
    path = home / "releases" / current(home / "releases").file
    assert path.stat().st_mode & 0o222 == 0
    connection = duckdb.connect(str(path), read_only=True)
    schemas = {
        row[0] for row in connection.execute("select schema_name from duckdb_tables()").fetchall()
    }
    connection.close()
    assert schemas == {"marts", "ml", "ops"}


@pytest.fixture(scope="module")
def anew(operator, tmp_path_factory):
    """A home that was given the operator's landing and nothing else, then rebuilt."""
    home = tmp_path_factory.mktemp("anew") / "home"
    shutil.copytree(operator / "home" / "landing", home / "landing")
    first = Settings(home=operator / "home")
    nodes = repeated.sent(first)
    with pytest.MonkeyPatch.context() as patch:
        # What dbt sent for the first build of everything, it would send again.
        patch.setattr(
            "cx.build._by_dbt",
            lambda settings, *_: repeated.send_again(settings, nodes, built=first),
        )
        assert main(["--home", str(home), "rebuild"]) == 0
    return home


def test_promise_13_the_same_inputs_give_the_same_release(operator, anew):
    first, second = current(operator / "home" / "releases"), current(anew / "releases")
    assert first.tables == second.tables
    assert first.content_digest == second.content_digest


def test_promise_15_the_warehouse_made_anew_from_landing_holds_the_same_rows(operator, anew):
    schemas = ("raw", "quarantine", "staging", "intermediate", "marts", "features")
    first, second = (contents(home, *schemas) for home in (operator / "home", anew))
    assert len(first) > 100
    assert sorted(table for table in first | second if first.get(table) != second.get(table)) == []
    ledger = "select * exclude (contract_digest) from ops.file_ledger order by all"
    assert ask(anew, ledger) == ask(operator / "home", ledger)
    assert not list(anew.glob("*rebuilding*"))


@pytest.fixture
def copied(operator, tmp_path):
    """The operator's home and extracts, to be changed."""
    shutil.copytree(operator / "home", tmp_path / "home")
    shutil.copytree(operator / "extracts", tmp_path / "extracts")
    return tmp_path


def test_what_became_known_later_changes_no_feature_by_a_byte(copied):
    home, settings = copied / "home", Settings(home=copied / "home")
    dates = ask(home, "select as_of_date from features.churn_cutoffs order by all")
    ((cut,),) = dates[len(dates) // 2 : len(dates) // 2 + 1]
    columns = [name for name, *_ in ask(home, "describe features.churn_features")]
    assert len(set(columns) - {"subscription_id", "as_of_date", "held_offering_ids"}) >= 60
    features = (
        f"select {', '.join(sorted(columns))} from features.churn_features "
        "where as_of_date <= ? order by as_of_date, subscription_id"
    )
    before = ask(home, features, cut)
    assert len(before) > SUBSCRIPTIONS
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        told = connection.execute(
            "select table_name from duckdb_columns() "
            "where schema_name = 'raw' and column_name = 'known_at'"
        ).fetchall()
        forgotten = [
            connection.execute(f"delete from raw.{table} where known_at >= ?", [cut]).fetchone()[0]
            for (table,) in told
        ]
    assert sum(forgotten) > 1000
    models = repeated.up_to(repeated.sent(settings), "churn_features")
    assert len(repeat(settings, models)) == len(models) > 50
    # what the features are made of is gone, and they were made anew
    assert (
        ask(home, "select max(as_of_date) from features.churn_features")[0][0] <= cut < dates[-1][0]
    )
    after = ask(home, features, cut)
    changed = sorted(
        {
            name
            for one, other in zip(before, after, strict=True)
            if one != other
            for name, old, new in zip(sorted(columns), one, other, strict=True)
            if old != new
        }
    )
    assert changed == []


def test_a_bad_delivery_leaves_the_last_release_served(copied, capsys):
    home, extracts = copied / "home", copied / "extracts"
    before = (home / "releases" / "current.json").read_bytes()
    broken = min((extracts / "sim_crm").glob("customers_*.csv"))
    broken.write_text("nothing;of;the;kind\n1;2;3;4\n", encoding="utf-8")
    assert run(home, extracts) == 1
    assert "no delivered file was refused" in capsys.readouterr().err
    assert (home / "releases" / "current.json").read_bytes() == before
    assert Settings(home=home).warehouse.exists()


FAULTS = {
    "a score is a probability": "update ml.ml_score set score = 1.5 where rowid = 0",
    "everybody in the newest cohort": "delete from ml.ml_score where rowid = 1",
    "a metric has one value": "insert into marts.metric_value from marts.metric_value limit 1",
    "did not lose more than 30%": "delete from marts.fct_bill where rowid % 3 < 2",
    "looks like an e-mail": "update marts.dim_location set location_name = 'ann@example.org'",
}


def test_faulty_outputs_are_each_named_and_not_published(copied, capsys):
    home = copied / "home"
    before = (home / "releases" / "current.json").read_bytes()
    connection = duckdb.connect(str(home / "warehouse.duckdb"))
    if connection.execute("select count(*) from ml.ml_score").fetchone() == (0,):
        # The operator is too small for a model: scores as a model would write them.
        connection.execute(
            "insert into ml.ml_score (subscription_id, as_of_date, model_id, target, score) "
            "select subscription_id, as_of_date, 'm', 'churn', 0.1 from features.churn_cohort "
            "where as_of_date = (select max(as_of_date) from features.churn_cohort)"
        )
    for fault in FAULTS.values():
        connection.execute(fault)
    # Work of next year that is said to be detected then is of no period we know: no fault.
    connection.execute(
        "insert into intermediate.int_measures select * replace (date '2099-01-01' as "
        "period_start) from intermediate.int_measures "
        "where metric_id = 'M14' and period_grain = 'day' limit 1"
    )
    connection.close()
    assert main(["--home", str(home), "check", "outputs"]) == 1
    assert "the last release is still served" in capsys.readouterr().err
    refused = ask(home, "select expectation from ops.dq_result where not is_success")
    for says in FAULTS:
        assert any(says in expectation for (expectation,) in refused), says
    assert not any("a metric is what was measured" in expectation for (expectation,) in refused)
    assert main(["--home", str(home), "publish"]) == 1
    assert (home / "releases" / "current.json").read_bytes() == before


# One of each kind that needs no long history; benchmarks/gates.py has all forty.
SAMPLE = (
    "null keys",
    "every payment twice",
    "payments with the sign flipped",
    "payments of next year",
    "a state nobody agreed on",
    "problems over before they began",
    "30 % of the bills lost",
    "a metric a hundred times",
    "usage days zeroed",
    "orders done three hours later",
)


@pytest.mark.parametrize("name", SAMPLE)
def test_promise_23_a_fault_of_data_is_stopped_at_its_door(operator, tmp_path, name):
    fault = next(fault for fault in DATA_FAULTS if fault.name.startswith(name))
    settings = copy_of(operator / "home", tmp_path / "trial")
    stops, _ = held_by(settings, fault, fault.door)
    assert stops


def test_promise_23_a_clean_home_is_stopped_at_neither_door(operator):
    asked = ask(
        operator / "home",
        "select door, count(*), count(*) filter (where not is_success and severity = 'stop') "
        "from ops.dq_result group by door order by door",
    )
    assert [(door, stops) for door, _, stops in asked] == [("arrivals", 0), ("outputs", 0)]
    assert all(questions > 300 for _, questions, _ in asked)


def test_every_output_is_asked_of_its_columns_its_grain_and_its_numbers(operator):
    said = ask(
        operator / "home",
        "select suite, string_agg(expectation, ' | ') from ops.dq_result "
        "where door = 'outputs' group by suite",
    )
    about = dict(said)
    tables = ask(
        operator / "home",
        "select schema_name || '.' || table_name from duckdb_tables() where schema_name = 'marts'",
    )
    for (table,) in tables:
        assert "its columns are those of its contract" in about[table], table
        assert "one row per" in about[table] or "is there once" in about[table], table


def test_status_and_pointer_agree(operator, capsys):
    assert main(["--home", str(operator / "home"), "status", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["release"]["file"] == current(operator / "home" / "releases").file
    assert found["run"]["status"] == "ok"


@pytest.fixture(scope="module")
def independent(operator):
    """Open the facts behind M28 to M49, rebuilt from the delivered rows by SQL of its own."""
    with rebuilt(operator / "home") as connection:
        yield connection


@pytest.mark.parametrize("metric", METRICS)
def test_independent_sql_makes_the_same_numbers_interval_and_status(independent, metric):
    assert disagreements(independent, metric) == []


@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: f"{cut[0]} by {cut[1]}")
def test_independent_sql_makes_the_same_slices(independent, cut):
    assert cut_disagreements(independent, cut) == []


@pytest.fixture(scope="module")
def labelled(independent):
    independent_slices.ground(independent, str(REPO / "dbt_project" / "seeds"))
    return independent


@pytest.mark.parametrize("metric", [*independent_slices.SHARES, *independent_slices.RATES])
def test_independent_sql_makes_the_same_numbers_by_every_dimension(labelled, metric):
    assert independent_slices.slice_disagreements(labelled, metric) == []


@pytest.mark.parametrize("what", DIFFERING)
def test_independent_sql_makes_the_same_index_row_by_row(independent, what):
    assert independent.execute(
        f"select count(*) > 0 from w.marts.{DIFFERING[what][0]}"
    ).fetchone() == (True,)
    assert differing(independent, what) == []


def test_status_says_which_links_are_missing_and_what_would_mend_them(operator, capsys):
    (edge, fix, rows), *_ = ask(
        operator / "home",
        "select edge, likely_fix, fix_rows from marts.link_coverage where fix <> 'none' "
        "order by fix_rows desc, edge",
    )
    assert main(["--home", str(operator / "home"), "status"]) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Links ")]
    assert f"Links {edge}" in told[0]
    assert told[0].endswith(f"{rows} rows more: {fix}")


def test_what_was_known_on_a_day_is_told_again_and_what_came_later_is_shown(operator, capsys):
    home = operator / "home"
    (last,) = ask(home, "select (max(known_at))::date from raw.interaction")[0]
    day = last - dt.timedelta(days=45)
    assert main(["--home", str(home), "as-was", str(day), "--keep"]) == 0
    figures, changed = map(int, re.findall(r"(\d+) (?:figures|have)", said(capsys)))
    assert figures > 1000
    assert 0 < changed < figures / 2
    then = duckdb.connect(str(home / "as_was" / f"as_was_{day:%Y_%m_%d}.duckdb"), read_only=True)
    known = then.execute("select max(known_at)::date from staging.stg_interactions").fetchone()
    contacts = then.execute("select count(*) from marts.fct_interaction").fetchone()
    then.close()
    assert known[0] <= day
    assert (
        contacts
        == ask(
            home,
            "select count(distinct interaction_id) from raw.interaction where known_at < ?",
            day + dt.timedelta(days=1),
        )[0]
    )
    assert main(["--home", str(home), "as-was", "1999-01-01"]) == 2
    assert "nothing was known" in capsys.readouterr().err


@pytest.mark.long
def test_what_was_known_on_the_last_day_is_what_is_known(operator, capsys):
    home = operator / "home"
    (last,) = ask(home, "select (max(known_at))::date from raw.interaction")[0]
    assert main(["--home", str(home), "as-was", str(last + dt.timedelta(days=1))]) == 0
    assert re.search(r" 0 have been restated", capsys.readouterr().out)


def delivered_record(operator, named: str, record: int) -> str:
    path = operator / "extracts" / named
    if path.suffix == ".json":
        return json.dumps(json.loads(path.read_text(encoding="utf-8"))[record - 1])
    return path.read_text(encoding="utf-8").splitlines()[record - 1]


TRACED = {
    "a point for an outage": (
        "select 'cx_event', cx_event_id, evidence_id from marts.cxi_points "
        "inner join marts.fct_cx_event using (cx_event_id) where event_type = 'outage' "
        "order by points_lost desc, cx_event_id limit 1"
    ),
    "a point for a ticket": (
        "select 'cx_event', cx_event_id, evidence_id from marts.cxi_points "
        "inner join marts.fct_cx_event using (cx_event_id) where evidence_type = 'ticket' "
        "order by points_lost desc, cx_event_id limit 1"
    ),
    "an alarm": "select 'alarm', min(alarm_id), min(alarm_id) from marts.fct_alarm",
    "an exit by porting": (
        "select 'exit', min(subscription_id), min(subscription_id) from marts.dim_subscription "
        "where exit_cause = 'port_out'"
    ),
}


@pytest.mark.parametrize("thing", TRACED)
def test_what_is_shown_is_found_in_the_delivered_file_at_the_line_told(operator, capsys, thing):
    home = operator / "home"
    record_type, record_id, named = ask(home, TRACED[thing])[0]
    assert main(["--home", str(home), "trace", record_type, record_id]) == 0
    told = re.findall(r"^  (\S+):(\d+) \(", capsys.readouterr().out, re.MULTILINE)
    assert told
    for file, line in told:
        if file.endswith((".csv", ".json", ".ndjson")):
            assert named in delivered_record(operator, file, int(line)), f"{file}:{line}"


def test_a_lost_minute_leads_to_the_alarm_in_the_delivered_file(operator, capsys):
    home = operator / "home"
    service, alarm, minute = ask(
        home,
        """
        select downtimes.service_id, alarms.alarm_id, downtimes.held_from + interval 1 minute
        from marts.bdg_downtime_problem as downtimes
        inner join marts.fct_alarm as alarms using (problem_id)
        where not alarms.is_child and downtimes.held_from + interval 2 minute < downtimes.held_to
        order by all limit 1
        """,
    )[0]
    at = ["--at", f"{minute:%Y-%m-%dT%H:%M}"]
    assert main(["--home", str(home), "trace", "downtime", service, *at]) == 0
    told = re.findall(
        r"^  (\S+):(\d+) .* through alarm (\S+)", capsys.readouterr().out, re.MULTILINE
    )
    assert alarm in {through for _, _, through in told}
    for file, line, through in told:
        assert delivered_record(operator, file, int(line)).startswith(f"{through},")
    assert (
        main(["--home", str(home), "trace", "downtime", service, "--at", "1999-01-01T00:00"]) == 2
    )
    assert f"has no downtime {service} at 1999" in capsys.readouterr().err
    assert main(["--home", str(home), "trace", "tickt", "T1"]) == 2
    error = capsys.readouterr().err
    assert "nothing of type tickt" in error
    assert len(error.strip().splitlines()) == 1


def said(capsys) -> str:
    return capsys.readouterr().out.replace(",", "")


# Who has not agreed to a purpose, told by what was delivered alone: the newest answer of each, at
# each moment a refusal above a consent, and no answer for a no.
CANARIES = """
with answers as (
    select
        customer_id,
        is_granted and coalesce(valid_to > (select as_of from intermediate.int_clock), true)
            as is_agreed
    from raw.consent
    where purpose = ?
    qualify row_number() over (partition by customer_id order by valid_from desc, is_granted) = 1
)
select distinct {key} from marts.dim_subscription
where customer_id not in (select customer_id from answers where is_agreed)
"""
# What may tell of anybody: risk, worth, trouble and service, for which no purpose is needed, and
# who was drawn. All else that knows a line or a customer must hold none of the canaries.
WITHOUT_PROFILING = {
    *("churn_care", "churn_cohort", "churn_features", "churn_labels", "churn_money"),
    *("churn_neighbours", "churn_profile", "churn_service", "churn_usage", "cxi_survey_damages"),
    *("decision_lines", "effect_events", "effect_histories", "effect_lines", "effect_outages"),
    *("effect_panel", "effect_trials", "offer_trials", "survival_months", "uplift_contacts"),
    *("value_lines", "ml_action", "ml_action_history", "ml_action_option", "ml_action_outcome"),
    *("ml_backtest_score", "ml_exit_score", "ml_hold_out", "ml_score", "ml_score_history"),
    *("ml_risk_list", "ml_score_reason", "ml_uplift_score", "ml_value"),
    *("ml_test_score", "ml_trial_score"),
}
NEEDS = {
    "profiling": (
        "ml.ml_action_option where action_id in ('offer', 'change_plan')",
        "ml.ml_action where action_id in ('offer', 'change_plan')",
        "ml.ml_action_history where action_id in ('offer', 'change_plan')",
    ),
    "marketing": (
        "ml.ml_recommendation",
        "features.preference_audience",
        "features.uplift_contacts",
        "ml.ml_trial_score",
        "features.offer_trials",
        "ml.ml_action_option where action_id in ('call', 'offer', 'change_plan')",
        "ml.ml_action where action_id in ('call', 'offer', 'change_plan')",
        "ml.ml_action_history where action_id in ('call', 'offer', 'change_plan')",
        "ml.ml_target_list",
        "ml.ml_risk_list where may_be_contacted",
        "ml.ml_uplift_score where list_rank is not null or profit_rank is not null "
        "or is_worth_contacting or is_control",
    ),
}


def test_who_has_not_agreed_to_a_purpose_is_in_none_of_its_outputs(operator):
    home = operator / "home"
    known = ask(
        home,
        "select schema_name || '.' || table_name, min(column_name) from duckdb_columns() "
        "where column_name in ('customer_id', 'subscription_id') "
        "and schema_name in ('features', 'ml') group by all order by all",
    )
    outputs = {
        "profiling": [
            *NEEDS["profiling"],
            *(name for name, _ in known if name.split(".")[1] not in WITHOUT_PROFILING),
        ],
        "marketing": NEEDS["marketing"],
    }
    assert len(outputs["profiling"]) >= 3 + 8
    keys = dict(known)
    for purpose, tables in outputs.items():
        for key in ("customer_id", "subscription_id"):
            query = CANARIES.format(key=key)
            silent = {name for (name,) in ask(home, query, purpose)}
            assert len(silent) > 100
            for table in tables:
                if keys[table.split()[0]] == key:
                    told = {name for (name,) in ask(home, f"select {key} from {table}")}
                    assert not told & silent, f"{table} tells of who did not agree to {purpose}"
                    # A table that is empty says nothing of its filter; so small an operator has too
                    # few takers for recommendations (tests/test_ml_room.py has them).
                    assert told or not table.startswith("features."), f"{table} is empty"
