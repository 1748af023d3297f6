"""What a tenth trial with made-up systems found: other persons' numbers, hours, outages, files."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from contextlib import closing

import duckdb
import pytest
import yaml

from tests.conftest import Bench
from tests.test_draft import asked, body, cx, drafted
from tests.test_fold import OUTAGES


def phones(bench: Bench, *texts: str, code: str = "966") -> dict[str, object]:
    """Load a subscription for each phone number; return text → pseudonym, or why there is none."""
    bench.contract(
        country_code=code,
        entities=[
            {
                "entity": "product",
                "columns": {
                    "product_id": "id",
                    "phone_number": "tel",
                    "started_at": {"value": "2026-01-01"},
                },
            }
        ],
    )
    lines = [f'{number},"{text}"\n' for number, text in enumerate(texts)]
    bench.deliver("customers.csv", "id,tel\n" + "".join(lines))
    bench.load()
    found = dict(bench.rows("select cast(product_id as int), phone_number from raw.product"))
    found |= dict(bench.rows("select row_number - 2, reason from quarantine.rows"))
    return {text: found[number] for number, text in enumerate(texts)}


def test_digits_of_another_script_are_digits(bench):
    """Two persons' numbers were +966 alone, and so one person's."""
    one, other = "+966 ٥٠١٢٣٤٥٦٧", "+966 ٥٠٩٩٩٩٩٩٩"
    found = phones(bench, one, other, "+966501234567", "０５０１２３４５６７", "۰۵۰۱۲۳۴۵۶۷")
    assert len(set(found.values())) == 2
    assert found[one] != found[other]


def test_a_number_that_a_program_took_for_one_is_that_number(bench):
    found = phones(bench, "0501234567", "501234567.0", "5.01234567E8")
    assert found["0501234567"] == found["501234567.0"]
    assert "shortened" in found["5.01234567E8"]


@pytest.mark.parametrize(
    "text", ["0501234567 / 0502222222", "+966501234567;+966501111111", "+966501234567 ext 12"]
)
def test_several_numbers_and_extensions_are_no_number(bench, text):
    assert "say in sql which" in phones(bench, "0501234567", text)[text]


def test_a_number_that_begins_with_its_countrys_code_is_completed_only_where_it_is_said(bench):
    """The MSISDN of a German network, 4915112345678, was +494915112345678, as nowhere else."""
    found = phones(
        bench, "4915112345678", "015112345678", "+4915112345678", "0492112345", code="49"
    )
    assert "begins with 49" in found["4915112345678"]
    assert found["015112345678"] == found["+4915112345678"] != found["0492112345"]


def test_a_number_that_begins_with_its_code_is_told_by_its_length_where_it_has_one(bench):
    found = phones(bench, "33612345678", "0612345678", code="33")
    assert found["33612345678"] == found["0612345678"]


def test_noughts_are_nobodys_number_and_what_has_no_at_is_nobodys_address(bench):
    """All who gave none had one number, and one address of mail."""
    assert set(phones(bench, "0", "0000000000", "n/a").values()) == {None}
    mapped = {"party_id": "id", "email": "mail"}
    bench.contract(entities=[{"entity": "party", "columns": mapped}], files="party.csv")
    bench.deliver("party.csv", "id,mail\n1,n/a\n2,-\n3,A@b.com\n4,a@b.com\n")
    bench.load()
    found = dict(bench.rows("select party_id, email from raw.party"))
    assert (found["1"], found["2"]) == (None, None)
    assert found["3"] == found["4"] is not None


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%Y-%jT%H:%M:%SZ", "2026-325T14:02:03Z"),
        ("%Y-%jT%H:%M:%S%z", "2026-325T14:02:03Z"),
        ("%Y-%jT%H:%M:%S%z", "2026-325T16:02:03+02:00"),
        ("%d.%m.%Y %H:%M:%S UTC", "21.11.2026 14:02:03 UTC"),
        ("%a, %d %b %Y %H:%M:%S GMT", "Sat, 21 Nov 2026 14:02:03 GMT"),
        ("%d.%m.%Y %H:%M:%S +0100", "21.11.2026 15:02:03 +0100"),
    ],
)
def test_a_zone_written_out_in_a_format_is_the_zone_of_its_times(bench, form, text):
    """`Z` was a letter, and the time another one by the hours of time_zone; %z did not read it."""
    since = {"from": "t", "format": form}
    columns = {"customer_id": "id", "customer_since": since}
    bench.contract(time_zone="Asia/Tokyo", entities=[{"entity": "customer", "columns": columns}])
    bench.deliver("customers.csv", f'id,t\n1,"{text}"\n')
    bench.load()
    assert bench.rows("select customer_since from raw.customer") == [
        (dt.datetime(2026, 11, 21, 14, 2, 3),)
    ]


def test_a_zone_written_out_in_the_format_of_a_name_is_its_zone(bench):
    told = {"file_name": r"_(\d{8}T\d{6}Z)", "format": "%Y%m%dT%H%M%SZ"}
    bench.contract(time_zone="Asia/Tokyo", extracted_at=told)
    bench.deliver("customers_20261121T140203Z.csv", "id,segment\n1,a\n")
    bench.load()
    assert bench.rows("select known_at from raw.customer") == [
        (dt.datetime(2026, 11, 21, 14, 2, 3),)
    ]


def test_a_number_used_again_at_once_is_another_outage(bench):
    """The first of the two was lost, and the second was seen before it began."""
    mapping = OUTAGES["entities"][0]
    columns = mapping["columns"] | {"started_at": "$.since"}
    told = {"fold": {"starts": "detected_at", "ends": "restored_at"}, "columns": columns}
    bench.contract(**OUTAGES | {"entities": [mapping | told]})
    # the clock of the source is two minutes ahead: what is shown first began after it was shown
    for at, since in (
        ("10:00", "10:02"),
        ("10:15", "10:02"),
        ("10:30", "10:20"),
        ("10:45", "10:20"),
    ):
        shown = [{"id": "A", "since": f"2026-01-01T{since}:00Z"}]
        bench.deliver(f"outages_20260101{at.replace(':', '')}.json", json.dumps({"outages": shown}))
    bench.load()
    found = bench.rows(
        "select problem_id, strftime(started_at, '%H:%M'), strftime(max(restored_at), '%H:%M') "
        "from raw.service_problem group by all order by all"
    )
    assert found == [("A", "10:02", "10:30"), ("A#2", "10:20", None)]


def test_a_day_and_its_hour_glued_by_a_t_are_no_other_feed(bench):
    """Each hour of each day was a feed of its own, and tomorrow's file of none."""
    names = [f"out_2026-11-0{day}T{hour}-15-00.csv" for day in (1, 2) for hour in (10, 23)]
    for name in names:
        bench.deliver(name, "ticket_id,opened\n1,2026-01-01T00:00:00Z\n")
    found = drafted(bench, *names, name="t")
    assert [each["files"] for each in body(found)["feeds"]] == ["**/out_*.csv"]


