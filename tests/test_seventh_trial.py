"""What a seventh trial with made-up systems found: unseen signs, other units, hours told twice."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import closing
from decimal import Decimal

import duckdb
import pytest

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
    days = since(bench, [right, *wrong, "0"], epoch=unit)
    assert days == [dt.datetime(2026, 10, 31), *[None] * len(wrong), dt.datetime(1970, 1, 1)]
    assert "another unit" in bench.rows(REASONS)[0][0]


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
    rows = "('a', 0.1 + 0.2::double), ('b', 19.99), ('c', 19.99999), ('d', 1e-5)"
    from_duckdb(bench, "product", {"product_id": "id", "monthly_charge": "x"}, rows)
    assert bench.rows("select product_id, monthly_charge from raw.product order by 1") == [
        ("a", Decimal("0.3000")),
        ("b", Decimal("19.9900")),
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
