"""A feed of a contract holds for its files: dialect, name, moment, columns that come and go."""

from __future__ import annotations

import datetime as dt
import gzip
import json

import pytest

from tests.rules import accounts


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
    bench.deliver("customers.csv", f"{header}\n{header.replace(',', '1,')}1\n")
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
