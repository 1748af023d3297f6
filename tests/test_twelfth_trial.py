"""What a twelfth trial found: files as well-known products of monitoring, billing, care write."""

from __future__ import annotations

import json

import pytest

from ingest.contract_file import load_contract
from tests.test_draft import asked, body, columns, drafted, feed, loaded

# ---------------------------------------------------------------- lists that hold one today


def alert(number: int, status: str = "firing") -> dict:
    return {
        "status": status,
        "labels": {"alertname": "NodeDown", "instance": f"gw{number}", "severity": "critical"},
        "startsAt": f"2026-11-20T05:{number:02}:00.123Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": f"{number:016x}",
    }


def webhooks(*groups: list[dict]) -> str:
    lines = [json.dumps({"receiver": "cx", "status": "firing", "alerts": each}) for each in groups]
    return "\n".join(lines) + "\n"


def test_a_list_that_holds_one_in_every_record_of_the_sample_is_asked_about(bench):
    """Every group of alerts held one: the second of the next day's was lost without a word."""
    bench.deliver("webhook_20261120.ndjson", webhooks(*([alert(n)] for n in range(20))))
    text = asked(drafted(bench, "webhook_20261120.ndjson"))["webhook.alarm.explode"]
    assert "holds one of $.alerts" in text
    answer = {"webhook__alarm__explode": "$.alerts"}
    said = drafted(bench, "webhook_20261120.ndjson", **answer)
    assert feed(said)["entities"][0]["explode"] == "$.alerts"
    first = drafted(bench, "webhook_20261120.ndjson", webhook__alarm__explode="record")
    assert "webhook.alarm.explode" not in asked(first)


def test_a_list_of_few_fields_among_many_is_not_asked_about(bench):
    tickets = [
        {"id": f"T{n}", "status": "open", "severity": "high", "opened_at": "2026-11-20T05:00:00Z"}
        | {"relatedParty": [{"id": f"C{n % 7}", "role": "customer"}]}
        for n in range(20)
    ]
    bench.deliver("trouble_tickets_20261120.json", json.dumps(tickets))
    assert not [
        at for at in asked(drafted(bench, "trouble_tickets_20261120.json")) if "explode" in at
    ]


@pytest.mark.parametrize("format_", ["ndjson", "json"])
@pytest.mark.parametrize(
    ("more", "is_told"),
    [({}, True), ({"ignore": ["$.alerts"]}, False)],
)
def test_what_a_list_holds_beyond_the_first_that_is_read_is_told(bench, format_, more, is_told):
    mapped = {
        "alarm_id": "$.alerts[0].fingerprint",
        "resource_id": "$.alerts[0].labels.instance",
        "raised_at": "$.alerts[0].startsAt",
    }
    entities = [{"entity": "alarm", "columns": mapped}]
    dialect = {"records": "$[*]"} if format_ == "json" else {}
    bench.contract(files="*.txt", format=format_, dialect=dialect, entities=entities, **more)
    text = webhooks([alert(1)], [alert(2), alert(3)])
    as_list = f"[{','.join(text.splitlines())}]"
    bench.deliver("1.txt", text if format_ == "ndjson" else as_list)
    assert bench.load().rows_loaded == 2
    (told,) = bench.rows("select unmapped_columns from ops.file_ledger")
    assert (told == ("list $.alerts beyond its first",)) is is_told


def test_a_list_read_at_other_places_too_is_not_told(bench):
    mapped = {
        "alarm_id": "$.alerts[0].fingerprint",
        "resource_id": {"sql": "coalesce(record->>'$.alerts[1].labels.instance', 'x')"},
        "raised_at": "$.alerts[0].startsAt",
    }
    entities = [{"entity": "alarm", "columns": mapped}]
    bench.contract(files="*.txt", format="ndjson", entities=entities)
    bench.deliver("1.txt", webhooks([alert(2), alert(3)]))
    bench.load()
    assert bench.rows("select unmapped_columns from ops.file_ledger") == [(None,)]


# ---------------------------------------------------------------- moments as numbers

PROBLEMS = "alarm_id,host,started,cleared,severity\n"


def problems(fault: str = "") -> str:
    rows = [
        f"E{n},olt{n % 7},{1792476000 + 1700 * n},{0 if n % 3 else 1792476600 + 1700 * n},4"
        for n in range(60)
    ]
    if fault:
        rows[7] = f"E7,olt1,{fault},0,4"
    return PROBLEMS + "\n".join(rows) + "\n"


