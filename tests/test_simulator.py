"""The make-believe operator is the same each time, plausible, and keeps exact accounts."""

import hashlib
import json
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from cx.settings import Settings
from cx.warehouse import reading
from ingest.load import load_folder
from ingest.simulator import simulate
from ingest.simulator.versions import forget_after_exits

SMALL = {"subscriptions": 1000, "months": 3, "last_month": date(2026, 1, 1)}


@pytest.fixture(scope="module")
def operator(tmp_path_factory):
    folder = tmp_path_factory.mktemp("operator") / "extracts"
    simulate(folder, **SMALL)
    return folder


@pytest.fixture(scope="module")
def truth(operator):
    return {path.stem: pd.read_parquet(path) for path in (operator / "truth").glob("*.parquet")}


@pytest.fixture(scope="module")
def loaded(operator, tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    load_folder(operator, settings)
    with reading(settings) as connection:
        yield connection


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_parameters_give_the_same_bytes_even_over_a_half_written_folder(
    operator, tmp_path
):
    (tmp_path / "again" / "sim_crm").mkdir(parents=True)
    (tmp_path / "again" / "sim_crm" / "customers_20260101.csv").write_text("cut short")
    simulate(tmp_path / "again", **SMALL)
    assert digests(tmp_path / "again") == digests(operator)


def test_a_second_call_with_the_same_parameters_does_nothing(operator):
    before = {path: path.stat().st_mtime_ns for path in operator.rglob("*")}
    rows = simulate(operator, **SMALL)
    assert {path: path.stat().st_mtime_ns for path in operator.rglob("*")} == before
    assert rows == json.loads((operator / "manifest.json").read_text())["rows"]


def test_another_seed_gives_another_operator(tmp_path):
    for seed in (7, 8):
        simulate(tmp_path / str(seed), subscriptions=150, months=1, seed=seed)
    first, second = digests(tmp_path / "7"), digests(tmp_path / "8")
    name = "sim_crm/customers_20261001.csv"
    assert first[name] != second[name]


def test_every_file_loads_with_the_accounts_the_truth_states(truth, loaded):
    found = loaded.execute(
        "select file_name, rows_read, rows_quarantined from ops.file_ledger order by file_name"
    ).fetchall()
    stated = truth["files"].sort_values("file")[["file", "records", "quarantined"]]
    assert found == list(stated.itertuples(index=False, name=None))


def test_every_entity_holds_the_rows_the_truth_states(truth, loaded):
    stated = truth["loaded"].groupby("entity")["row_count"].sum().to_dict()
    found = {
        entity: loaded.execute(f"select count(*) from raw.{entity}").fetchone()[0]
        for entity in stated
    }
    assert found == stated


def test_dirty_rows_are_quarantined_where_the_truth_says(truth, loaded):
    dirt = truth["dirt"]
    planted = dirt[dirt["fate"] == "quarantined"]
    found = loaded.execute("select distinct file_name, row_number from quarantine.rows").fetchall()
    assert set(found) == set(planted[["file", "line"]].itertuples(index=False, name=None))
    assert len(planted) >= 40
    suffixes = {Path(name).suffix for name in planted["file"]}
    assert suffixes == {".csv", ".json", ".ndjson", ".xlsx", ".parquet"}
    assert {"deduplicated", "superseded"} <= set(dirt["fate"])


def test_every_direct_identifier_written_is_in_the_truth(operator, truth):
    known = set(truth["identifiers"]["value"])
    calls = pd.concat(
        pd.read_csv(path, sep="|", dtype=str, on_bad_lines="skip")
        for path in (operator / "sim_contact_centre").glob("messages_*.csv")
    )
    accounts = pd.concat(
        pd.read_parquet(path) for path in (operator / "sim_billing").glob("accounts_*.parquet")
    )
    assert set(calls["TO"].dropna()) <= known
    assert set(accounts["contact_email"]) <= known
    assert set(accounts["contact_phone"]) <= known


def test_rates_lie_in_plausible_bands(truth):
    line_months = 1000 * 3
    exits = len(truth["exits"]) / line_months
    contacts = truth["contacts"]["direction"].eq("inbound").sum() / line_months
    hours = truth["downtime"].query("kind == 'unplanned'")["minutes"].sum() / 60 / line_months
    assert 0.008 < exits < 0.028
    assert 0.05 < contacts < 0.14
    assert 0.1 < hours < 2.5


def test_a_line_that_has_left_is_not_told_alive_afterwards():
    """Who is cut off for an unpaid bill is drawn before who leaves in the same month."""
    with duckdb.connect() as connection:
        connection.execute("""
            create table leaving as select 1 as subscription_n, timestamp '2026-01-10' as exits_at;
            create table product_change as
            from (values (1, null, '2026-01-05', 'active'), (1, null, '2026-01-14', 'suspended'),
                (1, 7, '2026-01-14', 'active'), (2, null, '2026-01-14', 'suspended'))
                as noted(subscription_n, addon_n, known_at, status);
            alter table product_change alter known_at type timestamp;
        """)
        forget_after_exits(connection)
        left = connection.execute("select subscription_n, addon_n, status from product_change")
        assert left.fetchall() == [(1, None, "active"), (1, 7, "active"), (2, None, "suspended")]


def test_an_outage_makes_people_call(truth):
    outages = truth["causes"].query("kind == 'outage' and dose >= 1")
    calls = truth["contacts"].query("direction == 'inbound'")
    calls = calls[["subscription_id", "started_at"]]
    joined = outages.merge(calls, on="subscription_id", how="left")
    joined["called"] = (joined["started_at"] >= joined["happened_at"]) & (
        joined["started_at"] < joined["happened_at"] + pd.Timedelta(days=1)
    )
    after = joined.groupby(["subscription_id", "key"])["called"].any().mean()
    ordinary = len(calls) / (1000 * 92)
    assert after > 5 * ordinary


def test_a_hold_out_is_kept_and_is_random(truth):
    offers = truth["offers"]
    held = offers["arm"].eq("control")
    assert 0.08 < held.mean() < 0.24
    tastes = offers.query("kind == 'cross_sell'").groupby("arm")["taste"].mean()
    assert abs(tastes["control"] - tastes["treated"]) < 0.2


def test_lost_minutes_follow_from_the_delivered_topology(truth, loaded):
    """Recompute the truth from raw rows alone: redundancy, validity and life of the service."""
    found = loaded.execute(RECOMPUTED).fetchdf()
    impacts = truth["impacts"].query("is_final")
    stated = impacts.groupby(["problem_id", "service_id"])["minutes"].sum()
    recomputed = found.set_index(["problem_id", "service_id"])["minutes"]
    both = pd.concat([stated, recomputed], axis=1, keys=["stated", "found"]).fillna(0)
    final = set(impacts["problem_id"])
    both = both[both.index.get_level_values(0).isin(final)]
    assert len(both) > 100
    assert (both["stated"] == both["found"]).all()


# Latest delivered version of each problem, element, support and service; then down the topology.
RECOMPUTED = """
with recursive
problems as (
    select
        problem_id,
        arg_max(root_cause_resource_id, known_at) as resource_id,
        arg_max(category, known_at) as category,
        max(started_at) as started_at,
        max(restored_at) as restored_at,
    from raw.service_problem
    group by problem_id
),
wired as (
    select
        resource_id,
        related_resource_id,
        any_value(redundancy_group) as redundancy_group,
        valid_from,
        max(valid_to) as valid_to,
    from raw.resource_relationship
    group by resource_id, related_resource_id, valid_from
),
supported as (
    select service_id, resource_id, valid_from, max(valid_to) as valid_to
    from raw.service_resource
    group by service_id, resource_id, valid_from
),
lives as (
    select service_id, max(started_at) as started_at, max(ended_at) as ended_at
    from raw.service
    group by service_id
),
pairs as (
    select
        one.resource_id,
        one.related_resource_id as first,
        two.related_resource_id as second,
        greatest(one.valid_from, two.valid_from) as valid_from,
        least(one.valid_to, two.valid_to) as valid_to,
    from wired as one
    inner join wired as two
        on one.resource_id = two.resource_id
        and one.redundancy_group = two.redundancy_group
        and one.related_resource_id < two.related_resource_id
        and one.valid_from = two.valid_from
),
own as (
    select problem_id, resource_id, started_at as down_from, restored_at as down_to
    from problems
    where category = 'outage' and restored_at is not null
),
level_1 as (
    select * from own
    union
    select unnest([a.problem_id, b.problem_id]), pairs.resource_id,
        greatest(a.down_from, b.down_from), least(a.down_to, b.down_to)
    from pairs
    inner join own as a on pairs.first = a.resource_id
    inner join own as b
        on pairs.second = b.resource_id and a.down_from < b.down_to and b.down_from < a.down_to
    where pairs.resource_id like 'AGG%'
),
level_2 as (
    select * from level_1
    union
    select unnest([a.problem_id, b.problem_id]), pairs.resource_id,
        greatest(a.down_from, b.down_from, pairs.valid_from),
        least(a.down_to, b.down_to, coalesce(pairs.valid_to, a.down_to))
    from pairs
    inner join level_1 as a on pairs.first = a.resource_id
    inner join level_1 as b
        on pairs.second = b.resource_id and a.down_from < b.down_to and b.down_from < a.down_to
    where pairs.resource_id like 'ACC%'
    union
    select a.problem_id, wired.resource_id, greatest(a.down_from, wired.valid_from),
        least(a.down_to, coalesce(wired.valid_to, a.down_to))
    from wired
    inner join level_1 as a on wired.related_resource_id = a.resource_id
    where wired.redundancy_group is null and wired.resource_id like 'ACC%'
),
leaves as (
    select * from level_2
    union
    select a.problem_id, wired.resource_id, a.down_from, a.down_to
    from wired
    inner join level_2 as a on wired.related_resource_id = a.resource_id
    where wired.resource_id like 'CELL%' or wired.resource_id like 'PORT%'
),
touched as (
    select
        leaves.problem_id,
        supported.service_id,
        greatest(leaves.down_from, supported.valid_from, lives.started_at) as down_from,
        least(leaves.down_to, coalesce(supported.valid_to, leaves.down_to),
            coalesce(lives.ended_at, leaves.down_to)) as down_to,
    from leaves
    inner join supported on leaves.resource_id = supported.resource_id
    inner join lives on supported.service_id = lives.service_id
),
marked as (
    select
        *,
        down_from > coalesce(max(down_to) over (
            partition by problem_id, service_id order by down_from, down_to
            rows between unbounded preceding and 1 preceding
        ), timestamp '1970-01-01') as is_fresh,
    from touched
    where down_from < down_to
),
islands as (
    select
        *,
        count_if(is_fresh) over (
            partition by problem_id, service_id order by down_from, down_to rows unbounded preceding
        ) as island,
    from marked
),
merged as (
    select problem_id, service_id, date_diff('minute', min(down_from), max(down_to)) as minutes
    from islands
    group by problem_id, service_id, island
)
select problem_id, service_id, sum(minutes) as minutes
from merged
group by problem_id, service_id
"""
