"""What a contract can say: each rule does what the guide promises, on the fewest rows."""

from __future__ import annotations

import datetime as dt
import gzip
import itertools
import json

import duckdb
import pytest

from ingest.contract_file import ContractError, load_contract, load_contracts
from tests.raw_rows import delivered

CUSTOMER = {"customer_id": "id", "segment": "segment"}
USAGE = {
    "entity": "usage",
    "for_each": {"each": {"columns": r"(?P<kind>mou|mb)_(?P<month>\d+)"}},
    "columns": {
        "product_id": "id",
        "usage_type": {"value": "{each[kind]}"},
        "started_at": {"value": "2014-{each[month]}-01", "format": "%Y-%m-%d"},
        "quantity": "{each}",
    },
}


def column(**columns: object) -> dict:
    return {"entity": "customer", "columns": CUSTOMER | columns}


def accounts(bench) -> tuple:
    return bench.rows(
        "select rows_read, rows_loaded, rows_quarantined, rows_dropped from ops.file_ledger"
    )[0]


def test_columns_that_match_a_pattern_become_rows(bench):
    bench.contract(entities=[USAGE])
    bench.deliver("customers.csv", "id,mou_6,mou_7,mb_6,other\nP1,1,2,3,x\n")
    bench.load()
    assert bench.rows(
        "select usage_type, started_at, quantity from raw.usage order by usage_type, started_at"
    ) == [
        ("mb", dt.datetime(2014, 6, 1), 3.0),
        ("mou", dt.datetime(2014, 6, 1), 1.0),
        ("mou", dt.datetime(2014, 7, 1), 2.0),
    ]
    assert accounts(bench) == (1, 1, 0, 0)


def test_a_pattern_that_finds_no_column_refuses_the_file(bench):
    bench.contract(entities=[USAGE])
    bench.deliver("customers.csv", "id,x\nP1,1\n")
    assert "no column that matches" in bench.load().refused[0]


def test_a_list_in_a_cell_becomes_rows_with_their_place(bench):
    bench.contract(
        entities=[
            {
                "entity": "performance_measurement",
                "explode": "string_split(bins, '|')",
                "columns": {
                    "resource_id": "cell",
                    "kpi": {"sql": "'rtt[' || item_number || ']'"},
                    "measured_from": "at",
                    "value": {"sql": "item"},
                },
            }
        ]
    )
    bench.deliver("customers.csv", "cell,at,bins\nN1,2026-01-01,5|7\nN2,2026-01-01,9\n")
    bench.load()
    assert bench.rows(
        "select resource_id, kpi, value, row_number from raw.performance_measurement order by all"
    ) == [("N1", "rtt[1]", 5.0, 2), ("N1", "rtt[2]", 7.0, 2), ("N2", "rtt[1]", 9.0, 3)]
    assert accounts(bench) == (2, 2, 0, 0)


@pytest.mark.parametrize(
    ("rule", "loaded", "quarantined", "dropped", "kept"),
    [
        ("keep", 5, 0, 0, ["a", "a", "b", "c", "d"]),
        ("drop", 4, 0, 1, ["a", "b", "c", "d"]),
        ("first", 3, 0, 2, ["a", "c", "d"]),
        ("last", 3, 0, 2, ["b", "c", "d"]),
        ("quarantine", 2, 3, 0, ["c", "d"]),
    ],
)
def test_rows_with_the_same_key_are_treated_as_declared(
    bench, rule, loaded, quarantined, dropped, kept
):
    bench.contract(entities=[{"entity": "customer", "columns": CUSTOMER, "duplicates": rule}])
    bench.deliver("customers.csv", "id,segment\nC1,a\nC1,a\nC1,b\nC2,c\nC3,d\n")
    bench.load()
    assert accounts(bench) == (5, loaded, quarantined, dropped)
    assert [row for (row,) in bench.rows("select segment from raw.customer order by 1")] == kept


def test_an_exact_repetition_is_no_contradiction(bench):
    bench.contract(
        entities=[{"entity": "customer", "columns": CUSTOMER, "duplicates": "quarantine"}]
    )
    bench.deliver("customers.csv", "id,segment\nC1,a\nC1,a\n")
    bench.load()
    assert accounts(bench) == (2, 1, 0, 1)