def test_of_files_of_like_names_the_many_keep_the_pattern(bench):
    """One answer of a failed server took it, and all but one picture were of no feed."""
    for minute in range(10, 16):
        bench.deliver(f"o_2026010110{minute}.json", json.dumps([{"outage": minute, "x": 1}] * 2))
    bench.deliver("o_202601011016.json", '{"error": {"code": 500, "message": "down"}}')
    names = sorted(path.name for path in bench.extracts.iterdir())
    found = body(drafted(bench, *names, name="t"))["feeds"]
    assert sorted(each["files"] for each in found) == ["**/o_*.json", "**/o_202601011016.json"]


def test_no_feed_of_a_draft_claims_the_files_of_another(bench):
    """The rows of the second were loaded twice."""
    for name in ("tickets_20260101.csv", "tickets_20260101_vip.csv"):
        bench.deliver(name, "ticket_id,opened\n1,2026-01-01T00:00:00Z\n")
    found = drafted(bench, "tickets_20260101.csv", "tickets_20260101_vip.csv", name="t")
    assert [each["files"] for each in body(found)["feeds"]] == [
        "**/tickets_*[0-9].csv",
        "**/tickets_*_vip.csv",
    ]


def of_bytes(bench, kind: str, **said: object) -> None:
    columns = {"customer_id": "id", "party_id": said.pop("party", "key")}
    bench.contract(
        files=f"c.{kind}",
        format=kind,
        entities=[{"entity": "customer", "columns": columns}],
        **({"dialect": {"table": "c"}} if kind != "parquet" and not said else said),
    )


