"""Whichever reader has to be used, the same rows load: plain or careful, at once or looked at."""

from __future__ import annotations

import duckdb
import pytest

from tests.raw_rows import delivered
from tests.rules import accounts


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
    # an object that is no text, a NUL in one, and an id told twice
    held = {7, 9, len(values) + 5}
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
