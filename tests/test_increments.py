"""A night with one new day: rebuilt is what it touched, and nothing differs from a full build."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import duckdb
import pytest

from cx.build import run_dbt
from cx.cli import main
from cx.repeat import Node, repeat
from cx.settings import REPO, Settings
from ingest.simulator import simulate
from tests import whole_runs
from tests.repeated import but_views, send_again

# Five builds for one answer: beside other work more than the usual ten minutes.
pytestmark = pytest.mark.timeout(1200)
# what a full build leaves empty or does not make: how much had to be done, not what is known
_OF_THE_WAY = re.compile(r"\.(before_|int_rewritten_subscriptions$)")


def contents(home: Path) -> dict[str, tuple[int, int]]:
    """Return rows and a hash over every column, per table the models make."""
    found = whole_runs.contents(home, "staging", "intermediate", "marts", "features")
    return {name: rows for name, rows in found.items() if not _OF_THE_WAY.search(name)}


def differing(one: dict, other: dict) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


@pytest.fixture(scope="module")
def nights(nothing, sent, tmp_path_factory) -> dict:
    """Build all but two days; a day by dbt; a day, and what came late, by repetition; all anew."""
    folder = tmp_path_factory.mktemp("nights")
    home, extracts = folder / "home", folder / "extracts"
    simulate(extracts, subscriptions=250, months=4, seed=11, daily=2)
    _hold_back(extracts, folder / "last", "*_20261101*")
    # What the day before brought of these comes a day late.
    for feed in ("sim_ticketing", "sim_subscriptions", "sim_fault"):
        _hold_back(extracts, folder / "last", f"{feed}/*_20261031*")
    _hold_back(extracts, folder / "first", "*_20261031*")

    def cx(*arguments: str) -> dict:
        assert main(["--home", str(home), *arguments]) == 0
        return contents(home) if arguments[0] == "build" else {}

    cx("ingest", str(extracts))
    with pytest.MonkeyPatch.context() as patch:
        # What dbt sent for a home of no rows, it would send for this one.
        patch.setattr(
            "cx.build._by_dbt", lambda settings, *_: send_again(settings, sent, built=nothing)
        )
        told = {"before": cx("build")}
    (home / "dbt" / "repeated.json").unlink()
    cx("ingest", str(folder / "first"))
    told["first"] = cx("build")
    assert not (home / "dbt" / "repeated.json").exists()
    told["counted_first"] = _counted(home)
    cx("ingest", str(folder / "last"))
    told["touched"] = cx("build")
    assert (home / "dbt" / "repeated.json").exists()
    told["rewritten"] = _count(home, "intermediate.int_rewritten_subscriptions")
    told["counted_last"] = _counted(home)
    told["nothing"] = cx("build")
    told["calm"] = _lost(home)
    told["children"] = _storm(extracts, folder / "storm")
    cx("ingest", str(folder / "storm"))
    told["stormed"] = cx("build")
    told["storm"] = _lost(home)
    told["summaries"] = _summaries(home)
    with pytest.MonkeyPatch.context() as patch:
        again = but_views(sent)
        patch.setattr("cx.build._by_dbt", lambda settings, *_: list(repeat(settings, again)))
        told["anew"] = cx("build", "--full")
    assert _summaries(home)[-1].startswith(f"everything: {_models(again)} models built")
    return told | {"subscriptions": _count(home, "marts.dim_subscription"), "home": home}


def _hold_back(extracts: Path, later: Path, pattern: str) -> None:
    for path in [path for path in extracts.rglob(pattern) if path.is_file()]:
        (later / path.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.move(path, later / path.parent.name / path.name)


def _count(home: Path, table: str) -> int:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(f"select count(*) from {table}").fetchone()[0]


def _counted(home: Path) -> set[tuple]:
    """Return table, grain, start and content of each period whose counts are kept."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        tables = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'kept'"
        ).fetchall()
        return {
            (table, *period)
            for (table,) in tables
            for period in connection.execute(
                f"select distinct period_grain, period_start, content from kept.{table}"
            ).fetchall()
        }


def _lost(home: Path) -> dict[str, list[tuple]]:
    """Return alarms, minutes lost of customers and of services, and the index of experience."""
    asked = {
        "alarms": "select count(*) from marts.fct_alarm",
        "minutes": "select metric_id, period_grain, period_start, dimension, dimension_value, "
        "numerator, denominator, value from marts.metric_value where metric_id like 'M15%' "
        "or metric_id like 'M17%' or metric_id like 'M18%' order by all",
        "downtime": "select * from marts.fct_service_downtime order by all",
        "index": "select subscription_id, as_of_date, cxi from marts.fct_cxi_day order by all",
    }
    return {name: whole_runs.ask(home, query) for name, query in asked.items()}


