"""What a ninth trial with made-up systems found: files taken for one another, days moved."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from contextlib import closing

import pytest
import xlsxwriter

from cx.errors import UserError
from ingest.contract_file import load_contract
from ingest.draft.encoding import encoding_of
from tests.test_draft import asked, cx, drafted, feed, loaded
from tests.test_draft import columns as fields
from tests.test_seventh_trial import since

OF_NAME = {
    "files": "*.cdr",
    "name_columns": r"(?P<msisdn>\d+)\.cdr",
    "entities": [
        {
            "entity": "usage",
            "columns": {
                "product_id": {"from": "msisdn", "token": "phone"},
                "usage_type": {"value": "voice"},
                "started_at": "at",
            },
        }
    ],
}
COUNT = "select count(*), count(distinct product_id), count(distinct file_id) from raw.usage"


def test_two_subscribers_with_the_same_calls_are_two_files(bench):
    """What the name says is part of the content; said by a key, for a name may be a number."""
    bench.contract(**OF_NAME)
    for name in ("015112345678.cdr", "015112345679.cdr", "again_015112345679.cdr"):
        bench.deliver(name, "at\n2026-02-01\n")
    report = bench.load()
    assert (report.files_new, report.files_known) == (2, 1)
    assert bench.rows(COUNT) == [(2, 2, 2)]
    report = bench.load()
    assert (report.files_new, report.files_known) == (0, 3)


def test_a_file_known_from_before_names_counted_stays_known(bench):
    bench.contract(**OF_NAME)
    bench.deliver("015112345678.cdr", "at\n2026-02-01\n")
    bench.load()
    from cx.warehouse import writing
    from ingest.landing import identity

    sha256 = bench.rows("select sha256 from ops.file_ledger")[0][0]
    older = identity(f"crm.customers:{sha256}@")
    with writing(bench.settings) as connection:
        for table in ("ops.file_ledger", "raw.usage"):
            connection.execute(f"update {table} set file_id = ?", [older])
    bench.deliver("015112345679.cdr", "at\n2026-02-01\n")
    report = bench.load()
    assert (report.files_new, report.files_known) == (1, 1)
    assert bench.rows(COUNT) == [(2, 2, 2)]


def test_a_mark_in_a_pictures_name_tells_the_doubled_hour_and_pictures_alike_are_two(bench):
    """A picture that shows nothing, or the same as another one, is known by its name's moment."""
    bench.contract(
        files="*.json",
        format="json",
        time_zone="Europe/Athens",
        delivery="snapshot",
        name_columns=r"_(?P<day>\d{6})_(?P<hh>\d\d)(?P<mark>[AB]?)(?P<mi>\d\d)",
        extracted_at={
            "sql": "day || hh || mi || case mark when 'B' then '+0200' else '+0300' end",
            "format": "%y%m%d%H%M%z",
        },
        entities=[
            {
                "entity": "service_problem",
                "explode": "$.open",
                "fold": {"starts": "started_at", "ends": "restored_at", "empty_ends": True},
                "columns": {"problem_id": "$item"},
            }
        ],
    )
    shown = {"0250": ["x"], "03A10": [], "03A20": ["x"], "03B10": [], "03B20": ["x"]}
    for name, ids in shown.items():
        bench.deliver(f"out_261025_{name}.json", json.dumps({"open": ids}))
    bench.load()
    found = bench.rows(
        "select problem_id, started_at, max(restored_at) from raw.service_problem "
        "group by all order by started_at"
    )
    day = dt.datetime(2026, 10, 24, 23, 50), dt.datetime(2026, 10, 25)
    assert [(start, end) for _, start, end in found] == [
        (day[0], day[1] + dt.timedelta(minutes=10)),
        (day[1] + dt.timedelta(minutes=20), day[1] + dt.timedelta(minutes=70)),
        (day[1] + dt.timedelta(minutes=80), None),
    ]


@pytest.mark.parametrize(
    ("sql", "hour"),
    [
        ("strptime(t, '%Y%m%d')::date + 1", 2),
        ("strptime(t, '%Y%m%d') + interval 1 day", 0),
        ("strftime(strptime(t, '%Y%m%d') + interval 1 day, '%Y-%m-%d')", 2),
    ],
)
def test_a_day_that_an_expression_gives_is_one_of_the_zones(bench, sql, hour):
    """The day behind an inclusive end began two hours off, beside starts read as they should be."""
    mapped = {"customer_id": "id", "customer_since": {"sql": sql}}
    bench.contract(time_zone="Europe/Athens", entities=[{"entity": "customer", "columns": mapped}])
    bench.deliver("customers.csv", "id,t\n1,20260114\n")
    bench.load()
    (found,) = bench.rows("select customer_since from raw.customer")[0]
    assert found == dt.datetime(2026, 1, 15) - dt.timedelta(hours=hour)


