"""The quick reader of csv: what it takes, the careful one takes with the same value."""

from __future__ import annotations

import datetime as dt
import decimal
import re
from types import SimpleNamespace

import duckdb
import numpy as np
import pytest

from cx.warehouse import reading
from ingest.formats.csv_stream import Stream, _fits
from ingest.intake import Column
from ingest.values import typed

TEXTS = re.split(
    r"\s+",
    """5 +5 -5 007 -0 --5 1.0 1. .5 5. 1e3 1E+2 1e-5 12e-4 1_000 0x1F 0XFF nan inf -Infinity
1e400 1e-400 1.12345 1.50000 99999999999999.9999 100000000000000 999999999999999.9
-99999999999999.9999 -100000000000000 -999999999999999.9
9223372036854775807 9223372036854775808 ٣ true True TRUE t T yes Y 1 0 no n F tRuE 2026-01-01
2026-01-01T10
2026-01-01T10Z 2026-01-01T10:30 2026-01-01T10:30:00 2026-01-01T10:30:00.5 2026-01-01T10:30:00Z
2026-01-01T10:30:00.123456789 2026-01-01T10:30:00+05 2026-01-01T10:30:00+05:30 2026-01-01T1030
2026-01-01T10:30:00-0500 2026-01-01T10:30:60 2026-01-01T24:00:00 2026-02-30 0001-01-01 9999-12-31
20260101 2026-1-1 infinity 2026-001 - + . x""",
)
FEED = SimpleNamespace(
    dialect=SimpleNamespace(decimal=".", thousands="", date_format=None, timestamp_format=None),
    time_zone=None,
    doubled_hour=None,
)
CONTRACT = SimpleNamespace(time_zone="UTC", hour_of=lambda feed: None)
SPEC = SimpleNamespace(
    sql=None, format=None, epoch=None, seconds_since=None, days_since=None, time_zone=None
)


def stream(tmp_path, text, **more):
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    names = tuple(text.split("\n", 1)[0].split(","))
    given = {"delimiter": ",", "quote": "", "may_leave_out": True} | more
    return Stream(path=path, columns=names, skipped=1, **given)


def rows(found, sql="select * from found order by _row"):
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.register("found", found)
    return connection.execute(sql).fetchall()


def careful(kind, text):
    column = Column(name="x", type=kind, meaning="")
    value, _ = typed(CONTRACT, FEED, column, SPEC, "given", is_native=False)
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    return connection.execute(f"select {value} from (select ? as given)", [text]).fetchone()[0]


@pytest.mark.parametrize("kind", ["integer", "number", "money", "boolean", "timestamp"])
def test_promise_06_what_the_quick_reader_takes_the_careful_one_takes_alike(tmp_path, kind):
    taken = 0
    for text in TEXTS:
        found = stream(tmp_path, f"x,y\n{text},z\n", kinds={"x": kind})
        if "x" not in found.types:
            continue
        try:
            read = rows(found)
        except duckdb.Error:
            continue
        if read:
            taken += 1
            assert read[0][1] == careful(kind, text), text
    assert taken >= 3


def test_a_value_its_type_refuses_leaves_its_line_out_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.formats.csv_stream._BLOCK", 1 << 18)
    lines = [f"{number},a" for number in range(100_000)]
    for place in (40_000, 40_001, 99_999):
        lines[place] = "12 min,a"
    found = stream(tmp_path, "x,y\n" + "\n".join(lines), kinds={"x": "integer"})
    read = rows(found, "select list(_row), sum(x) from found")[0]
    missing = set(range(2, 100_002)) - set(read[0])
    assert {40_002, 40_003, 100_001} <= missing
    assert len(missing) <= 64
    assert all(x == row - 2 for row, x in rows(found, "select _row, x from found limit 50000"))
    kept = found.lines(np.array([2, 40_002, 100_001]))
    assert b"".join(kept) == b"0,a\n12 min,a\n12 min,a\n"


def test_a_number_out_of_bounds_hides_no_text_that_another_columns_type_refuses(tmp_path):
    lines = ["1,1.5"] * 60_000
    lines[50_000], lines[55_000] = "12 min,1.5", "1,inf"
    found = stream(tmp_path, "x,y\n" + "\n".join(lines), kinds={"x": "integer", "y": "number"})
    (read,) = rows(found, "select list(_row) from found")[0]
    assert {50_002, 55_002} <= set(range(2, 60_002)) - set(read)


