"""A deadline told as a day is over when that day is; one with a clock is the moment it says."""

import datetime as dt

import duckdb
import pytest

ASKED = "select order_item_id, first_promised_at, completed_at from raw.product_order order by all"
NIGHT = dt.datetime(2026, 2, 10, 23, 59, 59, 999999)
COLUMNS = {
    "order_item_id": "id",
    "action": {"value": "add"},
    "ordered_at": {"value": "2026-01-01"},
    "first_promised_at": "promised",
    "completed_at": "done",
}


def fed(bench, columns: dict | None = None, **feed) -> None:
    entities = [{"entity": "product_order", "columns": COLUMNS | (columns or {})}]
    bench.contract(entities=entities, **feed)


def promised(bench) -> dict[str, dt.datetime | None]:
    bench.load()
    return {item: promise for item, promise, _ in bench.rows(ASKED)}


def test_a_day_alone_is_over_with_its_last_moment_and_a_clock_is_believed(bench):
    fed(bench)
    bench.deliver(
        "customers.csv",
        "id,promised,done\n1,2026-02-10,2026-02-10\n2,2026-02-10T00:00:00,2026-02-10T14:00:00\n"
        "3,2026-02-10 12:30:00,\n4,2026-02-10T00:00:00Z,\n5,,\n",
    )
    assert promised(bench) == {
        "1": NIGHT,
        "2": dt.datetime(2026, 2, 10),
        "3": dt.datetime(2026, 2, 10, 12, 30),
        "4": dt.datetime(2026, 2, 10),
        "5": None,
    }
    # what is no deadline is the moment its day begins, as ever
    assert bench.rows(ASKED)[0][2] == dt.datetime(2026, 2, 10)


@pytest.mark.parametrize(
    ("day", "end"),
    [
        ("2026-02-10", dt.datetime(2026, 2, 10, 22, 59, 59, 999999)),
        # the day the clocks go forward has 23 hours, the one they go back 25
        ("2026-03-29", dt.datetime(2026, 3, 29, 21, 59, 59, 999999)),
        ("2026-10-25", dt.datetime(2026, 10, 25, 22, 59, 59, 999999)),
    ],
)
def test_a_day_ends_on_the_clock_of_its_zone(bench, day, end):
    fed(bench, time_zone="Europe/Berlin")
    bench.deliver("customers.csv", f"id,promised,done\n1,{day},\n")
    assert promised(bench) == {"1": end}


def test_a_day_is_one_by_the_format_it_follows(bench):
    fed(
        bench, {"first_promised_at": {"from": "promised", "format": ["%d.%m.%Y", "%d.%m.%Y %H:%M"]}}
    )
    bench.deliver("customers.csv", "id,promised,done\n1,10.02.2026,\n2,10.02.2026 00:00,\n")
    assert promised(bench) == {"1": NIGHT, "2": dt.datetime(2026, 2, 10)}


def test_a_day_is_one_by_its_type_or_by_what_sql_makes_of_it(bench):
    fed(bench, format="parquet", files="**/*.parquet")
    duckdb.sql(
        "select '1' as id, date '2026-02-10' as promised, null::timestamp as done"
    ).write_parquet(str(bench.extracts / "days.parquet"))
    assert promised(bench) == {"1": NIGHT}
    fed(bench, {"first_promised_at": {"sql": "cast(promised as date)"}}, name="midnights")
    bench.deliver("customers.csv", "id,promised,done\n2,2026-02-10 00:00:00,\n")
    assert promised(bench) == {"1": NIGHT, "2": NIGHT}


def test_a_counted_day_is_one_where_it_is_whole(bench):
    fed(bench, {"first_promised_at": {"from": "promised", "days_since": "1899-12-30"}})
    bench.deliver("customers.csv", "id,promised,done\n1,46063,\n2,46063.5,\n")
    assert promised(bench) == {"1": NIGHT, "2": dt.datetime(2026, 2, 10, 12)}
