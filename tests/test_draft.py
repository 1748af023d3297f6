"""A draft says what the samples prove and asks the rest; answered, it loads them."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
import zipfile

import pytest
import xlsxwriter
import yaml

from cx.cli import main
from cx.errors import UserError
from ingest import load
from ingest.contract import Contract
from ingest.contract_file import ContractError, load_contract, load_contracts
from ingest.draft import draft
from ingest.draft.encoding import encoding_of
from ingest.draft.moments import moments
from ingest.draft.words import check_words

CONTACTS = (
    "Nr;Kunde;Rufnummer;Weg;Anlass;Beginn;Ende;Dauer\n"
    "K-1;4711;0151 2345678;TEL;STOERUNG;31.08.2026 09:12;31.08.2026 09:20;480\n"
    "K-2;4712;+49 151 2345679;CHAT;RECHNUNG;31.08.2026 10:02;31.08.2026 10:09;\n"
    "K-3;4711;01512345678;TEL;STOERUNG;31.08.2026 17:45;31.08.2026 17:58;780\n"
    "K-4;4713;;APP;INFO;31.13.2026 18:00;;\n"
)
TICKETS = "ticket_id,customer_id,opened,status\n"


def drafted(bench, *names, name=None, **answers):
    """Draft from delivered files; places are written with __ for their dots."""
    given = {place.replace("__", "."): value for place, value in answers.items()}
    files = [bench.extracts / each for each in names]
    return draft(files, name=name, settings=bench.settings, answers=given, folder=bench.contracts)


def asked(found) -> dict[str, str]:
    return {question.place: question.text for question in found.questions}


def body(found) -> dict:
    return yaml.safe_load(found.text)


def feed(found) -> dict:
    return body(found)["feeds"][0]


def columns(found) -> dict:
    return feed(found)["entities"][0]["columns"]


def loaded(bench, found):
    """Load the delivered samples by the draft."""
    assert not found.questions, asked(found)
    path = bench.contracts / f"{found.name}.yml"
    path.write_text(found.text, encoding="utf-8")
    # alone: shipped contracts claim some of the real extracts, too
    contracts = {found.name: load_contract(path)}
    return load.load_folder(bench.extracts, bench.settings, contracts=contracts)


def cx(bench, *arguments: str) -> int:
    return main(
        ["--home", str(bench.settings.home), "--contracts", str(bench.contracts), *arguments]
    )


# ---------------------------------------------------------------- the worked example


def test_the_worked_example_asks_for_zone_and_dialling_code_only_and_then_loads(bench):
    bench.deliver("contacts_20260901.csv", CONTACTS)
    found = drafted(bench, "contacts_20260901.csv", name="contact_centre")
    assert list(asked(found)) == ["time_zone", "country_code"]
    found = drafted(
        bench, "contacts_20260901.csv", time_zone="Europe/Berlin", country_code="49"
    )  # fmt: skip
    report = loaded(bench, found)
    assert (report.rows_read, report.rows_loaded, report.rows_quarantined) == (4, 3, 1)
    assert bench.rows(
        "select interaction_id, customer_id, channel, reason, talk_seconds, started_at::varchar "
        "from raw.interaction order by 1"
    ) == [
        ("K-1", "4711", "phone", "fault", 480, "2026-08-31 07:12:00"),
        ("K-2", "4712", "chat", "billing", None, "2026-08-31 08:02:00"),
        ("K-3", "4711", "phone", "fault", 780, "2026-08-31 15:45:00"),
    ]
    numbers = bench.rows("select contact_number from raw.interaction order by interaction_id")
    assert numbers[0] == numbers[2] != numbers[1]
    assert bench.rows("select extracted_at::varchar from ops.file_ledger") == [
        ("2026-08-31 22:00:00",)
    ]


def test_a_draft_with_questions_is_refused_by_the_loader_naming_the_place(bench):
    bench.deliver("contacts_20260901.csv", CONTACTS)
    found = drafted(bench, "contacts_20260901.csv")
    (bench.contracts / "contacts.yml").write_text(found.text, encoding="utf-8")
    with pytest.raises(ContractError, match=r"contacts\.yml: time_zone is still a question: in wh"):
        load_contracts(bench.settings)


def test_the_loader_names_a_question_deep_in_a_contract_by_feed_and_entity(bench):
    bench.contract(
        entities=[
            {
                "entity": "customer",
                "columns": {"customer_id": {"from": "id", "map": {"A": "ASK: ?"}}},
            }
        ]
    )
    with pytest.raises(ContractError, match=r"customers\.customer\.customer_id\.map\.A is still"):
        load_contract(bench.contracts / "crm.yml")


def test_no_value_of_a_person_stands_in_a_draft(bench):
    bench.deliver(
        "customers.csv",
        "customer_id,Nachname,email,phone,segment\n"
        "1,Wunderlich,anna@example.org,+49 151 777888,B2C\n"
        "2,Zimmermann,otto@example.org,+49 151 777999,B2C\n",
    )
    found = drafted(bench, "customers.csv", customers__entity="customer")
    said = found.text + " ".join(asked(found).values())
    for value in ("Wunderlich", "Zimmermann", "anna@", "otto@", "777888", "777999"):
        assert value not in said
    assert "Nachname: names a person (name); kept out" in said
    assert set(columns(found)) == {"customer_id", "segment"}


def test_a_column_that_holds_numbers_or_mail_addresses_of_persons_feeds_no_plain_column(bench):
    bench.deliver(
        "tickets.csv",
        "ticket_id,opened,channel,reason,bearb\n"
        + "".join(
            f"T{n},2026-09-01T10:00:00Z,+49 151 55{n:04},p{n}@example.org,{name}\n"
            for n, name in enumerate(["Annegret", "Ottokar", "Evelina"] * 5)
        ),
    )
    found = drafted(bench, "tickets.csv")
    assert set(columns(found)) == {"ticket_id", "opened_at"}
    for value in ("+49", "@example", "Annegret", "Ottokar"):
        assert value not in found.text


# ---------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (["01/02/2026", "03/04/2026"], "01/02/2026 fits both"),
        (["01-02-2026 10:00", "03-04-2026 11:00"], "fits both"),
        (["13/02/2026", "04/13/2026"], "by turns"),
        (["24/11/26", "25/11/26"], r"%y/%m/%d"),
    ],
)
def test_an_order_of_day_and_month_that_is_not_proven_is_asked(bench, values, says):
    rows = "".join(f"T{n},C{n},{value},open\n" for n, value in enumerate(values))
    bench.deliver("tickets.csv", TICKETS + rows)
    found = drafted(bench, "tickets.csv")
    place = "tickets.trouble_ticket.opened_at.format"
    assert re.search(says, asked(found)[place])
    assert columns(found)["opened_at"]["format"].startswith("ASK: ")


def test_an_answered_order_loads_the_dates_as_answered(bench):
    bench.deliver("tickets.csv", TICKETS + "T1,C1,01/02/2026,open\nT2,C1,03/04/2026,open\n")
    answers = {"tickets__trouble_ticket__opened_at__format": "%m/%d/%Y", "time_zone": "UTC"}
    loaded(bench, drafted(bench, "tickets.csv", **answers))
    assert bench.rows("select opened_at::date::varchar from raw.trouble_ticket order by 1") == [
        ("2026-01-02",),
        ("2026-03-04",),
    ]


@pytest.mark.parametrize(
    ("value", "format_"),
    [
        ("13/02/2026", "%d/%m/%Y"),
        ("02/13/2026", "%m/%d/%Y"),
        ("01.02.2026", "%d.%m.%Y"),
        ("24-Nov-2026 10:15", "%d-%b-%Y %H:%M"),
        ("November 24, 2026", "%B %d, %Y"),
        ("20261124101500", "%Y%m%d%H%M%S"),
        ("2026/11/24 10:15:30", "%Y/%m/%d %H:%M:%S"),
        ("02/13/2026 3:04:05 PM", "%m/%d/%Y %I:%M:%S %p"),
        ("13.02.2026 10:15:30.123 +03:00", "%d.%m.%Y %H:%M:%S.%f %z"),
        ("13-FEB-26 10.15.30.123456000 AM", "%d-%b-%y %I.%M.%S.%n %p"),
    ],
)
def test_a_format_that_the_values_prove_is_written(value, format_):
    found = moments({value: 1, value.replace("26", "25"): 1})
    assert (found.formats, found.rivals) == ((format_,), ())


def test_one_day_above_twelve_decides_and_a_month_that_does_not_exist_contradicts_nothing():
    found = moments({"01/02/2026": 3, "31/08/2026": 1, "31/13/2026": 1})
    assert (found.formats, found.rivals, found.unfit) == (("%d/%m/%Y",), (), 1)


def test_months_that_only_the_other_order_explains_are_mixed():
    june = {f"{day:02}-06-2026": 2 for day in range(13, 31)}
    assert not moments(june | {f"{day:02}-06-2026": 2 for day in range(1, 13)}).is_mixed
    assert moments(june | {f"06-{day:02}-2026": 2 for day in range(1, 13)}).is_mixed


def test_iso_times_with_offsets_need_no_zone_and_no_format(bench):
    bench.deliver("tickets.csv", TICKETS + "T1,C1,2026-09-01T10:00:00+02:00,open\n")
    found = drafted(bench, "tickets.csv")
    assert asked(found) == {}
    assert columns(found)["opened_at"] == "opened"
    assert "time_zone" not in body(found)


@pytest.mark.parametrize(
    ("value", "unit"), [("1788220800", "s"), ("1788220800123", "ms"), ("1788220800123456", "us")]
)
def test_numbers_since_1970_are_told_by_their_range(bench, value, unit):
    bench.deliver("tickets.csv", TICKETS + f"T1,C1,{value},open\n")
    found = drafted(bench, "tickets.csv")
    assert columns(found)["opened_at"] == {"from": "opened", "epoch": unit}
    assert loaded(bench, found).rows_loaded == 1
    assert bench.rows("select opened_at::date::varchar from raw.trouble_ticket") == [
        ("2026-09-01",)
    ]


def test_excel_serials_are_asked_and_load_when_answered(bench):
    bench.deliver("tickets.csv", TICKETS + "T1,C1,46266,open\nT2,C1,46267.5,open\n")
    place = "tickets.trouble_ticket.opened_at.days_since"
    assert "1899-12-30" in asked(drafted(bench, "tickets.csv"))[place]
    answers = {place.replace(".", "__"): "1899-12-30", "time_zone": "UTC"}
    loaded(bench, drafted(bench, "tickets.csv", **answers))
    assert bench.rows("select opened_at::varchar from raw.trouble_ticket order by 1") == [
        ("2026-09-01 00:00:00",),
        ("2026-09-02 12:00:00",),
    ]


def test_a_date_and_its_time_of_day_become_one_moment(bench):
    bench.deliver(
        "tickets.csv", "ticket_id,open_date,open_time\nT1,31.08.2026,09:12\nT2,30.08.2026,10:00\n"
    )
    found = drafted(bench, "tickets.csv", time_zone="UTC")
    assert columns(found)["opened_at"]["format"] == "%d.%m.%Y %H:%M"
    loaded(bench, found)
    assert bench.rows("select max(opened_at)::varchar from raw.trouble_ticket") == [
        ("2026-08-31 09:12:00",)
    ]


# ---------------------------------------------------------------- keys and entities


def test_a_key_that_is_not_unique_is_asked_with_what_was_tried(bench):
    bench.deliver(
        "tickets.csv",
        TICKETS + "T1,C1,2026-09-01T10:00:00Z,open\nT1,C2,2026-09-02T10:00:00Z,closed\n",
    )
    found = drafted(bench, "tickets.csv")
    question = asked(found)["tickets.trouble_ticket.ticket_id"]
    assert "ticket_id (1 repeated)" in question
    assert "opened (0 repeated)" in question
    found = drafted(bench, "tickets.csv", tickets__trouble_ticket__ticket_id="ticket_id")
    assert asked(found) == {}


def test_rows_delivered_twice_do_not_make_a_key_doubtful(bench):
    row = "T1,C1,2026-09-01T10:00:00Z,open\n"
    bench.deliver("tickets.csv", TICKETS + row + row)
    assert asked(drafted(bench, "tickets.csv")) == {}


def test_a_pair_of_columns_that_is_a_key_is_proposed_and_loads(bench):
    bench.deliver(
        "tickets.csv",
        "ticket_id,step,opened\n1,1,2026-09-01T10:00:00Z\n1,2,2026-09-01T10:00:00Z\n"
        "2,1,2026-09-01T10:00:00Z\n",
    )
    question = asked(drafted(bench, "tickets.csv"))["tickets.trouble_ticket.ticket_id"]
    proposed = re.search(
        r"sql:(\"step\" \|\| '/' \|\| \"ticket_id\"|\S+ \|\| '/' \|\| \S+)", question
    )
    answer = proposed[0].rstrip(",")
    loaded(bench, drafted(bench, "tickets.csv", tickets__trouble_ticket__ticket_id=answer))
    assert bench.rows("select count(distinct ticket_id) from raw.trouble_ticket") == [(3,)]


def test_two_entities_that_fit_alike_are_asked_and_an_answer_decides(bench):
    bench.deliver("rows.csv", "id,kunde,tarif\n1,K1,A\n2,K2,B\n")
    found = drafted(bench, "rows.csv")
    assert "about as well" in asked(found)["rows.entity"]
    assert columns(found) == {}
    found = drafted(bench, "rows.csv", rows__entity="product")
    assert columns(found)["offering_id"] == "tarif"


def test_a_required_column_that_nothing_serves_is_asked(bench):
    bench.deliver("alarms.csv", "alarm_id,ne,severity\nA1,BTS1,critical\nA2,BTS2,major\n")
    found = drafted(bench, "alarms.csv")
    assert "it is required" in asked(found)["alarms.alarm.raised_at"]
    found = drafted(bench, "alarms.csv", alarms__alarm__raised_at="value:2026-01-01")
    assert columns(found)["raised_at"] == {"value": "2026-01-01"}
    assert loaded(bench, found).rows_loaded == 2


def test_a_code_outside_a_closed_vocabulary_is_asked(bench):
    bench.deliver(
        "ports.csv",
        "port_id,direction,requested_at\nP1,OUT,2026-09-01T10:00:00Z\nP2,QQ,2026-09-01T10:00:00Z\n",
    )
    found = drafted(bench, "ports.csv", ports__entity="number_port")
    assert list(asked(found)) == ["ports.number_port.direction.map.QQ"]
    answers = {"ports__entity": "number_port", "ports__number_port__direction__map__QQ": "in"}
    loaded(bench, drafted(bench, "ports.csv", **answers))
    assert bench.rows("select direction from raw.number_port order by port_id") == [
        ("out",),
        ("in",),
    ]
    answers["ports__number_port__direction__map__QQ"] = "sideways"
    with pytest.raises(UserError, match="sideways"):
        drafted(bench, "ports.csv", **answers)


def test_cyrillic_headers_and_codes_are_understood(bench):
    bench.deliver(
        "абоненты_20260901.csv",
        "Клиент;Сегмент;Дата создания\nК1;Физ;01.02.2026\nК2;Юр;13.02.2026\n".encode("cp1251"),
    )
    found = drafted(
        bench, "абоненты_20260901.csv", name="crm", abonenty__entity="customer", time_zone="UTC"
    )
    assert feed(found)["dialect"]["encoding"] == "cp1251"
    loaded(bench, found)
    assert bench.rows("select customer_id, segment from raw.customer order by 1") == [
        ("К1", "consumer"),
        ("К2", "business"),
    ]


# ---------------------------------------------------------------- how a text is written


@pytest.mark.parametrize(
    ("delimiter", "written"),
    [
        (";", ";"),
        ("\t", "\t"),
        ("|", "|"),
        ("^", "^"),
        ("~", "~"),
        ("\x01", "\x01"),
        ("\x1f", "\x1f"),
        ("||", "||"),
        ("|~|", "|~|"),
        (";;", ";;"),
        ("   ", "spaces"),
    ],
)
def test_the_delimiter_is_told_by_the_lines_not_by_the_suffix(bench, delimiter, written):
    lines = ["ticket_id,customer_id,opened", *(f"T{n},C{n},2026-09-0{n}" for n in range(1, 6))]
    text = "\n".join(line.replace(",", delimiter) for line in lines) + "\n"
    bench.deliver("tickets.csv", text)
    found = drafted(bench, "tickets.csv", time_zone="UTC")
    assert feed(found)["dialect"]["delimiter"] == written
    assert loaded(bench, found).rows_loaded == 5


@pytest.mark.parametrize(
    "text",
    [
        "ticket\nT1\nT2\n",
        "amount\n1,5\n2,5\n",
        "time\n09:12\n10:15\n",
        "words\nthe line fell\nthe cell slept\n",
    ],
)
def test_a_delimiter_that_is_not_there_is_asked(bench, text):
    bench.deliver("tickets.csv", text)
    found = drafted(bench, "tickets.csv")
    assert "between the fields" in asked(found)["tickets.dialect.delimiter"]
    again = drafted(bench, "tickets.csv", tickets__dialect__delimiter="#")
    assert "one column" in asked(again)["tickets.dialect.delimiter"]


def test_a_file_of_one_column_is_taken_when_answered(bench):
    bench.deliver("customers.csv", "customer_id\nK1\nK2\n")
    answers = {"customers__dialect__delimiter": "none", "customers__entity": "customer"}
    assert loaded(bench, drafted(bench, "customers.csv", **answers)).rows_loaded == 2


def test_titles_comments_and_trailers_are_no_rows(bench):
    bench.deliver(
        "tickets.txt",
        "Tickets of the north\n\nticket_id|customer_id|opened\nT1|C1|2026-09-01\n# pause\n"
        "T2|C2|2026-09-02\nTRAILER|2\n",
    )
    found = drafted(bench, "tickets.txt", time_zone="UTC")
    assert feed(found)["dialect"]["header_row"] == 3
    report = loaded(bench, found)
    assert (report.rows_loaded, report.rows_quarantined, report.rows_dropped) == (2, 0, 2)


def test_a_file_without_a_header_gets_numbered_columns_and_names_when_answered(bench):
    bench.deliver("tickets.csv", "17,C1,2026-09-01\n18,C2,2026-09-02\n")
    found = drafted(bench, "tickets.csv")
    assert feed(found)["dialect"]["columns"] == ["c1", "c2", "c3"]
    answers = {"tickets__dialect__columns": "ticket,customer,opened", "time_zone": "UTC"}
    found = drafted(bench, "tickets.csv", **answers)
    assert columns(found)["ticket_id"] == "ticket"
    assert loaded(bench, found).rows_loaded == 2


def test_a_first_line_that_may_be_either_is_asked(bench):
    bench.deliver("rows.csv", "foo,bar\nbaz,qux\n")
    assert "first line" in asked(drafted(bench, "rows.csv"))["rows.dialect.columns"]


def test_a_header_that_names_a_column_twice_is_numbered_as_the_reader_does(bench):
    bench.deliver("tickets.csv", "ticket_id,opened,opened\nT1,2026-09-01,2026-09-02\n")
    place = "tickets.trouble_ticket.opened_at"
    assert "opened_1, opened_2" in asked(drafted(bench, "tickets.csv", time_zone="UTC"))[place]
    second = {"time_zone": "UTC", "tickets__trouble_ticket__opened_at": "opened_2"}
    found = drafted(bench, "tickets.csv", **second)
    assert "dialect" not in feed(found)
    report = loaded(bench, found)
    assert (report.rows_loaded, report.rows_dropped) == (1, 0)
    assert bench.rows("select opened_at::varchar from raw.trouble_ticket") == [
        ("2026-09-02 00:00:00",)
    ]


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("Москва, тариф Домашний", "cp1251", "cp1251"),
        ("Москва, тариф Домашний", "koi8-r", "koi8-r"),
        ("Москва, тариф Домашний", "cp866", "cp866"),
        ("Müller, Gößstraße, Jäger", "cp1252", "cp1252"),
        ("Łódź, Śródmieście, Kraków", "cp1250", "cp1250"),
        ("Москва", "utf-16", "utf-16"),
        ("id;x\nМосква;1\nТверь;2\n", "utf-16-le", "utf-16-le"),
        ("Москва", "utf-8", "utf-8"),
    ],
)
def test_an_encoding_is_told_by_its_letters(text, encoding, expected):
    found = encoding_of(text.encode(encoding))
    assert (found.name, found.rivals) == (expected, ())


def test_two_encodings_that_read_alike_are_asked(bench):
    bench.deliver("tickets.csv", (TICKETS + "T1,Ж,2026-09-01,open\n").encode("cp1251"))
    question = asked(drafted(bench, "tickets.csv"))["tickets.dialect.encoding"]
    assert "cp1251" in question
    answers = {"tickets__dialect__encoding": "cp1251", "time_zone": "UTC"}
    loaded(bench, drafted(bench, "tickets.csv", **answers))
    assert bench.rows("select customer_id from raw.trouble_ticket") == [("Ж",)]


BILLS = "invoice;account;betrag;datum\n"


@pytest.mark.parametrize(
    ("amounts", "dialect"),
    [
        (("12,5", "3"), {"delimiter": ";", "decimal": ","}),
        (("1.234,50", "3,00"), {"delimiter": ";", "decimal": ",", "thousands": "."}),
        (("1,234.50", "3.00"), {"delimiter": ";", "thousands": ","}),
        (("1 234,50", "3,00"), {"delimiter": ";", "decimal": ",", "thousands": " "}),
        (("12.50", "3.1"), {"delimiter": ";"}),
    ],
)
def test_marks_of_numbers_are_told_by_the_numbers(bench, amounts, dialect):
    rows = "".join(f"R{n};K{n};{a};2026-01-01T00:00:00Z\n" for n, a in enumerate(amounts))
    bench.deliver("bills.csv", BILLS + rows)
    found = drafted(bench, "bills.csv")
    assert feed(found)["dialect"] == dialect
    assert loaded(bench, found).rows_quarantined == 0


def test_a_number_whose_mark_may_be_either_is_asked(bench):
    bench.deliver(
        "bills.csv", BILLS + "R1;K1;1,234;2026-01-01T00:00:00Z\nR2;K2;2,500;2026-01-01T00:00:00Z\n"
    )
    place = "bills.dialect.decimal"
    assert "1,234" in asked(drafted(bench, "bills.csv"))[place]
    loaded(bench, drafted(bench, "bills.csv", bills__dialect__decimal="."))
    assert bench.rows("select sum(amount)::varchar from raw.customer_bill") == [("3734.0000",)]


def test_columns_that_prove_both_marks_are_asked(bench):
    bench.deliver(
        "bills.csv", BILLS + "R1;K1;1,5;2026-01-01T00:00:00Z\nR2;K2;2.5;2026-01-01T00:00:00Z\n"
    )
    assert "bills.dialect.decimal" in asked(drafted(bench, "bills.csv"))


# ---------------------------------------------------------------- kinds of file


def test_ndjson_in_gzip_is_told_by_content_and_loads(bench):
    lines = "".join(
        json.dumps({"ticketId": f"T{n}", "opened": {"at": f"2026-09-0{n}T10:00:00Z"}}) + "\n"
        for n in (1, 2, 3)
    )
    bench.deliver("tickets.dat", gzip.compress(lines.encode()))
    found = drafted(bench, "tickets.dat")
    assert feed(found)["format"] == "ndjson"
    assert columns(found) == {"ticket_id": "$.ticketId", "opened_at": "$.opened.at"}
    assert loaded(bench, found).rows_loaded == 3


@pytest.mark.parametrize("envelope", ["{}", '{{"page": 1, "items": {}}}'])
def test_a_json_document_shows_where_its_records_are(bench, envelope):
    records = json.dumps(
        [{"ticketId": f"T{n}", "opened": f"2026-09-0{n}T00:00:00Z"} for n in (1, 2)]
    )
    bench.deliver("tickets.json", envelope.format(records))
    found = drafted(bench, "tickets.json")
    assert feed(found)["dialect"]["records"] in ("$[*]", "$.items[*]")
    assert loaded(bench, found).rows_loaded == 2


def test_a_document_that_may_be_a_record_or_an_envelope_is_asked(bench):
    text = json.dumps({"ticketId": "T1", "opened": "2026-09-01T00:00:00Z", "steps": [{"s": 1}] * 3})
    bench.deliver("tickets.json", text)
    question = asked(drafted(bench, "tickets.json"))["tickets.dialect.records"]
    assert "$.steps[*]" in question and "the document itself" in question
    found = drafted(bench, "tickets.json", tickets__dialect__records="$")
    assert columns(found)["ticket_id"] == "$.ticketId"


def test_a_list_inside_a_record_is_proposed_for_explode(bench):
    record = {
        "ticketId": "T1",
        "opened": "2026-09-01T00:00:00Z",
        "history": [{"s": "a"}, {"s": "b"}],
    }
    bench.deliver("tickets.ndjson", json.dumps(record) + "\n" + json.dumps(record) + "\n")
    assert "explode: $.history" in drafted(bench, "tickets.ndjson").text


def test_members_of_an_archive_are_grouped_by_layout(bench):
    path = bench.extracts / "delivery.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tickets_20260901.csv", TICKETS + "T1,C1,2026-09-01T00:00:00Z,open\n")
        archive.writestr("tickets_20260902.csv", TICKETS + "T2,C1,2026-09-02T00:00:00Z,open\n")
        archive.writestr("alarms.csv", "alarm_id,ne,raised_at\nA1,B1,2026-09-01T00:00:00Z\n")
    found = drafted(bench, "delivery.zip")
    assert [each["feed"] for each in body(found)["feeds"]] == ["tickets", "alarms"]
    report = loaded(bench, found)
    assert (report.files_new, report.rows_loaded) == (3, 3)


def test_files_of_like_names_and_unlike_columns_become_feeds_of_their_own(bench):
    bench.deliver("x_1.csv", TICKETS + "T1,C1,2026-09-01T00:00:00Z,open\n")
    bench.deliver("x_2.csv", "alarm_id,ne,raised_at\nA1,B1,2026-09-01T00:00:00Z\n")
    found = drafted(bench, "x_1.csv", "x_2.csv", x__entity="trouble_ticket")
    assert [each["files"] for each in body(found)["feeds"]] == ["**/x_1.csv", "**/x_2.csv"]
    assert loaded(bench, found).rows_loaded == 2


def test_timed_pictures_of_the_same_things_become_a_folded_snapshot(bench):
    header = "service_id,resource_id\n"
    bench.deliver("service_resource_20260901.csv", header + "S1,R1\nS2,R2\n")
    bench.deliver("service_resource_20260902.csv", header + "S1,R1\nS3,R2\n")
    names = ("service_resource_20260901.csv", "service_resource_20260902.csv")
    found = drafted(bench, *names, service_resource__entity="service_resource")
    assert feed(found)["delivery"] == "snapshot"
    assert list(asked(found)) == ["service_resource.service_resource.fold.empty_ends"]
    answers = {"service_resource__service_resource__fold__empty_ends": "false", "time_zone": "UTC"}
    found = drafted(bench, *names, service_resource__entity="service_resource", **answers)
    fold = feed(found)["entities"][0]["fold"]
    assert fold == {"starts": "valid_from", "ends": "valid_to", "empty_ends": False}
    loaded(bench, found)
    assert bench.rows(
        "select service_id, valid_from::date::varchar, valid_to::date::varchar "
        "from raw.service_resource qualify row_number() over "
        "(partition by service_id, valid_from order by known_at desc) = 1 order by 1"
    ) == [
        ("S1", "2026-09-01", None),
        ("S2", "2026-09-01", "2026-09-02"),
        ("S3", "2026-09-02", None),
    ]


def test_of_pictures_without_a_start_of_their_own_only_an_empty_one_is_asked_for(bench):
    names = [f"outages_20260101T{hour:02}0000Z.json" for hour in range(4)]
    for hour, name in enumerate(names):
        seen = [{"outageId": f"O{each}", "cause": "storm"} for each in range(hour, hour + 3)]
        bench.deliver(name, json.dumps({"outages": seen}))
    bench.deliver(names[-1], json.dumps({"outages": []}))
    answers = {"outages__entity": "service_problem"}
    answers["outages__service_problem__category"] = "value:outage"
    place = "outages.service_problem.fold.empty_ends"
    assert list(asked(drafted(bench, *names, **answers))) == [place]
    found = drafted(bench, *names, **answers, **{place: "true"})
    loaded(bench, found)
    assert bench.rows(
        "select problem_id, hour(started_at), max(hour(restored_at)) from raw.service_problem "
        "group by all order by 1"
    ) == [
        ("O0", 0, 1),
        ("O1", 0, 2),
        ("O2", 0, 3),
        ("O3", 1, 3),
        ("O4", 2, 3),
    ]


@pytest.mark.parametrize(
    "names, format_, first",
    [
        (("o_20261101T000000Z.json", "o_20261101T003000Z.json"), "%Y%m%dT%H%M%S%z", "00:00"),
        (("o_20261101T010000+0100.json", "o_20261101T013000+0100.json"), None, "00:00"),
        (("o_20261101_0100.json", "o_20261101_0130.json"), "%Y%m%d_%H%M", "00:00"),
        (("o_2026-11-01_01-00-00.json", "o_2026-11-01_01-30-00.json"), None, "00:00"),
        # running numbers are no times of day
        (("o_20261101_0001.json", "o_20261101_0002.json"), "%Y%m%d", None),
    ],
)
def test_the_time_of_day_and_the_zone_in_a_files_name_count(bench, names, format_, first):
    for number, name in enumerate(names):
        seen = [{"ref": f"O{each}"} for each in range(number, 3)]
        bench.deliver(name, json.dumps({"outages": seen}))
    answers = {
        f"{word}__{place}": said
        for word in ["o"]
        for place, said in (
            ("entity", "service_problem"),
            ("delivery", "events"),
            ("service_problem__problem_id", "$.ref"),
            ("service_problem__category", "value:outage"),
            ("service_problem__started_at", "value:2026-10-31T00:00:00Z"),
        )
    }
    found = drafted(bench, *names, time_zone="Europe/Berlin", **answers)
    assert format_ in (None, feed(found)["extracted_at"]["format"])
    if first:
        loaded(bench, found)
        assert bench.rows(
            "select min(known_at)::time::varchar, max(known_at)::time::varchar "
            "from raw.service_problem"
        ) == [(f"{first}:00", "00:30:00")]


def test_amounts_that_count_cents_by_their_name_are_no_amounts_of_whole_units(bench):
    head = "payment_id;account_id;amount_cent;paid_at\n"
    bench.deliver("payments.csv", head + "P1;A1;1999;2026-01-01\nP2;A1;-5;2026-01-02\n")
    found = drafted(bench, "payments.csv", payments__entity="payment", time_zone="UTC")
    assert columns(found)["amount"] == {"from": "amount_cent", "implied_decimals": 2}
    loaded(bench, found)
    assert bench.rows("select amount::varchar from raw.payment order by 1 desc") == [
        ("19.9900",),
        ("-0.0500",),
    ]


@pytest.mark.parametrize(("answer", "kept"), [("2", "19.9900"), ("0", "1999.0000")])
def test_large_whole_amounts_are_asked_whether_they_count_hundredths(bench, answer, kept):
    rows = "".join(f"P{n};A1;{1999 + 100 * n};2026-01-01\n" for n in range(9))
    bench.deliver("payments.csv", "payment_id;account_id;BETRAG;paid_at\n" + rows)
    told = {
        "payments__entity": "payment",
        "time_zone": "UTC",
        "payments__payment__amount": "BETRAG",
    }
    asked = drafted(bench, "payments.csv", **told)
    assert [each.place for each in asked.questions] == ["payments.payment.amount.implied_decimals"]
    found = drafted(
        bench, "payments.csv", **told, payments__payment__amount__implied_decimals=answer
    )
    assert not found.questions
    loaded(bench, found)
    assert bench.rows("select amount::varchar from raw.payment where payment_id = 'P0'") == [
        (kept,)
    ]


def test_prices_with_a_fraction_anywhere_or_small_ones_are_not_asked_for_their_unit(bench):
    for name, amounts in (("few", range(20, 40)), ("mixed", [*range(1999, 2010), "20.5"])):
        rows = "".join(f"P{n};A1;{each};2026-01-01\n" for n, each in enumerate(amounts))
        bench.deliver(f"{name}.csv", "payment_id;account_id;amount;paid_at\n" + rows)
        found = drafted(bench, f"{name}.csv", **{f"{name}__entity": "payment"}, time_zone="UTC")
        assert columns(found)["amount"] == "amount"


def test_an_empty_picture_and_one_without_an_optional_field_are_of_the_same_feed(bench):
    pictures = [
        [],
        [{"outageId": "O1"}],
        [{"outageId": "O1", "cause": "storm"}, {"outageId": "Ü2", "cause": "storm"}],
    ]
    names = [f"outages_20260101T{hour:02}0000Z.json" for hour in range(3)]
    for name, seen in zip(names, pictures, strict=True):
        text = json.dumps({"count": len(seen), "outages": seen}, ensure_ascii=False)
        bench.deliver(name, text)
    found = drafted(bench, *names, outages__entity="service_problem", outages__delivery="events")
    assert [each["files"] for each in body(found)["feeds"]] == ["**/outages_*Z.json"]
    assert feed(found)["dialect"] == {"records": "$.outages[*]"}
    assert columns(found)["problem_id"] == "$.outageId"
    assert columns(found)["cause"] == "$.cause"


def test_an_empty_picture_is_of_the_feed_once_it_is_said_where_the_records_are(bench):
    outage = {"id": "A", "cause": "power", "started": "2026-01-01T00:00:00Z"}
    for day, outages in ((1, [outage]), (2, []), (3, [outage])):
        told = {"oms": {"state": "UP"}, "outages": outages, "lines": ["x"]}
        bench.deliver(f"outages_2026010{day}.json", json.dumps(told))
    names = [f"outages_2026010{day}.json" for day in (1, 2, 3)]
    found = drafted(bench, *names, outages__dialect__records="$.outages[*]")
    assert [each["files"] for each in body(found)["feeds"]] == ["**/outages_*.json"]


def test_pictures_that_are_all_empty_are_no_sample(bench):
    bench.deliver("outages_20260101.json", json.dumps({"outages": []}))
    with pytest.raises(UserError, match="holds no JSON object; give a sample with records"):
        drafted(bench, "outages_20260101.json")


def test_empty_rows_above_a_sheets_header_count(bench):
    with xlsxwriter.Workbook(bench.extracts / "tickets.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(3, 0, ["ticket_id", "opened", "severity"])
        for row in range(4, 9):
            sheet.write_row(row, 0, [f"T{row}", f"2026-01-0{row} 10:00", "high"])
    found = drafted(bench, "tickets.xlsx", time_zone="UTC")
    assert feed(found)["dialect"]["header_row"] == 4
    loaded(bench, found)
    assert bench.rows("select count(*), min(row_number) from raw.trouble_ticket") == [(5, 5)]


def test_sheets_with_like_columns_below_titles_are_one_feed(bench):
    path = bench.extracts / "tickets.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for month in (1, 2):
            sheet = book.add_worksheet(f"Month {month}")
            sheet.write_row(0, 0, ["Tickets of the north"])
            sheet.write_row(2, 0, ["ticket_id", "opened", "severity"])
            sheet.write_row(3, 0, [f"T{month}", f"2026-0{month}-01 10:00", "high"])
    found = drafted(bench, "tickets.xlsx", time_zone="UTC")
    assert feed(found)["dialect"] == {"header_row": 3, "sheet": "Month *"}
    assert loaded(bench, found).rows_loaded == 2


def test_books_of_other_months_are_one_feed_without_hidden_sheets_under_a_header_of_two_rows(bench):
    for months in ((1, 2), (2, 3)):
        with xlsxwriter.Workbook(bench.extracts / f"tickets_2026-0{months[1]}.xlsx") as book:
            for name in (*(f"Month {month}" for month in months), "_old"):
                sheet = book.add_worksheet(name)
                if name == "_old":
                    sheet.hide()
                sheet.merge_range("A1:A2", "ticket_id")
                sheet.merge_range("B1:C1", "times")
                sheet.write_row(1, 1, ["opened", "closed"])
                for row in range(2, 6):
                    at = f"2026-0{name[-1]}-0{row} 10:00" if name != "_old" else "2020-01-01 10:00"
                    sheet.write_row(row, 0, [f"T{name[-1]}{row}", at, at])
    found = drafted(
        bench, "tickets_2026-02.xlsx", "tickets_2026-03.xlsx", time_zone="UTC", name="t"
    )
    assert len(body(found)["feeds"]) == 1
    assert feed(found)["dialect"] == {"header_row": 2, "sheet": "Month *"}
    assert "hidden sheets are left out: _old" in found.text
    assert columns(found)["ticket_id"] == "ticket_id"


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("contacts_20260901T1010-0500.csv", "2026-09-01 15:10:00"),
        ("contacts_20260901_1010-0500.csv", "2026-09-01 10:10:00"),
    ],
)
def test_an_offset_west_of_greenwich_in_a_files_name_counts(bench, name, moment):
    rows = "".join(f"T{n},C{n},2026-08-31T10:0{n}:00Z,new\n" for n in range(5))
    bench.deliver(name, TICKETS + rows)
    found = drafted(bench, name, name="t", contacts__entity="trouble_ticket")
    loaded(bench, found)
    assert bench.rows("select extracted_at::varchar from ops.file_ledger") == [(moment,)]
    assert ("taken as UTC" in found.text) == ("T1010" not in name)


def test_a_sqlite_file_gives_a_feed_per_table_that_fits(bench):
    path = bench.extracts / "crm.dat"
    with sqlite3.connect(path) as connection:
        connection.execute("create table kunden (kunde_id, segment, kunde_seit)")
        connection.execute("insert into kunden values ('K1', 'B2C', '2026-01-01T00:00:00Z')")
        connection.execute("create table zz (foo integer)")
        connection.execute("insert into zz values (1)")
    connection.close()
    found = drafted(bench, "crm.dat")
    assert feed(found)["format"] == "sqlite"
    assert feed(found)["dialect"] == {"table": "kunden"}
    assert columns(found)["customer_since"] == "kunde_seit"
    assert "fit no intake entity: zz" in found.text
    assert loaded(bench, found).rows_loaded == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"<html><body/></html>", "is a web page"),
        (b"%PDF-1.4", "a PDF"),
        (b'[{"op": "replace", "path": "/x", "value": 1}]', "JSON-Patch"),
        (b'{"a": 1},{"a": 2}', "no brackets"),
        (b'{"a": [1, 2', "not valid JSON"),
        (bytes(range(256)) * 40, "is no text"),
    ],
)
def test_what_cannot_be_a_source_is_said_in_one_line(bench, content, says):
    bench.deliver("x.csv", content)
    with pytest.raises(UserError, match=says):
        drafted(bench, "x.csv")


def test_a_tm_forum_payload_takes_over_the_mapping_of_a_contract_that_reads_it(bench):
    (bench.contracts / "tmf.yml").write_text(
        "source_system: tmf_pattern\ntitle: x\nfeeds:\n  - feed: products\n"
        '    files: "**/TMF637/*"\n    format: tmf\n    dialect: {resources: [Gadget]}\n'
        "    entities:\n      - entity: product\n        columns:\n"
        "          product_id: $.id  # theirs\n",
        encoding="utf-8",
    )
    bench.deliver("p.json", '{"eventType": "GadgetCreateEvent", "event": {"gadget": {"id": "1"}}}')
    found = drafted(bench, "p.json")
    assert asked(found) == {}
    assert feed(found)["dialect"] == {"resources": ["Gadget"]}
    assert columns(found) == {"product_id": "$.id"}
    assert "tmf_pattern" in found.text


# ---------------------------------------------------------------- real extracts


def copied(bench, path) -> str:
    bench.deliver(path.name, path.read_bytes())
    return path.name


def test_gcastle_asks_for_key_and_epoch_and_loads_when_answered(bench, shared_data):
    name = copied(bench, shared_data / "gcastle_alarm" / "25V_474N_Microwave" / "Alarm.csv")
    assert set(asked(drafted(bench, name))) == {
        "alarm.alarm.alarm_id",
        "alarm.alarm.raised_at.seconds_since",
        "alarm.alarm.cleared_at.seconds_since",
    }
    answers = {
        "alarm__alarm__alarm_id": "sql:'25V/' || _row",
        "alarm__alarm__alarm_type": "alarm_id",
        "alarm__alarm__raised_at__seconds_since": "2000-01-01",
        "alarm__alarm__cleared_at__seconds_since": "2000-01-01",
    }
    assert loaded(bench, drafted(bench, name, **answers)).rows_loaded == 48_572
    assert bench.rows("select count(distinct alarm_type) from raw.alarm") == [(25,)]


def test_comcast_mixed_dates_are_asked_and_what_fits_both_is_quarantined(bench, shared_data):
    folder = shared_data / "comcast_complaints"
    name = copied(bench, next(folder.glob("*.csv")))
    feed_name = "comcast_telecom_complaints_data"
    place = f"{feed_name}.trouble_ticket.opened_at.format"
    assert "by turns" in asked(drafted(bench, name))[place]
    answers = {place.replace(".", "__"): "mixed", "time_zone": "America/New_York"}
    report = loaded(bench, drafted(bench, name, **answers))
    # 609 dates fit both orders; the other columns lose nothing
    assert (report.rows_read, report.rows_quarantined) == (2_224, 609)


def test_ibm_asks_what_a_row_is_and_then_loads_every_customer(bench, shared_data):
    name = copied(bench, next((shared_data / "ibm_telco").glob("*.csv")))
    assert "telco_customer_churn.entity" in asked(drafted(bench, name))
    found = drafted(bench, name, telco_customer_churn__entity="billing_account")
    assert "tried customerID (0 repeated)" in str(asked(found).values())
    found = drafted(
        bench,
        name,
        telco_customer_churn__entity="billing_account",
        telco_customer_churn__billing_account__account_id="customerID",
    )
    assert loaded(bench, found).rows_loaded == 7_043
    assert bench.rows("select count(*) from raw.billing_account where is_paperless") == [(4_171,)]


def test_upgrad_takes_the_number_as_a_pseudonym_only(bench, shared_data):
    name = copied(bench, shared_data / "upgrad_sea" / "telecom_churn_data_first1000.csv")
    answers = {
        "telecom_churn_data_first__entity": "product",
        "telecom_churn_data_first__product__product_id": "mobile_number",
        "country_code": "91",
    }
    found = drafted(bench, name, **answers)
    assert columns(found)["product_id"] == {"from": "mobile_number", "token": "phone"}
    assert loaded(bench, found).rows_loaded == 1_000
    number = (bench.extracts / name).read_text().splitlines()[1].split(",")[0]
    assert number not in found.text
    assert bench.rows(f"select count(*) from raw.product where product_id like '%{number}%'") == [
        (0,)
    ]


def test_a_cognos_workbook_is_read_by_its_sheet(bench, shared_data):
    path = shared_data / "ibm_cognos_split" / "Telco_customer_churn_demographics.xlsx"
    name = copied(bench, path)
    found = drafted(bench, name, telco_customer_churn_demographics__entity="customer")
    assert columns(found)["customer_id"] == "Customer ID"
    assert "age_band" not in columns(found)
    assert loaded(bench, found).rows_loaded == 7_043


def test_a_3gpp_file_takes_over_the_mapping_of_the_contract_for_it(bench, shared_data):
    name = copied(bench, next((shared_data / "oran_pm").glob("*.xml")))
    found = drafted(bench, name)
    assert feed(found)["format"] == "pm_xml"
    assert feed(found)["files"] == "**/A*_seliitdus*.xml"
    assert asked(found) == {}
    report = loaded(bench, found)
    assert (report.files_new, report.refused) == (1, [])
    assert bench.rows("select count(*) > 2000 from raw.performance_measurement") == [(True,)]


def test_a_tm_forum_list_takes_over_the_shipped_mapping_and_loads(bench, shared_data):
    path = shared_data / "tmf_openapi_v5_examples" / "TMF637.ndjson"
    found = drafted(bench, copied(bench, path))
    assert feed(found)["dialect"] == {"resources": ["Product"], "records": "$.value"}
    assert "mapped as in tmf637" in found.text
    assert loaded(bench, found).rows_loaded > 0


# ---------------------------------------------------------------- the command


def test_the_command_prints_numbered_questions_and_says_1_then_0(bench, capsys):
    path = str(bench.deliver("contacts_20260901.csv", CONTACTS))
    command = ["source", "add", path, "--name", "contact_centre"]
    assert cx(bench, *command) == 1
    told = capsys.readouterr()
    assert "1. time_zone: in which zone" in told.out
    assert "2. country_code: which" in told.out
    assert len(told.err.strip().splitlines()) == 1
    assert (bench.contracts / "contact_centre.yml").exists()
    assert cx(bench, *command) == 2
    assert "--force" in capsys.readouterr().err
    answers = ["--answer", "time_zone=Europe/Berlin", "--answer", "country_code=49"]
    assert cx(bench, *command, "--force", *answers) == 0
    assert "interaction" in capsys.readouterr().out
    load_contracts(bench.settings)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--answer", "time_zone"], "place=value"),
        (["--answer", "time_zome=UTC"], "nothing is asked at time_zome"),
        (["--answer", "time_zone=Mars", "--answer", "country_code=49"], "IANA"),
        (["--answer", "contacts.entity=tickets"], "no intake entity"),
        (["--answer", "contacts.interaction.channel=Nix"], "give a column"),
        (["--name", "Contact Centre"], "no name for a source system"),
    ],
)
def test_an_answer_that_cannot_be_used_is_one_line_and_exit_code_2(bench, capsys, arguments, says):
    path = str(bench.deliver("contacts_20260901.csv", CONTACTS))
    assert cx(bench, "source", "add", path, *arguments) == 2
    error = capsys.readouterr().err.strip()
    assert says in error
    assert len(error.splitlines()) == 1
    assert not list(bench.contracts.iterdir())


def test_the_help_shows_an_example(capsys):
    assert main(["source", "add", "--help"]) == 0
    assert "Example: cx source add" in capsys.readouterr().out


def test_the_draft_begins_with_the_editor_schema_that_exists(bench):
    bench.deliver("contacts_20260901.csv", CONTACTS)
    found = drafted(bench, "contacts_20260901.csv")
    first = found.text.splitlines()[0]
    path = first.removeprefix("# yaml-language-server: $schema=")
    assert path != first and (bench.contracts / path).exists()


def test_an_answered_draft_is_a_contract_by_its_model(bench):
    bench.deliver("contacts_20260901.csv", CONTACTS)
    found = drafted(bench, "contacts_20260901.csv", time_zone="UTC", country_code="49")
    assert Contract.model_validate(body(found)).feeds[0].entities[0].entity == "interaction"


def test_the_word_list_names_only_what_the_intake_has():
    assert check_words() == []