def test_not_applicable_is_not_unknown(bench):
    bench.contract(
        not_applicable=["n.a."],
        blanks=["?"],
        entities=[
            {
                "entity": "product",
                "columns": {
                    "product_id": "id",
                    "contract_type": "term",
                    "monthly_charge": "charge",
                    "status": "state",
                },
            }
        ],
    )
    bench.deliver("customers.csv", "id,term,charge,state\nP1,n.a.,n.a.,n.a.\nP2,?,?,?\n")
    bench.load()
    assert bench.rows(
        "select contract_type, monthly_charge, status from raw.product order by product_id"
    ) == [("not applicable", None, None), (None, None, None)]
    assert accounts(bench)[2] == 0


SERIAL_OR_TEXT = {"days_since": "1899-12-30", "format": "%d.%m.%Y"}


@pytest.mark.parametrize(
    ("spec", "given", "expected"),
    [
        ({"epoch": "s"}, "1767225600", dt.datetime(2026, 1, 1)),
        ({"epoch": "ms"}, "1767225600500", dt.datetime(2026, 1, 1, 0, 0, 0, 500_000)),
        ({"epoch": "us"}, "1767225600000001", dt.datetime(2026, 1, 1, 0, 0, 0, 1)),
        ({"epoch": "ns"}, "1767225600000001999", dt.datetime(2026, 1, 1, 0, 0, 0, 1)),
        ({"epoch": "s"}, "1767225600.5", dt.datetime(2026, 1, 1, 0, 0, 0, 500_000)),
        ({"epoch": "s"}, "1767225600.", None),
        ({"seconds_since": "2000-01-01"}, "60.5", dt.datetime(2000, 1, 1, 0, 1, 0, 500_000)),
        ({"days_since": "1899-12-30"}, "46023.25", dt.datetime(2026, 1, 1, 6)),
        ({"days_since": "1899-12-30"}, "46_023", None),
        (SERIAL_OR_TEXT, "46023", dt.datetime(2026, 1, 1)),
        (SERIAL_OR_TEXT, "02.01.2026", dt.datetime(2026, 1, 2)),
        (SERIAL_OR_TEXT, "02/01/2026", None),
        ({"format": "%d/%m/%y %H:%M:%S"}, "28/02/26 24:00:00", dt.datetime(2026, 3, 1)),
        ({"format": "%Y%m%d%H%M%S"}, "20260201240000", dt.datetime(2026, 2, 2)),
        ({"format": "%d/%m/%y %H:%M:%S %z"}, "28/02/26 24:00:00 +05", dt.datetime(2026, 2, 28, 19)),
        ({"format": "%d/%m/%y %H:%M:%S"}, "28/02/26 24:30:00", None),
        ({"format": ["%d.%m.%Y", "%d.%m.%Y %H:%M"]}, "01.02.2026", dt.datetime(2026, 2, 1)),
        (
            {"format": ["%d.%m.%Y", "%d.%m.%Y %H:%M"]},
            "01.02.2026 10:30",
            dt.datetime(2026, 2, 1, 10, 30),
        ),
        (
            {"format": "%d-%b-%y %I.%M.%S %p"},
            "24-NOV-26 10.15.00 PM",
            dt.datetime(2026, 11, 24, 22, 15),
        ),
        ({"format": "%Y%m%d%H%M%S"}, "20261124101500", dt.datetime(2026, 11, 24, 10, 15)),
        (
            {"format": "%Y-%m-%dT%H:%M:%S%z"},
            "2026-11-24T10:15:00+0300",
            dt.datetime(2026, 11, 24, 7, 15),
        ),
        (
            {"format": "%d.%m.%Y", "time_zone": "Asia/Almaty"},
            "01.02.2026",
            dt.datetime(2026, 1, 31, 19),
        ),
        ({}, "2026-01-01T03:00:00+05:00", dt.datetime(2025, 12, 31, 22)),
        ({}, "2026-01-01 03:00+05", dt.datetime(2025, 12, 31, 22)),
        ({}, "2026-01-01 03:00:00-03", dt.datetime(2026, 1, 1, 6)),
        ({}, "2026-01-01T03:00:00Z", dt.datetime(2026, 1, 1, 3)),
        ({}, "2026-01-01 03:00:00", dt.datetime(2026, 1, 1, 3)),
        ({}, "2026-01-01", dt.datetime(2026, 1, 1)),
        ({}, "1970-01-01", dt.datetime(1970, 1, 1)),
        ({}, "epoch", None),
        ({}, "infinity", None),
        ({}, "01/02/2026", None),
    ],
)  # fmt: skip
def test_promise_06_a_time_is_read_as_declared_or_quarantined(bench, spec, given, expected):
    bench.contract(
        entities=[
            {
                "entity": "customer",
                "columns": {"customer_id": "id", "customer_since": {"from": "at", **spec}},
            }
        ]
    )
    bench.deliver("customers.csv", f"id,at\nC1,{given}\n")
    bench.load()
    found = bench.rows("select customer_since from raw.customer")
    assert found == ([(expected,)] if expected else [])
    assert accounts(bench)[2] == (0 if expected else 1)