def test_a_torn_line_leaves_the_numbers_of_the_others_right(tmp_path):
    found = stream(tmp_path, "x,y\n1,a\n2\n3,c\n4,d,e\n5,f\n", kinds={"x": "integer"})
    assert rows(found) == [(2, 1, "a"), (4, 3, "c"), (6, 5, "f")]


def test_few_columns_of_a_small_file_and_then_all_of_it_are_one_walk(tmp_path, monkeypatch):
    found = stream(tmp_path, "x,y\n1,a\n2,b\n", kinds={"x": "integer"})
    walks, batches = [], Stream._batches

    def counted(self):
        walks.append(self)
        yield from batches(self)

    monkeypatch.setattr(Stream, "_batches", counted)
    assert rows(found.only(frozenset({"y"}))) == [(2, "a"), (3, "b")]
    assert rows(found) == [(2, 1, "a"), (3, 2, "b")]
    assert len(walks) == 1
    # what was kept is let go of
    assert rows(found) == [(2, 1, "a"), (3, 2, "b")]
    assert len(walks) == 2


def test_times_that_say_their_offset_come_as_utc(tmp_path):
    found = stream(tmp_path, "x,y\n2026-01-01T10:30:00+05:00,a\n", kinds={"x": "timestamp"})
    assert found.in_utc == {"x"}
    assert rows(found, "select x::varchar from found") == [("2026-01-01 05:30:00",)]


@pytest.mark.parametrize(
    "text",
    [
        'x,y\n1,"a\n2,b"\n',
        'x,y\n1,a"b\n2,c"d\n',
        'x,y\n1,"a"b\n',
        'x,y\n1,a""b\n',
        'x,y\n1,"a\n2,b\n',
        'x,y\n1,"a\n',
        'x,y\n1,"a',
    ],
)
def test_a_quote_out_of_place_is_not_believed(tmp_path, text):
    with pytest.raises(duckdb.Error, match=r"quote stands where none may|a line is not one row"):
        rows(stream(tmp_path, text, quote='"'))


def test_well_placed_quotes_are_read(tmp_path):
    found = stream(tmp_path, 'x,y\n"1","a ""b"", c"\n2,""\n', quote='"')
    assert rows(found) == [(2, "1", 'a "b", c'), (3, "2", None)]


def test_hexadecimal_digits_are_no_number(tmp_path):
    with pytest.raises(duckdb.Error, match="hexadecimal"):
        rows(stream(tmp_path, "x,y\n1,a\n0x1F,b\n", kinds={"x": "integer"}))


def test_a_line_left_out_where_none_may_be_is_a_fault(tmp_path):
    with pytest.raises(duckdb.Error, match=re.escape("not one row")):
        rows(stream(tmp_path, "x,y\n1,a\n2\n", may_leave_out=False))


PRODUCT = {
    "entity": "product",
    "columns": {
        "product_id": "id",
        "monthly_charge": "price",
        "started_at": "at",
        "phone_number": "phone",
    },
}
WANTED = [
    ("P1", decimal.Decimal("9.9900"), dt.datetime(2026, 1, 1), 2),
    ("P2", None, dt.datetime(2025, 12, 31, 21), 3),
]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_typed_columns_follow_the_contracts_zone_and_blanks(bench, form):
    bench.contract(
        files=f"*.{form}", format=form, entities=[PRODUCT], time_zone="Europe/Moscow",
        country_code="7", blanks=["n/a"],
    )  # fmt: skip
    price = "n/a" if form == "csv" else ""
    text = "id,price,at,phone\nP1,9.99,2026-01-01T03:00:00,8 700 1\nP2,,2026-01-01,8 700 2\n"
    bench.deliver("p.csv", text.replace("P2,,", f"P2,{price},"))
    if form == "parquet":
        types = "{'id': 'text', 'price': 'decimal(18, 4)', 'at': 'timestamp', 'phone': 'text'}"
        select = f"from read_csv('{bench.extracts}/p.csv', header = true, types = {types})"
        duckdb.connect().execute(f"copy ({select}) to '{bench.extracts}/p.parquet'")
    bench.load()
    select = "select product_id, monthly_charge, started_at, row_number from raw.product order by 1"
    shift = 0 if form == "csv" else 1
    assert bench.rows(select) == [(*row[:3], row[3] - shift) for row in WANTED]


