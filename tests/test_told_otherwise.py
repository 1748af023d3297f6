"""What a typed store, a workbook, a document or an expression tells in another way than a text."""

from __future__ import annotations

import datetime as dt
import json
import re
import sqlite3
from contextlib import closing

import duckdb
import pytest
import xlsxwriter

from cx.cli import main
from cx.identifiers import identifying, normalised
from cx.redaction import Redactor
from tests.test_draft import asked, body, drafted

TICKET = {"ticket_id": "id", "opened_at": "opened", "closed_at": "closed"}
TICKETS = "select ticket_id, closed_at from raw.trouble_ticket order by 1"
OPENED = "timestamp '2026-01-01' as opened"
REASONS = "select reason from quarantine.rows order by 1"


def fed(bench, entity: str, columns: dict, **feed: object) -> None:
    more = {key: feed.pop(key) for key in ("explode", "where", "fold") if key in feed}
    bench.contract(entities=[{"entity": entity, "columns": columns, **more}], **feed)


def written(bench, name: str, rows: str) -> None:
    """Write the rows of a select as a Parquet or a DuckDB file."""
    path = bench.extracts / name
    with duckdb.connect(str(path) if name.endswith("duckdb") else ":memory:") as file:
        make = (
            f"copy ({rows}) to '{path}'"
            if name.endswith("parquet")
            else f"create table t as {rows}"
        )
        file.execute(make)


@pytest.mark.parametrize("kind", ["parquet", "duckdb"])
def test_a_day_that_means_open_is_blank_and_infinity_is_no_moment(bench, kind):
    dialect = {"table": "t"} if kind == "duckdb" else {}
    feed = {"files": f"*.{kind}", "format": kind, "dialect": dialect, "blanks": ["9999-12-31"]}
    fed(bench, "trouble_ticket", TICKET, **feed)
    ends = "('1', '9999-12-31'), ('2', 'infinity'), ('3', '2026-01-02')"
    rows = f"select id, {OPENED}, cast(t as timestamp) as closed from (values {ends}) as v(id, t)"
    written(bench, f"t.{kind}", rows)
    bench.load()
    assert bench.rows(TICKETS) == [("1", None), ("3", dt.datetime(2026, 1, 2))]
    ((reason,),) = bench.rows(REASONS)
    assert "infinity" in reason and "say blanks" in reason


def test_a_list_of_a_duckdb_file_can_be_taken_apart(bench):
    columns = {"service_id": {"sql": "item"}, "service_type": {"sql": "kind->>'$.name'"}}
    explode = "cast(cast(ids as json) as varchar[])"
    dialect = {"table": "t"}
    fed(
        bench,
        "service",
        columns,
        files="*.duckdb",
        format="duckdb",
        dialect=dialect,
        explode=explode,
    )
    written(bench, "t.duckdb", "select ['a', 'b, c'] as ids, {'name': 'x: y'} as kind")
    bench.load()
    services = bench.rows("select service_id, service_type from raw.service order by 1")
    assert services == [("a", "x: y"), ("b, c", "x: y")]


def test_months_have_the_names_the_contract_says(bench):
    names = re.findall(r"\S+", "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.")
    since = {"from": "t", "format": "%d %B %Y à %Hh%M"}
    fed(bench, "customer", {"customer_id": "id", "customer_since": since}, months=names)
    bench.deliver(
        "customers.csv", "id,t\n1,3 févr. 2026 à 14h05\n2,4 MAI 2026 à 0h00\n3,4 x 2026 à 0h00\n"
    )
    bench.load()
    told = bench.rows("select customer_since from raw.customer order by customer_id")
    assert told == [(dt.datetime(2026, 2, 3, 14, 5),), (dt.datetime(2026, 5, 4),)]


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_a_row_whose_expression_fails_is_quarantined_and_the_others_load(bench, kind):
    ticks = "t" if kind == "csv" else "record->>'$.t'"
    sql = f"timestamp '0001-01-01' + to_microseconds(cast({ticks} as bigint) // 10)"
    name = "id" if kind == "csv" else "$.id"
    columns = {"customer_id": name, "customer_since": {"sql": sql}}
    fed(bench, "customer", columns, format=kind, files="**/customers*")
    rows = [("1", "639055296001234560"), ("ville", "Lyon"), ("2", None)]
    lines = [f"{key},{value or ''}" for key, value in rows]
    objects = [json.dumps({"id": key, "t": value}) for key, value in rows]
    text = "\n".join(["id,t", *lines] if kind == "csv" else objects)
    bench.deliver(f"customers.{kind}", text + "\n")
    assert not bench.load().refused
    told = bench.rows("select customer_id, customer_since from raw.customer order by 1")
    assert told == [("1", dt.datetime(2026, 2, 1, 8, 0, 0, 123456)), ("2", None)]
    assert bench.rows("select row_number, column_name, reason from quarantine.rows") == [
        (
            3 if kind == "csv" else 2,
            "customer_since",
            "cannot be computed: its sql fails on this row",
        )
    ]


