"""What an eleventh trial with made-up systems found: records of several lines, XML, counts."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import xlsxwriter

from tests.test_draft import asked, drafted, feed, loaded

ALARM = (
    '<alarm id="{id}"><object>NE-{id}</object><eventTime>2026-11-20T05:00:00Z</eventTime>'
    "{more}</alarm>"
)


def alarms(*ids: str, more: str = "") -> str:
    each = "".join(ALARM.format(id=one, more=more) for one in ids)
    return f'<a:list xmlns:a="urn:x">{each}</a:list>'


def xml_contract(bench, columns: dict | None = None, **more) -> None:
    named = {"alarm_id": '$."@id"', "resource_id": "$.object", "raised_at": "$.eventTime"}
    mapping = {"entity": "alarm", "columns": named | (columns or {}), **more}
    bench.contract(
        files="*.xml",
        format="xml",
        dialect={"records": "$.list.alarm[*]"},
        entities=[mapping],
    )


def ledger(bench) -> list[tuple]:
    return bench.rows(
        "select state, rows_read, rows_loaded, rows_quarantined, coalesce(reason, '') "
        "from ops.file_ledger order by file_name"
    )


# ---------------------------------------------------------------- XML of any grammar


def test_alarms_in_xml_load_one_as_many_and_none_as_none(bench):
    xml_contract(bench)
    bench.deliver("1.xml", alarms("A1", "A2"))
    bench.deliver("2.xml", alarms("A3"))
    bench.deliver("3.xml", alarms())
    bench.deliver("4.xml", alarms("A4", "A5")[:-20])
    report = bench.load()
    assert "not well-formed XML on line 1" in report.refused[0]
    assert [row[:3] for row in ledger(bench)] == [
        ("loaded", 2, 2), ("loaded", 1, 1), ("loaded", 0, 0), ("rejected", 0, 0)
    ]  # fmt: skip
    assert bench.rows("select alarm_id, resource_id from raw.alarm order by 1")[2] == (
        "A3",
        "NE-A3",
    )


def test_a_mistyped_place_of_records_is_no_empty_list(bench):
    xml_contract(bench)
    path = bench.contracts / "crm.yml"
    path.write_text(path.read_text().replace("list.alarm", "list.alert"))
    bench.deliver("1.xml", alarms("A1"))
    assert "holds no record at $.list.alert[*]" in bench.load().refused[0]


def test_a_dtd_is_refused_before_anything_is_expanded(bench):
    xml_contract(bench)
    bench.deliver("1.xml", '<!DOCTYPE list [<!ENTITY a "b">]>' + alarms("A1", more="&a;"))
    assert "holds a DOCTYPE on line 1" in bench.load().refused[0]


def test_an_element_that_the_contract_takes_for_a_list_is_one_also_where_it_stands_once(bench):
    xml_contract(bench, {"probable_cause": "$.cause[0]"})
    bench.deliver("1.xml", alarms("A1", more="<cause>x</cause>"))
    bench.deliver("2.xml", alarms("A2", more="<cause>y</cause><cause>z</cause>"))
    bench.load()
    assert bench.rows("select probable_cause from raw.alarm order by alarm_id") == [("x",), ("y",)]


def test_what_a_contract_takes_for_one_and_stands_several_times_is_not_passed_over(bench):
    xml_contract(bench, {"probable_cause": "$.detail.cause"})
    more = "<detail><cause>x</cause></detail>"
    bench.deliver("1.xml", alarms("A1", more=more))
    bench.deliver("2.xml", alarms("A2", more=more + more))
    assert "holds <detail> several times" in bench.load().refused[0]


def test_a_text_that_is_an_object_or_a_list_is_quarantined(bench):
    """`["x","y"]` was the cause of an alarm."""
    xml_contract(bench, {"probable_cause": "$.cause"})
    bench.deliver("1.xml", alarms("A1", more="<cause>[x]</cause>"))
    bench.deliver("2.xml", alarms("A2", more="<cause>y</cause><cause>z</cause>"))
    bench.load()
    assert bench.rows("select probable_cause from raw.alarm") == [("[x]",)]
    (said,) = bench.rows("select reason from quarantine.rows")
    assert "is an object or a list" in said[0]


def test_a_draft_of_xml_takes_one_alarm_and_none_for_the_feed_of_many(bench):
    more = "<cause>x</cause>"
    bench.deliver("alarms_1.xml", alarms("A1", more=more))
    bench.deliver("alarms_2.xml", alarms("A2", "A3", "A4", more=more + more))
    bench.deliver("alarms_3.xml", alarms())
    found = drafted(bench, "alarms_1.xml", "alarms_2.xml", "alarms_3.xml")
    assert not found.questions
    assert feed(found)["dialect"] == {"records": "$.list.alarm[*]"}
    assert loaded(bench, found).rows_loaded == 4


@pytest.mark.parametrize(
    ("root", "says"), [("html", "is a web page"), ("Workbook", "saved as XML of 2003")]
)
def test_tables_dressed_as_xml_are_named(bench, root, says):
    bench.deliver("x.xls", f"<{root}><t/></{root}>")
    with pytest.raises(Exception, match=says):
        drafted(bench, "x.xls")


# ---------------------------------------------------------------- records of several lines

TRAPS = """\
snmptrapd 5.9
2026-11-20 05:00:00 TRAP from 10.0.0.1
    alarm.id = 1
    text = Link down:
      port = 3
