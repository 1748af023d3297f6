"""What an eighth trial with made-up systems found: counts, digits, lists and lines misread."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import zipfile
from contextlib import closing
from decimal import Decimal

import duckdb
import pytest
import xlsxwriter

from cx.errors import UserError
from ingest.contract_file import load_contract
from ingest.draft.counts import readings
from ingest.draft.moments import moments
from ingest.draft.names import pattern_of, stamp_of
from tests.test_draft import asked, cx, drafted, feed, loaded
from tests.test_draft import columns as fields
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
    mapped = {"customer_id": "id", "customer_since": {"from": "t", "format": form}}
    bench.contract(entities=[{"entity": "customer", "columns": mapped}])
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


def test_an_amount_of_more_digits_than_a_number_of_json_keeps_is_quarantined(bench):
    mapped = {"payment_id": "$.id", "account_id": "$.id", "paid_at": "$.at", "amount": "$.sum"}
    bench.contract(
        files="*.ndjson", format="ndjson", entities=[{"entity": "payment", "columns": mapped}]
    )
    sums = ["12345678901234.5678", '"12345678901234.5678"', "123456789012.34", "0.1"]
    rows = [f'{{"id": "{n}", "at": "2026-10-01", "sum": {one}}}\n' for n, one in enumerate(sums)]
    bench.deliver("p.ndjson", "".join(rows))
    bench.load()
    loaded = [str(amount) for (amount,) in bench.rows("select amount from raw.payment order by 1")]
    assert loaded == ["0.1000", "123456789012.3400", "12345678901234.5678"]
    ((reason,),) = bench.rows("select reason from quarantine.rows")
    assert "more digits" in reason


def store(bench) -> None:
    """A Finnish store: keys of two columns, days counted three ways, a minus behind, cents."""
    with closing(sqlite3.connect(bench.extracts / "bss_20261101.db")) as file:
        file.executescript(
            "create table LASKU(TILI integer, NRO integer, PVM integer, SNT integer, EUR text, "
            "primary key(TILI, NRO));"
            "create table T_7(C1 integer primary key, C2 text, C3 text, C4 text);"
            "create table ASETUS(AVAIN text, ARVO text);"
        )
        file.executemany(
            "insert into LASKU values (?, ?, ?, ?, ?)",
            # four prices only, as tariffs have
            [(n // 2, n % 2, 26244 + n, (995, 1990)[n % 2], f"{n}.50-") for n in range(20)],
        )
        file.executemany(
            "insert into T_7 values (?, ?, ?, ?)",
            [(n, "KK", f"0{n % 9 + 1}-OCT-26", f"{n},5") for n in range(20)],
        )
        file.commit()


BILLS = {
    "lasku__entity": "customer_bill",
    "lasku__customer_bill__billed_at": "PVM",
    "lasku__customer_bill__amount": "SNT",
    "lasku__customer_bill__amount_ex_tax": "EUR",
}


def test_a_store_tells_its_key_and_amounts_as_it_writes_them_are_read(bench):
    store(bench)
    found = drafted(bench, "bss_20261101.db", **BILLS)
    open_ones = asked(found)
    key = "lasku.customer_bill.bill_id"
    assert """declares TILI + NRO, sql:"TILI" || '/' || "NRO";""" in open_ones[key]
    assert (
        "format:%y%j (2026-09-01 to 2026-09-20)"
        in open_ones["lasku.customer_bill.billed_at.days_since"]
    )
    answers = {key: "sql:TILI || '/' || NRO", "time_zone": "UTC"}
    answers["lasku.customer_bill.billed_at.days_since"] = "format:%y%j"
    loaded(bench, drafted(bench, "bss_20261101.db", **BILLS, **answers))
    assert bench.rows(
        "select bill_id, billed_at, amount, amount_ex_tax from raw.customer_bill "
        "order by billed_at limit 2"
    ) == [
        ("0/0", dt.datetime(2026, 9, 1), Decimal("9.95"), Decimal("-0.5")),
        ("0/1", dt.datetime(2026, 9, 2), Decimal("19.90"), Decimal("-1.5")),
    ]


def test_columns_without_names_are_told_one_by_one_and_a_table_is_left_out_when_answered(bench):
    store(bench)
    answers = {"t_7__entity": "applied_billing_rate", "lasku__entity": "none"}
    found = drafted(bench, "bss_20261101.db", **answers)
    assert [name for name, _ in found.feeds] == ["t_7"]
    assert "# - C3: date, 9 different" in found.text
    assert "for_each" not in found.text


@pytest.mark.parametrize(
    ("numbers", "answers"),
    [
        ([17605, 20363], ["days:1970-01-01"]),
        ([2460322.5, 2461226.5, 5373484.5], ["julian"]),
        ([46023, 46325], ["days:1899-12-30"]),
        ([2026001, 2026300], ["format:%Y%j"]),
        ([1, 2], []),
    ],
)
def test_numbers_are_moments_since_when_they_lie_in_our_time(numbers, answers):
    assert [each.answer for each in readings(numbers)][:1] == answers


def test_an_answered_julian_day_is_read_and_the_last_day_of_time_is_open(bench):
    lines = [f"{n},{2461000.5 + n},{5373484.5 if n else 2461100.25}\n" for n in range(9)]
    bench.deliver("lines.csv", "product_id,started_at,ended_at\n" + "".join(lines))
    place = "lines__product__{}__days_since"
    answers = {place.format(each): "julian" for each in ("started_at", "ended_at")}
    loaded(bench, drafted(bench, "lines.csv", **answers, lines__entity="product"))
    assert bench.rows("select started_at, ended_at from raw.product order by 1 limit 2") == [
        (dt.datetime(2025, 11, 21), dt.datetime(2026, 2, 28, 18)),
        (dt.datetime(2025, 11, 22), None),
    ]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2026-298 12:00:00 EEST", "%Y-%j %H:%M:%S %Z"),
        ("2026-W43-1 24:00:00", "%G-W%V-%u %H:%M:%S"),
        ("24.10.2026 kl. 22:03 CEST", "%d.%m.%Y kl. %H:%M %Z"),
        ("24.10.2026 um 12:30 Uhr", "%d.%m.%Y um %H:%M Uhr"),
        ("24/10/2026 14h30", "%d/%m/%Y %Hh%M"),
        ("20261025T0230Z", "%Y%m%dT%H%MZ"),
        ("2026102512", "%Y%m%d%H"),
        ("2026299120000", "%Y%j%H%M%S"),
        ("20261025120000123", "%Y%m%d%H%M%S%g"),
        ("20261025T023000+0200", "%Y%m%dT%H%M%S%z"),
    ],
)
def test_days_of_the_year_weeks_and_hours_in_words_are_times(text, form):
    assert moments({text: 1}).formats == (form,)


def test_a_time_nobody_knows_is_asked_for_its_format(bench):
    lines = [f"T{n},Q{n} o'clock\n" for n in range(9)]
    bench.deliver("t.csv", "ticket_id,opened\n" + "".join(lines))
    given = {"t__entity": "trouble_ticket", "t__trouble_ticket__opened_at": "opened"}
    said = asked(drafted(bench, "t.csv", **given))
    assert "strptime" in said["t.trouble_ticket.opened_at.format"]


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("alarms_2026W43.txt", "**/alarms_*.txt"),
        ("report_KW44.csv", "**/report_*.csv"),
        ("sub_01NOV2026.csv", "**/sub_*.csv"),
        ("Rechnungen_Oktober_2026.xlsx", "**/Rechnungen_*.xlsx"),
        ("Umsatz_Q3.xlsx", "**/Umsatz_*.xlsx"),
        ("market_26.csv", "**/market_*.csv"),
        ("janus2.csv", "**/janus2.csv"),
    ],
)
def test_weeks_and_months_in_a_files_name_count(name, pattern):
    assert pattern_of(name) == pattern


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("out-1792872000.json", "epoch"),
        ("out-1792872000123.json", "epoch"),
        ("491701234567.cdr", None),
        ("x_01NOV2026.csv", "%d%b%Y"),
    ],
)
def test_an_epoch_or_a_named_month_in_a_files_name_is_its_moment(name, form):
    assert (stamp_of([name]) or (None, None))[1] == form


def test_the_name_of_an_archive_tells_when_its_members_were_written(bench):
    with zipfile.ZipFile(bench.extracts / "crm_2026-11-01.zip", "w") as archive:
        archive.writestr("export/customers.csv", "customer_id,segment\nA,x\nB,y\n")
    found = drafted(bench, "crm_2026-11-01.zip", name="crm")
    assert feed(found)["extracted_at"]["format"] == "%Y-%m-%d"
    loaded(bench, found)
    assert bench.rows("select max(known_at) from raw.customer") == [(dt.datetime(2026, 11, 1),)]


def outages(bench) -> list[str]:
    """Pictures of outages by region; the last shows none."""
    names = [f"out-{1792872000 + 1200 * number}.json" for number in range(4)]
    for number, name in enumerate(names):
        seen = [{"outageId": f"O{each}", "cause": "storm"} for each in range(number, number + 3)]
        shown = [] if number == 3 else seen
        regions = [{"name": "N", "outages": shown}, {"name": "S", "outages": []}]
        bench.deliver(name, json.dumps({"state": "OK", "regions": regions}))
    return names


@pytest.mark.parametrize("records", ["$.regions[*].outages[*]", "$"])
def test_a_list_within_a_list_is_a_row_each_also_where_a_picture_shows_none(bench, records):
    """The draft refused its own option for an empty picture, or took the first for all."""
    names = outages(bench)
    answers = {"out.entity": "service_problem", "out.dialect.records": records}
    answers["out.service_problem.fold.empty_ends"] = "true"
    answers["out.service_problem.category"] = "value:outage"
    if records == "$":
        place = "out.service_problem.explode"
        first = {each: answers[each] for each in ("out.entity", "out.dialect.records")}
        assert "$.regions[*].outages" in asked(drafted(bench, *names, **first))[place]
        answers[place] = "$.regions[*].outages"
    loaded(bench, drafted(bench, *names, **answers))
    assert bench.rows(
        "select problem_id, minute(started_at), max(minute(restored_at)) from raw.service_problem "
        "group by all order by 1"
    ) == [("O0", 0, 20), ("O1", 0, 40), ("O2", 0, 0), ("O3", 20, 0), ("O4", 40, 0)]


def test_the_end_of_a_quoted_text_is_no_trailer(bench):
    rows = [f'{n};"two\nlines, {n}"\n' for n in range(9)]
    bench.deliver("tickets.csv", "ticket_id;note\n" + "".join(rows))
    found = drafted(bench, "tickets.csv", tickets__entity="trouble_ticket")
    assert "ignore_lines" not in feed(found)["dialect"]


def test_rows_of_sums_and_sheets_of_all_months_are_told(bench):
    book = xlsxwriter.Workbook(bench.extracts / "book.xlsx")
    for month in ("Janeiro", "Fevereiro"):
        sheet = book.add_worksheet(f"{month} 26")
        rows = [["customer_id", "segment", "status"]]
        rows += [[f"{month[0]}{n}", "x", "on"] for n in range(9)]
        for at, row in enumerate([*rows, ["Total geral", None, None]]):
            sheet.write_row(at, 0, row)
    book.add_worksheet("Resumo").write_row(0, 0, ["a", "b"])
    book.close()
    found = drafted(bench, "book.xlsx", name="book")
    assert feed(found)["dialect"]["sheet"] == "* 26"
    report = loaded(bench, found)
    assert (report.rows_loaded, report.rows_dropped) == (18, 2)


def test_ids_that_end_in_a_nought_nobody_wrote_are_asked_and_told(bench, capsys):
    bench.deliver("customers.csv", "customer_id,segment\n1001.0,a\n1002.0,b\n")
    place = "customers.customer.customer_id.sql"
    assert "end in .0" in asked(drafted(bench, "customers.csv"))[place]
    found = drafted(bench, "customers.csv", **{place: "keep"})
    path = bench.contracts / "customers.yml"
    path.write_text(found.text)
    cx(bench, "source", "check", str(path), str(bench.extracts))
    assert "customer.customer_id: 2 end in .0" in capsys.readouterr().out
    loaded(bench, drafted(bench, "customers.csv", **{place: "cut"}))
    assert bench.rows(CUSTOMERS) == [("1001", "a"), ("1002", "b")]


def test_a_log_of_acts_is_asked_what_ties_its_lines(bench):
    lines = [
        f"{2 * n + act},2026-11-01T{n:02}:{30 * act:02}:00Z,{word},N{n % 3},{n % 4}"
        for n in range(12)
        for act, word in enumerate(("SET", "CLR"))
    ]
    bench.deliver("log.csv", "SEQ,WHEN,OP,NE,CARD\n" + "\n".join(lines) + "\n")
    answers = {"log__entity": "alarm", "log__alarm__alarm_id": "SEQ"}
    said = asked(drafted(bench, "log.csv", **answers))["log.alarm.pair"]
    assert "SET begins, CLR after" in said
    found = drafted(bench, "log.csv", **answers, log__alarm__pair="NE || '/' || CARD")
    loaded(bench, found)
    assert bench.rows(
        "select count(*), count(cleared_at), max(cleared_at - raised_at) from raw.alarm"
    ) == [(12, 12, dt.timedelta(minutes=30))]


def test_comments_of_a_log_of_one_column_are_dropped_by_rule(bench):
    bench.deliver("one.log", "# head\nA1 UP\n# rotated\nA2 DOWN, again\n")
    answers = {"one__dialect__delimiter": "none", "one__dialect__columns": "line"}
    answers |= {"one__entity": "alarm", "one__alarm__alarm_id": "sql:left(line, 2)"}
    answers["one__alarm__raised_at"] = "value:2026-11-01"
    loaded(bench, drafted(bench, "one.log", **answers, time_zone="UTC"))
    assert bench.rows("select alarm_id from raw.alarm order by 1") == [("A1",), ("A2",)]


def test_minutes_are_no_seconds_and_megabytes_no_gigabytes(bench):
    head = "call_id,customer_id,channel,direction,started,duration_min,hold,solved\n"
    call = "{0},C{0},phone,inbound,2026-10-01T10:0{0}:00Z,{0},2,{1}\n"
    rows = [call.format(n, "Y" * (n % 2)) for n in range(9)]
    bench.deliver("calls.csv", head + "".join(rows))
    place = "calls.interaction.{}"
    hold, solved = place.format("hold_seconds.sql"), place.format("is_resolved_first.default")
    assert list(asked(drafted(bench, "calls.csv"))) == [solved, hold]
    loaded(bench, drafted(bench, "calls.csv", **{hold: "minutes", solved: "false"}))
    assert bench.rows(
        "select talk_seconds, hold_seconds, is_resolved_first from raw.interaction "
        "order by talk_seconds limit 2"
    ) == [(0, 120, False), (60, 120, True)]
    bench.deliver("tariffs.csv", "offering_id,name,data_mb\nT1,S,10240\nT2,L,512\n")
    place = "tariffs.product_offering.included_data_gb.sql"
    assert "counts MB" in asked(drafted(bench, "tariffs.csv"))[place]
    found = drafted(bench, "tariffs.csv", **{place: "1024"})
    assert fields(found)["included_data_gb"]["sql"].endswith("/ 1024.0 ** 1")


def test_an_amount_used_is_asked_for_its_unit(bench):
    lines = [f"L{n},data,2026-10-0{n}T00:00:00Z,{n}\n" for n in range(1, 9)]
    bench.deliver("usage.csv", "product_id,type,started,volume_mb\n" + "".join(lines))
    found = asked(drafted(bench, "usage.csv", usage__entity="usage"))
    assert "MB, by its name" in found["usage.usage.unit.value"]


def test_amounts_as_on_paper_are_read_and_ids_like_them_are_ids(bench):
    lines = "FT-1;€ 1.019,90;FT\nFT-2;€ \u22125,00;FT\nFT-3;(€ 7,25);FT\n"
    bench.deliver("payments.csv", "payment_id;amount;method\n" + lines.replace("(€ ", "€ ("))
    answers = {"payments__payment__paid_at": "value:2026-10-01", "time_zone": "UTC"}
    loaded(bench, drafted(bench, "payments.csv", **answers, payments__entity="payment"))
    assert bench.rows("select payment_id, amount from raw.payment order by 1") == [
        ("FT-1", Decimal("1019.90")),
        ("FT-2", Decimal(-5)),
        ("FT-3", Decimal("-7.25")),
    ]


def test_names_that_stand_twice_bear_the_heading_above_them(bench):
    """The reader refused such a sheet, under whichever of its two header rows."""
    book = xlsxwriter.Workbook(bench.extracts / "sales.xlsx")
    sheet = book.add_worksheet("Bills")
    sheet.merge_range(0, 0, 1, 0, "bill_id")
    for at, month in ((1, "Juli 2026"), (3, "August 2026")):
        sheet.merge_range(0, at, 0, at + 1, month)
        sheet.write_row(1, at, ["Netto", "Brutto"])
    for n in range(9):
        sheet.write_row(2 + n, 0, [f"B{n}", n, n + 0.5, n + 10, n + 10.5])
    book.close()
    answers = {"sales__entity": "customer_bill", "time_zone": "UTC"}
    answers["sales.customer_bill.amount"] = "August 2026 Brutto"
    answers["sales.customer_bill.billed_at"] = "value:2026-08-31"
    loaded(bench, drafted(bench, "sales.xlsx", **answers))
    assert bench.rows("select bill_id, amount from raw.customer_bill order by 1 limit 2") == [
        ("B0", Decimal("10.5")),
        ("B1", Decimal("11.5")),
    ]


def test_a_document_is_asked_whether_it_says_when_it_was_written(bench):
    """Pictures in one archive have no moment of their own by its name."""
    with zipfile.ZipFile(bench.extracts / "power_20261101.zip", "w") as archive:
        for number in range(3):
            seen = [{"id": f"E{each}", "cause": "tree"} for each in range(number, 3)]
            told = {"meta": {"generated": f"Sun, 01 Nov 2026 0{number}:00:00 GMT"}}
            archive.writestr(f"snap_{number:03}.json", json.dumps(told | {"outages": seen}))
    answers = {"snap.entity": "service_problem", "snap.dialect.records": "$.outages[*]"}
    place = "snap.extracted_at.from"
    said = asked(drafted(bench, "power_20261101.zip", **answers))[place]
    assert "$.meta.generated (Sun, 01 Nov 2026 00:00:00 GMT)" in said
    answers |= {place: "$.meta.generated", "snap.service_problem.problem_id": "$.id"}
    answers["snap.service_problem.fold.empty_ends"] = "false"
    answers["snap.service_problem.category"] = "value:outage"
    loaded(bench, drafted(bench, "power_20261101.zip", **answers))
    assert bench.rows(
        "select problem_id, max(hour(restored_at)) from raw.service_problem group by 1 order by 1"
    ) == [("E0", 1), ("E1", 2), ("E2", None)]


def test_a_number_that_a_store_holds_as_one_has_no_marks_to_ask_for(bench):
    with duckdb.connect(str(bench.extracts / "b.duckdb")) as file:
        file.execute("create table bills (bill_id text, billed_at date, amount decimal(9, 3))")
        file.execute("insert into bills values ('B1', '2026-10-01', 19.995)")
    assert list(asked(drafted(bench, "b.duckdb", b__entity="customer_bill"))) == ["time_zone"]


@pytest.mark.parametrize(("first", "asks"), [(0, False), (1, True)])
def test_a_date_takes_its_hour_from_the_column_beside_it(bench, first, asks):
    """All hours of a day were of its midnight."""
    rows = [f"{day}.10.2026;{h + first};C1;att;{h}\n" for day in (20, 21) for h in range(24)]
    bench.deliver("pm.csv", "DATUM;STUNDE;ZELLE;KPI;WERT\n" + "".join(rows))
    answers = {"pm__entity": "performance_measurement", "time_zone": "UTC"}
    if asks:
        place = "pm.performance_measurement.measured_from.sql"
        assert list(asked(drafted(bench, "pm.csv", **answers))) == [place]
        answers[place] = "to"
    loaded(bench, drafted(bench, "pm.csv", **answers))
    assert bench.rows(
        "select count(distinct measured_from), min(hour(measured_from)) filter (value = 4) "
        "from raw.performance_measurement"
    ) == [(48, 4)]


def test_marks_that_stand_together_divide(bench):
    bench.deliver("c.csv", "customer_id^|^segment\nA^|^x\nB^|^y^z\n")
    loaded(bench, drafted(bench, "c.csv"))
    assert bench.rows(CUSTOMERS) == [("A", "x"), ("B", "y^z")]


def test_the_first_day_of_time_is_no_day_and_long_numbers_of_lines_may_be_phones(bench):
    ends = "0001-01-01", "1900-01-01", "9999-12-31", "2026-09-01"
    rows = [f"3460011122{n};2026-01-0{n + 1};{end}\n" for n, end in enumerate(ends)]
    bench.deliver("lines.csv", "linea;started_at;ended_at\n" + "".join(rows))
    answers = {"lines__entity": "product", "lines__product__product_id": "linea"}
    answers["time_zone"] = "UTC"
    place = "lines.product.product_id.token"
    assert "phone numbers" in asked(drafted(bench, "lines.csv", **answers))[place]
    loaded(bench, drafted(bench, "lines.csv", **answers, **{place: "phone"}))
    assert bench.rows("select count(ended_at), count(distinct product_id) from raw.product") == [
        (1, 4)
    ]
    assert bench.rows("select count(*) from raw.product where product_id like '346%'") == [(0,)]