def test_a_picture_tells_by_a_mark_of_its_own_which_of_two_moments_it_is_of(bench):
    moment = (
        "(record->>'$.at') || case record->>'$.dst' when 'true' then ' +0100' else ' +0000' end"
    )
    fed(
        bench,
        "service_problem",
        {"problem_id": "$item.id"},
        explode="$.list",
        fold={"starts": "started_at", "ends": "restored_at", "empty_ends": True},
        format="json",
        files="*.json",
        delivery="snapshot",
        time_zone="Europe/Lisbon",
        extracted_at={"sql": moment, "format": "%d.%m.%Y %H:%M %z"},
    )
    for number, (is_summer, ids) in enumerate([(True, ["a"]), (False, [])]):
        picture = {
            "at": "25.10.2026 01:15",
            "dst": is_summer,
            "list": [{"id": each} for each in ids],
        }
        bench.deliver(f"{number}.json", json.dumps(picture))
    bench.load()
    found = bench.rows("select started_at, max(restored_at) from raw.service_problem group by 1")
    assert found == [(dt.datetime(2026, 10, 25, 0, 15), dt.datetime(2026, 10, 25, 1, 15))]


def test_days_of_a_workbook_from_1904_are_no_days_from_1899_and_a_hidden_month_is_told(bench):
    def feed(since: str) -> None:
        at = {"from": "day", "days_since": since}
        columns = {"bill_id": "id", "billed_at": at}
        fed(bench, "customer_bill", columns, format="xlsx", files="*.xlsx", dialect={"sheet": "M*"})

    feed("1899-12-30")
    with xlsxwriter.Workbook(bench.extracts / "b.xlsx", {"date_1904": True}) as out:
        for name in ("M1", "M2"):
            sheet = out.add_worksheet(name)
            sheet.write_row(0, 0, ["id", "day"])
            sheet.write_row(1, 0, ["1", 44561])
        sheet.hide()
    assert "say days_since: 1904-01-01" in bench.load().refused[0]
    feed("1904-01-01")
    bench.load()
    assert bench.rows("select billed_at from raw.customer_bill") == [(dt.datetime(2026, 1, 1),)]
    ((left_out,),) = bench.rows(
        "select unmapped_columns from ops.file_ledger where state = 'loaded'"
    )
    assert "M2" in str(left_out)


def test_a_home_whose_first_ingest_never_began_says_that_it_holds_nothing(bench, capsys, tmp_path):
    home = ["--home", str(bench.settings.home), "--contracts", str(bench.contracts)]
    (bench.contracts / "bad.yml").write_text("source_system: x")
    bench.deliver("customers.csv", "id\n1\n")
    assert main([*home, "ingest", str(bench.extracts)]) == 2
    (bench.contracts / "bad.yml").unlink()
    assert main([*home, "quarantine", "show"]) == main([*home, "source", "list"]) == 0
    assert "Nothing of any source is in quarantine" in capsys.readouterr().out


def test_an_apostrophe_in_a_word_masks_nothing_of_what_follows():
    text = "Conversion Error: Could not convert 'Jean' to INT32: a's sql; b.csv's 'x' is bad"
    masked = "Conversion Error: Could not convert '…' to INT32: a's sql; b.csv's '…' is bad"
    assert Redactor().text(text) == masked
    assert "Brien" not in Redactor().text("Conversion Error: Could not convert string 'O'Brien' to")


def test_a_draft_offers_lists_within_lists_and_reads_the_times_of_mail(bench):
    pages = [
        {"n": n, "clients": [{"client_id": f"C{n}{k}", "segment": "b"} for k in range(9)]}
        for n in (1, 2)
    ]
    bench.deliver("clients.json", json.dumps({"odd": 1, "pages": pages}))
    inner = "$.pages[*].clients[*]"
    assert inner in asked(drafted(bench, "clients.json"))["clients.dialect.records"]
    found = drafted(bench, "clients.json", clients__dialect__records=inner)
    assert body(found)["feeds"][0]["dialect"] == {"records": inner}
    rows = [f'A{n},X{n},"Sun, {n:02} Feb 2026 08:00:00 +0200"' for n in range(1, 28)]
    bench.deliver("alarms.csv", "\n".join(["alarm_id,resource_id,raised_at", *rows]) + "\n")
    (entity,) = body(drafted(bench, "alarms.csv"))["feeds"][0]["entities"]
    assert entity["columns"]["raised_at"]["format"] == "%a, %d %b %Y %H:%M:%S %z"