def test_bytes_are_a_text_or_a_number_only_where_the_contract_says_so(bench):
    """A store of texts as bytes gave 303031 for 001, and other readers \\xC3\\x9C for Ü."""
    with closing(sqlite3.connect(bench.extracts / "c.sqlite")) as file:
        file.execute("create table c (id text, key, other blob)")
        file.execute("insert into c values ('1', 'Ü1', x'00'), ('2', cast('Ü1' as blob), x'00')")
        file.commit()
    of_bytes(bench, "sqlite")
    bench.load()
    assert bench.rows("select party_id from raw.customer") == [("Ü1",)]
    ((reason,),) = bench.rows("select reason from quarantine.rows")
    assert "cast(… as text)" in reason
    of_bytes(bench, "sqlite", dialect={"query": "select id, cast(key as text) as key from c"})
    assert bench.load().rows_quarantined == 0


@pytest.mark.parametrize("kind", ["duckdb", "parquet"])
def test_a_column_of_bytes_is_refused_until_its_text_is_said(bench, kind):
    rows = "select '1' as id, encode('Ü1') as key, 1.5 as x"
    with duckdb.connect() as file:
        if kind == "duckdb":
            file.execute(f"attach '{bench.extracts / 'c.duckdb'}' as f")
            file.execute(f"create table f.c as {rows}")
        else:
            file.execute(f"copy ({rows}) to '{bench.extracts / 'c.parquet'}'")
    of_bytes(bench, kind)
    (refused,) = bench.load().refused
    assert "decode(key)" in refused
    of_bytes(bench, kind, party={"sql": "decode(key)"})
    bench.load()
    assert bench.rows("select party_id from raw.customer") == [("Ü1",)]


def test_of_a_list_of_names_and_values_a_draft_says_how_one_is_read(bench):
    """It offered the first of the list, whichever that is in a record."""
    told = [{"name": "MRC", "value": 1}, {"name": "MSISDN", "value": "x"}]
    lines = [json.dumps({"ticket_id": n, "is": told[:: 1 - 2 * (n % 2)]}) for n in range(9)]
    bench.deliver("c.ndjson", "\n".join(lines) + "\n")
    text = drafted(bench, "c.ndjson", name="c", c__entity="trouble_ticket").text
    assert "list_filter(cast(record->'$.is' as json[]), lambda each: each->>'$.name'" in text


def rows_of(bench, text: str, **said: object) -> list[str]:
    """Load customers of three columns; return the ids that were loaded."""
    bench.contract(**said)
    bench.deliver("customers.csv", text)
    report = bench.load()
    assert not report.refused
    return [each for (each,) in bench.rows("select customer_id from raw.customer order by 1")]


SWALLOWING = 'id,segment,x\n1,"a,1\n2,b,2\n3,c,3\n4,d",4\n5,e,5\n'


def test_rows_between_two_quotes_gone_astray_are_not_swallowed(bench):
    """Up to twenty rows were the text of one, and no word of it."""
    assert rows_of(bench, SWALLOWING) == ["5"]
    assert bench.rows(
        "select count(*) from quarantine.rows where reason like '%look like rows%'"
    ) == [(4,)]