def test_formats_that_differ_only_in_the_order_of_day_and_month_are_a_guess_and_refused(bench):
    bench.contract(dialect={"timestamp_format": ["%d/%m/%Y", "%m/%d/%Y"]})
    bench.deliver("customers.csv", "id,segment\n")
    with pytest.raises(ContractError, match="differ only in the order of day and month"):
        bench.load()


FEED = {
    "feed": "f",
    "files": "f.csv",
    "format": "csv",
    "delivery": "events",
    "extracted_at": {"value": "2026-11-01"},
}
CUSTOMERS = {"entity": "customer", "columns": CUSTOMER}
SINCE = {"from": "id", "format": "%d.%m.%Y"}
COUNT = {"from": "id", "days_since": "1899-12-30"}
TWO_COUNTS = COUNT | {"epoch": "s"}
FOLDED = {
    "entity": "alarm",
    "columns": {"alarm_id": "id", "alarm_type": "type"},
    "fold": {"starts": "raised_at", "ends": "cleared_at"},
}


@pytest.mark.parametrize(
    ("feed", "says"),
    [
        ({"entities": [{"entity": "king", "columns": {}}]}, "no intake entity 'king'"),
        ({"entities": [{"entity": "customer", "columns": {"segment": "s"}}]}, "requires customer"),
        ({"entities": [column(customer_since=SINCE | {"value": "x"})]}, "exactly one of from"),
        ({"entities": [column(customer_since={"format": "%Y"})]}, "exactly one of from"),
        ({"entities": [column(customer_since=TWO_COUNTS)]}, "at most one of epoch"),
        ({"entities": [column(customer_since=COUNT | {"format": "%Y%m%d"})]}, "needs a mark"),
        ({"entities": [column(segment={"from": "s", "implied_decimals": 2})]}, "is for amounts"),
        ({"entities": [column(customer_since={"from": "s", "time_zone": "Mars"})]}, "IANA"),
        ({"extracted_at": {"file_name": "(a)", "value": "b"}}, "exactly one of file_name"),
        ({"extracted_at": {"file_name": "a"}}, "exactly one group"),
        ({"extracted_at": {"file_name": "("}}, "not a regular expression"),
        ({"files": "../f.csv"}, "must stay under the extract folder"),
        ({"files": "/etc/passwd"}, "must stay under the extract folder"),
        ({"files": None}, "files is for every format but postgres"),
        ({"name_columns": "(x)"}, "needs named groups"),
        ({"format": "sqlite"}, "exactly one of dialect.table"),
        ({"format": "postgres", "files": None, "dialect": {"table": "t"}}, "dialect.connection"),
        ({"format": "tmf"}, "needs dialect.resources"),
        ({"entities": [FOLDED]}, "fold needs delivery: snapshot"),
        ({"delivery": "snapshot", "entities": [FOLDED, FOLDED]}, "one mapping of a feed"),
        ({"delivery": "snapshot", "entities": [FOLDED | {"known_at": "t"}]}, "leave known_at out"),
        (
            {"format": "ndjson", "entities": [CUSTOMERS | {"for_each": {"e": {"columns": "x"}}}]},
            "needs a format with columns",
        ),
    ],
)
def test_a_contract_that_contradicts_itself_is_refused_and_told_why(bench, feed, says):
    path = bench.contracts / "crm.yml"
    told = FEED | {"entities": [CUSTOMERS]} | feed
    told = {name: value for name, value in told.items() if value is not None}
    path.write_text(json.dumps({"source_system": "crm", "title": "CRM", "feeds": [told]}))
    with pytest.raises(ContractError, match=says) as refused:
        load_contract(path)
    assert len(str(refused.value).splitlines()) == 1


