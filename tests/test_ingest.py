"""Extracts load once, whole, and never wrong in silence."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import hmac
import json
import uuid

import duckdb
import pandas as pd
import pytest

from cx.errors import UserError
from cx.keys import load_keys
from cx.warehouse import connected
from ingest import load, transfer
from ingest.contract_file import ContractError
from ingest.load import load_folder
from ingest.pseudonyms import unseal

HEAD = "id,segment\n"


def accounts(bench) -> tuple:
    return bench.rows(
        "select rows_read, rows_loaded, rows_quarantined, rows_dropped from ops.file_ledger"
    )[0]


def test_promise_01_a_file_is_loaded_once_however_often_and_under_whatever_name_it_comes(bench):
    bench.contract()
    bench.deliver("customers_1.csv", HEAD + "C1,consumer\nC2,business\n")
    assert bench.load().rows_loaded == 2
    bench.deliver("again/customers_copy.csv", HEAD + "C1,consumer\nC2,business\n")
    second = bench.load()
    assert (second.files_new, second.files_known) == (0, 2)
    assert bench.rows("select count(*) from raw.customer") == [(2,)]


def test_promise_01_one_content_under_two_names_in_one_delivery_is_loaded_once(bench):
    bench.contract()
    bench.deliver("customers_1.csv", HEAD + "C1,consumer\n")
    bench.deliver("again/customers_1.csv", HEAD + "C1,consumer\n")
    report = bench.load()
    assert (report.files_new, report.files_known) == (1, 1)
    assert bench.rows("select count(*) from raw.customer") == [(1,)]


def test_what_is_filled_is_counted_by_the_next_run_when_this_one_died_before_it(bench, monkeypatch):
    bench.contract()
    bench.deliver("customers.csv", HEAD + "C1,consumer\n")
    with monkeypatch.context() as patch:
        patch.setattr(load, "finish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            bench.load()
    assert bench.load().files_new == 0
    assert bench.rows(
        "select filled_count from raw.column_fill "
        "where entity = 'customer' and column_name = 'customer_id'"
    ) == [(1,)]


def test_promise_08_a_corrected_file_of_the_same_name_takes_the_place_of_the_first(bench):
    bench.contract()
    bench.deliver("customers.csv", HEAD + "C1,consumer\nC2,busyness\n")
    bench.load()
    bench.deliver("customers.csv", HEAD + "C1,consumer\nC2,business\n")
    bench.load()
    assert bench.rows("select customer_id, segment from raw.customer order by 1") == [
        ("C1", "consumer"),
        ("C2", "business"),
    ]
    assert bench.rows("select state from ops.file_ledger order by 1") == [
        ("loaded",),
        ("superseded",),
    ]


def test_a_correction_that_is_taken_back_is_taken_back(bench):
    bench.contract()
    for segment in ("a", "b", "a"):
        bench.deliver("customers.csv", HEAD + f"C1,{segment}\n")
        bench.load()
        assert bench.rows("select segment from raw.customer") == [(segment,)]
    bench.deliver("copy/customers_old.csv", HEAD + "C1,b\n")
    assert bench.load().files_new == 0
    assert bench.rows("select state, count(*) from ops.file_ledger group by 1 order by 1") == [
        ("loaded", 1),
        ("superseded", 1),
    ]


def test_a_bad_row_is_quarantined_with_its_line_column_reason_and_sealed_text(bench):
    bench.contract(
        entities=[
            {
                "entity": "customer",
                "columns": {
                    "customer_id": "id",
                    "customer_since": {"from": "since", "format": "%d.%m.%Y"},
                },
            }
        ]
    )
    text = "id,since\nC1,01.02.2020\nC2,2020-31-12\n,01.01.2020\nC4,01.01.2020,more\nC5,\n"
    bench.deliver("customers.csv", text)
    bench.load()
    assert accounts(bench) == (5, 2, 3, 0)
    found = bench.rows(
        "select row_number, column_name, reason from quarantine.rows order by row_number"
    )
    assert [(row, column) for row, column, _ in found] == [
        (3, "customer_since"),
        (4, "customer_id"),
        (5, None),
    ]
    assert "declared format" in found[0][2]
    assert "required" in found[1][2]
    assert found[2][2] == "has 3 fields, the header has 2"
    keys = load_keys(bench.settings)
    with connected(bench.settings, bench.settings.vault) as vault:
        sealed = vault.execute(
            "select row_number, sealed from quarantined_text order by row_number"
        ).fetchall()
    assert [(row, unseal(blob, keys)) for row, blob in sealed] == [
        (3, "C2,2020-31-12"),
        (4, ",01.01.2020"),
        (5, "C4,01.01.2020,more"),
    ]


def test_promise_07_a_wrong_encoding_is_refused_not_misread(bench):
    bench.contract()
    bench.deliver("customers.csv", "id,segment\nЖ1,бизнес\n".encode("cp1251"))
    report = bench.load()
    assert "is not utf-8" in report.refused[0]
    assert bench.rows("select count(*) from raw.customer") == [(0,)]


def test_an_embedded_line_end_inside_quotes_is_one_record(bench):
    bench.contract()
    bench.deliver("customers.csv", HEAD + 'C1,"a ""big""\nfirm, ltd"\nC2,consumer\n')
    bench.load()
    assert bench.rows("select customer_id, segment, row_number from raw.customer order by 1") == [
        ("C1", 'a "big"\nfirm, ltd', 2),
        ("C2", "consumer", 4),
    ]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("customers.csv", "id;segment\nC1;consumer\n", "one column only"),
        ("customers.csv", "number,segment\nC1,consumer\n", "has no column 'id'"),
        ("customers.csv", "id,id,segment\nC1,C1,consumer\n", "names column 'id' twice"),
        ("customers.csv", "", "is empty"),
        ("customers.csv", HEAD + "C" * 2_100_000 + ",consumer\n", "line longer than"),
        (
            "customers.csv",
            gzip.compress((HEAD + "C1,consumer\n" * 500).encode(), mtime=0)[:-9],
            "damaged",
        ),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_whole_with_one_clear_reason(
    bench, name, content, says
):
    bench.contract()
    bench.deliver(name, content)
    report = bench.load()
    assert says in report.refused[0]
    assert bench.rows("select count(*) from raw.customer") == [(0,)]
    assert bench.rows("select state from ops.file_ledger") == [("rejected",)]


def test_a_refused_file_that_comes_mended_is_loaded_and_the_refusal_forgotten(bench):
    bench.contract()
    bench.deliver("customers.csv", "number,segment\nC1,consumer\n")
    bench.load()
    bench.deliver("customers.csv", HEAD + "C1,consumer\n")
    bench.load()
    assert bench.rows("select state from ops.file_ledger") == [("loaded",)]


def test_promise_05_columns_are_found_by_name_in_any_order(bench):
    bench.contract()
    bench.deliver("customers.csv", "colour,segment,id\nred,consumer,C1\n")
    bench.load()
    assert bench.rows("select customer_id, segment, _extra from raw.customer") == [
        ("C1", "consumer", None)
    ]
    assert bench.rows("select unmapped_columns from ops.file_ledger") == [("colour",)]


@pytest.mark.parametrize(
    ("given", "decimal", "thousands", "loads"),
    [
        ("12.5", ".", "", "12.5000"),
        ("1 234,50", ",", " ", "1234.5000"),
        ("-3", ".", "", "-3.0000"),
        ("12,5", ".", "", None),
        ("12.5", ",", "", None),
        ("1e400", ".", "", None),
        ("NaN", ".", "", None),
        ("0x1F", ".", "", None),
        ("1_000", ".", "", None),
        ("1.23456", ".", "", None),
        ("0.30000000000000004", ".", "", "0.3000"),
        ("0.30000000000000001", ".", "", None),
        ("33.6000000000001", ".", "", "33.6000"),
        ("1e-13", ".", "", None),
        ("١٢", ".", "", None),
    ],
)
def test_promise_06_an_amount_is_exact_or_quarantined(bench, given, decimal, thousands, loads):
    bench.contract(
        dialect={"delimiter": ";", "decimal": decimal, "thousands": thousands},
        entities=[
            {
                "entity": "product",
                "columns": {"product_id": "id", "monthly_charge": "price"},
            }
        ],
    )
    bench.deliver("customers.csv", f"id;price\nP1;{given}\n")
    bench.load()
    found = bench.rows("select monthly_charge::varchar from raw.product")
    assert found == ([(loads,)] if loads else [])


def test_local_times_become_utc_and_offsets_are_kept(bench):
    bench.contract(
        time_zone="Europe/Moscow",
        entities=[
            {"entity": "customer", "columns": {"customer_id": "id", "customer_since": "since"}}
        ],
    )
    bench.deliver(
        "customers.csv",
        "id,since\nC1,2026-01-01 03:00\nC2,2026-01-01T03:00:00+05:00\nC3,2026-01-01T03:00:00Z\n"
        "C4,2026-01-01\nC5,01/02/2026\n",
    )
    bench.load()
    assert bench.rows("select customer_id, customer_since from raw.customer order by 1") == [
        ("C1", dt.datetime(2026, 1, 1, 0, 0)),
        ("C2", dt.datetime(2025, 12, 31, 22, 0)),
        ("C3", dt.datetime(2026, 1, 1, 3, 0)),
        ("C4", dt.datetime(2025, 12, 31, 21, 0)),
    ]
    assert accounts(bench)[2] == 1


def test_an_unknown_code_in_a_closed_vocabulary_is_quarantined(bench):
    bench.contract(
        entities=[
            {
                "entity": "product",
                "columns": {
                    "product_id": "id",
                    "status": {"from": "st", "map": {"A": "active", "X": "terminated"}},
                },
            }
        ]
    )
    bench.deliver("customers.csv", "id,st\nP1,A\nP2,X\nP3,active\nP4,Q\n")
    bench.load()
    assert bench.rows("select product_id, status from raw.product order by 1") == [
        ("P1", "active"),
        ("P2", "terminated"),
        ("P3", "active"),
    ]
    assert bench.rows("select row_number, column_name from quarantine.rows") == [(5, "status")]


def test_one_row_may_feed_several_entities_and_a_dropped_row_is_counted(bench):
    bench.contract(
        entities=[
            {"entity": "customer", "where": "kind = 'c'", "columns": {"customer_id": "id"}},
            {
                "entity": "product",
                "where": "kind = 'c'",
                "for_each": {"addon": ["tv", "security"]},
                "columns": {
                    "product_id": {"sql": "id || '/{addon}'"},
                    "offering_id": {"value": "{addon}"},
                },
            },
        ]
    )
    bench.deliver("customers.csv", "id,kind\nC1,c\nC2,test\n")
    bench.load()
    assert accounts(bench) == (2, 1, 0, 1)
    assert bench.rows("select product_id, offering_id from raw.product order by 1") == [
        ("C1/security", "security"),
        ("C1/tv", "tv"),
    ]


def test_json_lines_with_lists_and_a_broken_line(bench):
    bench.contract(
        files="**/*.ndjson",
        format="ndjson",
        entities=[
            {
                "entity": "service_problem",
                "columns": {"problem_id": "$.id", "started_at": "$.outage.from"},
            },
            {
                "entity": "service_problem_link",
                "explode": "$.affectedService",
                "columns": {
                    "problem_id": "$.id",
                    "related_type": {"value": "affected_service"},
                    "related_id": "$item.id",
                },
            },
        ],
    )
    good = {
        "id": "P1",
        "outage": {"from": "2026-01-01T00:00:00Z"},
        "affectedService": [{"id": "S1"}, {"id": "S2"}],
    }
    bench.deliver("p.ndjson", json.dumps(good) + '\n{"id": "P2", \n[1]\n')
    bench.load()
    assert bench.rows(
        "select problem_id, related_id from raw.service_problem_link order by all"
    ) == [
        ("P1", "S1"),
        ("P1", "S2"),
    ]
    assert bench.rows("select row_number, reason from quarantine.rows order by 1") == [
        (2, "is not valid JSON"),
        (3, "is a JSON array, not an object"),
    ]


def test_a_record_of_json_is_parsed_once(bench, monkeypatch):
    bench.contract(
        files="*.ndjson",
        format="ndjson",
        entities=[{"entity": "customer", "columns": {"customer_id": "$.id", "segment": "$.kind"}}],
    )
    plans, insert = [], transfer._insert

    def explained(connection, target, rows, condition, *more):
        asked = f"explain (format json) select * from {rows} as fed where {condition}"
        plans.append(connection.execute(asked).fetchone()[1])
        return insert(connection, target, rows, condition, *more)

    monkeypatch.setattr(transfer, "_insert", explained)
    bench.deliver("c.ndjson", '{"id": "C1", "kind": "consumer"}\n')
    bench.load()
    # the plan names a column by its alias, and a filter by all it computes again
    (plan,) = plans
    assert "_of_record" in plan
    assert "json_extract_string(" not in plan


def test_a_file_with_more_bad_rows_than_its_contract_allows_is_refused(bench):
    bench.contract(max_quarantined_share=0.5)
    bench.deliver("customers.csv", HEAD + "C1,a\n,b\n,c\n")
    assert "2 bad rows of 3" in bench.load().refused[0]
    assert bench.rows("select count(*) from raw.customer") == [(0,)]


def test_a_workbook_loads_with_the_sheets_own_row_numbers(bench):
    bench.contract(
        files="**/*.xlsx",
        format="xlsx",
        dialect={"sheet": "Customers", "header_row": 3},
    )
    frame = pd.DataFrame([["report", None], [None, None], ["id", "segment"], ["C1", "consumer"]])
    path = bench.extracts / "customers.xlsx"
    with pd.ExcelWriter(path, engine="xlsxwriter") as workbook:
        frame.to_excel(workbook, sheet_name="Customers", header=False, index=False)
    bench.load()
    assert bench.rows("select customer_id, segment, row_number from raw.customer") == [
        ("C1", "consumer", 4)
    ]


def test_parquet_keeps_its_types(bench):
    bench.contract(
        files="**/*.parquet",
        format="parquet",
        entities=[
            {
                "entity": "usage",
                "columns": {
                    "product_id": "id",
                    "usage_type": {"value": "data"},
                    "started_at": "day",
                    "quantity": "mb",
                },
            }
        ],
    )
    path = str(bench.extracts / "u.parquet")
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select 'P' || i as id, timestamp '2026-01-01' + to_days(i::integer) as day, "
            "case when i = 3 then 'inf'::double else i * 1.5 end as mb from range(5) t(i)) "
            f"to '{path}' (format parquet)"
        )
    bench.load()
    assert bench.rows("select sum(quantity), max(started_at) from raw.usage") == [
        (10.5, dt.datetime(2026, 1, 5))
    ]
    assert bench.rows("select row_number, column_name from quarantine.rows") == [(4, "quantity")]


def test_a_direct_identifier_is_a_keyed_pseudonym_in_raw_and_sealed_in_the_vault(bench):
    bench.contract(
        country_code="7",
        entities=[
            {
                "entity": "party",
                "columns": {"party_id": "id", "phone_number": "phone", "email": "mail"},
            }
        ],
    )
    bench.deliver(
        "customers.csv",
        "id,phone,mail\nP1,+7 (900) 123-45-67,Ann@Example.org\nP2,0 900 1234567,ann@example.org\n",
    )
    bench.load()
    keys = load_keys(bench.settings)
    expected = hmac.new(keys.token, b"phone|+79001234567", hashlib.sha256).hexdigest()[:32]
    tokens = bench.rows("select phone_number, email from raw.party order by party_id")
    assert tokens[0] == tokens[1]
    assert tokens[0][0] == uuid.UUID(expected)
    with connected(bench.settings, bench.settings.vault) as vault:
        sealed = vault.execute("select domain, sealed from identity order by 1").fetchall()
    assert [(domain, unseal(blob, keys)) for domain, blob in sealed] == [
        ("email", "ann@example.org"),
        ("phone", "+79001234567"),
    ]
    for path in (bench.settings.warehouse, bench.settings.vault):
        content = path.read_bytes()
        assert b"9001234567" not in content
        assert b"example.org" not in content
        assert path.stat().st_mode & 0o077 == 0


def test_promise_02_a_file_whose_accounts_do_not_balance_is_not_kept(bench, monkeypatch):
    columns = {"customer_id": "id"}
    bench.contract(entities=[{"entity": "customer", "columns": columns}] * 2)
    bench.deliver("customers.csv", HEAD + "C1,consumer\nC2,business\n")
    honest = transfer._gather

    def miscounting(connection, source, mapped):
        honest(connection, source, mapped)
        connection.execute("insert into bad_rows values (99, null, 'a row that is not there')")

    monkeypatch.setattr(transfer, "_gather", miscounting)
    assert "2 loaded + 1 quarantined" in bench.load().refused[0]
    assert bench.rows("select count(*) from raw.customer") == [(0,)]
    assert bench.rows("select count(*) from quarantine.rows") == [(0,)]


def test_a_quarantined_row_leaves_no_identifier_in_the_vault_but_its_sealed_text(bench):
    bench.contract(
        entities=[
            {
                "entity": "party",
                "columns": {"party_id": "id", "email": "mail", "birth_year": "year"},
            }
        ]
    )
    bench.deliver("customers.csv", "id,mail,year\nP1,a@example.org,1980\nP2,b@example.org,old\n")
    bench.load()
    with connected(bench.settings, bench.settings.vault) as vault:
        counts = vault.execute(
            "select (select count(*) from identity), (select count(*) from quarantined_text)"
        ).fetchone()
    assert counts == (1, 1)


def test_an_identifier_of_a_quarantined_row_is_sealed_when_a_later_file_loads_it(bench):
    columns = {"party_id": "id", "email": "mail", "birth_year": "year"}
    bench.contract(entities=[{"entity": "party", "columns": columns}])
    bench.deliver("customers_1.csv", "id,mail,year\nP1,a@example.org,1980\nP2,b@example.org,old\n")
    bench.deliver("customers_2.csv", "id,mail,year\nP3,b@example.org,1990\nP4,c@example.org,1991\n")
    bench.load()
    with connected(bench.settings, bench.settings.vault) as vault:
        known = {token for (token,) in vault.execute("select token from identity").fetchall()}
    used = {token for (token,) in bench.rows("select email from raw.party")}
    assert len(used) == 3
    assert used == known


def test_no_claimed_file_is_a_clear_error(bench):
    bench.deliver("readme.txt", "hello")
    with pytest.raises(UserError, match="no contract claims any"):
        bench.load()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("source_system: [", "is not YAML"),
        ("source_system: crm\ntitle: t\nfeeds: []\n", "feeds"),
        (
            "source_system: crm\ntitle: t\nfeeds:\n- {feed: a, files: '../x', format: csv, "
            "entities: [{entity: customer, columns: {customer_id: a}}]}\n",
            "no leading / and no ..",
        ),
        (
            "source_system: crm\ntitle: t\nfeeds:\n- {feed: a, files: x, format: csv, "
            "entities: [{entity: customer, columns: {segment: a}}]}\n",
            "customer requires customer_id",
        ),
    ],
)
def test_a_contract_that_cannot_be_used_says_where_and_why(bench, text, says):
    (bench.contracts / "crm.yml").write_text(text)
    bench.deliver("x", "1")
    with pytest.raises(ContractError, match=r"crm\.yml") as caught:
        bench.load()
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("name", "read", "loaded", "quarantined", "checks"),
    [
        (
            "ibm_telco",
            7043,
            7043,
            0,
            {
                "select count(*) from raw.product where status = 'terminated'": 1869,
                "select count(*) from raw.customer where age_band = '65+'": 1142,
                "select count(*) from raw.customer where trim(_extra ->> 'TotalCharges') = ''": 11,
            },
        ),
        (
            "upgrad_sea",
            1000,
            1000,
            0,
            {
                "select count(*) from raw.product where exit_cause = 'inactive'": 110,
                "select count(distinct started_at) from raw.usage": 4,
                "select count(*) > 0 from raw.customer_bill where amount < 0": True,
            },
        ),
        (
            "gcastle_alarm",
            48572,
            48572,
            0,
            {"select count(distinct resource_id) <= 474 from raw.alarm": True},
        ),
        ("comcast_complaints", 2224, 1615, 609, {}),
    ],
)
def test_the_known_answers_of_the_real_sets_hold(
    bench, shared_data, name, read, loaded, quarantined, checks
):
    load_folder(shared_data / name, bench.settings)
    assert accounts(bench) == (read, loaded, quarantined, 0)
    for query, answer in checks.items():
        assert bench.rows(query) == [(answer,)]


def test_a_home_of_an_older_layout_is_refused_in_one_line_and_left_as_it_is(bench):
    bench.settings.home.mkdir(parents=True)
    with duckdb.connect(str(bench.settings.warehouse)) as old:
        old.execute("create schema raw")
        old.execute("create table raw.customer (customer_id varchar, batch_id varchar)")
    bench.contract()
    bench.deliver("customers.csv", HEAD + "C1,consumer\n")
    with pytest.raises(UserError, match="new home"):
        bench.load()
    assert bench.rows("select count(*) from raw.customer") == [(0,)]