def test_a_text_of_several_lines_is_believed_where_it_is_one_or_is_said_to_be(bench):
    assert rows_of(bench, 'id,segment,x\n1,"Main St,\nBerlin\nDE, EU",1\n2,b,2\n') == ["1", "2"]
    said = rows_of(bench, SWALLOWING, dialect={"max_lines_per_record": 9})
    assert said == ["1", "5"]


def test_a_column_without_a_name_is_one_the_contract_does_not_name(bench):
    """The delimiter that ends every line of some systems refused the file, by a parser's word."""
    assert rows_of(bench, "id,segment,,\n1,a,,\n2,b,,\n") == ["1", "2"]
    found = drafted(bench, "customers.csv", name="c", customers__entity="customer")
    assert "- c3: empty" in found.text


def of_parquet(bench, values: str, column: str) -> dict[str, object]:
    """Load customers of whom one column has a type of its own; return id → value."""
    with duckdb.connect() as file:
        rows = f"select 'r' || row_number() over () as id, v from (select unnest({values}) as v)"
        file.execute(f"copy ({rows}) to '{bench.extracts / 'c.parquet'}'")
    bench.contract(
        files="c.parquet",
        format="parquet",
        entities=[{"entity": "customer", "columns": {"customer_id": "id", column: "v"}}],
    )
    bench.load()
    return dict(bench.rows(f"select customer_id, {column} from raw.customer"))


def test_of_numbers_only_0_and_1_are_true_or_false(bench):
    """2 and -1 were true in a column with a type of its own, and codes of neither in csv."""
    assert of_parquet(bench, "[0, 1, 2, -1]", "is_internal") == {"r1": False, "r2": True}


def test_an_id_kept_as_a_decimal_is_whole(bench):
    """12.0000000000 met nothing, and no check told of it."""
    found = of_parquet(bench, "[12, 12.5]::decimal(38, 10)[]", "party_id")
    assert found == {"r1": "12", "r2": "12.5000000000"}


@pytest.mark.parametrize("values", ["[[1, 2]]", "[{'a': 1}]", "['a' || chr(0)]", "['\ufffd']"])
def test_an_id_with_a_type_of_its_own_is_no_list_and_of_signs_that_are_seen(bench, values):
    assert of_parquet(bench, values, "party_id") == {}


def test_a_trial_tells_of_ends_before_their_starts(bench, capsys):
    columns = {"product_id": "id", "started_at": "a", "ended_at": "b"}
    bench.contract(entities=[{"entity": "product", "columns": columns}])
    bench.deliver("customers.csv", "id,a,b\n1,2026-01-02,1999-01-01\n2,2026-01-02,2026-01-02\n")
    assert cx(bench, "source", "check", str(bench.contracts / "crm.yml"), str(bench.extracts)) == 0
    assert "product.ended_at: 1 lie before started_at" in capsys.readouterr().out


def test_a_trial_tells_of_a_file_that_two_feeds_load_into_one_entity(bench, capsys):
    bench.contract()
    path = bench.contracts / "crm.yml"
    said = yaml.safe_load(path.read_text())
    said["feeds"].append(said["feeds"][0] | {"feed": "vip", "files": "**/customers_vip*.csv"})
    path.write_text(yaml.safe_dump(said))
    bench.deliver("customers_vip.csv", "id,segment\n1,a\n")
    assert cx(bench, "source", "check", str(path), str(bench.extracts)) == 0
    told = capsys.readouterr().out
    assert "customers_vip.csv: feeds customers and vip both load it into customer" in told


