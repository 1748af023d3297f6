"""What a thirteenth trial found: databases, pictures, sheets, nested JSON, logs of no product."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from contextlib import closing

import duckdb
import pytest

from cx.errors import UserError
from ingest.contract_file import ContractError
from ingest.draft.moments import moments
from tests.test_draft import asked, body, columns, cx, drafted, feed, loaded
from tests.test_workbook import book

# ---------------------------------------------------------------- lists in lists


def accounts() -> str:
    """Bills with their lines, and beside them the account's own lines."""
    return "".join(
        json.dumps(
            {
                "acct": {"id": f"A{n}"},
                "subs": [{"sid": f"S{n}/{k}"} for k in range(2)],
                "bills": [
                    {
                        "no": f"B{n}-{m}",
                        "lines": [{"kind": "MRC", "amt": "15"}, {"kind": "USE", "amt": f"{n}.5"}],
                    }
                    for m in range(2)
                ],
            }
        )
        + "\n"
        for n in range(20)
    )


LINES = {
    "rate_id": {"sql": "parent->>'$.no' || '/' || item_number"},
    "bill_id": "$parent.no",
    "product_id": "$parent2.id",
    "charge_type": "$item.kind",
    "amount_ex_tax": "$item.amt",
}


def of_lines(bench, explode: str, **columns) -> None:
    entity = {"entity": "applied_billing_rate", "explode": explode, "columns": LINES | columns}
    bench.contract(files="*.ndjson", format="ndjson", entities=[entity])


@pytest.mark.parametrize(
    ("of", "explode"),
    [
        (lambda bills: {"of": [{"id": "P", "bills": bills}]}, "$.of[*].bills[*].lines[*]"),
        (lambda bills: {"of": {"P": {"id": "P", "bills": bills}}}, "$.of.*.bills[*].lines"),
    ],
)
def test_an_element_of_a_list_in_a_list_is_told_with_what_it_stands_in(bench, of, explode):
    """Which bill a line stands on was nowhere to be had: a line could not be mapped."""
    bills = [{"no": "B1", "lines": [{"kind": "a", "amt": "1"}, {"kind": "b", "amt": "2"}]}]
    bills += [{"no": "B2", "lines": {"kind": "c", "amt": "3"}}, {"no": "B3"}]
    bench.deliver("1.ndjson", json.dumps(of(bills)) + "\n")
    of_lines(bench, explode if explode.endswith("]") else f"{explode}[*]")
    assert bench.load().rows_quarantined == 0
    assert bench.rows(
        "select rate_id, bill_id, product_id, charge_type, amount_ex_tax::int "
        "from raw.applied_billing_rate order by 1"
    ) == [
        ("B1/1", "B1", "P", "a", 1),
        ("B1/2", "B1", "P", "b", 2),
        ("B2/3", "B2", "P", "c", 3),
    ]


@pytest.mark.parametrize("explode", ["$.lines", "$.bills[*].lines[*]"])
def test_what_no_list_stands_in_cannot_be_read(bench, explode):
    of_lines(bench, explode, product_id="$parent3.id")
    with pytest.raises(ContractError, match="lists in"):
        bench.load()


def test_a_draft_of_lists_in_lists_offers_what_they_stand_in(bench):
    bench.deliver("accounts.ndjson", accounts())
    place = {"accounts__entity": "applied_billing_rate"}
    place["accounts__applied_billing_rate__explode"] = "$.bills[*].lines[*]"
    text = asked(drafted(bench, "accounts.ndjson", **place))
    assert "$parent.no" in text["accounts.applied_billing_rate.rate_id"]
    place["accounts__applied_billing_rate__bill_id"] = "$parent.no"
    place["accounts__applied_billing_rate__amount_ex_tax"] = "$item.amt"
    place["accounts__applied_billing_rate__rate_id"] = "sql:parent->>'$.no' || '/' || item_number"
    assert loaded(bench, drafted(bench, "accounts.ndjson", **place)).rows_loaded == 20
    found = "select count(*), count(distinct rate_id), count(distinct bill_id) "
    assert bench.rows(f"{found} from raw.applied_billing_rate") == [(80, 80, 40)]


def test_the_first_of_another_list_says_nothing_of_a_row(bench):
    """Every bill was of the first line its account has."""
    bench.deliver("accounts.ndjson", accounts())
    place = {"accounts__entity": "customer_bill", "accounts__customer_bill__explode": "$.bills"}
    said = columns(drafted(bench, "accounts.ndjson", **place))
    assert "product_id" not in said
    # little speaks for bills in such columns: an answer is one all the same
    assert said["account_id"] == "$.acct.id"


