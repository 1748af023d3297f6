"""Timed snapshots of what is the case now become intervals."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from ingest.contract_file import ContractError

OUTAGES = {
    "files": "outages_*.json",
    "format": "json",
    "delivery": "snapshot",
    "dialect": {"records": "$.outages[*]"},
    "extracted_at": {"file_name": r"_(\d{12})\.", "format": "%Y%m%d%H%M"},
    "entities": [
        {
            "entity": "service_problem",
            "fold": {"starts": "started_at", "ends": "restored_at"},
            "columns": {
                "problem_id": "$.id",
                "cause": "$.cause",
                "category": {"value": "outage"},
            },
        }
    ],
}
INTERVALS = (
    "select problem_id, (started_at::varchar)[12:16], (restored_at::varchar)[12:16], cause, "
    "row_number from raw.service_problem order by problem_id, known_at"
)


def picture(bench, at: str, *outages: str | tuple[str, str]) -> None:
    rows = [
        {"id": each, "cause": "power"} if isinstance(each, str) else
        {"id": each[0], "cause": each[1]}
        for each in outages
    ]  # fmt: skip
    name = f"outages_20260101{at.replace(':', '')}.json"
    bench.deliver(name, json.dumps({"outages": rows}))


def intervals(bench) -> dict[str, tuple]:
    """Return the last thing known of each problem."""
    return {problem: rest for problem, *rest in bench.rows(INTERVALS)}


def test_an_interval_runs_from_the_first_picture_with_a_key_to_the_first_without(bench):
    bench.contract(**OUTAGES)
    picture(bench, "10:00", "A")
    picture(bench, "10:15", "A", "B")
    picture(bench, "10:30", "B")
    bench.load()
    assert bench.rows(INTERVALS) == [
        ("A", "10:00", None, "power", 1),
        ("A", "10:00", "10:30", "power", 0),
        ("B", "10:15", None, "power", 2),
    ]
    known = bench.rows(
        "select known_at, restored_at from raw.service_problem where restored_at is not null"
    )
    assert known == [(dt.datetime(2026, 1, 1, 10, 30), dt.datetime(2026, 1, 1, 10, 30))]


def test_what_comes_back_is_another_interval(bench):
    bench.contract(**OUTAGES)
    for at, seen in (("10:00", "AB"), ("10:15", "B"), ("10:30", "AB"), ("10:45", "B")):
        picture(bench, at, *seen)
    bench.load()
    found = intervals(bench)
    assert found["A"][:2] == ["10:00", "10:15"]
    assert found["A#2"][:2] == ["10:30", "10:45"]
    assert found["B"][:2] == ["10:00", None]


def test_pictures_may_come_in_any_order_and_a_late_one_is_folded_in(bench):
    bench.contract(**OUTAGES)
    for at, seen in (("10:45", "B"), ("10:00", "AB"), ("10:30", "AB")):
        picture(bench, at, *seen)
    bench.load()
    assert intervals(bench)["A"][:2] == ["10:00", "10:45"]
    picture(bench, "10:15", "B")
    bench.load()
    assert intervals(bench)["A"][:2] == ["10:00", "10:15"]
    assert intervals(bench)["A#2"][:2] == ["10:30", "10:45"]


def test_a_changed_attribute_is_a_new_version_of_the_same_interval(bench):
    bench.contract(**OUTAGES)
    picture(bench, "10:00", ("A", "unknown"))
    picture(bench, "10:15", ("A", "unknown"))
    picture(bench, "10:30", ("A", "fibre_cut"))
    bench.load()
    assert [(row[1], row[3]) for row in bench.rows(INTERVALS)] == [
        ("10:00", "unknown"),
        ("10:00", "fibre_cut"),
    ]


def test_an_empty_picture_ends_nothing_unless_the_contract_says_so(bench):
    bench.contract(**OUTAGES)
    picture(bench, "10:00", "A")
    picture(bench, "10:15")
    bench.load()
    assert intervals(bench)["A"][1] is None
    mapping = OUTAGES["entities"][0]
    bench.contract(
        **OUTAGES | {"entities": [mapping | {"fold": mapping["fold"] | {"empty_ends": True}}]}
    )
    bench.load()
    assert intervals(bench)["A"][1] == "10:15"


def test_a_picture_with_a_quarantined_row_does_not_prove_absence(bench):
    bench.contract(**OUTAGES)
    picture(bench, "10:00", "A", "B")
    picture(bench, "10:15", "B", ("", "x"))
    picture(bench, "10:30", "B")
    bench.load()
    assert intervals(bench)["A"][1] == "10:30"


def test_a_start_the_source_tells_itself_is_believed(bench):
    mapping = OUTAGES["entities"][0]
    columns = mapping["columns"] | {"started_at": "$.since"}
    bench.contract(**OUTAGES | {"entities": [mapping | {"columns": columns}]})
    bench.deliver(
        "outages_202601011000.json",
        json.dumps({"outages": [{"id": "A", "since": "2026-01-01T08:30:00Z"}, {"id": "B"}]}),
    )
    picture(bench, "10:15", "C")
    bench.load()
    assert intervals(bench)["A"][:2] == ["08:30", "10:15"]
    assert intervals(bench)["B"][:2] == ["10:00", "10:15"]


def test_every_delivered_row_is_accounted_for_and_nothing_is_folded_twice(bench):
    bench.contract(**OUTAGES)
    picture(bench, "10:00", "A")
    picture(bench, "10:15", "A", "B")
    bench.load()
    before = bench.rows(INTERVALS)
    assert bench.load().files_known == 2
    assert bench.rows(INTERVALS) == before
    assert bench.rows("select sum(rows_read), sum(rows_loaded) from ops.file_ledger") == [(3, 3)]
    assert bench.rows("select count(*) from raw.sighting_service_problem") == [(3,)]


def test_a_key_with_its_own_start_needs_no_new_name(bench):
    bench.contract(
        delivery="snapshot",
        extracted_at={"file_name": r"_(\d{8})\."},
        entities=[
            {
                "entity": "service_resource",
                "fold": {"starts": "valid_from", "ends": "valid_to"},
                "columns": {"service_id": "s", "resource_id": "r"},
            }
        ],
    )
    bench.deliver("customers_20260101.csv", "s,r\nS1,R1\nS2,R9\n")
    bench.deliver("customers_20260102.csv", "s,r\nS1,R2\nS2,R9\n")
    bench.deliver("customers_20260103.csv", "s,r\nS1,R1\nS2,R9\n")
    bench.load()
    assert bench.rows(
        "select resource_id, valid_from::date::varchar, max(valid_to)::date::varchar "
        "from raw.service_resource where service_id = 'S1' group by all order by 2"
    ) == [
        ("R1", "2026-01-01", "2026-01-02"),
        ("R2", "2026-01-02", "2026-01-03"),
        ("R1", "2026-01-03", None),
    ]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"columns": {"cause": "$.cause"}}, "requires problem_id"),
        ({"known_at": "$.at"}, "known when it was taken"),
        ({"fold": {"starts": "started_at", "ends": "nothing"}}, "has no column nothing"),
        ({"fold": {"starts": "started_at", "ends": "status"}}, "status holds none"),
    ],
)
def test_a_fold_that_could_not_be_told_apart_is_refused(bench, change, says):
    mapping = OUTAGES["entities"][0] | change
    bench.contract(**OUTAGES | {"entities": [mapping]})
    with pytest.raises(ContractError, match=says):
        bench.load()


def test_what_is_folded_is_told_by_one_mapping(bench):
    mapping = OUTAGES["entities"][0]
    bench.contract(**OUTAGES | {"entities": [mapping, mapping]})
    with pytest.raises(ContractError, match="one mapping of a feed must tell all of it"):
        bench.load()
