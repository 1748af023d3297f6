"""What an eighth trial with made-up systems found: counts, digits, lists and lines misread."""

from __future__ import annotations

import datetime as dt

import pytest

from cx.errors import UserError
from ingest.contract_file import load_contract

from tests.test_seventh_trial import CUSTOMERS, REASONS, since


def test_a_moment_counted_in_days_is_exact_to_the_millisecond_and_no_further(bench):
    """A double of julian days is 40 microseconds off: before midnight that is another day."""
    count = {"from": None, "sql": "t::double - 2440587.5", "days_since": "1970-01-01T00:00Z"}
    (found,) = since(bench, ["2461047.666666667"], **count)
    assert found == dt.datetime(2026, 1, 7, 4)


def test_digits_without_marks_between_must_all_be_there(bench):
    """A day that lost its nought in a spreadsheet is quarantined, not another day."""
    texts = ["011026", "11026", "311026", "3110261"]
    first, last = dt.datetime(2026, 10, 1), dt.datetime(2026, 10, 31)
    assert since(bench, texts, format="%d%m%y") == [first, None, last, None]


@pytest.mark.parametrize(
    ("form", "right", "wrong"),
    [
        ("%Y%m%d%H%M%S", "20261025240000", ["2026102512000"]),
        ("%y%j", "26299", ["6299", "2629"]),
        ("%Y%m%d %H:%M", "20261026 0:00", ["2026102 0:00"]),
        ("%G-W%V-%u", "2026-W44-1", ["2027-W53-1", "26-W44-1"]),
    ],
)
def test_what_lacks_a_digit_or_a_week_is_no_day(bench, form, right, wrong):
    assert since(bench, [right, *wrong], format=form) == [
        dt.datetime(2026, 10, 26),
        *[None] * len(wrong),
    ]


@pytest.mark.parametrize(("form", "says"), [("%b %d %H:%M", "no year"), ("%g-W%V-%u", "%G")])
def test_a_format_without_a_year_is_refused(bench, form, says):
    columns = {"customer_id": "id", "customer_since": {"from": "t", "format": form}}
    bench.contract(entities=[{"entity": "customer", "columns": columns}])
    with pytest.raises(UserError, match=says):
        load_contract(bench.contracts / "crm.yml")


def test_a_line_of_a_quoted_text_is_no_line_to_ignore(bench):
    bench.contract(dialect={"ignore_lines": "#.*"})
    lines = ['# it is 5" wide', '1,"a', "# b", 'c"', "# d", '2,"e', '# ""f""', '#"', "3,g"]
    bench.deliver("customers.csv", "id,segment\n" + "\n".join(lines) + "\n")
    report = bench.load()
    assert bench.rows(CUSTOMERS) == [("1", "a\n# b\nc"), ("2", 'e\n# "f"\n#'), ("3", "g")]
    assert (report.rows_quarantined, report.rows_dropped) == (0, 2)


def test_an_id_that_its_store_has_rounded_is_quarantined(bench):
    """Above 2^53 a double is no longer the number that was meant, whoever printed it."""
    mapped = {"customer_id": "$.id", "segment": "$.s"}
    bench.contract(
        files="*.ndjson", format="ndjson", entities=[{"entity": "customer", "columns": mapped}]
    )
    ids = ["89358012345678901234", "1e21", "12345678901234567890.0", '"1.0E10"', "1.0E10"]
    rows = [f'{{"id": {one}, "s": "{number}"}}\n' for number, one in enumerate(ids)]
    bench.deliver("c.ndjson", "".join(rows))
    bench.load()
    assert bench.rows(CUSTOMERS) == [("10000000000", "4"), ("89358012345678901234", "0")]
    assert len(bench.rows(REASONS)) == 2