def test_a_row_of_several_in_a_record_is_numbered_by_its_place(bench):
    """The offered key was the record's number, the same for all of its rows."""
    named = {"regions": {f"R{n}": {"outs": [{"kind": "x"}] * 3} for n in range(9)}}
    bench.deliver("outages.json", json.dumps(named))
    place = {"outages__dialect__records": "$.regions.*.outs[*]"}
    place |= {"outages__entity": "location", "outages__location__location_id": "$key"}
    key = {"outages__location__location_id": "sql:'outages/' || _row || '/' || item_number"}
    found = drafted(bench, "outages.json", **(place | key))
    loaded(bench, found)
    assert bench.rows("select count(distinct location_id) from raw.location") == [(27,)]


# ---------------------------------------------------------------- rows marked as deleted


def of_flag(bench, flag: str, no: str, yes: str, **answers) -> object:
    path = bench.extracts / "crm_20261115.sqlite"
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(f"create table customer (customer_id, customer_since, {flag})")
        file.executemany(
            "insert into customer values (?, '2026-01-02', ?)",
            [(f"C{n}", yes if n % 10 == 3 else no) for n in range(30)],
        )
    return drafted(bench, path.name, time_zone="UTC", **answers)


@pytest.mark.parametrize(
    ("flag", "no", "yes"),
    [("DEL_FLG", "F", "T"), ("STORNO", 0, 1), ("geloescht_kz", "nein", "ja"), ("VOID", "N", "Y")],
)
def test_a_flag_of_deleted_rows_is_asked_about_and_says_no_in_its_language(bench, flag, no, yes):
    """Only IS_DELETED and the like were: cancelled bills counted as any other."""
    found = of_flag(bench, flag, no, yes, crm__customer__where="drop")
    report = loaded(bench, found)
    assert (report.rows_loaded, report.rows_dropped) == (27, 3)
    for path in bench.extracts.iterdir():
        path.unlink()
    assert flag in asked(of_flag(bench, flag, no, yes))["crm.customer.where"]


def test_a_preliminary_row_is_no_eliminated_one(bench):
    assert "crm.customer.where" not in asked(of_flag(bench, "is_preliminary", "N", "Y"))


def test_a_flag_whose_words_are_not_known_asks_for_the_rows_to_keep(bench):
    text = asked(of_flag(bench, "DEL_FLG", "A", "D"))["crm.customer.where"]
    assert "(A, D)" in text and "SQL" in text


# ---------------------------------------------------------------- what a column is


def test_an_object_in_one_field_of_a_database_is_no_id(bench):
    """A struct was the offering; a union was shown as another text than was read."""
    path = bench.extracts / "billing.duckdb"
    with duckdb.connect(str(path)) as file:
        file.execute(
            "create table product as select 'P' || n as product_id, 'C' || n % 7 as customer_id, "
            "{'code': 'X' || n % 3} as offering, union_value(cod := n % 2) as exit_cause, "
            "timestamptz '2026-01-02 03:04:05+00' as started_at from range(30) t(n)"
        )
    found = drafted(bench, path.name, name="b", billing__entity="product")
    assert "offering_id" not in columns(found) and "exit_cause" not in columns(found)
    assert "offering: a list or an object of JSON" in found.text


@pytest.mark.parametrize("name", ["KDV", "VAT", "MwSt", "НДС"])
def test_the_tax_on_an_amount_is_not_the_amount(bench, name):
    rows = "".join(f"B{n},A{n},2026-11-{1 + n % 28:02},{100 + n}.5,{n}.25\n" for n in range(40))
    bench.deliver("bills_20261120.csv", f"bill_id,account_id,billed_at,net amount,{name}\n{rows}")
    said = columns(drafted(bench, "bills_20261120.csv", time_zone="UTC"))
    assert "amount" not in said and said["amount_ex_tax"] == "net amount"


@pytest.mark.parametrize("thousands", [" ", "'"])
def test_a_formula_without_a_value_is_called_one_whatever_divides_thousands(bench, thousands):
    """The mark was taken out of its name, and the cell was no amount of the dialect."""
    rows = [["id", "day", "amount"], ["B1", "2026-01-02", "1"]]
    path = book(bench.extracts / "bills.xlsx", {"Bills": rows})
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    start, mark, rest = parts[sheet].partition(b'<c r="C2"')
    parts[sheet] = start + mark + b"><f>A1+1</f><v /></c>" + rest.partition(b"</c>")[2]
    with zipfile.ZipFile(path, "w") as target:
        for name, content in parts.items():
            target.writestr(name, content)
    mapped = {"bill_id": "id", "billed_at": "day", "amount": "amount"}
    bench.contract(
        files="*.xlsx",
        format="xlsx",
        dialect={"decimal": ",", "thousands": thousands},
        entities=[{"entity": "customer_bill", "columns": mapped}],
    )
    bench.load()
    assert "nobody has calculated" in str(bench.rows("select reason from quarantine.rows"))