@pytest.mark.parametrize("domain", ["phone", "email", "document", "name"])
def test_what_identifies_nothing_is_told_without_making_the_form_of_it(domain):
    texts = [
        "",
        " ",
        "-",
        "+",
        "(0)",
        "8 7",
        "n/a",
        "№",
        "Я-1",
        "a@b.c",
        "\u00a0",
        "\u0301",
        "٣",
        "\t",
        None,
    ]
    full, quick = normalised("t", domain, "7", "8"), identifying("t", domain)
    found = duckdb.execute(
        f"select t from (select unnest(?) as t) where ({full} is null) <> ({quick} is null)",
        [texts],
    )
    assert found.fetchall() == []


@pytest.mark.parametrize(
    ("kind", "plain"),
    [("ndjson", True), ("ndjson", False), ("json", True), ("tmf", False)],
)
def test_an_object_that_contradicts_itself_and_one_with_a_nul_are_quarantined(bench, kind, plain):
    status = "$.status" if plain else {"sql": "record->>'$.status'"}
    fed(
        bench,
        "customer",
        {"customer_id": "$.id", "segment": status},
        format=kind,
        files=f"*.{kind}",
        dialect={"resources": ["Customer"]} if kind == "tmf" else {},
    )
    heads = [
        '"id": "1", "status": "a", "status": "b"',
        '"id": "2", "status": "a", "status": "a"',
        '"id": "3", "status": "a", "other": {"x": 1, "x": 2}',
        r'"id": "4", "status": "a\u0000b"',
        r'"id": "5", "status": "C:\\u0000"',
    ]
    records = [f'{{"@type": "Customer", {head}}}' for head in heads]
    text = "\n".join(records) if kind != "json" else f"[{','.join(records)}]"
    bench.deliver(f"c.{kind}", text + "\n")
    bench.load()
    assert bench.rows("select customer_id from raw.customer order by 1") == [("2",), ("3",), ("5",)]
    why = dict(bench.rows("select row_number, reason from quarantine.rows"))
    assert why[1] == "tells 'status' twice in one object, with different values"
    assert why[4].startswith("holds unreadable characters (NUL")


def _told(bench, records: list[str]) -> dict[int, str]:
    """Load records of customers; return why lines were quarantined."""
    fed(bench, "customer", {"customer_id": "$.id"}, format="ndjson", files="*.ndjson")
    bench.deliver("c.ndjson", "\n".join(records) + "\n")
    bench.load()
    return dict(bench.rows("select row_number, reason from quarantine.rows"))


@pytest.mark.parametrize(("first", "found"), [('{"id": "0", "id": "9"}', {1, 4}), ("{}", {1})])
def test_a_file_is_looked_through_as_a_whole_where_its_head_contradicts_itself(
    bench, monkeypatch, first, found
):
    monkeypatch.setattr("ingest.formats.contradictions.HEAD_ROWS", 2)
    records = [first, '{"id": "1"}', '{"id": "2"}', '{"id": "3", "id": "4"}']
    assert set(_told(bench, records)) == found


def test_a_record_of_fifty_thousand_brackets_is_read_in_little_memory(bench):
    deep = 50_000
    record = f'{{"id": "1", "x": {"[" * deep}{"]" * deep}}}'
    assert _told(bench, [record, '{"id": "2", "id": "3"}']).keys() == {2}
    assert bench.rows("select customer_id from raw.customer") == [("1",)]


def test_a_document_that_tells_its_records_twice_is_refused(bench):
    fed(
        bench,
        "customer",
        {"customer_id": "$.id"},
        format="json",
        files="*.json",
        dialect={"records": "$.data.list[*]"},
    )
    bench.deliver("c.json", '{"data": {"list": [{"id": 1}], "list": [{"id": 2}]}}')
    (refused,) = bench.load().refused
    assert "tells 'list', on the way to its records, twice" in refused


@pytest.mark.parametrize("form", [None, "%Y-%m-%dT%H:%M:%S%z"])
def test_an_offset_that_no_clock_on_earth_has_is_no_offset(bench, form):
    since = {"from": "t", **({"format": form} if form else {})}
    fed(bench, "customer", {"customer_id": "id", "customer_since": since})
    offsets = ["+14:00", "-0930", "+25:00", "+02:75", "-1500"]
    lines = [f"{number},2026-02-03T14:05:00{each}" for number, each in enumerate(offsets)]
    bench.deliver("customers.csv", "\n".join(["id,t", *lines]) + "\n")
    bench.load()
    told = bench.rows("select customer_since from raw.customer order by customer_id")
    assert told == [(dt.datetime(2026, 2, 3, 0, 5),), (dt.datetime(2026, 2, 3, 23, 35),)]
    assert bench.rows("select count(*) from quarantine.rows") == [(3,)]