2026-11-20 06:00:00 TRAP from 10.0.0.2
    alarm.id = 2
"""


def trap_contract(bench, text: str, **dialect) -> None:
    written = {"record_begins": r"\d{4}-.* TRAP from .*", "pairs": " = "} | dialect
    bench.contract(
        files="*.log",
        format="multiline",
        dialect=written,
        entities=[
            {
                "entity": "alarm",
                "columns": {
                    "alarm_id": "alarm.id",
                    "resource_id": {"sql": r"regexp_extract(_record, 'from (\S+)', 1)"},
                    "raised_at": {"sql": "left(_record, 19)", "format": "%Y-%m-%d %H:%M:%S"},
                },
            }
        ],
    )
    bench.deliver("traps.log", text)


def faults(bench) -> list[tuple]:
    return bench.rows("select row_number, reason from quarantine.rows order by 1, 2")


def test_a_trap_is_several_lines_and_what_is_none_is_quarantined(bench):
    trap_contract(bench, TRAPS)
    report = bench.load()
    assert (report.rows_read, report.rows_loaded, report.rows_quarantined) == (3, 2, 1)
    assert faults(bench) == [(1, "stands before the first record")]
    assert bench.rows("select alarm_id, resource_id, raised_at from raw.alarm order by 1") == [
        ("1", "10.0.0.1", dt.datetime(2026, 11, 20, 5)),
        ("2", "10.0.0.2", dt.datetime(2026, 11, 20, 6)),
    ]


def test_two_traps_run_together_are_not_one(bench):
    """The line between them is lost: the id of one, the address of the other."""
    trap_contract(bench, TRAPS.replace("2026-11-20 06:00:00 TRAP from 10.0.0.2\n", ""))
    assert bench.load().rows_loaded == 0
    assert "tells 'alarm.id' twice" in faults(bench)[1][1]


def test_a_line_that_is_neither_a_pair_nor_goes_on_is_no_part_of_a_record(bench):
    trap_contract(bench, TRAPS + "\x01garbage\n")
    assert bench.load().rows_loaded == 1
    assert "line 8 is neither a pair nor goes on" in faults(bench)[1][1]


def test_a_record_without_the_line_that_ends_it_is_cut_short(bench):
    text = TRAPS.replace("2026-11-20 06", ";\nnoise\n2026-11-20 06")
    trap_contract(bench, text, record_ends=";")
    assert bench.load().rows_loaded == 1
    assert [reason.split(",")[0] for _, reason in faults(bench)] == [
        "stands before the first record",
        "stands between the end of one record and the next",
        "has no line that ends it",
    ]


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ("id: {}\nne: {}", "{0}\n\n{1}\n\n\n{2}\n"),
        ("ID : {}\r\n  ne:{}", "\r\n{0}\r\n\r\n{1}\r\n \r\n{2}"),
    ],
)
def test_blank_lines_stand_between_records_where_nothing_else_is_said(bench, names, text):
    bench.contract(
        files="*.txt",
        format="multiline",
        dialect={"pairs": ":"},
        entities=[{"entity": "resource", "columns": {"resource_id": "id", "resource_type": "NE"}}],
    )
    bench.deliver("ne.txt", text.format(*(names.format(n, f"bts{n}") for n in range(3))))
    report = bench.load()
    assert (report.rows_loaded, report.rows_quarantined) == (3, 0)
    assert bench.rows("select resource_id, resource_type from raw.resource order by 1")[2] == (
        "2",
        "bts2",
    )


TICKETS = "".join(
    f"Ticket ID : INC{n}\nCustomer  : {n % 7:05}\nOpened at : 2026-10-{n % 28 + 1:02} 10:00:00\n"
    + ("Resolved at : 2026-10-29 10:00:00\n" if n % 2 else "")
    + "Summary : no service since:\n    yesterday: noon\n---------\n"
    for n in range(40)
)


def test_a_draft_knows_stanzas_of_name_and_value(bench):
    bench.deliver("tickets_20261101.txt", TICKETS)
    found = drafted(bench, "tickets_20261101.txt", time_zone="UTC")
    written = feed(found)["dialect"]
    assert (written["pairs"], feed(found)["format"]) == (":", "multiline")
    report = loaded(bench, found)
    assert (report.rows_loaded, report.rows_quarantined) == (40, 0)
    assert bench.rows(
        "select count(distinct ticket_id), count(resolved_at) from raw.trouble_ticket"
    ) == [(40, 20)]


@pytest.mark.parametrize(
    ("ending", "begins"),
    [("", r"\d+-\d+-\d+ \d+:\d+:\d+ TRAP from NE\d+"), (" public", r"\S.*")],
)
def test_a_draft_knows_indented_stanzas_by_the_lines_that_head_them(bench, ending, begins):
    """A head may be of one shape, or of any: every other one says more."""
    traps = "".join(
        f"2026-11-{n + 1:02} 05:00:00 TRAP from NE{n}{ending * (n % 2)}\n"
        f"    alarm.id = {n}\n    severity = major\n    alarm.type = LOS{n % 3}\n"
        for n in range(20)
    )
    bench.deliver("traps_20261130.log", traps)
    written = feed(drafted(bench, "traps_20261130.log"))["dialect"]
    assert written == {"record_begins": begins, "pairs": " = "}


def test_reports_of_free_text_are_asked_for_the_line_that_begins_them(bench):
    bench.deliver("tl1.txt", 'NODE1 26-11-20\n** 1 REPT ALM\n   "S-1:CR"\n;\n' * 5)
    answers = {"tl1__dialect__delimiter": "several lines"}
    assert "tl1.dialect.record_begins" in asked(drafted(bench, "tl1.txt", **answers))
    with pytest.raises(Exception, match=r"has no line that 'NODE' fits as a whole"):
        drafted(bench, "tl1.txt", **answers, tl1__dialect__record_begins="NODE")
    found = drafted(bench, "tl1.txt", **answers, tl1__dialect__record_begins="NODE.*")
    assert "tl1.entity" in asked(found)


# ---------------------------------------------------------------- a file's own account


CALLS = "HDR|1\nA|2026-11-01T00:00:00Z\nB|2026-11-01T00:05:00Z\nTRL|{}|x\n"


@pytest.mark.parametrize(("told", "others"), [("2", 0), ("0004", 2)])
def test_a_file_is_held_to_the_count_of_rows_it_tells(bench, told, others):
    bench.contract(
        files="*.dat",
        dialect={
            "delimiter": "|",
            "columns": ["id", "at"],
            "ignore_lines": r"HDR\|.*|TRL.*",
            "row_count": {"line": r"TRL\|(\d+)\|.*", "others": others},
        },
        entities=[{"entity": "customer", "columns": {"customer_id": "id", "customer_since": "at"}}],
    )
    bench.deliver("1.dat", CALLS.format(told))
    bench.deliver("2.dat", CALLS.format(told).replace("B|2026-11-01T00:05:00Z\n", ""))
    bench.deliver("3.dat", CALLS.split("TRL")[0] + " ")
    report = bench.load()
    assert (report.rows_read, report.rows_loaded, report.rows_dropped) == (4, 2, 2)
    assert any("holds 1 rows and says itself that it holds 2" in each for each in report.refused)
    assert any("has no line 'TRL" in each for each in report.refused)


def test_a_draft_finds_the_count_of_rows_in_a_trailer(bench):
    rows = "".join(f"C{n};private;2026-10-{n + 1:02}\n" for n in range(12))
    bench.deliver("customers.csv", "customer_id;segment;since\n" + rows + "END;12\n")
    assert feed(drafted(bench, "customers.csv"))["dialect"]["row_count"] == {
        "line": r"END[^;]*;\s*(\d+)\s*"
    }


def test_a_document_that_says_it_is_cut_short_is_not_taken_for_whole(bench):
    """ArcGIS gives a thousand features and exceededTransferLimit: what is left out had ended."""
    each = '{{"id": "{}", "startTime": "2026-11-01T00:00:00Z"}}'
    both = f"{each.format('O1')}, {each.format('O2')}".replace("{", "{{").replace("}", "}}")
    outages = f'{{{{"exceededTransferLimit": {{}}, "features": [{both}]}}}}'
    bench.deliver("outages_20261101.json", outages.format("false"))
    bench.deliver("outages_20261102.json", outages.format("true"))
    place = {"outages__dialect__records": "$.features[*]", "outages__entity": "service_problem"}
    place |= {"outages__service_problem__category": "value:outage"}
    place |= {"outages__service_problem__problem_id": "$.id"}
    place |= {"outages__service_problem__fold": "ended"}
    place |= {"outages__service_problem__fold__empty_ends": "true"}
    found = drafted(bench, "outages_20261101.json", "outages_20261102.json", **place)
    assert feed(found)["dialect"]["cut_short"] == "$.exceededTransferLimit"
    report = loaded(bench, found)
    assert report.rows_loaded == 2
    assert "says at $.exceededTransferLimit that it is not whole" in report.refused[0]


# ---------------------------------------------------------------- drafts


CHANGES = "OP,LINE_ID,CUST,STATE,ACT_DATE\n"


def test_files_of_changes_are_no_pictures(bench):
    """Lines that today's changes do not name would have ended."""
    for day in range(1, 4):
        rows = "".join(
            f"{'UID'[n % 3]},L{n:03},C{n},ACTIVE,2026-01-01\n" for n in range(day, day + 20)
        )
        bench.deliver(f"lines_2026110{day}.csv", CHANGES + rows)
    names = [f"lines_2026110{day}.csv" for day in range(1, 4)]
    answers = {"lines__entity": "product", "time_zone": "UTC"}
    found = drafted(bench, *names, **answers)
    assert list(asked(found)) == ["lines.product.where"]
    assert "ended_at" in asked(found)["lines.product.where"]
    found = drafted(bench, *names, **answers, lines__product__where="drop")
    assert (feed(found)["delivery"], "fold" in found.text) == ("delta", False)
    assert loaded(bench, found).rows_dropped == 20