# ---------------------------------------------------------------- marks and moments of logs


@pytest.mark.parametrize(
    ("text", "format_"),
    [
        ("261110093015Z", "%y%m%d%H%M%SZ"),
        ("20261110093015Z", "%Y%m%d%H%M%SZ"),
        ("20261110093015.5+0100", "%Y%m%d%H%M%S.%f%z"),
    ],
)
def test_times_of_asn1_are_moments(bench, text, format_):
    """They were the alarm's type, and what raised it stood empty."""
    found = moments({text.replace("15", str(second), 1): 1 for second in range(10, 30)})
    assert (found.formats, found.has_offset) == ((format_,), True)
    rows = "".join(f"A{n},R{n % 7},{text}\n" for n in range(30))
    bench.deliver("alarms.csv", f"alarm_id,resource_id,raised\n{rows}")
    assert loaded(bench, drafted(bench, "alarms.csv")).rows_loaded == 30
    told = bench.rows("select distinct strftime(raised_at, '%m-%d %H:%M') from raw.alarm")
    assert told == [("11-10 08:30" if "+" in text else "11-10 09:30",)]


@pytest.mark.parametrize("mark", ["\x1e", "\x1c"])
def test_a_separator_of_ascii_is_a_delimiter_and_no_blank(bench, mark):
    """Of fields between \\x1e an empty one would have moved the others."""
    rows = "".join(f"C{n}{mark}{mark}2026-01-02\n" for n in range(30))
    bench.deliver("customers.txt", f"customer_id{mark}segment{mark}customer_since\n{rows}")
    found = drafted(bench, "customers.txt", time_zone="UTC")
    assert feed(found)["dialect"]["delimiter"] == mark
    assert loaded(bench, found).rows_loaded == 30
    assert bench.rows("select count(customer_since) from raw.customer") == [(30,)]


def test_a_wide_space_divides_no_names_where_it_divides_no_fields(bench):
    bench.contract(
        files="*.txt",
        dialect={"delimiter": "spaces"},
        entities=[
            {"entity": "customer", "columns": {"customer_id": "id", "segment": "a\u00a0b"}},
        ],
    )
    bench.deliver("1.txt", "  id\ta\u00a0b\n\tC1  x\u00a0y\nC2 z\n")
    assert bench.load().rows_quarantined == 0
    found = bench.rows("select customer_id, segment from raw.customer order by 1")
    assert found == [("C1", "x\u00a0y"), ("C2", "z")]


@pytest.mark.parametrize("letter", ["\u2028", "\x85"])
def test_a_letter_that_python_takes_for_a_line_end_ends_no_line_of_json(bench, letter):
    text = "".join(
        json.dumps({"customer_id": f"C{n}", "note": letter, "since": "2026-01-02"})
        .encode()
        .decode("unicode_escape")
        + "\n"
        for n in range(30)
    )
    bench.deliver("customers.ndjson", text)
    found = drafted(bench, "customers.ndjson", time_zone="UTC", customers__entity="customer")
    assert columns(found)["customer_id"] == "$.customer_id"


# ---------------------------------------------------------------- many moments in one file


