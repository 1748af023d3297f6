"""What a sixth trial with made-up systems found: glued files, other calendars, mixed layouts."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.test_draft import asked, columns, drafted, feed, loaded

CUSTOMERS = "select customer_id, segment from raw.customer order by 1"
REASONS = "select reason from quarantine.rows order by 1"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_mark_of_the_encoding_within_parts_put_together_is_no_letter_of_an_id(bench, encoding):
    bench.contract(dialect={"encoding": encoding})
    parts = "\ufeffid,segment\n1,a\n", "\ufeffid,segment\n2,b\n", "\ufeff3,c\r\n"
    codec = "utf-16-le" if encoding == "utf-16" else encoding
    bench.deliver("customers1.csv", "".join(parts).encode(codec))
    bench.load()
    assert bench.rows(CUSTOMERS) == [("1", "a"), ("2", "b"), ("3", "c")]
    assert bench.rows(REASONS) == [("repeats the header, or its names in another order",)]


def test_a_mark_of_the_encoding_where_a_chunk_ends_is_found(bench, monkeypatch):
    monkeypatch.setattr("ingest.formats.text.CHUNK", 19)
    bench.contract()
    bench.deliver("customers1.csv", "id,segment\n11,aaa\n\ufeff12,b\n")
    bench.load()
    assert bench.rows(CUSTOMERS) == [("11", "aaa"), ("12", "b")]


def test_a_line_of_json_behind_such_a_mark_is_a_record(bench):
    bench.contract(
        files="*.ndjson",
        format="ndjson",
        entities=[{"entity": "customer", "columns": {"customer_id": "$.id", "segment": "$.s"}}],
    )
    bench.deliver("c.ndjson", '{"id":"1","s":"a"}\n\ufeff{"id":"2","s":"b"}\n')
    bench.load()
    assert bench.rows(CUSTOMERS) == [("1", "a"), ("2", "b")]


def test_a_draft_of_parts_put_together_takes_the_second_header_for_no_value(bench):
    head, count = "seq;ne;raised_at\n", 1_790_000_000_123
    lines = [f"{n};NE{n % 7};{count + n * 60_000}\n" for n in range(40)]
    parts = "\ufeff", head, *lines[:20], "\ufeff", head, *lines[20:]
    bench.deliver("alarms.csv", "".join(parts))
    found = drafted(bench, "alarms.csv", alarms__entity="alarm", alarms__alarm__alarm_id="seq")
    assert columns(found)["raised_at"]["epoch"] == "ms"
    loaded(bench, found)
    assert bench.rows("select count(*) from raw.alarm") == [(40,)]


def test_nine_digits_of_a_second_are_read_as_the_draft_says(bench):
    lines = [f"{n},{n:02}-OCT-26 01.02.03.456{n:03}000 PM\n" for n in range(1, 29)]
    bench.deliver("alarms.csv", "alarm_id,raised_at\n" + "".join(lines))
    loaded(bench, drafted(bench, "alarms.csv", time_zone="UTC", alarms__entity="alarm"))
    told = bench.rows("select max(raised_at)::varchar, count(*) from raw.alarm")
    assert told == [("2026-10-28 13:02:03.456028", 28)]


def test_a_picture_that_came_packed_or_empty_is_of_the_feed_of_the_others(bench):
    names = []
    for hour in range(6):
        told = {"at": f"2026-10-01T0{hour}:00:00Z", "ok": True, "outages": []}
        if hour:
            told["outages"] = [{"id": "P1", "start": "2026-10-01T00:30:00Z", "cause": "power"}]
        text, name = json.dumps(told).encode(), f"outages_20261001T0{hour}0000Z.json"
        names.append(name + ".gz" * (hour % 2))
        bench.deliver(names[-1], gzip.compress(text) if hour % 2 else text)
    assert list(asked(drafted(bench, *names))) == ["outages.dialect.records"]
    answers = {
        "outages__dialect__records": "$.outages[*]",
        "outages__entity": "service_problem",
        "outages__service_problem__problem_id": "$.id",
        "outages__service_problem__category": "value:outage",
    }
    found = drafted(bench, *names, **answers, outages__service_problem__fold="stays")
    assert feed(found)["files"] == "**/outages_*Z.json*"
    assert feed(found)["delivery"] == "snapshot"
    assert loaded(bench, found).files_new == 6


def test_a_draft_asks_what_ends_an_outage_whose_end_no_column_tells(bench):
    names = [f"outages_20261001T0{hour}0000Z.csv" for hour in range(4)]
    for hour, name in enumerate(names):
        seen = [f"O{each},2026-09-30T0{each}:00:00Z,power" for each in range(hour, hour + 3)]
        bench.deliver(name, "problem_id,started_at,cause\n" + "\n".join(seen) + "\n")
    answers = {"outages__entity": "service_problem"}
    answers["outages__service_problem__category"] = "value:outage"
    assert list(asked(drafted(bench, *names, **answers))) == ["outages.service_problem.fold"]
    answers["outages__service_problem__fold"] = "ended"
    answers["outages__service_problem__fold__empty_ends"] = "false"
    loaded(bench, drafted(bench, *names, **answers))
    assert bench.rows(
        "select problem_id, max(hour(started_at)), max(hour(restored_at)) "
        "from raw.service_problem group by all order by 1"
    ) == [
        ("O0", 0, 1),
        ("O1", 1, 2),
        ("O2", 2, 3),
        ("O3", 3, None),
        ("O4", 4, None),
        ("O5", 5, None),
    ]


def test_years_of_two_ages_of_ours_are_of_our_calendar(bench):
    bench.deliver("tickets.csv", "ticket_id,opened_at\n1,2025-12-31\n2,2026-01-01\n")
    answers = {"tickets__entity": "trouble_ticket", "time_zone": "UTC"}
    assert not asked(drafted(bench, "tickets.csv", **answers))


@pytest.mark.parametrize("day", ["2569-{:02}-21", "21/{:02}/2569", "1448-{:02}-21"])
def test_years_of_another_calendar_are_asked_and_loaded_as_answered(bench, day):
    lines = [f"{month},{day.format(month)}\n" for month in range(1, 10)]
    bench.deliver("tickets.csv", "ticket_id,opened_at\n" + "".join(lines))
    answers = {"tickets__entity": "trouble_ticket", "time_zone": "UTC"}
    place = "tickets.trouble_ticket.opened_at.sql"
    assert list(asked(drafted(bench, "tickets.csv", **answers))) == [place]
    answers["tickets__trouble_ticket__opened_at__sql"] = (
        "replace(replace(opened_at, '2569', '2026'), '1448', '2026')"
    )
    loaded(bench, drafted(bench, "tickets.csv", **answers))
    told = bench.rows("select min(opened_at)::date::varchar, count(*) from raw.trouble_ticket")
    assert told == [("2026-01-21", 9)]


def test_one_name_in_two_writings_is_asked_for_and_feeds_nothing_else(bench):
    old = [{"product_id": f"P{n}", "customer_id": f"C{n}", "status": "active"} for n in range(9)]
    new = [{"productId": f"Q{n}", "customerId": f"C{n}", "status": "active"} for n in range(9)]
    bench.deliver("products.ndjson", "".join(json.dumps(each) + "\n" for each in (*old, *new)))
    entity = {"products__entity": "product"}
    found = drafted(bench, "products.ndjson", **entity)
    place = "products.product.{}_id"
    assert set(asked(found)) == {place.format("product"), place.format("customer")}
    answers = {
        place.format(name): f"sql:coalesce(record->>'$.{name}_id', record->>'$.{name}Id')"
        for name in ("product", "customer")
    }
    loaded(bench, drafted(bench, "products.ndjson", **entity, **answers))
    told = "select count(distinct product_id), count(distinct customer_id) from raw.product"
    assert bench.rows(told) == [(18, 9)]


def test_two_names_that_stand_in_one_row_are_two(bench):
    bench.deliver("customers.csv", "customer_id,segment,Segment\n1,a,b\n2,,c\n3,d,\n")
    found = drafted(bench, "customers.csv", customers__entity="customer")
    assert columns(found)["segment"].startswith(("segment", "Segment"))
