"""Days loaded again, and raw made anew from landing, change what they must and nothing else."""

from __future__ import annotations

import json
import shutil

import pytest

from cx.cli import main
from cx.errors import UserError
from cx.settings import Settings
from cx.warehouse import reading
from tests.nights import cx

DATED = {"extracted_at": {"file_name": r"(\d{8})", "format": "%Y%m%d"}}


def test_a_run_since_a_day_leaves_older_extracts_alone(bench):
    from datetime import date

    from ingest.load import load_folder

    bench.contract(**DATED)
    for day in ("20260901", "20261001", "20261002"):
        bench.deliver(f"customers_{day}.csv", f"id,segment\nC{day},consumer\n")
    report = load_folder(bench.extracts, bench.settings, since=date(2026, 10, 1))
    assert (report.files_new, report.files_passed) == (2, 1)
    assert bench.load().files_new == 1


def by_file(bench) -> dict[str, tuple]:
    return {
        name: rest
        for name, *rest in bench.rows(
            "select file_name, count(*), sum(hash(customer)::hugeint)::varchar "
            "from raw.customer inner join ops.file_ledger using (file_id) group by all"
        )
    }


def test_promise_17_a_backfill_changes_the_files_of_its_days_and_no_other(bench):
    from datetime import date

    from ingest.replay import replay

    bench.contract(**DATED)
    days = [f"202610{day:02d}" for day in range(1, 9)]
    for day in days:
        bench.deliver(f"customers_{day}.csv", f"id,segment,more\nC{day},consumer,x\n")
    bench.load()
    before = by_file(bench)
    entity = {
        "entity": "customer",
        "columns": {"customer_id": "id", "segment": {"sql": "upper(segment)"}},
    }
    bench.contract(**DATED, entities=[entity])
    report = replay(bench.settings, every=True, since=date(2026, 10, 3), until=date(2026, 10, 5))
    assert report.files_new == 3
    after = by_file(bench)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {f"customers_202610{day:02d}.csv" for day in (3, 4, 5)}
    with pytest.raises(UserError, match="was written from 2027-01-01"):
        replay(bench.settings, every=True, since=date(2027, 1, 1))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_promise_17_a_late_day_of_usage_changes_that_day_and_no_other(tmp_path, monkeypatch):
    from ingest.simulator import simulate

    monkeypatch.setenv("CX_KEY", "5a" * 32)
    home, extracts, late = tmp_path / "home", tmp_path / "extracts", tmp_path / "late"
    simulate(extracts, subscriptions=250, months=4, seed=11, daily=5)
    held_back = [path for path in sorted((extracts / "sim_usage").glob("*_20261029*"))]
    assert held_back
    (late / "sim_usage").mkdir(parents=True)
    for path in held_back:
        path.rename(late / "sim_usage" / path.name)

    def days() -> dict:
        with reading(Settings(home=home)) as connection:
            return {
                day: rest
                for day, *rest in connection.execute(
                    "select usage_date, count(*), sum(hash(each)::hugeint) "
                    "from marts.fct_usage_day as each group by all"
                ).fetchall()
            }

    def cx(*arguments: object) -> None:
        assert main(["--home", str(home), *map(str, arguments)]) == 0

    cx("ingest", extracts)
    cx("build")
    before = days()
    cx("ingest", late)
    with reading(Settings(home=home)) as connection:
        spoken_of = connection.execute(
            "select distinct started_at::date from raw.usage inner join ops.file_ledger "
            "using (file_id) where file_name in (select unnest(?))",
            [[path.relative_to(extracts).as_posix() for path in held_back]],
        ).fetchall()
    cx("build")
    after = days()
    changed = {day for day in before.keys() | after if before.get(day) != after.get(day)}
    assert changed
    assert changed <= {day for (day,) in spoken_of}
    cx("build", "--full")
    assert days() == after


