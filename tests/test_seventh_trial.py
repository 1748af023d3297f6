"""What a seventh trial with made-up systems found: unseen signs, other units, hours told twice."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from contextlib import closing
from decimal import Decimal

import duckdb
import pytest
import xlsxwriter

from cx.errors import UserError
from ingest.contract_file import load_contract
from tests.test_draft import asked, body, columns, drafted, feed, loaded

CUSTOMERS = "select customer_id, segment from raw.customer order by 1"
REASONS = "select distinct reason from quarantine.rows order by 1"
SINCE = "select customer_id, customer_since from raw.customer order by 1"


def since(bench, texts: list[str], **spec: object) -> list[object]:
    """Load one customer a text and return when each became one; None where quarantined."""
    columns = {"customer_id": "id", "customer_since": {"from": "t", **spec}}
    bench.contract(entities=[{"entity": "customer", "columns": columns}])
    lines = [f"{number},{text}\n" for number, text in enumerate(texts)]
    bench.deliver("customers.csv", "id,t\n" + "".join(lines))
    bench.load()
    found = dict(bench.rows(SINCE))
    return [found.get(str(number)) for number in range(len(texts))]


@pytest.mark.parametrize("sign", ["\u200b", "\ufeff", "\u00ad", "\u200e"])
def test_an_id_with_a_sign_that_cannot_be_seen_is_quarantined(bench, sign):
    bench.contract()
    bench.deliver("customers.csv", f"id,segment\nA{sign}1,a\nA1,b\nÄ1,{sign}c\n")
    bench.load()
    assert bench.rows(CUSTOMERS) == [("A1", "b"), ("Ä1", f"{sign}c")]
    assert "cannot be seen" in bench.rows(REASONS)[0][0]


def test_an_id_that_a_spreadsheet_has_shortened_is_quarantined(bench):
    bench.contract()
    bench.deliver("customers.csv", "id,segment\n4.8602E+10,a\nE+10,b\n1E+5X,4.8E+10\n")
    bench.load()
    assert bench.rows(CUSTOMERS) == [("1E+5X", "4.8E+10"), ("E+10", "b")]
    assert "a spreadsheet has shortened" in bench.rows(REASONS)[0][0]


@pytest.mark.parametrize("space", ["\u00a0", "\u3000", "\u202f"])
def test_a_wide_space_at_an_edge_is_no_part_of_a_text(bench, space):
    bench.contract()
    bench.deliver("customers.csv", f"id,segment\n1{space},a{space}b\n2,{space}\n")
    bench.load()
    assert bench.rows(CUSTOMERS) == [("1", f"a{space}b"), ("2", None)]


def test_a_year_of_two_digits_is_no_year_of_antiquity(bench):
    texts = ["01/11/26", "01/11/2026", "01/11/0026"]
    days = since(bench, texts, format="%d/%m/%Y")
    assert days == [None, dt.datetime(2026, 11, 1), dt.datetime(26, 11, 1)]


def test_years_of_two_and_of_four_digits_may_both_be_declared(bench):
    days = since(bench, ["01/11/26", "01/11/2026"], format=["%d/%m/%Y", "%d/%m/%y"])
    assert days == [dt.datetime(2026, 11, 1)] * 2


@pytest.mark.parametrize(
    ("unit", "right", "wrong"),
    [
        ("s", "1793404800", ["1793404800000", "1793404800000000"]),
        ("ms", "1793404800000", ["1793404800", "1793404800000000"]),
        ("us", "1793404800000000", ["1793404800", "1793404800000", "1793404800000000000"]),
    ],
)
def test_a_count_of_another_unit_is_quarantined(bench, unit, right, wrong):
    days = since(bench, [right, *wrong], epoch=unit)
    assert days == [dt.datetime(2026, 10, 31), *[None] * len(wrong)]
    assert "another unit" in bench.rows(REASONS)[0][0]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_nought_is_no_moment_of_1970_unless_a_blank(bench, unit):
    assert since(bench, ["0", "0.0"], epoch=unit) == [None, None]
    assert all('say blanks: ["0"]' in reason for (reason,) in bench.rows(REASONS))


def from_duckdb(bench, entity: str, columns: dict[str, object], rows: str) -> None:
    bench.contract(
        files="*.duckdb",
        format="duckdb",
        dialect={"table": "t"},
        entities=[{"entity": entity, "columns": columns}],
    )
    with closing(duckdb.connect(bench.extracts / "d.duckdb")) as file:
        file.execute(f"create table t as from (values {rows}) v(id, x)")
    bench.load()


def test_an_id_of_whole_numbers_kept_as_doubles_is_whole(bench):
    rows = "(1001.0::double, 'a'), (1002.5::double, 'b'), ('nan'::double, 'c')"
    from_duckdb(bench, "customer", {"customer_id": "id", "segment": "x"}, rows)
    assert bench.rows(CUSTOMERS) == [("1001", "a"), ("1002.5", "b")]
    assert bench.rows(REASONS) == [("is required but blank",)]


def test_an_amount_kept_as_a_double_is_not_rounded(bench):
    rows = "('a', 0.1::double + 0.2::double), ('b', 19.99), ('c', 19.99999), ('d', 1e-5), "
    rows += "('e', 0.1::double + 0.7::double)"
    from_duckdb(bench, "product", {"product_id": "id", "monthly_charge": "x"}, rows)
    assert bench.rows("select product_id, monthly_charge from raw.product order by 1") == [
        ("a", Decimal("0.3000")),
        ("b", Decimal("19.9900")),
        ("e", Decimal("0.8000")),
    ]
    assert "at most four decimals" in bench.rows(REASONS)[0][0]


def test_an_amount_that_an_expression_divides_is_rounded(bench):
    columns = {"product_id": "id", "monthly_charge": {"sql": "x / 3"}}
    from_duckdb(bench, "product", columns, "('a', 100::double)")
    assert bench.rows("select monthly_charge from raw.product") == [(Decimal("33.3333"),)]


def picture(*keys: str) -> str:
    return json.dumps({"open": [{"id": key} for key in keys]})


@pytest.mark.parametrize("second", ["o_20261025_0230(2).json", "b/o_20261025_0230.json"])
def test_two_pictures_of_one_clock_time_that_stands_twice_are_not_parts_of_one(bench, second):
    bench.contract(
        files="**/o_*.json",
        format="json",
        time_zone="Europe/Warsaw",
        doubled_hour="first",
        delivery="snapshot",
        dialect={"records": "$.open[*]"},
        extracted_at={"file_name": r"o_(\d{8}_\d{4})", "format": "%Y%m%d_%H%M"},
        entities=[
            {
                "entity": "service_problem",
                "fold": {"starts": "started_at", "ends": "restored_at"},
                "columns": {"problem_id": "$.id"},
            }
        ],
    )
    bench.deliver("o_20261025_0130.json", picture("a", "b"))
    bench.deliver("o_20261025_0230.json", picture("a", "b"))
    bench.deliver(second, picture("c"))
    bench.deliver("o_20261025_0330.json", picture("c"))
    refused = bench.load().refused
    assert len(refused) == 1
    assert "stands twice in Europe/Warsaw" in refused[0]


def mobix(bench) -> None:
    """Deliver a database with a table of one name in two schemas, a view and a log of calls."""
    with closing(duckdb.connect(bench.extracts / "mobix_20261101.duckdb")) as file:
        file.execute("create schema bss")
        file.execute("create schema archive")
        terms = "contract_id varchar, plan_code varchar, prepaid boolean, deleted_at timestamp"
        file.execute(f"create table bss.contract ({terms}, ended timestamp)")
        file.execute(f"create table archive.contract ({terms})")
        for schema, more in (("bss", ", null"), ("archive", "")):
            file.execute(
                f"insert into {schema}.contract select '{schema}' || i, 'P' || i % 3, "
                f"i % 2 = 0, case i when 3 then timestamp '2026-10-01' end{more} "
                "from range(30) r(i)"
            )
        file.execute("create view bss.live as select * from bss.contract where ended is null")
        file.execute(
            "create table bss.call_log as select 'k' || i as call_key, 3519120000 + i as msisdn, "
            "timestamp '2026-10-01' + to_hours(i) as started, 'CEL' || i % 4 as cell, i / 8 as mb "
            "from range(30) r(i)"
        )
        file.execute("create table bss.faktura_x as select i as zzz from range(30) r(i)")


def test_tables_of_one_name_in_two_schemas_are_feeds_of_tomorrows_file_too(bench):
    mobix(bench)
    contract = body(drafted(bench, "mobix_20261101.duckdb"))
    feeds = {each["dialect"]["table"]: each["files"] for each in contract["feeds"]}
    assert feeds.keys() == {"bss.contract", "archive.contract", "bss.call_log"}
    assert set(feeds.values()) == {"**/mobix_*.duckdb"}


def test_a_view_of_connected_tables_or_a_table_that_fits_nothing_is_drafted_when_answered(bench):
    mobix(bench)
    found = drafted(bench, "mobix_20261101.duckdb")
    assert "view live is made of contract, connected themselves" in found.text
    assert "tables that fit no intake entity: faktura_x" in found.text
    answers = {"live__entity": "product", "faktura_x__entity": "customer_bill"}
    contract = body(drafted(bench, "mobix_20261101.duckdb", **answers))
    tables = {each["dialect"]["table"] for each in contract["feeds"]}
    assert {"bss.live", "bss.faktura_x"} <= tables


def test_calls_with_a_cell_are_asked_whether_customers_called_us(bench):
    mobix(bench)
    found = drafted(bench, "mobix_20261101.duckdb")
    assert "(interaction), or what they used" in asked(found)["call_log.entity"]


def test_a_draft_says_what_becomes_of_a_row_that_is_deleted_later(bench):
    mobix(bench)
    places = [each for each in asked(drafted(bench, "mobix_20261101.duckdb")) if "where" in each]
    found = drafted(bench, "mobix_20261101.duckdb", **dict.fromkeys(places, "drop"))
    assert "a row marked as deleted after it was loaded stays" in found.text


def test_lists_within_things_under_their_own_names_are_asked_for_and_load(bench):
    def line(number: int) -> dict[str, object]:
        return {"id": 9007199254740993 + number, "plan": f"P{number % 2}", "fee": 10.5}

    named = {f"C-{n}": {"lang": "en", "lines": [line(2 * n), line(2 * n + 1)]} for n in range(9)}
    bench.deliver("crm.json", json.dumps({"count": 9, "data": {"customers": named}}))
    question = asked(drafted(bench, "crm.json"))["crm.dialect.records"]
    assert question.endswith("$.data.*.* or $.data.*.*.lines[*]")
    answers = {"crm__dialect__records": "$.data.*.*.lines[*]", "crm__entity": "product"}
    answers["crm__product__customer_id"] = "$key"
    loaded(bench, drafted(bench, "crm.json", **answers))
    rows = bench.rows("select product_id, customer_id from raw.product order by 1")
    assert rows == [(str(9007199254740993 + n), f"C-{n // 2}") for n in range(18)]


def test_records_under_their_own_names_are_said_to_be_explodes(bench):
    columns = {"customer_id": "$.id"}
    entities = [{"entity": "customer", "columns": columns}]
    dialect = {"records": "$.data.*"}
    bench.contract(files="*.json", format="json", dialect=dialect, entities=entities)
    with pytest.raises(UserError, match="found by an entity's explode"):
        load_contract(bench.contracts / "crm.yml")


def test_a_line_of_syslog_is_no_xml(bench):
    lines = [f"<13{n % 8}>Oct 25 00:{n:02}:03 core-{n % 3} alarmd[{n}]: down\n" for n in range(30)]
    bench.deliver("syslog.log", "".join(lines))
    assert feed(drafted(bench, "syslog.log"))["format"] == "csv"


def test_a_broken_bar_divides_and_is_no_letter_of_the_encoding(bench):
    lines = ["CELL¦KPI¦DAY¦Q0000¦Q0015\r\n"]
    lines += [f"Zelle-{n}ü¦Att¦2026-10-30¦{n}.125¦{n}.5\r\n" for n in range(9)]
    bench.deliver("pm.txt", "".join(lines).encode("cp1252"))
    found = drafted(bench, "pm.txt")
    assert feed(found)["dialect"] == {"encoding": "cp1252", "delimiter": "¦"}
    assert r"{each: {columns: 'Q(?P<number>\d+)'}}" in found.text


def test_a_few_mail_addresses_among_names_of_nodes_are_asked_for(bench):
    rows = [f"2026-10-31T{n % 24:02}:00:00Z,SGSN{n % 5},fail,{n}\n" for n in range(80)]
    rows[40:44] = [f"2026-10-31T10:00:00Z,c{n}@mail.com,GOLD,{n}\n" for n in range(4)]
    bench.deliver("kpi.csv", "at,node,counter,value\n" + "".join(rows))
    place = "kpi.performance_measurement.resource_id.token"
    assert place in asked(drafted(bench, "kpi.csv"))
    plain = drafted(bench, "kpi.csv", **{place.replace(".", "__"): "none"})
    assert columns(plain)["resource_id"] == "node"


def test_a_running_number_with_noughts_is_no_phone_number(bench):
    rows = [f"{n:08},NE{n % 3},2026-10-31T10:{n:02}:00Z\n" for n in range(1, 40)]
    bench.deliver("alarms.csv", "ALM_ID,NE,RAISED\n" + "".join(rows))
    assert "token" not in str(columns(drafted(bench, "alarms.csv"))["alarm_id"])


def test_lines_of_key_and_value_are_one_column_and_none_is_a_trailer(bench):
    lines = [f'ts={n} ne=B{n % 3} id={n} text="down; port={n}, up"\n' for n in range(40)]
    bench.deliver("alarmd.log", "".join(lines))
    assert "pairs of key=value" in asked(drafted(bench, "alarmd.log"))["alarmd.dialect.delimiter"]
    answers = {
        "alarmd__dialect__delimiter": "none",
        "alarmd__dialect__columns": "line",
        "alarmd__entity": "alarm",
        "alarmd__alarm__alarm_id": "sql:regexp_extract(line, '(^| )id=([^ ]*)', 2)",
        "alarmd__alarm__raised_at": "value:2026-10-31",
    }
    loaded(bench, drafted(bench, "alarmd.log", **answers))
    assert bench.rows("select count(distinct alarm_id) from raw.alarm") == [(40,)]


@pytest.mark.parametrize(
    ("names", "format_"),
    [
        (("o_25102026_0130.json", "o_01112026_0130.json"), "%d%m%Y_%H%M"),
        (("o_01112026_0130.json", "o_02112026_0130.json"), "ASK"),
    ],
)
def test_a_day_first_in_a_files_name_is_taken_where_it_is_proven(bench, names, format_):
    for number, name in enumerate(names):
        bench.deliver(name, json.dumps([{"alarm_id": f"A{number}", "raised_at": "2026-10-25"}]))
    assert feed(drafted(bench, *names))["extracted_at"]["format"].startswith(format_)


def test_the_words_of_a_polish_store_are_known(bench):
    with closing(sqlite3.connect(bench.extracts / "kab.db")) as file, file:
        file.execute(
            "create table umowa (nr_umowy, nr_klienta, kod_cennika, status, przedplata, "
            "numer_telefonu)"
        )
        file.execute("create table faktura (nr_faktury, nr_umowy, data_wystawienia, kwota_netto)")
        for n in range(30):
            states = ("aktywna", "zawieszona", "rozwiązana")
            terms = f"U{n}", n, f"C{n % 3}", states[n % 3], ("tak", "nie")[n % 2], f"48601{n:06}"
            file.execute("insert into umowa values (?, ?, ?, ?, ?, ?)", terms)
            bill = f"F{n}", f"U{n}", f"2026.09.{n + 1:02}.", f"{n},50"
            file.execute("insert into faktura values (?, ?, ?, ?)", bill)
    found = drafted(bench, "kab.db", time_zone="Europe/Warsaw", country_code="48")
    loaded(bench, found)
    assert bench.rows(
        "select product_id, status, is_prepaid from raw.product order by len(product_id), 1 limit 2"
    ) == [("U0", "active", True), ("U1", "suspended", False)]
    bill = "select billed_at, amount_ex_tax from raw.customer_bill where bill_id = 'F0'"
    assert bench.rows(bill) == [(dt.datetime(2026, 8, 31, 22), Decimal("0.5000"))]


def test_the_months_of_turkish_are_told_in_capitals_too(bench):
    names = [
        "Ocak",
        "Şubat",
        "Mart",
        "Nisan",
        "Mayıs",
        "Haziran",
        "Temmuz",
        "Ağustos",
        "Eylül",
        "Ekim",
        "Kasım",
        "Aralık",
    ]
    columns = {"customer_id": "id", "customer_since": {"from": "t", "format": "%d %B %Y"}}
    bench.contract(months=names, entities=[{"entity": "customer", "columns": columns}])
    bench.deliver("customers.csv", "id,t\n1,5 MAYIS 2026\n2,6 NİSAN 2026\n3,7 Kasım 2026\n")
    bench.load()
    days = [dt.datetime(2026, month, day) for day, month in ((5, 5), (6, 4), (7, 11))]
    assert [day for _, day in bench.rows(SINCE)] == days


def test_a_format_of_days_holds_for_days_and_iso_for_times(bench):
    bench.contract(
        dialect={"date_format": "%d/%m/%Y"},
        entities=[
            {"entity": "customer", "columns": {"customer_id": "id", "customer_since": "t"}},
        ],
    )
    bench.deliver("customers.csv", "id,t\n1,01/02/2026\n2,2026-02-01T10:00:00Z\n")
    bench.load()
    assert [day for _, day in bench.rows(SINCE)] == [
        dt.datetime(2026, 2, 1),
        dt.datetime(2026, 2, 1, 10),
    ]


def test_an_id_of_json_is_no_object_and_no_list_and_a_whole_number_is_whole(bench):
    columns = {"customer_id": "$.id", "segment": "$.s"}
    bench.contract(
        files="*.ndjson",
        format="ndjson",
        entities=[{"entity": "customer", "columns": columns}],
    )
    ids = '{"x": 1}', "[1]", "1001.0", '"5.0"', '"{3F2504E0}"', "1e+21"
    lines = [f'{{"id": {one}, "s": "{number}"}}\n' for number, one in enumerate(ids)]
    bench.deliver("c.ndjson", "".join(lines))
    bench.load()
    assert bench.rows(CUSTOMERS) == [
        ("1001", "2"),
        ("5.0", "3"),
        ("{3F2504E0}", "4"),
    ]
    (shortened,), (thing,) = bench.rows(REASONS)
    assert thing == "is an object or a list, and no id; say which of it is"
    assert "has shortened" in shortened


def test_a_number_that_a_workbook_has_rounded_is_no_id(bench):
    book = xlsxwriter.Workbook(bench.extracts / "b.xlsx")
    sheet = book.add_worksheet()
    for row, cells in enumerate([("id", "s"), (90071992547409931, "a"), (48602123456, "b")]):
        sheet.write_row(row, 0, cells)
    book.close()
    columns = {"customer_id": "id", "segment": "s"}
    bench.contract(
        files="*.xlsx", format="xlsx", entities=[{"entity": "customer", "columns": columns}]
    )
    bench.load()
    assert bench.rows(CUSTOMERS) == [("48602123456", "b")]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_usage_beyond_all_measure_is_quarantined_and_stops_no_build(bench, kind):
    """A double of 1e300 is a number; as a decimal, to be added up, it is none."""
    columns = {"product_id": "id", "usage_type": "type", "started_at": "t", "quantity": "q"}
    entities = [{"entity": "usage", "columns": columns}]
    bench.contract(files=f"**/usages.{kind}", format=kind, entities=entities)
    told = "values ('A', 'data', '2026-01-01', {}), ('B', 'data', '2026-01-01', {})"
    sizes = ("99999999999999.9", "-1e300")
    if kind == "csv":
        rows = "A,data,2026-01-01,{}\nB,data,2026-01-01,{}\n".format(*sizes)
        bench.deliver("usages.csv", "id,type,t,q\n" + rows)
    else:
        told = told.format(*(f"cast('{size}' as double)" for size in sizes))
        path = bench.extracts / "usages.parquet"
        duckdb.execute(f"copy (from ({told}) as t(id, type, t, q)) to '{path}'")
    bench.load()
    assert bench.rows("select product_id, quantity from raw.usage") == [("A", 99999999999999.9)]
    [(reason,)] = bench.rows(REASONS)
    assert "is 1e+14 or more in size" in reason