def test_two_feeds_of_one_name_and_two_contracts_of_one_system_are_refused(bench):
    once = {"source_system": "crm", "title": "CRM", "feeds": [FEED | {"entities": [CUSTOMERS]}]}
    (bench.contracts / "a.yml").write_text(json.dumps(once | {"feeds": once["feeds"] * 2}))
    with pytest.raises(ContractError, match="a name of its own"):
        load_contract(bench.contracts / "a.yml")
    for name in ("a", "b"):
        (bench.contracts / f"{name}.yml").write_text(json.dumps(once))
    with pytest.raises(ContractError, match="source_system crm is taken"):
        load_contracts(bench.settings)


@pytest.mark.parametrize(
    ("delimiter", "text"),
    [
        ("||", "id||segment\nC1||a b\nC2||c\n"),
        ("|~|", 'id|~|segment\n"C1"|~|a b\nC2|~|c\n'),
        ("<sep>", "id<sep>segment\nC1<sep>a b\nC2<sep>c\n"),
        ("\x01", "id\x01segment\nC1\x01a b\nC2\x01c\n"),
        ("\t", "id\tsegment\nC1\ta b\nC2\tc\n"),
    ],
)
def test_a_delimiter_may_be_odd_or_long(bench, delimiter, text):
    bench.contract(dialect={"delimiter": delimiter})
    bench.deliver("customers.csv", text)
    bench.load()
    assert bench.rows("select customer_id, segment, row_number from raw.customer order by 1") == [
        ("C1", "a b", 2),
        ("C2", "c", 3),
    ]


def test_runs_of_spaces_may_stand_between_fields(bench):
    bench.contract(dialect={"delimiter": "spaces"})
    bench.deliver("customers.csv", "id     segment\nC1     a\n  C2   b\n")
    bench.load()
    assert bench.rows("select customer_id, segment from raw.customer order by 1") == [
        ("C1", "a"),
        ("C2", "b"),
    ]


def test_comments_and_trailers_are_dropped_by_rule_and_counted(bench):
    bench.contract(dialect={"ignore_lines": r"#.*|TOTAL;?.*"})
    bench.deliver("customers.csv", "id,segment\n# night run\nC1,a\nC2,b\nTOTAL;2\n")
    bench.load()
    assert accounts(bench) == (4, 2, 0, 2)
    assert bench.rows("select row_number from raw.customer order by 1") == [(3,), (4,)]


def test_a_header_that_comes_again_and_foreign_rows_are_quarantined(bench):
    bench.contract()
    bench.deliver("customers.csv", "id,segment\nC1,a\nid,segment\nBTS-7,2G,on,air\nC2,b\n")
    bench.load()
    assert accounts(bench) == (4, 2, 2, 0)
    assert bench.rows("select row_number, reason from quarantine.rows order by 1") == [
        (3, "repeats the header"),
        (4, "has 4 fields, the header has 2"),
    ]


def test_a_column_may_stand_in_the_files_name(bench):
    bench.contract(
        name_columns=r"_(?P<cell>[A-Z]\d+)\.csv",
        entities=[
            {
                "entity": "performance_measurement",
                "columns": {
                    "resource_id": "cell",
                    "kpi": {"value": "x"},
                    "measured_from": "at",
                    "value": "v",
                },
            }
        ],
    )
    bench.deliver("customers_N7.csv", "at,v\n2026-01-01,1\n")
    bench.deliver("customers_7.csv", "at,v\n2026-01-02,1\n")
    (refused,) = bench.load().refused
    assert refused.startswith("customers_7.csv (feed ")
    assert "): has a name that does not fit name_columns" in refused
    assert bench.rows("select resource_id from raw.performance_measurement") == [("N7",)]


def test_a_name_that_holds_no_moment_is_refused_and_says_what_was_looked_for(bench):
    bench.contract(extracted_at={"file_name": r"_(\d{8})\."})
    bench.deliver("customers.csv", "id,segment\nC1,consumer\n")
    (refused,) = bench.load().refused
    assert r"its name holds no moment for extracted_at ('_(\\d{8})\\.' found nothing)" in refused


CDR = {
    "name_columns": r"(?P<msisdn>\d+)\.csv",
    "entities": [
        {
            "entity": "usage",
            "columns": {
                "product_id": {"from": "msisdn", "token": "phone"},
                "usage_type": {"value": "voice_out"},
                "started_at": "at",
                "quantity": "minutes",
            },
        }
    ],
}