def test_a_draft_sees_records_in_lists_of_lists(bench):
    """The first of four hundred was mapped by its place, and no question asked."""
    people = [{"customer_id": f"C{n}", "segment": "b"} for n in range(6)]
    bench.deliver("people.json", json.dumps({"v.1": "x", "data": [people[:2], people[2:]]}))
    place = "people.dialect.records"
    assert "$.data[*][*]" in asked(drafted(bench, "people.json"))[place]
    found = drafted(bench, "people.json", people__dialect__records="$.data[*][*]")
    assert loaded(bench, found).rows_loaded == len(people)


def test_a_draft_sees_rows_whose_fields_have_places_instead_of_names(bench):
    tickets = [["T1", "2026-01-01T10:00:00Z"], ["T2", "2026-01-02T10:00:00Z"]]
    people = [{"customer_id": f"C{n}", "tickets": tickets} for n in range(3)]
    bench.deliver("people.json", json.dumps([people[:2], people[2:]]))
    found = drafted(bench, "people.json")
    assert feed(found)["dialect"]["records"] == "$[*][*]"
    assert "explode: $.tickets and $item[0], $item[1]" in found.text


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("14-Oct-26/05:30:00+0530", "%d-%b-%y/%H:%M:%S%z"),
        ("14/Oct/2026:05:30:00 +0530", "%d/%b/%Y:%H:%M:%S %z"),
        ("2026-10-14:05:30:00", "%Y-%m-%d:%H:%M:%S"),
    ],
)
def test_a_draft_knows_a_slash_or_a_colon_between_a_day_and_its_time(bench, text, form):
    """And takes the four digits of an offset for no year of another calendar."""
    rows = [f"{n};X{n % 3};{text.replace('14', f'{n:02}', 1)}\n" for n in range(14, 29)]
    if text.startswith("2026"):
        rows = [f"{n};X{n % 3};2026-10-{n:02}:05:30:00\n" for n in range(14, 29)]
    bench.deliver("alarms.csv", "alarm_id;ne;raised\n" + "".join(rows))
    found = drafted(bench, "alarms.csv", time_zone="UTC") if "+" not in text else None
    found = found or drafted(bench, "alarms.csv")
    assert not asked(found)
    assert form in found.text
    assert loaded(bench, found).rows_loaded == len(rows)


def test_two_feeds_drafted_after_one_pattern_have_anchors_of_their_own(bench):
    """The second made the draft no YAML, and the command broke down."""
    measured = (
        '<measCollecFile><fileHeader fileFormatVersion="32.435"><measCollec '
        'beginTime="2026-01-01T00:00:00Z"/></fileHeader><measData><managedElement localDn="A"/>'
        '</measData><fileFooter><measCollec endTime="2026-01-01T01:00:00Z"/></fileFooter>'
        "</measCollecFile>"
    )
    for name in ("A20260101_core.xml", "A20260101_radio.xml"):
        bench.deliver(name, measured)
    found = drafted(bench, "A20260101_core.xml", "A20260101_radio.xml", name="pm")
    assert found.text.count("- feed: ") == 2
    assert not asked(found)


def test_a_fault_in_the_moment_of_extraction_is_named_by_its_place_alone(bench):
    bench.contract(extracted_at={"sql": "t", "format": ["%Y"]})
    with pytest.raises(UserError, match=r"yml: feeds\.0\.extracted_at\.format: "):
        load_contract(bench.contracts / "crm.yml")


def test_pictures_of_one_load_need_a_moment_of_their_own(bench):
    """All were parts of one picture, of the moment of loading: nothing ever ended."""
    problem = {
        "entity": "service_problem",
        "explode": "$.open",
        "fold": {"starts": "started_at", "ends": "restored_at", "empty_ends": True},
        "columns": {"problem_id": "$item"},
    }
    picture = {"files": "*.json", "format": "json", "delivery": "snapshot"}
    bench.contract(**picture, extracted_at="loaded", entities=[problem])
    bench.deliver("one.json", '{"open": ["x"]}')
    bench.deliver("two.json", '{"open": []}')
    (refused,) = bench.load().refused
    assert "two.json" in refused and "so is one.json" in refused
    bench.deliver("one.json", '{"open": []}')  # one picture a load, under one name
    (bench.extracts / "two.json").unlink()
    assert not bench.load().refused
    ends = "select count(*) filter (where restored_at is null), count(restored_at)"
    assert bench.rows(f"{ends} from raw.service_problem") == [(1, 1)]