@pytest.mark.parametrize("fault", ["", "0", "1792476000000"])
def test_a_nought_among_moments_is_none_and_a_fault_leaves_them_moments(bench, fault):
    """Netcool and Zabbix write 0 for what has not ended, and the column was only a number."""
    bench.deliver("alarm_20261120.csv", problems(fault))
    found = drafted(bench, "alarm_20261120.csv", alarm__alarm__cleared_at="cleared")
    assert columns(found)["raised_at"]["epoch"] == "s"
    assert columns(found)["cleared_at"] == {"from": "cleared", "epoch": "s", "blanks": ["", "0"]}
    assert loaded(bench, found).rows_quarantined == bool(fault)
    assert bench.rows("select count(cleared_at), min(raised_at) > '2026-01-01' from raw.alarm") == [
        (20, True)
    ]


def test_small_numbers_and_noughts_are_no_moments(bench):
    rows = "".join(f"E{n},2026-11-20T05:00:00Z,{n % 3},0\n" for n in range(60))
    bench.deliver("alarm_20261120.csv", "alarm_id,raised_at,count,zero\n" + rows)
    assert "epoch" not in drafted(bench, "alarm_20261120.csv").text


def test_a_question_for_a_moment_names_the_columns_that_hold_one(bench):
    bench.deliver("alarm_20261120.csv", problems().replace("started", "clock"))
    text = asked(drafted(bench, "alarm_20261120.csv", alarm__entity="alarm"))
    assert "moments stand in clock, cleared" in text["alarm.alarm.raised_at"]


# ---------------------------------------------------------------- questions that a fault unasked


def test_one_amount_with_a_fraction_does_not_unask_whether_the_others_are_cents(bench):
    rows = "".join(
        f"P{n},A{n % 9},2026-11-20T05:00:00Z,{'19.9' if n == 5 else 1990 + n}\n" for n in range(99)
    )
    bench.deliver("payments_20261120.csv", "payment_id,account_id,paid_at,amount\n" + rows)
    found = drafted(bench, "payments_20261120.csv")
    assert "payments.payment.amount.implied_decimals" in asked(found)
    cents = {"payments__payment__amount__implied_decimals": "2"}
    assert loaded(bench, drafted(bench, "payments_20261120.csv", **cents)).rows_quarantined == 1


def test_a_key_by_its_name_is_shown_before_amounts_that_happen_to_differ(bench):
    rows = "".join(
        f"{'' if n == 5 else f'ch_{n:03}'},A{n},{1990 + n},{n + 7},"
        f"2026-11-{1 + n % 28:02}T05:{n % 60:02}Z\n"
        for n in range(99)
    )
    head = "id,account_holder,amount,amount_captured,paid_at\n"
    bench.deliver("charges_20261120.csv", head + rows)
    text = asked(drafted(bench, "charges_20261120.csv", charges__entity="payment"))
    assert "tried id (0 repeated, 1 blank)" in text["charges.payment.payment_id"]


def test_salesforce_marks_deleted_rows_in_one_word(bench):
    rows = "".join(f"C{n:03},{str(n == 3).lower()},2026-01-01\n" for n in range(30))
    bench.deliver("customers_20261120.csv", "CUSTOMER_ID,ISDELETED,CUSTOMER_SINCE\n" + rows)
    found = drafted(bench, "customers_20261120.csv", time_zone="UTC")
    assert "ISDELETED tells which rows were deleted" in asked(found)["customers.customer.where"]


def test_granularity_is_no_annulment(bench):
    rows = "".join(f"C{n:03},15,a\n" for n in range(30))
    bench.deliver("customers.csv", "customer_id,Granularity Period,IsAnnulled\n" + rows)
    notes = [line for line in drafted(bench, "customers.csv").text.split("\n") if "deleted" in line]
    assert ["IsAnnulled" in line for line in notes] == [True]


