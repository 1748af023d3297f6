"""Numbers, times, zones and names that a source writes in another way than the one expected: read
as they are meant, or quarantined with a reason."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3

import duckdb
import pytest
import xlsxwriter

from cx.cli import main
from cx.errors import UserError
from cx.identifiers import normalised, trunk_of
from ingest.contract import Contract
from ingest.contract_file import ContractError
from ingest.dialect import Dialect
from ingest.draft import draft
from ingest.values import plain_number
from tests.test_workbook import book

BILL = {
    "bill_id": "id",
    "billed_at": {"value": "2026-01-01"},
    "amount": {"sql": "replace(amount, ' DB', '')"},
}
BILLS = "select bill_id, cast(amount as double) from raw.customer_bill order by 1"


def fed(bench, entity: str, columns: dict, **feed: object) -> None:
    more = {key: feed.pop(key) for key in ("explode", "where", "fold") if key in feed}
    bench.contract(entities=[{"entity": entity, "columns": columns, **more}], **feed)


@pytest.mark.parametrize(
    ("decimal", "thousands", "told"),
    [
        (",", ".", {"1.234,5": "1234.5", "1.234": "1234", "19.99": "x", "1.23.456": "x"}),
        (".", ",", {"12,50": "x", "1,23,456": "123456", "1,234.5": "1234.5", "12": "12"}),
        (",", " ", {"1\u202f234,5": "1234.5", "1\u00a0234": "1234", "12 34": "x"}),
        (".", "'", {"1\u2019234.5": "1234.5", "-1'234": "-1234"}),
    ],
)
def test_a_thousands_mark_stands_before_three_digits_or_the_number_is_none(
    decimal, thousands, told
):
    sql = plain_number(Dialect(decimal=decimal, thousands=thousands), "v")
    found = duckdb.execute(f"select v, {sql} from (select unnest(?) as v)", [list(told)])
    assert dict(found.fetchall()) == told
    assert duckdb.execute(f"select {sql} from (select null::varchar as v)").fetchone() == (None,)


def test_a_number_that_sqlite_holds_as_one_is_no_text_of_the_dialect(bench):
    fed(
        bench,
        "customer_bill",
        BILL | {"account_id": "rate"},
        format="sqlite",
        files="**/*.db",
        dialect={"table": "b", "decimal": ",", "thousands": "."},
    )
    with sqlite3.connect(bench.extracts / "b.db") as file:
        file.execute("create table b (id text, amount numeric, rate real)")
        rows = [("1", "1.234,50"), ("2", 1.234), ("3", -19.99), ("4", "5,00 DB"), ("5", "19.99 DB")]
        file.executemany("insert into b values (?, ?, 2.5)", rows)
    bench.load()
    # a plain column beside it keeps its own spelling
    assert bench.rows(BILLS) == [("1", 1234.5), ("2", 1.234), ("3", -19.99), ("4", 5.0)]
    assert bench.rows("select distinct account_id from raw.customer_bill") == [("2.5",)]


@pytest.mark.parametrize(("encoding", "loaded"), [("utf-8", 1), ("latin-1", 2)])
def test_a_text_of_sqlite_in_another_encoding_is_read_by_the_one_declared(bench, encoding, loaded):
    dialect = {"table": "c", "encoding": encoding}
    columns = {"customer_id": "id", "segment": "kind"}
    fed(bench, "customer", columns, format="sqlite", files="**/*.db", dialect=dialect)
    with sqlite3.connect(bench.extracts / "c.db") as file:
        file.execute(
            "create table c as select '1' as id, cast(x'476573636865e466742e' as text) as kind"
        )
        file.execute("insert into c values ('2', 'Gr\u00f6\u00dfe')")
    report = bench.load()
    assert (report.rows_loaded, report.rows_quarantined) == (loaded, 2 - loaded)
    told = dict(bench.rows("select customer_id, segment from raw.customer"))
    assert told == {"1": "Gesche\u00e4ft.", "2": "Gr\u00f6\u00dfe"} or (loaded, len(told)) == (1, 1)


def test_a_number_cell_among_texts_is_no_text_of_the_dialect(bench):
    fed(
        bench,
        "customer_bill",
        BILL | {"amount": "amount"},
        format="xlsx",
        files="**/*.xlsx",
        dialect={"decimal": ",", "thousands": "."},
    )
    rows = [["id", "amount"], ["1", "1.234,50"], ["2", 1234.5], ["3", 1.234], ["4", 12]]
    book(bench.extracts / "x.xlsx", {"S": rows})
    bench.load()
    assert bench.rows(BILLS) == [("1", 1234.5), ("2", 1234.5), ("3", 1.234), ("4", 12.0)]


def test_a_number_of_json_among_texts_is_no_text_of_the_dialect(bench):
    dialect = {"decimal": ",", "thousands": "."}
    columns = BILL | {"bill_id": "$.id", "amount": "$.amount"}
    fed(bench, "customer_bill", columns, format="json", files="*.json", dialect=dialect)
    told = [{"id": 1, "amount": "1.234,5"}, {"id": 2, "amount": 1.234}, {"id": 3, "amount": 12}]
    bench.deliver("b.json", json.dumps(told))
    bench.load()
    assert bench.rows(BILLS) == [("1", 1234.5), ("2", 1.234), ("3", 12.0)]


def test_an_escape_mark_makes_a_letter_of_what_stands_behind_it(bench):
    columns = {"customer_id": "id", "segment": "kind", "language": "lang"}
    fed(bench, "customer", columns, dialect={"delimiter": "|", "escape": "\\"})
    text = 'id|kind|lang\n1|a\\|b|x\n2|c:\\\\|y\n3|"say \\"hi\\" | now"|z\n4|torn\\|w\n'
    bench.deliver("customers.csv", text)
    bench.load()
    assert bench.rows("select segment, language from raw.customer order by customer_id") == [
        ("a|b", "x"), ("c:\\", "y"), ('say "hi" | now', "z")
    ]  # fmt: skip
    found = drafted(bench, "customers.csv", customers__entity="customer")
    assert 'escape: "\\\\"' in found.text


def test_short_names_of_zones_mean_what_the_contract_says_and_nothing_else(bench):
    columns = {"ticket_id": "id", "opened_at": "told"}
    dialect = {"timestamp_format": ["%d.%m.%Y %H:%M %Z", "%d.%m.%Y %H:%M"]}
    told = {"zones": {"BST": "+01:00", "GMT": "+00:00"}, "time_zone": "Europe/London"}
    fed(bench, "trouble_ticket", columns, dialect=dialect, **told)
    lines = ["25.10.2026 01:30 BST", "25.10.2026 01:30 GMT", "25.10.2026 01:30 IST"]
    lines += ["01.07.2026 12:00", "01.07.2026 12:00 BST"]
    text = "".join(f"{number},{line}\n" for number, line in enumerate(lines))
    bench.deliver("customers.csv", "id,told\n" + text)
    bench.load()
    assert bench.rows(
        "select ticket_id, strftime(opened_at, '%m-%d %H:%M') from raw.trouble_ticket order by 1"
    ) == [("0", "10-25 00:30"), ("1", "10-25 01:30"), ("3", "07-01 11:00"), ("4", "07-01 11:00")]
    fed(bench, "trouble_ticket", columns, dialect=dialect)
    with pytest.raises(ContractError, match="zones: "):
        bench.load()


def test_things_under_their_own_names_are_rows_with_the_name_as_a_value(bench):
    columns = {
        "resource_id": "$key[0]",
        "related_resource_id": "$key",
        "redundancy_group": "$item.g",
    }
    fed(
        bench,
        "resource_relationship",
        columns,
        explode="$.nodes.*.*",
        format="json",
        files="**/*.json",
    )
    nodes = {"A": {"x.1": {"g": "1"}, 'y"2': {"g": "2"}}, "B": {}, "C": [], "D": [{"g": "3"}]}
    bench.deliver("n.json", json.dumps({"nodes": {**nodes, "E": {"z": 5}}}))
    bench.load()
    assert bench.rows(
        "select resource_id, related_resource_id, redundancy_group "
        "from raw.resource_relationship order by 1, 2"
    ) == [("A", "x.1", "1"), ("A", 'y"2', "2"), ("D", "0", "3"), ("E", "z", None)]
    with pytest.raises(ContractError, match="it is the list's path"):
        fed(bench, "customer", {"customer_id": "$.a"}, explode="items", format="json")
        bench.load()


FOLDED = {
    "format": "ndjson",
    "files": "**/*.json",
    "delivery": "snapshot",
    "fold": {"starts": "started_at", "ends": "restored_at"},
}


def test_a_folded_file_is_one_picture_of_a_moment_that_stands_once(bench):
    at = {"from": "$.ts", "format": "epoch"}
    fed(bench, "service_problem", {"problem_id": "$.id"}, extracted_at=at, **FOLDED)
    first, second = ({"id": "A", "ts": 1_767_225_600_000 + late} for late in (0, 600_000))
    bench.deliver("a.json", json.dumps(first))
    bench.deliver("b.json", json.dumps(first) + "\n" + json.dumps(second))
    assert "holds 2 moments" in bench.load().refused[0]
    # thirteen digits are milliseconds
    assert bench.rows("select started_at from raw.service_problem") == [(dt.datetime(2026, 1, 1),)]
    named = {"extracted_at": {"file_name": r"_(\d{12})", "format": "%Y%m%d%H%M"}}
    for hour, refused in ((None, 1), ("second", 0)):
        told = {"time_zone": "Europe/Berlin"} | ({"doubled_hour": hour} if hour else {})
        fed(bench, "service_problem", {"problem_id": "$.id"}, **FOLDED, **named, **told)
        (bench.extracts / "b.json").unlink(missing_ok=True)
        (bench.extracts / "a.json").unlink(missing_ok=True)
        bench.deliver("c_202610250230.json", json.dumps({"id": "C"}))
        assert len(bench.load().refused) == refused
    assert bench.rows("select max(started_at) from raw.service_problem") == [
        (dt.datetime(2026, 10, 25, 1, 30),)
    ]


def test_what_an_expression_leaves_blank_is_unknown_and_its_edges_are_cut(bench):
    columns = {
        "alarm_id": {"sql": "substr(line, 1, 2)"},
        "raised_at": {"sql": "substr(line, 3, 9)", "format": "%d/%m/%y"},
        "cleared_at": {"sql": "substr(line, 12)", "format": "%d/%m/%y"},
    }
    dialect = {"delimiter": "|", "columns": ["line"]}
    fed(bench, "alarm", columns, dialect=dialect)
    lines = "A1 10/01/26 11/01/26\nA2 10/01/26      \n   10/01/26 11/01/26\n"
    bench.deliver("customers.csv", lines)
    assert bench.load().rows_quarantined == 1
    assert bench.rows("select alarm_id, day(raised_at), day(cleared_at) from raw.alarm") == [
        ("A1", 10, 11),
        ("A2", 10, None),
    ]


def test_a_fraction_of_a_unix_time_is_read_to_the_microsecond(bench):
    columns = {"ticket_id": "id", "opened_at": {"from": "told", "epoch": "s"}}
    fed(bench, "trouble_ticket", columns)
    bench.deliver("customers.csv", "id,told\n1,1767225600.1234567\n2,1767225600\n3,1767225600.\n")
    bench.load()
    assert bench.rows("select epoch_us(opened_at) from raw.trouble_ticket order by 1") == [
        (1767225600000000,),
        (1767225600123456,),
    ]


@pytest.mark.parametrize(
    ("code", "spellings", "one"),
    [
        ("48", ["48504123456", "0504123456", "504 123 456"], "+48504123456"),
        ("36", ["06 30 100 8019", "+36 30 100 8019", "301008019"], "+36301008019"),
        ("7", ["8 843 292-12-34", "843 292 12 34", "78432921234"], "+78432921234"),
        ("39", ["06 1234567", "+39 06 1234567"], "+39061234567"),
        ("44", ["0800 1111", "+44 800 1111"], "+448001111"),
    ],
)
def test_national_numbers_are_completed_as_their_country_writes_them(code, spellings, one):
    brought = normalised("x", "phone", code, trunk_of(code))
    found = duckdb.execute(f"select distinct {brought} from (select unnest(?) as x)", [spellings])
    assert found.fetchall() == [(one,)]
    told = {"source_system": "s", "title": "s", "country_code": code, "feeds": [FEED]}
    assert Contract.model_validate(told).trunk_prefix == trunk_of(code)


FEED = {
    "feed": "f",
    "files": "x.csv",
    "format": "csv",
    "entities": [{"entity": "customer", "columns": {"customer_id": "id"}}],
}


def test_a_check_tells_what_came_of_nothing_and_times_of_another_age(bench, capsys):
    columns = {
        "customer_id": "id",
        "segment": "kind",
        "customer_since": {"from": "t", "epoch": "s"},
    }
    other = {"entity": "service", "explode": "string_split(none, ';')", "columns": {}}
    other["columns"] = {"service_id": {"sql": "item"}}
    bench.contract(entities=[{"entity": "customer", "columns": columns}, other])
    text = "id,kind,t,none\n1,,64060588800,\n1,,64060588801,\n2,,,\n2,,,\n"
    text += "a-7,,,\nA-007,,,\nA-70,,,\n２,,,\n"
    bench.deliver("customers.csv", text)
    # a file a year, each counting from 1
    bench.deliver("customers_2.csv", "id,kind,t,none\nA-70,,64060588800,\na-7,,,\n")
    arguments = [str(bench.contracts / "crm.yml"), str(bench.extracts)]
    main(["--home", str(bench.settings.home), "source", "check", *arguments])
    said = capsys.readouterr().out
    assert "nothing came of customer.segment: blank in every row" in said
    assert "nothing came of service: no row at all" in said
    assert "look at customer.customer_id: 2 differ from another only in capitals" in said
    assert "look at the key of customer: 1 stand more than once in one file" in said
    assert "look at the key of customer: 1 are told by several tables or files" in said
    assert "look at customer.customer_since, from 4000-" in said


def drafted(bench, *names: str, **answers: str):
    files = [bench.extracts / each for each in names]
    given = {place.replace("__", "."): value for place, value in answers.items()}
    return draft(files, name="s", settings=bench.settings, answers=given, folder=bench.contracts)


def test_a_draft_of_parts_bears_a_header_within_foreign_lines_and_a_damaged_part(bench):
    body = "".join(f"2026-01-01 00:{n:02},C{n},{n}\n" for n in range(30))
    head = "measured_from,cell,drops\n"
    bench.deliver("pm_1of3.csv", head + body + head + body)
    bench.deliver("pm_2of3.csv", head + body + "".join(f"x;{n};1\n" for n in range(9)) + body)
    bench.deliver("pm_3of3.csv.gz", b"\x1f\x8b\x08\0cut")
    found = drafted(bench, "pm_1of3.csv", "pm_2of3.csv", "pm_3of3.csv.gz")
    assert 'files: "**/pm_*.csv"' in found.text and len(found.feeds) == 1
    assert "columns: [measured_from, cell, drops], ignore_lines: " in found.text
    assert "pm_3of3.csv.gz is damaged" in found.left_out[0]
    with pytest.raises(UserError, match="damaged"):
        drafted(bench, "pm_3of3.csv.gz")


def test_a_draft_sees_json_of_two_bytes_things_under_names_and_a_clock_of_twelve_hours(bench):
    names = [f"out_2026-11-01_{hour}_EST.json" for hour in ("01-30_AM", "02-00_PM", "02-30_PM")]
    for number, name in enumerate(names):
        seen = {f"GL-{each}": {"type": "OUT", "cause": "power"} for each in range(number, 6)}
        told = json.dumps({"count": 1, "regions": {"North": seen, "South": {}}})
        bench.deliver(name, told.encode("utf-16"))
    key = {"out__entity": "service_problem", "out__service_problem__problem_id": "$key"}
    key["out__service_problem__fold__empty_ends"] = "false"
    key["out__service_problem__category"] = "value:outage"
    found = drafted(bench, *names, **key, zones__EST="-05:00", time_zone="America/Detroit")
    assert not found.questions and 'explode: "$.regions.*.*"' in found.text
    assert 'format: "%Y-%m-%d_%I-%M_%p_%Z"' in found.text
    (bench.contracts / "s.yml").write_text(found.text, encoding="utf-8")
    bench.load()
    assert bench.rows(
        "select distinct strftime(restored_at, '%d %H:%M') from raw.service_problem "
        "where restored_at is not null order by 1"
    ) == [("01 19:00",), ("01 19:30",)]


@pytest.mark.parametrize("question", ["Would you recommend us, 0-10?", "Would you\nrecommend us?"])
def test_a_draft_leaves_out_what_qualtrics_has_below_the_names(bench, question):
    answers = "".join(f"2026-10-{n:02} 08:00:00,R_{n}x,C{n},{n % 11}\n" for n in range(1, 21))
    origins = ",".join(
        f'"{{""ImportId"":""{each}""}}"' for each in ("startDate", "id", "c", "QID1")
    )
    asked = f'Start Date,Response ID,Customer,"{question}"\n'
    bench.deliver("survey.csv", f"StartDate,ResponseId,customer_id,Q1\n{asked}{origins}\n{answers}")
    given = {"entity": "survey_response", "survey_id": "ResponseId", "invited_at": "StartDate"}
    given |= {"survey_type": "value:nps_relational", "score": "Q1"}
    places = {"survey__entity": given.pop("entity"), "time_zone": "UTC"}
    places |= {f"survey__survey_response__{column}": said for column, said in given.items()}
    found = drafted(bench, "survey.csv", **places)
    assert not found.questions
    (bench.contracts / "s.yml").write_text(found.text, encoding="utf-8")
    report = bench.load()
    # a question over two lines is no one line to ignore: it is quarantined, and the draft says so
    torn = question.count("\n")
    assert (report.rows_loaded, report.rows_quarantined) == (20, torn)
    assert ("a question spans lines" in found.text) == bool(torn)
    assert bench.rows("select sum(score) from raw.survey_response") == [(100,)]


@pytest.mark.parametrize("again", ["id,segment", "segment,id"])
def test_a_header_among_rows_of_texts_is_no_row_and_in_another_order_refuses_the_file(bench, again):
    fed(bench, "customer", {"customer_id": "id", "segment": "segment"})
    bench.deliver("customers.csv", f"id,segment\n1,a\n{again}\n2,b\n")
    report = bench.load()
    if again == "id,segment":
        assert (report.rows_loaded, report.rows_quarantined) == (2, 1)
    else:
        assert "its header again on line 3, in another order" in report.refused[0]


def test_a_padded_number_is_what_the_sheet_shows_and_an_error_is_no_key(bench):
    fed(bench, "customer", {"customer_id": "id", "segment": "kind"}, format="xlsx", files="*.xlsx")
    with xlsxwriter.Workbook(bench.extracts / "x.xlsx") as out:
        sheet, padded = out.add_worksheet(), out.add_format({"num_format": "000000"})
        rows = [["id", "kind"], [811, "a"], ["000812", "b"], [1234567, "c"], ["id", "kind"]]
        for row, (first, second) in enumerate(rows):
            sheet.write(row, 0, first, padded)
            sheet.write(row, 1, second)
        sheet.write_formula(5, 0, "=NA()", None, "#N/A")
        sheet.write(5, 1, "d")
    assert bench.load().rows_quarantined == 2
    assert bench.rows("select customer_id from raw.customer order by 1") == [
        ("000811",), ("000812",), ("1234567",)
    ]  # fmt: skip


@pytest.mark.parametrize("values", [(0, 0), (0, 4)])
def test_formulas_nobody_has_calculated_are_no_noughts(bench, values):
    columns = {"ticket_id": "id", "opened_at": {"value": "2026-01-01"}, "reason": "sum"}
    fed(bench, "trouble_ticket", columns, format="xlsx", files="*.xlsx")
    with xlsxwriter.Workbook(bench.extracts / "x.xlsx") as out:
        sheet = out.add_worksheet()
        sheet.write_row(0, 0, ["id", "sum"])
        for row, value in enumerate(values, start=1):
            sheet.write(row, 0, f"T{row}")
            sheet.write_formula(row, 1, "=1+1", None, value)
    # a library leaves noughts; where one formula has a value, the noughts of others are meant
    assert bench.load().rows_quarantined == (0 if any(values) else 2)


def test_half_a_clock_is_no_format(bench):
    for form in ("%d.%m.%Y %I:%M", "%d.%m.%Y %H:%M %p"):
        fed(
            bench, "trouble_ticket", {"ticket_id": "id", "opened_at": {"from": "t", "format": form}}
        )
        with pytest.raises(ContractError, match="a clock of twelve hours"):
            bench.load()