def test_a_subscribers_number_in_a_files_name_stays_out_of_the_warehouse(bench):
    bench.contract(files="cdr/*.csv", country_code="49", **CDR)
    bench.deliver("cdr/015112345678.csv", "at,minutes\n2026-01-01 10:00,3\nlater,4\n")
    bench.deliver("cdr/015187654321.csv", "at,minutes\n2026-01-01 11:00,5\n")
    bench.load()
    assert bench.rows("select count(distinct product_id), sum(quantity) from raw.usage") == [
        (2, 8.0)
    ]
    names = bench.rows(
        "select file_name from ops.file_ledger union all select file_name from quarantine.rows"
    )
    assert len(names) == 3
    for (name,) in names:
        assert "5112345678" not in name
        assert name.startswith("cdr/#")
    assert b"5112345678" not in bench.settings.warehouse.read_bytes()


def test_a_number_in_the_name_of_a_file_that_cannot_be_taken_in_stays_out_too(bench):
    bench.contract(files="cdr/*.csv", country_code="49", **CDR)
    bench.deliver("cdr/015112345678.csv", "at,minutes\n")
    bench.deliver("cdr/015112345678.csv.sha256", "0" * 64 + "\n")
    (refused,) = bench.load().refused
    assert refused.startswith("cdr/#")
    names = bench.rows("select file_name || reason from ops.file_ledger")
    assert "5112345678" not in refused + names[0][0]


@pytest.mark.parametrize(
    ("drift", "header", "says"),
    [
        ("freeze", "id", "has no column 'segment'"),
        ("freeze", "id,segment,new", None),
        ("evolve", "id,new", None),
        ("evolve", "segment,new", "has no column 'id'"),
        ("fail", "id,segment,new", "has new columns 'new'"),
        ("fail", "id,segment,known", None),
    ],
)
def test_promise_05_columns_that_come_and_go_follow_the_contract(bench, drift, header, says):
    bench.contract(drift=drift, ignore=["known"])
    bench.deliver("customers.csv", f"{header}\n{','.join(header.split(','))}1\n")
    report = bench.load()
    if says:
        assert says in report.refused[0]
    else:
        assert report.refused == []
        assert accounts(bench)[:2] == (1, 1)
        assert bench.rows("select customer_id is not null from raw.customer") == [(True,)]


def test_the_moment_of_an_extract_may_stand_in_its_rows_or_its_document(bench):
    bench.contract(extracted_at={"from": "made", "format": "%d.%m.%Y"}, time_zone="Europe/Berlin")
    bench.contract(
        "doc",
        files="*.json",
        format="json",
        dialect={"records": "$.items[*]"},
        extracted_at={"from": "$.meta.generated"},
        entities=[{"entity": "customer", "columns": {"customer_id": "$.id"}}],
    )
    bench.deliver("customers.csv", "id,segment,made\nC1,a,01.07.2026\nC2,b,02.07.2026\n")
    document = {"meta": {"generated": "2026-07-03T10:00:00+02:00"}, "items": [{"id": "D1"}]}
    bench.deliver("d.json", gzip.compress(json.dumps(document).encode()))
    bench.load()
    assert bench.rows("select source_system, extracted_at from ops.file_ledger order by 1") == [
        ("crm", dt.datetime(2026, 7, 1, 22)),
        ("doc", dt.datetime(2026, 7, 3, 8)),
    ]


@pytest.mark.parametrize("path", ["$.made", "$[*].made"])
def test_the_moment_of_an_extract_may_stand_in_each_record_of_a_document(bench, path):
    bench.contract(
        files="*.json",
        format="json",
        extracted_at={"from": path},
        entities=[{"entity": "customer", "columns": {"customer_id": "$.id"}}],
    )
    bench.deliver(
        "d.json",
        '[{"id": 1, "made": "2026-07-03T10:00:00Z"}, {"id": 2, "made": "2026-07-04T10:00:00Z"}]',
    )
    bench.load()
    assert bench.rows("select extracted_at from ops.file_ledger") == [
        (dt.datetime(2026, 7, 4, 10),)
    ]


def test_the_moment_in_a_column_is_written_as_the_feeds_times_are_unless_it_says_more(bench):
    times = {"dialect": {"timestamp_format": "%d.%m.%Y %H:%M"}, "extracted_at": {"from": "at"}}
    bench.contract(**times)
    bench.deliver("customers.csv", "id,segment,at\nC1,a,01.07.2026 10:00\nC2,b,02.07.2026 09:00\n")
    bench.load()
    assert bench.rows("select extracted_at from ops.file_ledger") == [(dt.datetime(2026, 7, 2, 9),)]
    bench.deliver("customers_2.csv", "id,segment,at\nC1,a,first of July\n")
    assert "1 values, none in ISO 8601" in bench.load().refused[0]


