"""What would be read wrong without a word: unknown codes of typed columns, lists of one, doubled
hours, empty cells."""

from __future__ import annotations

import datetime as dt
import json

import duckdb
import pytest

from cx.identifiers import normalised
from tests.test_workbook import book

TICKET = {"ticket_id": "id", "opened_at": "told"}


def fed(bench, entity: str, columns: dict, **feed: object) -> None:
    more = {key: feed.pop(key) for key in ("explode", "where", "fold", "pair") if key in feed}
    bench.contract(entities=[{"entity": entity, "columns": columns, **more}], **feed)


def test_a_blank_of_a_column_with_a_type_of_its_own_or_of_an_expression_is_unknown(bench):
    fed(
        bench,
        "billing_account",
        {
            "account_id": "id",
            "opened_at": {"from": "opened", "epoch": "ms", "blanks": ["0"]},
            "closed_at": {"from": "closed", "blanks": ["9999-12-31"]},
            "status": {"sql": "upper(st)", "blanks": ["BRAK"]},
        },
        format="duckdb",
        files="**/*.duckdb",
        dialect={"table": "acct"},
    )
    path = bench.extracts / "a.duckdb"
    with duckdb.connect(path) as file:
        file.execute(
            "create table acct as from (values (1, 0::bigint, timestamp '9999-12-31', 'brak'), "
            "(2, 1767225600000, timestamp '2026-01-01', 'x')) t(id, opened, closed, st)"
        )
    bench.load()
    assert bench.rows(
        "select opened_at, closed_at, status from raw.billing_account order by account_id"
    ) == [
        (None, None, None),
        (dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 1), "X"),
    ]


def test_a_list_of_one_that_stands_as_the_thing_itself_is_a_list_of_one(bench):
    fed(
        bench,
        "service",
        {"service_id": "$item.id", "customer_id": "$.c"},
        explode="$.s",
        format="json",
        files="**/*.json",
    )
    told = [{"c": "A", "s": [{"id": 1}, {"id": 2}]}, {"c": "B", "s": {"id": 3}}, {"c": "C"}]
    told += [{"c": "D", "s": None}, {"c": "E", "s": []}]
    bench.deliver("x.json", json.dumps(told))
    bench.load()
    assert bench.rows("select service_id, customer_id from raw.service order by 1") == [
        ("1", "A"),
        ("2", "A"),
        ("3", "B"),
    ]


def test_records_below_records_are_found_where_one_stands_alone(bench):
    fed(
        bench,
        "service",
        {"service_id": "$.id"},
        format="json",
        files="**/*.json",
        dialect={"records": "$[*].s[*]"},
    )
    told = [{"s": [{"id": 1}, {"id": 2}]}, {"s": {"id": 3}}, {"s": None}, {}]
    bench.deliver("x.json", json.dumps(told))
    bench.load()
    assert bench.rows("select service_id from raw.service order by 1") == [("1",), ("2",), ("3",)]


def test_an_empty_cell_of_a_sheet_is_null_in_the_contracts_sql(bench):
    fed(
        bench,
        "customer",
        {"customer_id": "id", "segment": {"sql": "coalesce(kind, 'none')"}},
        where="id is not null",
        format="xlsx",
        files="**/*.xlsx",
    )
    book(bench.extracts / "x.xlsx", {"S": [["id", "kind"], ["1", "a"], ["2", ""], ["", "sum"]]})
    bench.load()
    assert bench.rows("select customer_id, segment from raw.customer order by 1") == [
        ("1", "a"),
        ("2", "none"),
    ]


DOUBLED = """id,told
1,2025-10-26 02:36:00
2,2025-10-26 03:00:00
3,2025-10-26T02:36+02:00
4,2025-10-26
"""
DECLARED = {"from": "told", "format": "%Y-%m-%d %H:%M:%S"}


@pytest.mark.parametrize("told", ["told", {"sql": "told"}, DECLARED])
def test_a_time_that_stands_twice_is_quarantined_and_told_why(bench, told):
    fed(
        bench,
        "trouble_ticket",
        {"ticket_id": "id", "opened_at": told},
        files="**/*.csv",
        time_zone="Europe/Warsaw",
    )
    bench.deliver("x.csv", DOUBLED)
    bench.load()
    reasons = bench.rows("select row_number, reason from quarantine.rows order by 1")
    assert reasons[0][0] == 2
    assert "stands twice in Europe/Warsaw" in reasons[0][1]
    loaded = bench.rows("select ticket_id, opened_at from raw.trouble_ticket order by 1")
    assert loaded[0] == ("2", dt.datetime(2025, 10, 26, 2))
    assert (
        loaded[1:]
        == [
            ("3", dt.datetime(2025, 10, 26, 0, 36)),
            ("4", dt.datetime(2025, 10, 25, 22)),
        ]
        or "format" in told
    )


SKIPPED = """id,told
1,2025-03-30 02:30:00
2,2025-03-30 03:00:00
3,2025-03-30T02:30:00+01:00
4,2025-03-30 01:59:59
"""