def test_a_backfill_with_its_days_turned_round_is_refused(bench, capsys):
    given = ["backfill", "--from", "2026-10-05", "--to", "2026-10-01"]
    assert cx(bench, *given) == 2
    assert "turn them round" in capsys.readouterr().err


def test_promise_15_raw_made_anew_from_landing_is_what_it_was(bench):
    from dataclasses import replace

    from ingest.rebuild import reload

    bench.contract()
    bench.deliver("customers_a.csv", "id,segment\nC1,consumer\nC2,consumer\n")
    bench.deliver("customers_b.csv", "id,segment\nC3,consumer\n")
    bench.load()
    bench.deliver("customers_a.csv", "id,segment\nC1,business\n")  # corrects the first
    bench.load()
    bench.deliver("customers_c.csv", "id;segment\nbroken\n")  # refused, so never loaded
    bench.load()
    query = (
        "select customer.*, state, file_name, batch_id, loaded_at from raw.customer "
        "inner join ops.file_ledger using (file_id) order by all"
    )
    before = bench.rows(query)
    assert len(before) == 2
    shutil.rmtree(bench.extracts)
    bench.settings.warehouse.unlink()
    bench.settings.vault.unlink()
    anew = replace(bench.settings, warehouse_name="anew.duckdb")
    assert reload(anew).files_new == 3
    assert reload(anew).files_known == 3
    with reading(anew) as connection:
        assert connection.execute(query).fetchall() == before


def test_promise_15_a_rebuild_without_a_file_or_with_a_damaged_one_replaces_nothing(bench):
    from ingest import journal
    from ingest.contents import kept_path
    from ingest.rebuild import reload

    bench.contract()
    bench.deliver("customers_a.csv", "id,segment\nC1,consumer\n")
    bench.deliver("customers_b.csv", "id,segment\nC2,consumer\n")
    bench.load()
    anew = Settings(
        home=bench.settings.home, contracts=bench.settings.contracts, warehouse_name="anew.duckdb"
    )
    one, other = (kept_path(anew, each.sha256) for each in journal.entries(anew))
    other.write_bytes(b"id,segment\nC2,business\n")
    with pytest.raises(UserError, match="is damaged"):
        reload(anew)
    other.unlink()
    with pytest.raises(UserError, match="keeps 1 of 2 files no longer"):
        reload(anew)
    assert reload(anew, without_missing=True).files_known == 1
    assert one.exists()


def test_promise_15_what_landing_had_to_forget_is_taken_over_from_the_warehouse_so_far(bench):
    from dataclasses import replace

    from ingest import journal
    from ingest.contents import kept_path
    from ingest.rebuild import reload

    bench.contract()
    bench.deliver("customers_a.csv", "id,segment\nC1,consumer\nC2,torn,line\n")
    bench.deliver("customers_b.csv", "id,segment\nC3,consumer\n")
    bench.load()
    query = (
        "select 'raw', customer_id, file_id from raw.customer union all "
        "select 'quarantine', row_number::varchar, file_id from quarantine.rows union all "
        "select state, file_name, file_id from ops.file_ledger order by all"
    )
    before = bench.rows(query)
    assert len(before) == 5
    kept_path(bench.settings, journal.entries(bench.settings)[0].sha256).unlink()
    anew = replace(bench.settings, warehouse_name="anew.duckdb")
    for _ in range(2):
        reload(anew, before=bench.settings.warehouse)
    with reading(anew) as connection:
        assert connection.execute(query).fetchall() == before


def test_a_line_of_the_journal_cut_by_a_kill_harms_no_other(bench):
    from ingest import journal

    bench.contract()
    bench.deliver("customers_a.csv", "id,segment\nC1,consumer\n")
    bench.load()
    path = journal.journal(bench.settings)
    with path.open("a") as file:
        file.write(json.dumps({"source_system": "crm"})[:12])
    bench.deliver("customers_b.csv", "id,segment\nC2,consumer\n")
    bench.load()
    assert [each.name for each in journal.entries(bench.settings)] == [
        "customers_a.csv",
        "customers_b.csv",
    ]