def snapshots(bench, names: list[str], first: str = "LINE_ID,STATE") -> None:
    for number, name in enumerate(names):
        day = f",2026-11-0{number + 1}" if "," in first and first.endswith("DATE") else ""
        rows = "".join(f"L{n:03},ACTIVE{day}\n" for n in range(number, 30))
        bench.deliver(name, f"{first}\n{rows}")


def test_eight_digits_of_a_name_that_are_two_days_are_asked_about(bench):
    """01112026 was no date at all, and of six pictures the last one loaded counted."""
    names = ["lines_01112026.csv", "lines_02112026.csv"]
    snapshots(bench, names)
    assert "%d%m%Y or %m%d%Y" in asked(drafted(bench, *names))["lines.extracted_at.format"]


@pytest.mark.parametrize("day", ["25.11.2026", "25-11-2026", "25_11_2026", "25112026"])
def test_a_day_of_a_name_is_one_with_marks_between_too(bench, day):
    snapshots(bench, [f"lines_{day}.csv"])
    written = feed(drafted(bench, f"lines_{day}.csv"))["extracted_at"]["format"]
    assert written == day.replace("25", "%d").replace("11", "%m").replace("%m26", "26").replace(
        "2026", "%Y"
    )


def test_a_column_with_one_day_in_each_file_may_tell_when_it_was_written(bench):
    names = ["lines_01.csv", "lines_02.csv"]
    snapshots(bench, names, "LINE_ID,STATE,SNAP_DATE")
    said = asked(drafted(bench, *names))["lines.extracted_at.from"]
    assert "SNAP_DATE holds one value in each file" in said
    found = drafted(bench, *names, lines__extracted_at__from="SNAP_DATE")
    assert feed(found)["extracted_at"] == {"from": "SNAP_DATE"}
    assert feed(found)["delivery"] == "snapshot"