@pytest.mark.parametrize("told", ["told", {"sql": "told"}])
def test_a_time_that_no_clock_showed_is_quarantined_for_the_zone_may_be_wrong(bench, told):
    columns = {"ticket_id": "id", "opened_at": told}
    fed(bench, "trouble_ticket", columns, files="**/*.csv", time_zone="Europe/Berlin",
        doubled_hour="first")  # fmt: skip
    bench.deliver("x.csv", SKIPPED)
    bench.load()
    [(row, reason)] = bench.rows("select row_number, reason from quarantine.rows")
    assert row == 2 and "stands on no clock of Europe/Berlin" in reason
    assert bench.rows("select ticket_id, opened_at from raw.trouble_ticket order by 1") == [
        ("2", dt.datetime(2025, 3, 30, 1)),
        ("3", dt.datetime(2025, 3, 30, 1, 30)),
        ("4", dt.datetime(2025, 3, 30, 0, 59, 59)),
    ]


def test_a_day_that_begins_in_an_hour_the_clocks_skip_begins_after_it(bench):
    fed(bench, "trouble_ticket", TICKET, files="**/*.csv", time_zone="Africa/Cairo")
    bench.deliver("x.csv", "id,told\n1,2025-04-25\n2,2025-04-25 00:30:00\n")
    bench.load()
    assert bench.rows("select ticket_id, opened_at from raw.trouble_ticket") == [
        ("1", dt.datetime(2025, 4, 24, 22))
    ]


@pytest.mark.parametrize(("hour", "utc"), [("first", 0), ("second", 1)])
def test_a_contract_may_say_which_of_two_hours_is_meant(bench, hour, utc):
    fed(bench, "trouble_ticket", TICKET, files="**/*.csv", time_zone="Europe/Warsaw",
        doubled_hour=hour)  # fmt: skip
    bench.deliver("x.csv", "id,told\n1,2025-10-26 02:36:00\n2,2025-10-26 01:36:00\n")
    bench.load()
    assert bench.rows("select opened_at from raw.trouble_ticket order by ticket_id") == [
        (dt.datetime(2025, 10, 26, utc, 36),),
        (dt.datetime(2025, 10, 25, 23, 36),),
    ]


def test_a_typed_time_that_stands_twice_is_quarantined_too(bench):
    fed(bench, "trouble_ticket", TICKET, files="**/*.parquet", format="parquet",
        time_zone="Europe/Warsaw")  # fmt: skip
    duckdb.execute(
        "copy (from (values ('1', timestamp '2025-10-26 02:36'), "
        "('2', timestamp '2025-10-26 04:00')) t(id, told)) to"
        f" '{bench.extracts / 'x.parquet'}'"
    )
    bench.load()
    assert bench.rows("select ticket_id from raw.trouble_ticket") == [("2",)]
    assert "stands twice" in bench.rows("select reason from quarantine.rows")[0][0]


@pytest.mark.parametrize(
    ("since", "hour"),
    [("2026-06-01", 10), ("2026-06-01T00:00:00Z", 12), ("2026-06-01T02:00:00+02:00", 12)],
)
def test_days_since_a_moment_that_says_its_offset_are_no_days_of_the_wall_clock(bench, since, hour):
    at = {"from": "told", "days_since": since}
    fed(bench, "trouble_ticket", {"ticket_id": "id", "opened_at": at}, files="**/*.csv",
        time_zone="Europe/Warsaw")  # fmt: skip
    bench.deliver("x.csv", "id,told\n1,1.5\n")
    bench.load()
    assert bench.rows("select opened_at from raw.trouble_ticket") == [
        (dt.datetime(2026, 6, 2, hour),)
    ]


@pytest.mark.parametrize("order", ["12", "21"])
def test_a_snapshot_that_replaces_leaves_nothing_of_the_earlier_whichever_comes_first(bench, order):
    bench.contract(
        delivery="snapshot",
        replaces=True,
        extracted_at={"file_name": r"_(\d{8})\.", "format": "%Y%m%d"},
    )
    told = {"1": "A,x\nB,x\n", "2": "A,y\n"}
    for number in order:
        bench.deliver(f"customers_2026010{number}.csv", "id,segment\n" + told[number])
        bench.load()
    assert bench.rows("select customer_id, segment from raw.customer") == [("A", "y")]
    assert bench.load().files_new == 0
    assert bench.rows("select state from ops.file_ledger order by file_name") == [
        ("superseded",),
        ("loaded",),
    ]


@pytest.mark.parametrize(
    ("code", "prefix", "spellings", "one"),
    [
        ("48", "0", ["(+48)781014791", "+48 781 014 791", "781-014-791", "0048781014791"],
         "+48781014791"),
        ("49", "0", ["+49 (0)151 23456", "0049 (0) 151/23456", "(0)151 23456", "(0151) 23456"],
         "+4915123456"),
        ("1", "1", ["1-209-555-0100", "(209) 555-0100", "+1 (209) 555-0100"], "+12095550100"),
    ],
)  # fmt: skip
def test_spellings_of_a_phone_number_are_one_number(code, prefix, spellings, one):
    brought = normalised("x", "phone", code, prefix)
    found = duckdb.execute(f"select distinct {brought} from (select unnest(?) as x)", [spellings])
    assert found.fetchall() == [(one,)]