def _storm(extracts: Path, folder: Path) -> int:
    """Deliver the child alarms of the latest file so often that they are a storm; return them."""
    latest = max((extracts / "sim_fault").glob("alarms_*.csv"))
    with latest.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    named, parent = header.index("alarm_id"), header.index("parent")
    children = [row for row in rows if len(row) == len(header) and row[parent]]
    assert children
    repeated = (children * (200 // len(children) + 1))[:200]
    for number, row in enumerate(repeated):
        repeated[number] = [*row[:named], f"STORM-{number}", *row[named + 1 :]]
    (folder / "sim_fault").mkdir(parents=True)
    with (folder / "sim_fault/alarms_storm_20261101.csv").open(
        "w", newline="", encoding="utf-8"
    ) as file:
        csv.writer(file).writerows([header, *repeated])
    return len(repeated)


def _models(nodes: list[Node]) -> int:
    return sum(not node.is_test for node in nodes)


def _summaries(home: Path) -> list[str]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return [
            summary
            for (summary,) in connection.execute(
                "select summary from ops.step_ledger where step = 'build' and status = 'ok' "
                "order by started_at"
            ).fetchall()
        ]


def test_the_first_build_makes_everything_and_the_next_only_what_new_files_touched(nights):
    first, *others = nights["summaries"]
    assert first.startswith("everything")
    assert len(others) == 4
    assert all(summary.startswith("what new files touched") for summary in others)


def test_a_day_that_is_repeated_builds_and_tests_as_much_as_one_by_dbt(nights):
    by_dbt, repeated, *_ = nights["summaries"][1:]
    assert by_dbt == repeated


def test_days_on_top_one_of_them_with_late_files_leave_every_table_as_a_full_build_would(nights):
    assert differing(nights["stormed"], nights["anew"]) == []


def test_a_night_without_files_changes_nothing(nights):
    assert differing(nights["touched"], nights["nothing"]) == []


def test_a_storm_of_child_alarms_changes_no_customer_minute(nights):
    calm, storm = nights["calm"], nights["storm"]
    ((before,),), ((after,),) = calm.pop("alarms"), storm.pop("alarms")
    assert after == before + nights["children"]
    assert all(calm.values())
    assert storm == calm


def test_each_day_says_something_new_of_usage_experience_and_features(nights):
    for one, other in (("before", "first"), ("first", "touched")):
        changed = differing(nights[one], nights[other])
        for table in ("staging.stg_usages", "marts.fct_usage_day", "marts.cxi_points"):
            assert table in changed
    assert "features.churn_features" in changed


def test_a_day_counts_a_metric_anew_in_few_of_its_periods(nights):
    before, after = nights["counted_first"], nights["counted_last"]
    assert 0 < len(after - before) < len(after) / 4


def test_a_day_rewrites_the_past_of_few(nights):
    assert 0 < nights["rewritten"] < nights["subscriptions"] / 2


def test_a_column_an_analyst_asks_for_is_added_by_touching_one_model_and_its_yml(nights, tmp_path):
    for part in ("models", "dbt_project"):
        shutil.copytree(REPO / part, tmp_path / part)
    shutil.copy(REPO / "dbt_project.yml", tmp_path)
    model = tmp_path / "models/marts/commercial/fct_visit.sql"
    model.write_text(
        _put_in(
            model,
            "        appointments.arrived_at >= appointments.window_from\n",
            "        coalesce(appointments.status = 'completed', false) as is_completed,\n",
        )
    )
    described = tmp_path / "models/marts/commercial/_commercial__models.yml"
    described.write_text(
        _put_in(
            described,
            "      - name: is_arrived_in_window\n",
            "      - name: is_completed\n"
            "        data_type: boolean\n"
            "        description: True when the work was done.\n",
        )
    )
    settings = Settings(home=nights["home"], repo=tmp_path)
    flags = ("--full-refresh", "--exclude-resource-type", "unit_test")
    outcome = run_dbt(settings, "build", "--select", "fct_visit+1", *flags)
    assert outcome.returncode == 0, outcome.stdout
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        completed, missed, visits = connection.execute(
            "select count(*) filter (where is_completed), "
            "count(*) filter (where is_missed_by_us and is_completed), count(*) "
            "from marts.fct_visit"
        ).fetchone()
    assert missed == 0 < completed < visits


def _put_in(path: Path, before: str, text: str) -> str:
    content = path.read_text()
    assert content.count(before) == 1
    return content.replace(before, text + before)