def test_pictures_of_which_nothing_tells_the_newer_are_asked_about(bench):
    names = ["lines_01.csv", "lines_02.csv"]
    snapshots(bench, names)
    said = asked(drafted(bench, *names))["lines.extracted_at.from"]
    assert "nothing tells which file is the newer" in said


def test_marks_within_marks_are_asked_about(bench):
    rows = "".join(
        f"MOC|{n}|0612{n:06}|{n * 7}|CELL~{n}|VOL^UP^{n}^DN^{n * 3}\n" for n in range(40)
    )
    bench.deliver("cdr.dat", rows)
    assert "cdr.dialect.delimiter" in asked(drafted(bench, "cdr.dat"))


PAGE = "ACME Telekom;;;Seite {};\nRechnung Nr;Konto;Datum;Netto;Brutto\n"


def test_heads_of_pages_and_sums_between_are_no_bills(bench):
    """The title of a page has as many fields: the draft found no header, and sums were bills."""
    pages = ""
    for page in range(1, 5):
        rows = "".join(
            f"{page}{n:04};{page}00{n % 3};{n + 1:02}.10.2026;1.234,50;1.481,40\n"
            for n in range(20)
        )
        pages += PAGE.format(page) + rows + f"*;{page}00;;24.690,00;\n"
    bench.deliver("bills_20261101.csv", pages)
    found = drafted(bench, "bills_20261101.csv", time_zone="Europe/Berlin")
    assert feed(found)["dialect"]["header_row"] == 2
    report = loaded(bench, found)
    assert (report.rows_loaded, report.rows_quarantined) == (80, 0)
    assert bench.rows("select distinct amount::varchar from raw.customer_bill") == [("1481.4000",)]