def test_an_empty_list_is_an_answer_and_a_missing_one_is_not(bench):
    bench.contract(
        files="*.json",
        format="json",
        dialect={"records": "$.items[*]"},
        entities=[{"entity": "customer", "columns": {"customer_id": "$.id"}}],
    )
    bench.deliver("a.json", '{"items": []}')
    bench.deliver("b.json", '{"things": []}')
    (refused,) = bench.load().refused
    assert refused.endswith("): holds no record at $.items[*]; mend `records` in the contract")
    assert bench.rows(
        "select file_name, rows_read from ops.file_ledger where state = 'loaded'"
    ) == [("a.json", 0)]


def test_two_feeds_of_one_file_are_corrected_apart(bench):
    """One database file feeds one entity twice: each feed takes out its own rows only."""
    feeds = {"entities": [{"entity": "customer", "columns": {"customer_id": "id"}}]}
    bench.contract("one", **feeds)
    bench.contract("two", files="**/customers_a.csv", **feeds)
    bench.deliver("customers_a.csv", "id\nC1\n")
    bench.load()
    bench.deliver("customers_a.csv", "id\nC2\n")
    bench.load()
    assert bench.rows(
        "select source_system, customer_id, feed "
        "from raw.customer inner join ops.file_ledger using (file_id) order by 1"
    ) == [
        ("one", "C2", "customers"),
        ("two", "C2", "customers"),
    ]


def test_the_same_rows_load_whichever_reader_has_to_be_used(bench, tmp_path):
    """A clean file goes the fast way, its twin with a torn row the careful one; rows are equal."""
    rows = [
        f"P{number},{number * 1.5},{number % 7},2026-01-{number % 28 + 1:02} 10:00:00,"
        f"{'true' if number % 2 else 'no'},{number / 8}"
        for number in range(500)
    ]
    odd = [
        'P500," 7.25 ",+5,2026-01-01T00:00:00Z,Y,1e2',
        "P501,1_000,4,2026-01-01,true,1",
        "P502,1.23456,4.0,2026-01-01 10:00,true,1.00009",
        "P503,inf,0x1F,1970-01-01 00:00:00,maybe,nan",
        ",1,1,2026-01-01,true,1",
    ]
    mapping = {
        "product_id": "id",
        "monthly_charge": "price",
        "started_at": "at",
        "is_prepaid": "flag",
    }
    entity = [{"entity": "product", "columns": mapping}]
    for name in ("fast", "slow"):
        bench.contract(name, files=f"{name}.csv", entities=entity, unmapped="keep")
    text = "id,price,n,at,flag,x\n" + "\n".join(rows + odd) + "\n"
    bench.deliver("fast.csv", text)
    bench.deliver("slow.csv", text + "torn\n")
    bench.load()
    columns = "product_id, monthly_charge, started_at, is_prepaid, row_number, _extra::varchar"
    fast, slow = (
        bench.rows(
            f"select {columns} from {delivered('product')} "
            f"where source_system = '{name}' order by all"
        )
        for name in ("fast", "slow")
    )
    assert fast == slow
    assert len(fast) == 501
    faults = [
        bench.rows(
            "select row_number, column_name, reason from quarantine.rows "
            f"where source_system = '{name}' and row_number <= 506 order by all"
        )
        for name in ("fast", "slow")
    ]
    assert faults[0] == faults[1]
    assert {row for row, *_ in faults[0]} == {503, 504, 505, 506}


def test_a_json_record_is_walked_once_for_all_its_paths(bench):
    bench.contract(
        files="*.ndjson",
        format="ndjson",
        entities=[
            {
                "entity": "customer",
                "columns": {
                    "customer_id": "$.id",
                    "segment": "$.a.b[1]",
                    "language": "$.none",
                    "is_internal": "$.t",
                },
            }
        ],
    )
    bench.deliver("c.ndjson", '{"id": 7, "a": {"b": [1, "x"]}, "none": null, "t": true}\n')
    bench.load()
    assert bench.rows("select customer_id, segment, language, is_internal from raw.customer") == [
        ("7", "x", None, True)
    ]