def test_a_declared_key_of_two_columns_is_asked_about_and_shadows_are_no_tables(bench):
    """A line's number was its id because it was unique in a sample, whatever the store declares."""
    with closing(sqlite3.connect(bench.extracts / "s.db")) as file:
        file.execute(
            "create table subscriber (company text, sub_no int, subscription_id int, "
            "activation_date text, primary key (company, sub_no)) without rowid"
        )
        file.executemany(
            "insert into subscriber values (?, ?, ?, '2026-01-01')",
            [("A" if n % 2 else "B", n // 2, 900 + n) for n in range(40)],
        )
        file.execute("create virtual table notes using fts5(body)")
        file.commit()
    found = drafted(bench, "s.db", name="s", subscriber__entity="product")
    said = asked(found)["subscriber.product.product_id"]
    assert 'sql:"company" || \'/\' || "sub_no"' in said
    assert "notes_" not in found.text


def test_which_problems_are_outages_is_asked_and_told(bench, capsys):
    """A feed of outages that does not say so made no downtime: all was up, and nobody was asked."""
    lines = [f"P{n},2026-01-01T00:00:00Z,Feature\n" for n in range(9)]
    bench.deliver("problems.csv", "problem_id,started_at,type\n" + "".join(lines))
    place = "problems.service_problem.category"
    assert (
        "type says Feature; value:outage" in asked(drafted(bench, "problems.csv", name="p"))[place]
    )
    found = drafted(bench, "problems.csv", name="p", **{place: "value:outage"})
    path = bench.contracts / "p.yml"
    path.write_text(found.text)
    assert cx(bench, "source", "check", str(path), str(bench.extracts)) == 0
    assert "look at service_problem.category" not in capsys.readouterr().out
    path.write_text(found.text.replace("value: outage", "value: Feature"))
    assert cx(bench, "source", "check", str(path), str(bench.extracts)) == 0
    told = capsys.readouterr().out
    assert "9 problems are neither outage nor degradation" in told


@pytest.mark.parametrize("kind", ["parquet", "ndjson"])
def test_a_code_kept_as_a_double_is_the_one_that_is_mapped(bench, kind):
    """Pandas writes 1.0 where one code is missing: the map did not know it, and said nothing."""
    if kind == "parquet":
        with duckdb.connect() as file:
            rows = "select unnest(['a', 'b', 'c']) as id, unnest([1.0, 2.0, 0.0]::double[]) as v"
            file.execute(f"copy ({rows}) to '{bench.extracts / 'c.parquet'}'")
    else:
        lines = [
            json.dumps({"id": id_, "v": v}) for id_, v in zip("abc", (1.0, 2, 0.0), strict=True)
        ]
        bench.deliver("c.ndjson", "\n".join(lines) + "\n")
    path = "" if kind == "parquet" else "$."
    mapped = {"from": f"{path}v", "map": {"1": "consumer", "2": "business"}, "blanks": ["0"]}
    columns = {"customer_id": f"{path}id", "segment": mapped}
    bench.contract(
        files=f"c.{kind}", format=kind, entities=[{"entity": "customer", "columns": columns}]
    )
    bench.load()
    assert bench.rows("select segment from raw.customer order by customer_id") == [
        ("consumer",),
        ("business",),
        (None,),
    ]


def test_no_number_of_json_is_no_id(bench):
    """json.dumps writes NaN where pandas has none: all who had no party had one."""
    texts = ("NaN", "NaN", '"NaN"', "12.0")
    lines = [f'{{"id": {number}, "v": {text}}}' for number, text in enumerate(texts)]
    bench.deliver("c.ndjson", "\n".join(lines) + "\n")
    columns = {"customer_id": "$.id", "party_id": "$.v"}
    bench.contract(
        files="*.ndjson", format="ndjson", entities=[{"entity": "customer", "columns": columns}]
    )
    bench.load()
    assert bench.rows("select party_id from raw.customer order by customer_id") == [
        (None,),
        (None,),
        ("NaN",),
        ("12",),
    ]


def test_a_draft_says_how_counters_of_one_row_become_a_row_each(bench):
    lines = [f"2026-01-01T00:00:00Z,C{n},{n * 7},{n * 1.5}\n" for n in range(9)]
    bench.deliver("pm.csv", "measured_from,cell,attempts,volume\n" + "".join(lines))
    found = drafted(bench, "pm.csv", name="p", pm__entity="performance_measurement")
    said = asked(found)["pm.performance_measurement.kpi"]
    assert "for_each: {k: {columns: 'attempts|volume'}}" in said