def test_a_draft_finds_payloads_that_hubs_have_gathered(bench):
    event = {
        "eventType": "TroubleTicketCreateEvent",
        "event": {"troubleTicket": {"id": "T1", "creationDate": "2026-11-01T00:00:00Z"}},
    }
    told = [{"hub": "a", "notifications": [event]}, {"hub": "b", "notifications": [event]}]
    bench.deliver("hub_20261101.json", json.dumps(told))
    found = drafted(bench, "hub_20261101.json")
    assert feed(found)["dialect"]["records"] == "$[*].notifications[*]"
    assert loaded(bench, found).rows_loaded == 2


def stanzas(bench, text: str | bytes, columns: dict, **dialect) -> object:
    bench.contract(
        files="*.txt",
        format="multiline",
        dialect={"pairs": ":"} | dialect,
        entities=[{"entity": "resource", "columns": columns}],
    )
    bench.deliver("ne.txt", text)
    return bench.load()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_names_of_any_kind_and_spelling_are_columns(bench, encoding):
    text = "Name:\tA: b\r\nvalue: x\r\nrecord_number: 7\r\n\r\nNAME: Bö\r\nValue:\r\n"
    columns = {"resource_id": "name", "resource_type": "value", "vendor": "record_number"}
    stanzas(bench, text.encode(encoding), columns, encoding=encoding.removesuffix("-sig"))
    assert bench.rows("select resource_id, resource_type, vendor from raw.resource order by 1") == [
        ("A: b", "x", "7"),
        ("Bö", None, None),
    ]


def test_a_name_of_ours_is_refused_in_a_line(bench):
    report = stanzas(bench, "id: 1\n_row: 2\n", {"resource_id": "id"})
    assert "tells a name '_row', which we use ourselves" in report.refused[0]