def test_ids_in_full_width_are_named_as_almost_alike(bench, capsys):
    fed(bench, "customer", {"customer_id": "id"})
    path = bench.deliver("customers.csv", "id\nＳ－１０１\nS-101\nｶ2\nカ2\nS–７\nS-7\nS-8\n")
    assert main(["source", "check", str(bench.contracts / "crm.yml"), str(path)]) == 0
    out = capsys.readouterr().out
    assert "customer.customer_id: 3 differ from another only in" in out


def test_a_text_nobody_reads_may_be_in_any_encoding(bench):
    fed(
        bench,
        "customer",
        {"customer_id": "id", "segment": {"sql": "upper(seg)"}},
        files="*.db",
        format="sqlite",
        dialect={"table": "t"},
    )
    with closing(sqlite3.connect(bench.extracts / "c.db")) as file, file:
        file.execute("create table t (id, seg, note)")
        bad = "cast(x'e9' as text)"
        file.execute(f"insert into t values (1, 'a', {bad}), (2, {bad}, ''), ({bad}, 'a', '')")
    bench.load()
    assert bench.rows("select customer_id, segment from raw.customer") == [("1", "A")]
    assert bench.rows("select count(*) from quarantine.rows") == [(2,)]


def test_a_csv_file_without_a_last_line_end_loads_and_is_told(bench, capsys):
    bench.contract(dialect={"ignore_lines": "END.*"})
    bench.deliver("customers_1.csv", "id,segment\n1,gold\n2,go")
    bench.deliver("customers_2.csv", "id,segment\n3,gold\n")
    bench.deliver("customers_3.csv", "id,segment\n4,gold\nEND 1")
    report = bench.load()
    assert report.rows_loaded == 4
    assert [name.rpartition("/")[2].partition(" ")[0] for name in report.torn] == [
        "customers_1.csv"
    ]
    paths = [str(path) for path in sorted(bench.extracts.iterdir())]
    assert main(["source", "check", str(bench.contracts / "crm.yml"), *paths]) == 0
    assert "1 files end without a line end" in capsys.readouterr().out


TOLD = "ticket_id,customer_id,opened_at,closed_at\n"


def test_a_draft_asks_which_of_two_hours_is_meant_where_a_time_stands_twice(bench):
    rows = "T-{0},C-{0},{1} 02:3{0}:00,31.12.9999 00:00:00\n"
    days = ("24.10.2026", "25.10.2026", "26.10.2026")
    lines = [rows.format(number, day) for number, day in enumerate(days)]
    lines.append("T-9,C-9,27.10.2026 10:00:00,28.10.2026 10:00:00\n")
    bench.deliver("tickets_2026-300.csv", TOLD + "".join(lines))
    names = ("tickets_2026-300.csv",)
    open_ = drafted(bench, *names, name="desk", time_zone="Europe/Berlin")
    assert "2026-10-25 02:31:00 stands twice" in asked(open_)["doubled_hour"]
    found = drafted(bench, *names, name="desk", time_zone="Europe/Berlin", doubled_hour="first")
    contract = body(found)
    assert not asked(found) and contract["doubled_hour"] == "first"
    (feed,) = contract["feeds"]
    assert feed["extracted_at"]["format"] == "%Y-%j"
    assert "31.12.9999 00:00:00" in feed["entities"][0]["columns"]["closed_at"]["blanks"]


def test_a_draft_leaves_out_a_view_of_its_tables_and_asks_about_deleted_rows(bench):
    with closing(sqlite3.connect(bench.extracts / "desk.db")) as file, file:
        rows = "(ticket_id, customer_id, opened_at, deleted_at)"
        for year in (2025, 2026):
            file.execute(f"create table tickets_{year} {rows}")
            file.execute(
                f"insert into tickets_{year} "
                f"values ('{year}-1', 'C', '{year}-01-02T03:04:05Z', ''), "
                f"('{year}-2', 'C', '{year}-01-03T03:04:05Z', '{year}-02-01T00:00:00Z')"
            )
        both = "select * from tickets_2025 union all select * from tickets_2026"
        file.execute(f"create view tickets as {both}")
    found = drafted(bench, "desk.db", name="desk")
    assert "view tickets is made of tickets_2025, tickets_2026" in found.text
    places = [place for place in asked(found) if place.endswith(".where")]
    assert len(places) == 2
    contract = body(drafted(bench, "desk.db", name="desk", **dict.fromkeys(places, "drop")))
    assert [each["dialect"]["table"] for each in contract["feeds"]] == [
        "tickets_2025",
        "tickets_2026",
    ]
    assert "deleted_at" in contract["feeds"][0]["entities"][0]["where"]