def test_json_lines_are_read_alike_whether_parsed_once_or_looked_at_first(bench):
    """A condition on the row makes the reader look at each line before anything is taken out."""
    columns = {"customer_id": "$.id", "segment": "$.a", "is_internal": "$.t"}
    for name, condition in (("once", {}), ("looked", {"where": "record is not null"})):
        entity = {"entity": "customer", "columns": columns} | condition
        bench.contract(name, files="*.ndjson", format="ndjson", entities=[entity])
    values = [
        '"x"',
        "1.10",
        "null",
        "-0",
        "true",
        "[1, 2]",
        '{"b": 1}',
        "NaN",
        '"\\u0000"',
        '""',
        '" "',
    ]
    lines = [f'{{"id": {n}, "a": {value}, "t": true}}' for n, value in enumerate(values, start=1)]
    lines += ['{"id": 90}', ' {"id": 91}', '{"id": 92} ', '{"id": 93,}', '{"id": 94, "id": 95}']
    broken = ["{", '{"id": 1} x', "[1]", "7", '"a"', "null", "{'id': 1}", '{"id": "\\x"}', "{}"]
    lines += [*broken, '{"id": 2, "t": "maybe"}', '{"id": "\ufffd"}']
    bench.deliver("c.ndjson", "\n".join(lines))
    bench.load()
    once, looked = (
        bench.rows(
            "select customer_id, segment, is_internal, row_number "
            f"from {delivered('customer')} where source_system = '{name}' order by all"
        )
        for name in ("once", "looked")
    )
    assert once == looked
    held = {9, len(values) + 5}  # a NUL in a text, and an id told twice
    assert len(once) == len(values) + 5 - len(held)
    faults = [
        bench.rows(
            "select row_number, column_name, reason from quarantine.rows "
            f"where source_system = '{name}' order by all"
        )
        for name in ("once", "looked")
    ]
    assert faults[0] == faults[1]
    assert held < {row for row, *_ in faults[0]}
    assert len(faults[0]) == len(broken) + 2 + len(held)


def test_parquet_of_another_shape_is_refused_by_name(bench):
    bench.contract(files="*.parquet", format="parquet")
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select 1 as id, 'a' as colour) to '{bench.extracts / 'c.parquet'}'"
        )
    assert "has no column 'segment'" in bench.load().refused[0]


TYPED = {
    "entity": "product",
    "columns": {
        "product_id": "id",
        "monthly_charge": "price",
        "started_at": "at",
        "contract_ends_at": {"sql": "later"},
    },
}


@pytest.mark.parametrize(
    ("price", "at", "later", "expected"),
    [
        ("9.99::double", "'2026-01-01T03:00:00+05:00'", "'2026-01-01 01:00+01'", (9.99, 22, 0)),
        ("'9.99'", "timestamp '2026-01-01 03:00:00'", "timestamp '2026-01-01'", (9.99, 0, 0)),
        ("9.99::decimal(38,10)", "timestamptz '2026-01-01 03:00:00+03'", "null", (9.99, 0, None)),
        ("9.123456::decimal(38,10)", "timestamp '2026-01-01'", "null", None),
        ("'1_000'", "timestamp '2026-01-01'", "null", None),
        ("1", "'01/02/2026'", "null", None),
        ("1", "timestamp '2026-01-01 03:00:00'", "'tomorrow'", None),
    ],
)
def test_what_has_a_type_is_taken_by_it_and_a_text_beside_it_is_read_with_care(
    bench, price, at, later, expected
):
    bench.contract(files="*.parquet", format="parquet", entities=[TYPED], time_zone="Europe/Moscow")
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(
            f"copy (select 'P1' as id, {price} as price, {at} as at, {later} as later) "
            f"to '{bench.extracts / 'p.parquet'}'"
        )
    bench.load()
    found = bench.rows(
        "select monthly_charge::double, hour(started_at), hour(contract_ends_at) from raw.product"
    )
    assert found == ([expected] if expected else [])
    assert accounts(bench)[2] == (0 if expected else 1)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_a_time_that_says_z_is_utc_whatever_zone_the_contract_has(bench, zone):
    columns = {"customer_id": "id", "customer_since": "at"}
    bench.contract(time_zone=zone, entities=[{"entity": "customer", "columns": columns}])
    bench.deliver("customers.csv", "id,at\nC1,2026-07-01T10:00:00Z\nC2,2026-07-01 10:00:00+00\n")
    bench.load()
    assert bench.rows("select distinct customer_since from raw.customer") == [
        (dt.datetime(2026, 7, 1, 10),)
    ]