def test_the_doubled_hour_may_be_answered_in_the_file_as_it_is_asked(bench):
    """The question offers quarantine, and a contract that said so was refused."""
    rows = "".join(f"T{n},2026-10-2{n}T02:30:00,open\n" for n in range(1, 9))
    bench.deliver("trouble_tickets.csv", "ticket_id,opened_at,status\n" + rows)
    found = drafted(bench, "trouble_tickets.csv", time_zone="Europe/Berlin")
    assert "or quarantine" in asked(found)["doubled_hour"]
    path = bench.contracts / "trouble_tickets.yml"
    path.write_text(found.text.replace(body(found)["doubled_hour"], "quarantine"))
    assert load_contract(path).doubled_hour == "quarantine"
    report = bench.load()
    assert (report.rows_loaded, report.rows_quarantined) == (7, 1)
    # a feed may say so where the contract says one of the two
    path.write_text(
        path.read_text()
        .replace('doubled_hour: "quarantine"', "doubled_hour: first")
        .replace("    format: csv", "    doubled_hour: quarantine\n    format: csv")
    )
    contract = load_contract(path)
    assert (contract.doubled_hour, contract.hour_of(contract.feeds[0])) == ("first", None)


# ---------------------------------------------------------------- files as products write them

HUAWEI = 'Result Time,Granularity Period,Object Name,Reliability,"L.Users"\n,Minutes,,,None\n'


def test_pairs_within_a_quoted_name_are_no_lines_of_pairs(bench):
    cells = "".join(
        f'2026-10-20 05:{15 * (n % 4):02},15,"E{n}/Cell:Name=E{n}, ID={n}, Cell=C, eNB=5, TDD=F",'
        f"Reliable,{n}\n"
        for n in range(20)
    )
    bench.deliver("pmresult_20261020.csv", HUAWEI + cells)
    found = asked(drafted(bench, "pmresult_20261020.csv"))
    assert "pmresult.dialect.delimiter" not in found
    bench.deliver("log.txt", "".join(f'ne=E{n} text="a=1" sev=major id={n}\n' for n in range(20)))
    assert "pairs of key=value" in asked(drafted(bench, "log.txt"))["log.dialect.delimiter"]


def test_records_of_several_kinds_are_named_and_can_be_taken_apart(bench):
    """Header, invoices with their charges, trailer: it said that no mark gives two columns."""
    lines = "".join(
        f"INV|B{n}|A{n}|20261001|12.50|EUR\nCHG|B{n}|1|RC|10.0\nCHG|B{n}|2|UC|2.5\n"
        for n in range(20)
    )
    bench.deliver("bills_20261101.dat", f"HDR|BILLS|20261101|1\n{lines}TRL|60|x\n")
    text = asked(drafted(bench, "bills_20261101.dat"))["bills.dialect.delimiter"]
    assert (
        "several kinds, each with fields of its own between | (HDR 4, INV 6, CHG 5, TRL 3)" in text
    )
    assert "line like 'INV|%'" in text


MEASURED = """<measCollecFile
xmlns="http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec">
<fileHeader fileFormatVersion="32.435 V10.0" vendorName="E"><fileSender localDn="E={n}"/>
<measCollec beginTime="2026-10-25T02:00:00+02:00"/></fileHeader><measData>
<managedElement localDn="E={n}"/><measInfo>
<granPeriod duration="PT900S" endTime="2026-10-25T02:15:00+02:00"/><measType p="1">pmX</measType>
<measValue measObjLdn="Cell={n}"><r p="1">7</r></measValue></measInfo></measData>
<fileFooter><measCollec endTime="2026-10-25T02:15:00+02:00"/></fileFooter></measCollecFile>"""


@pytest.mark.parametrize("many", [2, 3])
def test_measurements_of_one_file_per_element_are_one_feed(bench, many):
    """Ericsson names the element in the file's name: each drafted as a feed of its own."""
    for n in range(many):
        name = f"A20261025.0200+0200-0215+0200_SubNetwork=R,MeContext=ENB{n}_statsfile.xml"
        bench.deliver(name, MEASURED.format(n=n))
    found = drafted(bench, *sorted(each.name for each in bench.extracts.iterdir()), name="enm")
    assert [each["files"] for each in body(found)["feeds"]] == [
        "**/A*+*+*_SubNetwork=R,MeContext=ENB*_statsfile.xml"
    ]
    assert loaded(bench, found).rows_loaded == many