def test_a_log_of_pictures_is_asked_about_and_split_it_folds(bench):
    """Every picture's rows were outages of one moment that never end."""
    pictures = [
        {"ts": 1793491200000 + 900_000 * n, "outages": [{"id": f"O{k}"} for k in range(9 - n // 4)]}
        for n in range(16)
    ]
    bench.deliver("log.jsonl", "".join(json.dumps(each) + "\n" for each in pictures))
    place = {"log__entity": "service_problem", "log__service_problem__explode": "$.outages"}
    place["log__service_problem__problem_id"] = "$item.id"
    text = asked(drafted(bench, "log.jsonl", **place))["log.service_problem.known_at"]
    assert "under each $.ts" in text and "a file of its own" in text
    (bench.extracts / "log.jsonl").unlink()
    names = [f"picture_{n:06}.json" for n in range(len(pictures))]
    for name, picture in zip(names, pictures, strict=True):
        bench.deliver(name, json.dumps(picture) + "\n")
    place = {"picture__entity": "service_problem", "picture__dialect__records": "$.outages[*]"}
    place["picture__service_problem__problem_id"] = "$.id"
    # by its short name, too, a document tells when it was written
    assert "$.ts" in asked(drafted(bench, *names, **place))["picture.extracted_at.from"]
    place |= {"picture__extracted_at__from": "$.ts"}
    place |= {"picture__service_problem__fold__empty_ends": "true"}
    place |= {"picture__service_problem__category": "value:outage"}
    loaded(bench, drafted(bench, *names, **place))
    ended = "select count(*) from raw.service_problem where restored_at is not null"
    assert bench.rows(ended) == [(3,)]


def states(moments_: int, keys: int = 9) -> str:
    return "snap_date,customer_id,segment,customer_since\n" + "".join(
        f"2026-{m:02}-28,C{k},{'ab'[(m + k) % 2]},2020-01-0{1 + k % 9}\n"
        for m in range(1, 1 + moments_)
        for k in range(keys)
    )


def test_states_of_several_months_in_one_file_are_told_as_of_each(bench):
    bench.deliver("customers.csv", states(6))
    where = {"time_zone": "Europe/Berlin"}
    text = asked(drafted(bench, "customers.csv", **where))["customers.customer.known_at"]
    assert "snap_date" in text and "pictures" not in text
    found = drafted(bench, "customers.csv", customers__customer__known_at="snap_date", **where)
    loaded(bench, found)
    assert bench.rows(
        "select count(distinct known_at), max(known_at)::varchar from raw.customer"
    ) == [(6, "2026-06-27 22:00:00")]


@pytest.mark.parametrize("text", [states(2), states(9, 1)])
def test_a_few_moments_and_things_told_alone_are_no_states(bench, text):
    bench.deliver("customers.csv", text)
    found = drafted(bench, "customers.csv", time_zone="UTC")
    assert "customers.customer.known_at" not in asked(found)


# ---------------------------------------------------------------- what a trial tells


def told(bench, capsys) -> str:
    cx(bench, "source", "check", str(bench.contracts / "crm.yml"), str(bench.extracts))
    return capsys.readouterr().out


def test_a_trial_tells_of_numbers_that_may_say_there_is_none(bench, capsys):
    """65535, 4294967295 and -1 were counts."""
    mapped = {"resource_id": "id", "kpi": "kpi", "measured_from": "at", "value": "n"}
    bench.contract(entities=[{"entity": "performance_measurement", "columns": mapped}])
    values = {"a": (65535, 1, 2), "b": (4294967295, 3, 4294967295), "c": (-1, 100, 99)}
    values["rssi"] = (-1, -70, -99)
    rows = "".join(
        f"R{n},{kpi},2026-01-02T0{n}:00,{value}\n"
        for kpi, each in values.items()
        for n, value in enumerate(each)
    )
    bench.deliver("customers.csv", f"id,kpi,at,n\n{rows}")
    text = told(bench, capsys)
    assert "performance_measurement.value: 65535 in 1 rows" in text
    assert "performance_measurement.value: 4294967295 in 2 rows" in text
    # a level below nought is one among others
    assert "performance_measurement.value: -1 in 1 rows" in text and ": -99 in" not in text


@pytest.mark.parametrize("is_planned", [False, True])
def test_a_trial_tells_of_a_start_behind_the_picture_that_shows_it(bench, capsys, is_planned):
    """A zone or a doubled hour answered wrong showed nowhere: the start lay in the future."""
    mapped = {"problem_id": "id", "started_at": "at", "is_planned": {"value": str(is_planned)}}
    fold = {"starts": "detected_at", "ends": "restored_at"}
    bench.contract(
        delivery="snapshot",
        extracted_at={"file_name": "(\\d{8}T\\d{4})", "format": "%Y%m%dT%H%M"},
        time_zone="America/New_York",
        entities=[{"entity": "service_problem", "fold": fold, "columns": mapped}],
    )
    bench.deliver("customers_20260102T0600.csv", "id,at\nO1,2026-01-02T05:55Z\n")
    bench.deliver(
        "customers_20260102T0615.csv", "id,at\nO1,2026-01-02T05:55Z\nO2,2026-01-02T11:10\n"
    )
    assert ("detected_at: 1 lie before started_at" in told(bench, capsys)) is not is_planned


def test_phone_numbers_of_any_digits_and_heading_ask_for_their_country(bench):
    """Of full width under a Japanese heading they stayed national, and met no other system."""
    rows = "".join(f"K{n},０９０－１２３４－００{n:02}\n" for n in range(30))
    bench.deliver("customers.csv", f"契約者,電話番号\n{rows}")
    place = {"customers__entity": "party", "customers__party__party_id": "契約者"}
    place["customers__party__phone_number"] = "電話番号"
    assert "country_code" in asked(drafted(bench, "customers.csv", **place))
    coded = rows.replace("０９０", "＋８１９０")
    bench.deliver("customers.csv", f"契約者,電話番号\n{coded}")
    assert "country_code" not in asked(drafted(bench, "customers.csv", **place))


def subscriptions(*words: str) -> str:
    rows = "".join(
        f"S{n},C{n},{words[n % len(words)]},2026-01-02,{'2026-02-03' if n % len(words) else ''}\n"
        for n in range(30)
    )
    return f"subscription_id,customer_id,status,started_at,ended_at\n{rows}"


def test_a_subscription_that_was_cancelled_is_asked_whether_it_ever_began(bench, capsys):
    """In the words of the intake what is cancelled never began: there were no exits."""
    bench.deliver("subscriptions.csv", subscriptions("active", "Cancelled"))
    place = {"time_zone": "UTC", "subscriptions__entity": "product"}
    at = "subscriptions.product.status.map.Cancelled"
    assert "it ended (terminated)" in asked(drafted(bench, "subscriptions.csv", **place))[at]
    for said, is_told in (("terminated", False), ("cancelled", True)):
        found = drafted(bench, "subscriptions.csv", **place, **{at: said})
        (bench.contracts / "crm.yml").write_text(found.text)
        assert ("15 are cancelled or aborted" in told(bench, capsys)) is is_told
    # a source that knows both words means what they say
    bench.deliver("subscriptions.csv", subscriptions("active", "Cancelled", "terminated"))
    assert at not in asked(drafted(bench, "subscriptions.csv", **place))


# ---------------------------------------------------------------- damaged samples


@pytest.mark.parametrize("kind", ["duckdb", "parquet"])
def test_a_cut_store_is_called_one_and_the_home_is_not_called_damaged(bench, kind):
    """Of a cut DuckDB file it said that the warehouse was damaged; a Parquet file broke it."""
    path = bench.extracts / f"customers.{kind}"
    rows = "select n as id, 'x' || n as name from range(100000) t(n)"
    if kind == "duckdb":
        with duckdb.connect(str(path)) as file:
            file.execute(f"create table t as {rows}")
    else:
        duckdb.sql(f"copy ({rows}) to '{path}'")
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(UserError, match=r"damaged .* file .it came cut"):
        drafted(bench, path.name)


def test_half_a_letter_of_json_breaks_no_draft(bench):
    row = '{{"customer_id": "C{}", "segment": "a\\ud83d{}", "customer_since": "2026-01-02"}}\n'
    text = "".join(row.format(n, "\\ude00" if n % 2 else "") for n in range(30))
    bench.deliver("customers.ndjson", text)
    found = drafted(bench, "customers.ndjson", time_zone="UTC")
    assert loaded(bench, found).rows_quarantined == 15
    assert bench.rows("select distinct segment from raw.customer") == [("a\U0001f600",)]


# ---------------------------------------------------------------- names of files


def test_files_whose_names_mark_summer_are_one_feed(bench):
    """Huawei's of summer, of winter and of the night between were three."""
    names = ["0145_202610250200 DST", "0200 DST_202610250215 DST", "0400_202610250415"]
    names = [f"pmresult_15_20261025{each}.csv" for each in names]
    for name in names:
        bench.deliver(name, "id,value\nE1,2\nE2,3\n")
    found = drafted(bench, *names, name="hua")
    assert [(each["feed"], each["files"]) for each in body(found)["feeds"]] == [
        ("pmresult", "**/pmresult_*.csv")
    ]
    assert "DST marks summer" in found.text


def test_a_word_of_one_letter_in_every_line_is_no_delimiter_and_quotes_are_no_letters(bench):
    """French was read as Nordic, then as Czech, and nothing asked: à was ā, «5» Ť5ť."""
    rows = "".join(
        f"A{n}\tR{n % 7}\t25/10/2026 à {n % 24:02}h15\tGravité «{n}»\n" for n in range(40)
    )
    text = f"Numéro\tÉquipement\tDébut\tCause\n{rows}"
    bench.deliver("alarmes.txt", text.encode("cp1252"))
    # few letters prove little: it is asked
    question = asked(drafted(bench, "alarmes.txt", time_zone="UTC"))["alarmes.dialect.encoding"]
    assert "cp1252" in question
    place = {"alarmes__dialect__encoding": "cp1252", "alarmes__entity": "alarm"}
    found = drafted(bench, "alarmes.txt", time_zone="UTC", **place)
    assert columns(found)["raised_at"] == {"from": "Début", "format": "%d/%m/%Y à %Hh%M"}