@pytest.mark.parametrize(
    ("line", "segment"),
    [
        ('C1,"a, b"', "a, b"),
        ('C1," a, b "', "a, b"),
        ('C1,"a" ', "a"),
        ("C1, a", "a"),
        ("C1,a ", "a"),
        ('"C1 ","a"", b"', 'a", b'),
    ],
)
def test_spaces_around_a_value_are_no_part_of_it_and_those_inside_are(bench, line, segment):
    bench.contract()
    bench.deliver("customers.csv", f'id,segment\nC0,"x"\n{line}\n')
    bench.load()
    assert bench.rows("select customer_id, segment from raw.customer where segment <> 'x'") == [
        ("C1", segment)
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "(select string_agg(content, '') from read_text('/etc/hostname'))",
        "(from read_text('/etc/hostname'))",
        "(/* x */ from '/etc/hostname')",
        r"e'\\' || (table x) || e'\\'",
        r"id like'\' or (select content from read_text('/etc/hostname')) = ''",
        "1) from read_text('/etc/hostname') where (1 = 1",
        "id), (table x",
        "1), 1from read_text('/etc/hostname') where (1 = 1",
        "id; select 1",
        "(select 1",
    ],
)
@pytest.mark.parametrize("place", ["sql", "where", "explode"])
def test_an_expression_cannot_be_a_query_that_reads_a_file(bench, sql, place):
    entity = {"entity": "customer", "columns": {"customer_id": "id"}}
    entity |= {"columns": {"customer_id": {"sql": sql}}} if place == "sql" else {place: sql}
    bench.contract(entities=[entity])
    bench.deliver("customers.csv", "id\n1\n")
    with pytest.raises(ContractError, match=r"is more than an expression|is no SQL expression"):
        bench.load()


def test_words_of_a_query_in_a_text_and_from_in_a_function_are_an_expression(bench):
    sql = "case when id like '%select;--%' then 'from' else trim(both ' ' from id) end"
    bench.contract(entities=[{"entity": "customer", "columns": {"customer_id": {"sql": sql}}}])
    bench.deliver("customers.csv", "id\n1\n")
    bench.load()
    assert bench.rows("select customer_id from raw.customer") == [("1",)]


def test_an_amount_of_implied_decimals_is_shifted_exactly_or_quarantined(bench):
    columns = {
        "payment_id": "id",
        "amount": {"from": "cents", "implied_decimals": 2},
        "paid_at": {"value": "2026-01-01"},
    }
    bench.contract(entities=[{"entity": "payment", "columns": columns}])
    rows = ["1,1999", "2,99999999999999", "3,12.5", "4,0.001", "5,x", "6,"]
    bench.deliver("customers.csv", "\n".join(["id,cents", *rows]) + "\n")
    bench.load()
    assert bench.rows("select payment_id, amount::varchar from raw.payment order by 1") == [
        ("1", "19.9900"),
        ("2", "999999999999.9900"),
        ("6", None),
    ]
    assert accounts(bench) == (6, 3, 3, 0)
    reason = "select reason from quarantine.rows where row_number = 4"
    assert "is no count of its smallest unit" in bench.rows(reason)[0][0]


def test_sql_that_counts_with_a_text_is_told_to_cast_and_a_link_is_named(bench):
    columns = {"customer_id": {"sql": "id / 100"}}
    bench.contract(entities=[{"entity": "customer", "columns": columns}])
    bench.deliver("customers.csv", "id\n1\n")
    (bench.extracts / "customers_2.csv").symlink_to("/etc/hostname")
    report = bench.load()
    assert "give text; cast it in the contract's sql" in report.refused[0]
    assert report.unclaimed == ["customers_2.csv (a symbolic link: deliver the file itself)"]


def test_implied_decimals_are_for_amounts_only(bench):
    columns = {"customer_id": {"from": "id", "implied_decimals": 2}}
    bench.contract(entities=[{"entity": "customer", "columns": columns}])
    bench.deliver("customers.csv", "id\n1\n")
    with pytest.raises(ContractError, match="implied_decimals is for amounts"):
        bench.load()


def test_a_contract_of_endless_aliases_is_refused_at_once(tmp_path):
    names = "abcdefghij"
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join([f'*{of}'] * 9)}]" for of, name in itertools.pairwise(names)
    ]
    for text in ("\n".join(lines), "a: &a [*a]"):
        (tmp_path / "bomb.yml").write_text(text)
        with pytest.raises(ContractError, match="its aliases"):
            load_contract(tmp_path / "bomb.yml")