def test_a_column_of_the_very_name_is_taken_before_one_that_may_be_meant(bench):
    """With an item an order the two are alike: the order's number became the item's."""
    rows = "".join(f"O{n},O{n}/1,C{n % 7},2026-11-20T05:00:00Z,add\n" for n in range(30))
    head = "order_id,order_item_id,customer_id,ordered_at,action\n"
    bench.deliver("orders_20261120.csv", head + rows)
    said = columns(drafted(bench, "orders_20261120.csv"))
    assert (said["order_item_id"], said["order_id"]) == ("order_item_id", "order_id")


@pytest.mark.parametrize("space", [" ", "\u202f"])
def test_the_narrow_space_before_pm_is_a_space(bench, space):
    """Java, PHP, browsers write it since 2023: dates were taken for free text, and refused."""
    rows = "".join(
        f'T{n},"Oct {1 + n % 28}, 2026, {1 + n % 12}:05:12{space}{"AM" if n % 2 else "PM"}",open\n'
        for n in range(40)
    )
    bench.deliver("trouble_tickets_20261120.csv", "ticket_id,opened_at,status\n" + rows)
    found = drafted(bench, "trouble_tickets_20261120.csv", time_zone="UTC")
    assert columns(found)["opened_at"]["format"] == "%b %d, %Y, %I:%M:%S %p"
    assert loaded(bench, found).rows_loaded == 40
    (first,) = bench.rows("select opened_at::varchar from raw.trouble_ticket where ticket_id='T1'")
    assert first == ("2026-10-02 02:05:12",)


LABELLED = "alarm_id,resource_id,raised,count\n{}\n"


@pytest.mark.parametrize("labels", ["VARCHAR(9),VARCHAR(9),INTEGER,INTEGER", ",,s,None"])
def test_a_row_of_types_or_units_below_the_names_is_no_row(bench, labels):
    """Cisco writes the types there, Huawei the units: a call record was a party."""
    cells = "".join(f"A{n},R{n % 7},{1792476000 + n},{n}\n" for n in range(30))
    bench.deliver("alarms_20261120.csv", LABELLED.format(labels) + cells)
    found = drafted(bench, "alarms_20261120.csv")
    assert columns(found)["raised_at"]["epoch"] == "s"
    report = loaded(bench, found)
    assert (report.rows_loaded, report.rows_quarantined, report.rows_dropped) == (30, 0, 1)


@pytest.mark.parametrize(
    "first",
    ["A0,Anna Muster,n/a,-", "A0,R0,1792476000,none", "A0,Anna Muster,open,pending", "A0,R0,,"],
)
def test_a_row_without_values_is_not_taken_for_labels(bench, first):
    cells = "".join(f"A{n},R{n % 7},{1792476000 + n},{n}\n" for n in range(1, 30))
    bench.deliver("alarms_20261120.csv", LABELLED.format(first) + cells)
    assert "ignore_lines" not in drafted(bench, "alarms_20261120.csv").text


@pytest.mark.parametrize("end", ["(30 rows)", "30 rows selected.", "(30 rows affected)"])
def test_what_a_client_of_a_database_says_at_the_end_is_the_count_of_rows(bench, end):
    cells = "".join(f" C{n} | private | 2020-01-{1 + n % 28:02}\n" for n in range(30))
    head = " customer_id | segment | since\n-------------+---------+------\n"
    bench.deliver("customers_20261120.txt", f"{head}{cells}{end}\n")
    found = drafted(bench, "customers_20261120.txt", time_zone="UTC")
    assert "row_count" in feed(found)["dialect"]
    report = loaded(bench, found)
    assert (report.rows_loaded, report.rows_quarantined) == (30, 0)
    bench.deliver("customers_20261121.txt", f"{head}{cells[:-18]}\n{end.replace('30', '31')}\n")
    assert any("says itself that it holds 31" in each for each in bench.load().refused)


JIRA = "Issue key,Status,{}Created,Resolved,Custom field (Customer number)\n"


def issues(comments: int, *, turned: bool = False) -> str:
    days = [f"2026-10-{1 + n % 28:02}T10:00:00Z,2026-11-02T10:00:00Z" for n in range(30)]
    days = [",".join(reversed(each.split(","))) if turned else each for each in days]
    rows = "".join(
        f"CX-{n},open,{'x,' * comments}{day},C{n % 7:05}\n" for n, day in enumerate(days)
    )
    head = JIRA.format("Comment," * comments)
    return (head.replace("Created,Resolved", "Resolved,Created") if turned else head) + rows


