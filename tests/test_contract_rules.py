"""What a contract can say: each rule does what the guide promises, on the fewest rows."""

from __future__ import annotations

import datetime as dt
import itertools
import json

import pytest

from ingest.contract_file import ContractError, load_contract, load_contracts
from tests.rules import CUSTOMER, USAGE, accounts


def column(**columns: object) -> dict:
    return {"entity": "customer", "columns": CUSTOMER | columns}


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