def test_a_value_that_goes_on_is_whole_and_told_marks_in_it_are_no_names(bench):
    text = "id: 1\nnote: first\n  second: third\nvendor: V\n\nid: 2\n"
    columns = {"resource_id": "id", "resource_type": "note", "vendor": "vendor"}
    stanzas(bench, text, columns, continues=r"\s+.*")
    assert bench.rows("select resource_type, vendor from raw.resource order by resource_id") == [
        ("first\nsecond: third", "V"),
        (None, None),
    ]


def test_of_a_text_without_any_record_every_line_is_quarantined(bench):
    report = stanzas(bench, "a\nb\nc\n", {"resource_id": "id"}, record_begins="id:.*")
    assert (report.rows_read, report.rows_quarantined) == (3, 3)


@pytest.mark.parametrize("at", ["customer_since", "language"])
def test_the_header_of_another_table_below_is_no_header_of_this_one(bench, at):
    """Tickets below the customers of one file, with as many fields, were customers."""
    columns = {"customer_id": "id", "segment": "segment", at: "since"}
    bench.contract(entities=[{"entity": "customer", "columns": columns}])
    one = "id,segment,since\n1,a,2026-01-01\n2,b,2026-01-02\n"
    other = "id,state,since\n7,open,2026-01-03\n8,closed,2026-01-04\n"
    bench.deliver("customers.csv", one + other)
    assert "holds another header on line 4" in bench.load().refused[0]


@pytest.mark.parametrize(
    ("begins", "says"),
    [
        (b"Obj\x01", "an Avro file; have it delivered as Parquet"),
        (b"ORC\n", "an ORC file"),
        (b"BZh9", "zip, tar, gz or zst"),
    ],
)
def test_a_file_of_a_kind_that_is_not_read_is_called_by_its_name(bench, begins, says):
    bench.deliver("x.dat", begins + bytes(range(256)))
    with pytest.raises(Exception, match=says):
        drafted(bench, "x.dat")


@pytest.mark.parametrize("ignored", [[], ["$.list.clear"]])
def test_a_list_beside_that_of_the_records_is_told(bench, ignored):
    """Alarms were read and what cleared them was not, without a word."""
    xml_contract(bench)
    path = bench.contracts / "crm.yml"
    path.write_text(path.read_text().replace("format: xml", f"format: xml\n  ignore: {ignored}"))
    clears = '<clear id="A1"/><clear id="A2"/></a:list>'
    bench.deliver("1.xml", alarms("A1", "A2").replace("</a:list>", clears))
    assert bench.load().rows_loaded == 2
    (told,) = bench.rows("select unmapped_columns from ops.file_ledger")
    assert bool(told[0]) is not bool(ignored)
    assert ignored or "list $.list.clear" in str(told)


@pytest.mark.parametrize("cell", ["Cell", "column A"])
def test_a_column_named_in_the_upper_of_two_rows_alone_bears_that_name(bench, cell):
    """A draft did not show it at all; a contract may go on calling it by its letter."""
    path = bench.extracts / "kpi.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(
            [["Cell", "Vendor", "Availability", ""], ["", "", "2G", "4G"], ["C1", "V", 0.5, 0.25]]
        ):
            sheet.write_row(number, 0, row)
    found = drafted(bench, "kpi.xlsx", kpi__dialect__header_row="2")
    assert "Cell" in found.text
    columns = {"resource_id": cell, "vendor": "Vendor", "resource_type": "4G"}
    mapping = {"entity": "resource", "columns": columns}
    bench.contract(files="*.xlsx", format="xlsx", dialect={"header_row": 2}, entities=[mapping])
    bench.load()
    assert bench.rows("select resource_id, vendor, resource_type from raw.resource") == [
        ("C1", "V", "0.25")
    ]


def test_xml_in_two_bytes_a_letter_is_read_as_it_declares(bench):
    text = '<?xml version="1.0" encoding="UTF-16"?>' + alarms("Ä1", "Ä2")
    bench.deliver("alarms_1.xml", text.encode("utf-16"))
    assert loaded(bench, drafted(bench, "alarms_1.xml")).rows_loaded == 2
    assert bench.rows("select min(alarm_id) from raw.alarm") == [("Ä1",)]