def test_a_header_that_names_a_column_twice_still_tells_where_the_others_are(bench):
    """JIRA has as many columns Comment as an export needs: by place, the next was refused."""
    bench.deliver("jira_20261101.csv", issues(3))
    answers = {"jira__entity": "trouble_ticket", "jira__trouble_ticket__ticket_id": "Issue key"}
    found = drafted(bench, "jira_20261101.csv", **answers)
    assert "columns" not in feed(found).get("dialect", {})
    bench.deliver("jira_20261102.csv", issues(3, turned=True))
    bench.deliver("jira_20261103.csv", issues(5))
    bench.deliver("jira_20261104.csv", issues(1))
    report = loaded(bench, found)
    assert (report.rows_loaded, report.rows_quarantined) == (120, 0)
    assert bench.rows(
        "select count(*) from raw.trouble_ticket where resolved_at = '2026-11-02 10:00:00'"
    ) == [(120,)]
    assert "Comment_3" in str(bench.rows("select unmapped_columns from ops.file_ledger"))


@pytest.mark.parametrize(
    ("mapped", "loads"), [("Comment_2", True), ("Comment", False), ("Comment_4", False)]
)
def test_one_of_several_columns_of_a_name_is_read_by_its_number_and_never_by_chance(
    bench, mapped, loads
):
    columns = {"ticket_id": "Issue key", "opened_at": "Created", "reason": mapped}
    bench.contract(files="*.csv", entities=[{"entity": "trouble_ticket", "columns": columns}])
    bench.deliver("jira.csv", issues(3).replace("x,x,x", "a,b,c"))
    report = bench.load()
    assert bool(report.rows_loaded) is loads
    if loads:
        assert bench.rows("select distinct reason from raw.trouble_ticket") == [("b",)]
    else:
        assert "'Comment" in report.refused[0]


def test_a_column_named_by_a_word_of_sql_is_refused_with_the_way_out(bench):
    columns = {"customer_id": "id", "segment": {"sql": "end || at"}}
    bench.contract(entities=[{"entity": "customer", "columns": columns}])
    bench.deliver("customers.csv", "id,end,at\nC1,a,b\n")
    assert "stands in double quotes" in bench.load().refused[0]


@pytest.mark.parametrize("answer", ["seconds", "milliseconds"])
def test_durations_of_hours_are_asked_whether_they_are_milliseconds(bench, answer):
    """Genesys counts milliseconds: a talk of three minutes was one of two days."""
    rows = "".join(f"I{n},phone,2026-11-20T05:00:00Z,{180_000 + 1000 * n}\n" for n in range(30))
    head = "interaction_id,channel,started_at,talk time\n"
    bench.deliver("interactions_20261120.csv", head + rows)
    place = {"interactions__entity": "interaction"}
    place |= {"interactions__interaction__talk_seconds": "talk time"}
    place |= {"interactions__interaction__direction": "value:inbound"}
    asks = "interactions.interaction.talk_seconds.sql"
    text = asked(drafted(bench, "interactions_20261120.csv", **place))[asks]
    assert "seconds, or milliseconds?" in text
    place |= {"interactions__interaction__talk_seconds__sql": answer}
    assert loaded(bench, drafted(bench, "interactions_20261120.csv", **place)).rows_loaded == 30
    (first,) = bench.rows("select min(talk_seconds) from raw.interaction")
    assert first == (180 if answer == "milliseconds" else 180_000,)


def test_milliseconds_by_name_become_whole_seconds(bench):
    """The draft's own contract refused every row: 180.123 is no whole number."""
    rows = "".join(f"I{n},phone,2026-11-20T05:00:00Z,{180_123 + 1000 * n}\n" for n in range(30))
    bench.deliver("calls_20261120.csv", "interaction_id,channel,started_at,talk_ms\n" + rows)
    place = {"calls__entity": "interaction", "calls__interaction__direction": "value:inbound"}
    place |= {"calls__interaction__talk_seconds": "talk_ms"}
    assert loaded(bench, drafted(bench, "calls_20261120.csv", **place)).rows_loaded == 30
    assert bench.rows("select min(talk_seconds) from raw.interaction") == [(180,)]