def test_lines_left_out_are_read_with_care_under_their_own_numbers(bench):
    bench.contract(
        files="*.csv", entities=[PRODUCT], country_code="7", max_quarantined_share=1.0
    )  # fmt: skip
    lines = [f"P{n},{n}.5,2026-01-01,8 700 {n % 40}" for n in range(3000)]
    lines[700] = "P700,1.50000,2026-01-01,8/700/7"  # five decimals, none lost: good with care
    lines[800] = "P800,1.23456,2026-01-01,8 700 8"  # one lost
    lines[900] = "P900,1.5,2026-01"
    lines[950] = "P950,1e14,2026-01-01,8 700 9999"
    bench.deliver("p.csv", "id,price,at,phone\n" + "\n".join(lines))
    report = bench.load()
    assert (report.rows_read, report.rows_quarantined) == (3000, 3)
    assert bench.rows("select row_number from quarantine.rows order by 1") == [
        (802,), (902,), (952,),
    ]  # fmt: skip
    kept = bench.rows("select row_number, monthly_charge from raw.product where product_id='P700'")
    assert kept == [(702, decimal.Decimal("1.5000"))]
    assert bench.rows(
        "select count(distinct row_number), count(phone_number) from raw.product"
    ) == [(2997, 2997)]
    with reading(bench.settings, bench.settings.vault) as vault:
        # forty numbers and the one read with care; none of a row that was not loaded
        assert vault.execute("select count(*) from identity").fetchone() == (40,)


def test_an_identifier_in_the_files_name_alone_does_not_slow_the_reading(bench, monkeypatch):
    slow = []
    monkeypatch.setattr("ingest.formats.csv._read_lines", lambda *arguments: slow.append(arguments))
    columns = {"product_id": "id", "monthly_charge": "price", "phone_number": "number"}
    bench.contract(
        files="*.csv", entities=[{"entity": "product", "columns": columns}], country_code="7",
        name_columns=r"cdr_(?P<number>\d+)",
    )  # fmt: skip
    bench.deliver("cdr_7001.csv", "id,price\nP1,1.5\nP2,2.5\n")
    bench.load()
    assert bench.rows("select count(*), count(phone_number) from raw.product") == [(2, 2)]
    assert slow == []


@pytest.mark.parametrize(
    "more", [{}, {"where": "id <> 'P4'"}, {"where": "id <> 'P4'", "duplicates": "last"}]
)
def test_a_reader_that_loses_a_line_is_not_believed(bench, monkeypatch, more):
    real = Stream._batch
    monkeypatch.setattr(Stream, "_batch", lambda *told: real(*told).slice(1))
    bench.contract(files="*.csv", entities=[PRODUCT | more], country_code="7")
    lines = [f"P{n},{n}.5,2026-01-01,8 700 {n}" for n in range(1, 5)]
    bench.deliver("p.csv", "id,price,at,phone\n" + "\n".join(lines))
    report = bench.load()
    assert (report.rows_read, report.rows_loaded) == (4, 3 if more else 4)


@pytest.mark.parametrize(
    ("block", "fits"),
    [
        ('"a","b"', True),
        ('"a","b"\n', True),
        ('"a",b', True),
        ('a,"b ""c"""\n"",""', True),
        ('"a"b,c', False),
        ('a"b",c\n', False),
        ('a,"b"c', False),
        ('a,b"', False),
    ],
)
def test_a_quote_fits_at_the_edges_of_a_field_and_of_the_whole_text(block, fits):
    assert _fits(block.encode(), b'"', b",") is fits


@pytest.mark.parametrize("space", ["\u00a0", "\u2007", "\u202f", "\u3000"])
def test_a_wide_space_beside_a_text_is_no_part_of_it(bench, space):
    bench.contract()
    bench.deliver("customers.csv", f"id,segment\nC1,{space}gold\nC2{space},mass{space}\n")
    bench.load()
    rows = bench.rows("select customer_id, segment from raw.customer order by all")
    assert rows == [("C1", "gold"), ("C2", "mass")]