def test_a_list_that_is_again_as_it_was_is_told_again(bench):
    """Its content was known from the first time, so what came between stayed the last word."""
    bench.contract(delivery="snapshot", extracted_at="loaded")
    for number, segment in enumerate(("a", "b", "a", "a", "b", "a")):
        bench.deliver("customers.csv", f"id,segment\n1,{segment}\n")
        assert bench.load().files_new == (number != 3)
    told = bench.rows("select segment from raw.customer order by known_at")
    assert [segment for (segment,) in told] == ["a", "b", "a", "b", "a"]
    from ingest.replay import replay

    assert replay(bench.settings, every=True).rows_loaded == 5
    assert bench.rows("select segment from raw.customer order by known_at") == told


def test_a_change_back_under_a_later_date_is_a_change(bench):
    """Suspended, resumed, suspended again: the third file was known by the first one's content."""
    moment = {"file_name": r"_(\d{8})", "format": "%Y%m%d"}
    bench.contract(delivery="delta", extracted_at=moment)
    for day, segment in ((1, "a"), (2, "b"), (3, "a")):
        bench.deliver(f"customers_2026010{day}.csv", f"id,segment\n1,{segment}\n")
    assert bench.load().files_new == 3
    bench.deliver("customers_20260103_again.csv", "id,segment\n1,a\n")
    report = bench.load()
    assert (report.files_new, report.files_known) == (0, 4)
    told = bench.rows("select segment from raw.customer order by known_at")
    assert [segment for (segment,) in told] == ["a", "b", "a"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Előfizető, szünetel, megszűnt, működő hálózat", "cp1250"),
        ("Συνδρομητής, βλάβη δικτύου, πληρωμή λογαριασμού", "cp1253"),
        ("Abonentas išjungtas, gedimas ištaisytas, sąskaita apmokėta, ryšių mazgas", "cp1257"),
        ("Müşteri aboneliği, arıza giderildi, ödeme yapıldı, çağrı şikâyeti", "cp1254"),
        ("Абонентська плата, аварія, під'їзд, сім'я, її рахунок", "koi8-u"),
        ("Абонент отключён, авария устранена, платёж принят", "iso8859-5"),
        ("Zgłoszenie usunięte, łącze działa, płatność przyjęta", "cp852"),
        ("מנוי פעיל, תקלה טופלה, תשלום התקבל", "cp1255"),
        ("مشترك نشط، تم إصلاح العطل، تم الدفع", "cp1256"),
        ("Störung behoben, Gebühr überfällig, größer", "mac-roman"),
        ("Avaría resuelta, línea del señor, próxima factura, año", "cp1252"),
        ("Fornecimento à região não é possível, ligação, três avarias", "cp1252"),
        ("Müller Besançon Málaga København Größe señor", "cp1252"),
    ],
)
def test_a_text_of_any_language_is_read_as_it_is_or_asked_about(text, encoding):
    """Greek was Cyrillic, Hungarian and Lithuanian were Western, and nobody was asked."""
    sample = f"id;name\n1;{text}\n".encode(encoding)
    found = encoding_of(sample)
    read = [sample.decode(name) for name in (found.name, *found.rivals)]
    assert sample.decode(encoding) in read
    assert len(read) <= 2


def test_a_trial_tells_of_times_taken_as_utc_and_of_ids_with_blanks_or_noughts_inside(
    bench, capsys
):
    mapped = {
        "customer_id": {"sql": "kind || '/' || id"},
        "party_id": {"sql": "rtrim(kind) || '/' || regexp_replace(id, '\\.0$', '')"},
        "customer_since": {"sql": "strptime(since, '%d.%m.%y')"},
    }
    bench.contract(
        time_zone="Europe/Athens",
        dialect={"columns": ["kind", "id", "since"], "delimiter": ";"},
        entities=[{"entity": "customer", "columns": mapped}],
    )
    path = bench.deliver("customers.csv", '"A  ";7;01.02.26\n"B  ";8.0;01.02.26\n')
    assert cx(bench, "source", "check", str(bench.contracts / "crm.yml"), str(path)) == 0
    said = capsys.readouterr().out
    assert "customer.customer_since: what its sql gives is a time, and so UTC; is it of Eur" in said
    assert "customer.customer_id: 1 end in .0, or a part of them does" in said
    assert "customer.customer_id: 2 hold the blanks that fill up" in said
    assert "look at customer.party_id" not in said


def test_a_declared_key_is_offered_without_its_blanks_and_noughts(bench):
    with closing(sqlite3.connect(bench.extracts / "crm.db")) as store:
        store.execute(
            "create table customers (org char(5), no real, segment, primary key (org, no))"
        )
        rows = [(f"{'AB'[n % 2]}    ", float(n // 2), "x") for n in range(40)]
        store.executemany("insert into customers values (?, ?, ?)", rows)
        store.commit()
    (question, *_) = asked(drafted(bench, "crm.db", crm__entity="customer")).values()
    assert """rtrim("org") || '/' || regexp_replace("no", '\\.0$', '')""" in question


def test_a_number_is_what_its_format_shows_where_that_names_it(bench):
    """INV-0811 was 811, and met nothing; a unit behind a number is no part of it."""
    mapped = {"customer_id": "id", "segment": "code", "status": "hours"}
    bench.contract(
        files="*.xlsx", format="xlsx", entities=[{"entity": "customer", "columns": mapped}]
    )
    with xlsxwriter.Workbook(bench.extracts / "customers.xlsx") as book:
        sheet = book.add_worksheet()
        forms = [{"num_format": form} for form in ('"INV-"0000', r"000\-000;@", '00" h"')]
        sheet.write_row(0, 0, ["id", "code", "hours"])
        for row, number in enumerate((811, 1234567), start=1):
            for column, form in enumerate(forms):
                sheet.write(row, column, number, book.add_format(form))
    bench.load()
    assert bench.rows("select customer_id, segment, status from raw.customer order by 1") == [
        ("INV-0811", "000-811", "811"),
        ("INV-1234567", "1234-567", "1234567"),
    ]


def test_a_trial_tells_of_accents_put_together(bench, capsys):
    bench.contract()
    path = bench.deliver("customers.csv", "id,segment\nJos\u00e9,a\nJose\u0301,b\n")
    assert cx(bench, "source", "check", str(bench.contracts / "crm.yml"), str(path)) == 0
    assert "look at customer.customer_id: 1 differ from another only" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("form", "texts", "read"),
    [
        ("%a %d.%m.%Y", ["Sun 01.02.2026", "Mon 01.02.2026", "SUN 01.02.2026"], [1, None, 1]),
        ("%A, %d %B %Y", ["Sunday, 01 February 2026", "Monday, 01 February 2026"], [1, None]),
        ("%a %d.%m.%Y %H:%M", ["Sun 01.02.2026 24:00", "Mon 01.02.2026 24:00"], [2, None]),
        ("%a, %d %b %Y %H:%M %z", ["Mon, 02 Feb 2026 00:30 +0530"], [1]),
        ("%a, %d %b %Y %H:%M %z", ["Sun, 02 Feb 2026 00:30 +0530"], [None]),
    ],
)
def test_a_day_of_the_week_must_be_the_dates_own(bench, form, texts, read):
    found = since(bench, [f'"{text}"' for text in texts], format=form)
    assert [each and each.day for each in found] == read


def _pictures(bench, *names):
    for name in names:
        bench.deliver(name, "ticket_id,ticket_type\nT1,fault\nT2,fault\n")
    return drafted(bench, *names, name="t")


def test_six_digits_of_a_name_are_asked_about(bench):
    """26.10.2025 or 25.10.2026: a draft said that the name held no date."""
    found = _pictures(bench, "t_261025_0130.csv", "t_261025_0140.csv")
    assert "%y%m%d_%H%M or %d%m%y_%H%M" in asked(found)["t.extracted_at.format"]
    (bench.extracts / "t_261025_0140.csv").unlink()
    found = _pictures(bench, "t_993125_0130.csv", "t_993125_0140.csv")
    assert "t.extracted_at.format" not in asked(found)


def test_a_mark_of_the_doubled_hour_in_a_name_is_no_other_feed_and_no_whole_day(bench):
    found = _pictures(bench, *(f"t_20261025_{each}.csv" for each in ("0150", "02A00", "02B00")))
    assert feed(found)["files"] == "**/t_*.csv"
    assert "extracted_at" not in feed(found)
    assert "by name_columns, and the moment by extracted_at with sql" in found.text


@pytest.mark.parametrize(
    ("header", "entity"),
    [
        ("№ рахунку;Абонент;Дата рахунку;Сплатити до;Сума без ПДВ;До сплати", "customer_bill"),
        ("Αριθμός λογαριασμού;Πελάτης;Ημερομηνία έκδοσης;Λήξη πληρωμής;Ποσό", "customer_bill"),
        ("Számlaszám;Ügyfél;Számla kelte;Fizetési határidő;Összeg", "customer_bill"),
    ],
)
def test_bills_of_other_languages_are_no_subscriptions(bench, header, entity):
    names = header.split(";")
    rows = [
        ";".join([f"9{n:04}", f"C{n}", f"{n + 1:02}.05.2026", f"{n + 1:02}.06.2026", "5.5", "6.6"])
        for n in range(25)
    ]
    cut = len(names)
    lines = [";".join(row.split(";")[:cut]) for row in rows]
    bench.deliver("x.csv", "\n".join([header, *lines]) + "\n")
    found = drafted(bench, "x.csv", name="x", time_zone="UTC")
    said = asked(found).get("x.entity", "")
    assert feed(found)["entities"][0]["entity"] == entity or f"the names fit {entity}" in said


def test_dates_among_a_sheets_serials_are_dates_and_no_id(bench):
    """Where a third of a column's dates were serials it was the number of the account."""
    days = ["2026-01-{:02}", "{:02}.01.2026", "460{:02}"]
    rows = [f"{n:07};{days[n % 3].format(n)};{n}.5" for n in range(1, 28)]
    bench.deliver("x.csv", "\n".join(["№ рахунку;Дата рахунку;До сплати", *rows]) + "\n")
    found = drafted(bench, "x.csv", name="x", x__entity="customer_bill", time_zone="UTC")
    mapped = fields(found)
    assert "account_id" not in mapped
    assert mapped["billed_at"]["days_since"] == "1899-12-30"
    assert loaded(bench, found).rows_quarantined == 0
    wanted = {dt.datetime(1899, 12, 30) + dt.timedelta(days=46000 + n) for n in range(2, 28, 3)}
    wanted |= {dt.datetime(2026, 1, n) for n in range(1, 28) if n % 3 != 2}
    told = bench.rows("select distinct billed_at from raw.customer_bill")
    assert {each for (each,) in told} == wanted


def test_lists_alike_under_names_of_their_own_are_one_place_of_records(bench):
    """One region's list was offered, and the other regions would have been left out."""
    tickets = [{"ticket_id": f"T{n}", "opened_at": f"2026-01-0{n}T10:00:00Z"} for n in range(1, 7)]
    regions = {"North": tickets[:2], "South": tickets[2:]}
    bench.deliver("t.json", json.dumps({"regions": regions, "n": 6}))
    place = "t.dialect.records"
    assert "? $.regions.*[*] or " in asked(drafted(bench, "t.json"))[place]
    given = {"t__dialect__records": "$.regions.*[*]", "t__entity": "trouble_ticket"}
    found = drafted(bench, "t.json", **given)
    assert feed(found)["entities"][0]["explode"] == "$.regions.*[*]"
    loaded(bench, found)
    assert bench.rows("select count(*) from raw.trouble_ticket") == [(6,)]


@pytest.mark.parametrize("key", ["$item.no", "sql:upper(item->>'$.no')"])
def test_pictures_whose_ids_change_capitals_are_pictures_of_the_same_things(bench, key):
    """They seemed to be events that tell of no start, and a person was asked for one."""
    names = [f"p_20261001_0{hour}00.json" for hour in range(1, 5)]
    for number, name in enumerate(names):
        ids = [f"{'aA'[number % 2]}-{each}" for each in range(3)]
        bench.deliver(name, json.dumps({"open": [{"no": each, "site": "S1"} for each in ids]}))
    given = {"p__dialect__records": "$", "p__entity": "service_problem", "time_zone": "UTC"}
    given["p__service_problem__explode"] = "$.open"
    given["p__service_problem__category"] = "value:outage"
    found = drafted(bench, *names, name="p", **given, p__service_problem__problem_id=key)
    assert feed(found)["delivery"] == "snapshot"
    assert "comes again in other capitals: upper(" in found.text
    assert list(asked(found)) == ["p.service_problem.fold.empty_ends"]


@pytest.mark.parametrize("form", ["{:02}.01.2026 {:02}:30", "2026-01-{:02} {:02}:30:00"])
def test_clocks_of_twelve_hours_without_their_halves_are_asked_about(bench, form):
    for name, hours in (("t", 12), ("u", 24)):
        times = [form.format(n + 1, n % hours + (hours == 12)) for n in range(28)]
        rows = [f"T{n};{each};fault\n" for n, each in enumerate(times)]
        bench.deliver(f"{name}.csv", "ticket_id;opened;ticket_type\n" + "".join(rows))
    place = "t.trouble_ticket.opened_at.format"
    question = asked(drafted(bench, "t.csv", time_zone="UTC"))[place]
    assert "do its clocks show twelve hours" in question
    answer = {place.replace(".", "__"): question.rpartition("format: ")[2]}
    assert loaded(bench, drafted(bench, "t.csv", time_zone="UTC", **answer)).rows_loaded == 28
    assert not asked(drafted(bench, "u.csv", time_zone="UTC"))


def test_an_amount_of_many_decimals_is_told_how_to_be_rounded(bench):
    mapped = {"bill_id": "id", "billed_at": {"value": "2026-01-01"}, "amount": "sum"}
    bench.contract(entities=[{"entity": "customer_bill", "columns": mapped}])
    bench.deliver("customers.csv", "id,sum\n1,12.345678\n2,x\n3,1.5\n")
    bench.load()
    reasons = [each for (each,) in bench.rows("select reason from quarantine.rows order by all")]
    assert "round(cast(… as double), 2) in sql" in reasons[1]
    assert "in the declared dialect" in reasons[0]
    mapped["amount"] = {"sql": "round(cast(sum as double), 2)"}
    bench.contract(entities=[{"entity": "customer_bill", "columns": mapped}])
    path = bench.deliver("customers.csv", "id,sum\n1,12.345678\n")
    assert cx(bench, "source", "check", str(bench.contracts / "crm.yml"), str(path)) == 0
    assert bench.load().rows_loaded == 1
    assert [str(each) for (each,) in bench.rows("select amount from raw.customer_bill")] == [
        "12.3500"
    ]


@pytest.mark.parametrize("mapping", ["fold", "pair"])
def test_a_replay_by_the_same_contract_leaves_what_was_folded(bench, mapping):
    """It took the rows away, and as no file had changed nothing made them again."""
    if mapping == "fold":
        told = {
            "explode": "$.open",
            "fold": {"starts": "started_at", "ends": "restored_at", "empty_ends": True},
            "columns": {"problem_id": "$item"},
        }
        entity, files = "service_problem", {"files": "*.json", "format": "json"}
        moment = {"file_name": r"_(\d{8})", "format": "%Y%m%d"}
        files |= {"delivery": "snapshot", "extracted_at": moment}
        for day, ids in ((1, ["x", "y"]), (2, ["x"]), (3, [])):
            bench.deliver(f"p_2026010{day}.json", json.dumps({"open": ids}))
    else:
        acts = {"cleared_at": "act = 'C'"}
        pair = {"key": "ne", "starts": "raised_at", "begins": "act = 'R'", "acts": acts}
        told = {"pair": pair, "columns": {"alarm_id": "id", "raised_at": "t"}}
        entity, files = "alarm", {"files": "*.csv"}
        bench.deliver("log.csv", "id,ne,act,t\n1,A,R,2026-01-01\n2,A,C,2026-01-02\n")
    bench.contract(**files, entities=[{"entity": entity, **told}])
    bench.load()
    rows = f"select * exclude (known_at, _extra) from raw.{entity} order by all"
    before = bench.rows(rows)
    assert before
    from ingest.replay import replay

    replay(bench.settings, every=True)
    assert bench.rows(rows) == before


def test_a_trial_tells_of_files_that_hold_what_another_does(bench, capsys):
    bench.contract()
    for name in ("customers.csv", "customers_1.csv"):
        bench.deliver(name, "id,segment\n1,a\n")
    assert cx(bench, "source", "check", str(bench.contracts / "crm.yml"), str(bench.extracts)) == 0
    said = capsys.readouterr().out
    assert "1 files: 1 rows read" in said
    assert "1 files hold what another one does, byte for byte: they would be passed over" in said


def test_a_list_that_replaces_and_is_again_as_it_was_replaces_again(bench):
    bench.contract(delivery="snapshot", extracted_at="loaded", replaces=True)
    for number, segment in enumerate(("a", "b", "a", "a")):
        bench.deliver("customers.csv", f"id,segment\n1,{segment}\n")
        assert bench.load().files_new == (number != 3)
        assert bench.rows("select segment from raw.customer") == [(segment,)]
