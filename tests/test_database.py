"""Relational sources: SQLite and DuckDB files, and a real PostgreSQL server where there is one."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import duckdb
import pytest
import yaml

from cx.cli import main

CUSTOMER = [
    {
        "entity": "customer",
        "columns": {"customer_id": "id", "segment": "seg", "customer_since": "since"},
    }
]


def sqlite(path: Path, script: str, rows: dict[str, list[tuple]] | None = None) -> None:
    with sqlite3.connect(path) as connection:
        connection.executescript(script)
        for table, values in (rows or {}).items():
            marks = ", ".join("?" * len(values[0]))
            connection.executemany(f'insert into "{table}" values ({marks})', values)
    connection.close()


def sqlite_contract(bench, entities=CUSTOMER, **dialect) -> None:
    bench.contract(files="*.db", format="sqlite", dialect=dialect, entities=entities)


def test_a_sqlite_value_keeps_its_exact_text_whatever_type_it_has(bench):
    values = [
        (1, "text"), (2, 0.1), (3, 0.1 + 0.2), (4, 1e300), (5, 2**62), (6, None),
        (7, b"\x00\xff"), (8, "007"), (9, 5.0), (10, "Ж,\n"),
    ]  # fmt: skip
    sqlite(bench.extracts / "a.db", "create table t (id integer primary key, seg)", {"t": values})
    entities = [{"entity": "customer", "columns": {"customer_id": "id", "segment": "seg"}}]
    sqlite_contract(bench, entities, table="t")
    bench.load()
    found = bench.rows("select segment from raw.customer order by row_number")
    assert [row for (row,) in found] == [
        "text", "0.1", "0.30000000000000004", "1.0e+300", "4611686018427387904", None,
        "00FF", "007", "5.0", "Ж,\n",
    ]  # fmt: skip


def test_a_type_that_changes_half_way_quarantines_what_no_longer_fits(bench):
    values = [(f"C{number}", number if number < 3000 else "n/a") for number in range(3005)]
    sqlite(bench.extracts / "a.db", "create table t (id text, price)", {"t": values})
    entities = [{"entity": "product", "columns": {"product_id": "id", "monthly_charge": "price"}}]
    sqlite_contract(bench, entities, table="t")
    bench.load()
    assert bench.rows("select rows_read, rows_loaded, rows_quarantined from ops.file_ledger") == [
        (3005, 3000, 5)
    ]
    assert bench.rows("select min(row_number) from quarantine.rows") == [(3001,)]


def test_a_column_that_is_null_for_long_and_then_text_is_read_whole(bench):
    values = [(f"C{number}", None) for number in range(5000)] + [("Z", "late")]
    sqlite(bench.extracts / "a.db", "create table t (id text, seg text)", {"t": values})
    entities = [{"entity": "customer", "columns": {"customer_id": "id", "segment": "seg"}}]
    sqlite_contract(bench, entities, table="t")
    bench.load()
    assert bench.rows("select count(*), count(segment), max(segment) from raw.customer") == [
        (5001, 1, "late")
    ]


@pytest.mark.parametrize(
    ("script", "dialect", "rows"),
    [
        ("create table t (seg, id text primary key) without rowid", {"table": "t"}, [1, 2]),
        ('create table "my ""odd; table" (id, seg)', {"table": 'my "odd; table'}, [1, 2]),
        ("create table u (id, seg); create view t as select * from u", {"table": "t"}, [1, 2]),
        ("create table t (id, seg)", {"query": "select id, seg from t where id <> 'x';"}, [1, 2]),
    ],
)
def test_a_table_without_rowid_an_odd_name_a_view_and_a_query_are_read(
    bench, script, dialect, rows
):
    path = bench.extracts / "a.db"
    sqlite(path, script)
    with sqlite3.connect(path) as connection:
        names = connection.execute("select name from sqlite_master where type = 'table'").fetchone()
        target = '"' + names[0].replace('"', '""') + '"'
        connection.execute(f"insert into {target} (id, seg) values ('C2', 'b'), ('C1', 'a')")
    entities = [{"entity": "customer", "columns": {"customer_id": "id", "segment": "seg"}}]
    sqlite_contract(bench, entities, **dialect)
    assert bench.load().refused == []
    found = bench.rows("select customer_id, segment, row_number from raw.customer order by 1")
    assert [row[:2] for row in found] == [("C1", "a"), ("C2", "b")]
    assert sorted(row[2] for row in found) == rows


@pytest.mark.parametrize(
    ("dialect", "says"),
    [
        ({"table": "customers"}, "has no table 'customers'; it has t"),
        ({"table": "t; drop table t"}, "has no table"),
        ({"query": "delete from t"}, "must be one select"),
        ({"query": "select 1 as id; drop table t"}, "must be one select"),
        ({"query": "with gone as (select 1) delete from t"}, "cannot be read"),
        ({"query": "select absent from t"}, "no such column"),
        ({"query": "select id from t"}, "has no column 'seg'"),
    ],
)
def test_what_a_sqlite_file_does_not_hold_or_allow_is_refused_with_its_reason(bench, dialect, says):
    path = bench.extracts / "a.db"
    sqlite(path, "create table t (id, seg)", {"t": [("C1", "a")]})
    entities = [{"entity": "customer", "columns": {"customer_id": "id", "segment": "seg"}}]
    sqlite_contract(bench, entities, **dialect)
    assert says in bench.load().refused[0]
    with sqlite3.connect(path) as connection:
        assert connection.execute("select count(*) from t").fetchone() == (1,)


def test_a_damaged_or_foreign_database_file_is_refused(bench):
    rows = [(f"C{number}", "x" * 200) for number in range(2000)]
    sqlite(bench.extracts / "whole", "create table t (id, seg)", {"t": rows})
    content = (bench.extracts / "whole").read_bytes()
    bench.deliver("cut.db", content[: len(content) // 2])
    bench.deliver("text.db", "id,seg\nC1,a\n")
    garbled = bytearray(content)
    garbled[4096:8192] = bytes(4096)
    bench.deliver("garbled.db", bytes(garbled))
    entities = [{"entity": "customer", "columns": {"customer_id": "id", "segment": "seg"}}]
    sqlite_contract(bench, entities, table="t")
    refused = bench.load().refused
    assert len(refused) == 3
    assert all("damaged" in line or "is not a SQLite file" in line for line in refused)
    assert bench.rows("select count(*) from raw.customer") == [(0,)]


def test_a_duckdb_file_keeps_its_types(bench):
    path = str(bench.extracts / "a.duck")
    with duckdb.connect(path) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(
            "create schema bss; create table bss.product as select 'P' || i as id, "
            "(i + 0.25)::decimal(10, 2) as price, timestamptz '2026-01-01 03:00:00+03' as at, "
            "i % 2 = 0 as flag from range(3) t(i)"
        )
    columns = {
        "product_id": "id", "monthly_charge": "price", "started_at": "at", "is_prepaid": "flag",
    }  # fmt: skip
    bench.contract(
        files="*.duck",
        format="duckdb",
        dialect={"table": "bss.product"},
        time_zone="Europe/Moscow",
        entities=[{"entity": "product", "columns": columns}],
    )
    assert bench.load().refused == []
    assert bench.rows(
        "select product_id, monthly_charge::varchar, started_at::varchar, is_prepaid, row_number "
        "from raw.product order by 1"
    ) == [
        ("P0", "0.2500", "2026-01-01 00:00:00", True, 1),
        ("P1", "1.2500", "2026-01-01 00:00:00", False, 2),
        ("P2", "2.2500", "2026-01-01 00:00:00", True, 3),
    ]


@pytest.mark.parametrize(
    ("dialect", "says"),
    [
        ({"table": "nothing"}, "it has t"),
        ({"query": "select * from read_csv('/etc/passwd')"}, "cannot be read"),
        ({"query": "attach 'x.db'"}, "must be one select"),
    ],
)
def test_a_query_in_a_duckdb_file_reaches_nothing_but_the_file(bench, dialect, says):
    with duckdb.connect(str(bench.extracts / "a.duck")) as connection:
        connection.execute("create table t as select 'C1' as id, 'a' as seg")
    bench.deliver("b.duck", b"12345678DUCK" + bytes(5000))
    entities = [{"entity": "customer", "columns": {"customer_id": "id", "segment": "seg"}}]
    bench.contract(files="*.duck", format="duckdb", dialect=dialect, entities=entities)
    refused = sorted(bench.load().refused)
    assert says in refused[0]
    assert "cannot be opened as a DuckDB file" in refused[1]


BSS = """
create table kunden (kundennr integer primary key, art text, seit text);
create table tarife (code text primary key, name text, grundgebuehr real);
create table vertraege (id integer primary key, kundennr integer references kunden,
    tarif text references tarife, beginn text, ende text);
create table rechnungen (nr text primary key, vertrag integer references vertraege,
    datum text, cent integer);
create table anrufe (vertrag integer, beginn integer, sekunden integer);
insert into kunden values (1, 'P', '2020-01-15'), (2, 'G', '2021-02-01'), (3, 'P', '2022-03-01');
insert into tarife values ('S', 'Small', 9.99), ('L', 'Large', 29.5);
insert into vertraege values (10, 1, 'S', '2020-01-15', null), (11, 2, 'L', '2021-02-01', null),
    (12, 3, 'S', '2022-03-01', '2025-06-30');
insert into rechnungen values ('R1', 10, '2026-01-31', 999), ('R2', 11, '2026-01-31', 2950);
insert into anrufe values (10, 1767225600, 60), (10, 1767312000, 30), (11, 1767225600, 600);
"""
BSS_CONTRACT = """
source_system: bss
title: A relational BSS in one file
time_zone: Europe/Berlin
feeds:
  - feed: customers
    files: "*.db"
    format: sqlite
    dialect: {table: kunden}
    delivery: snapshot
    extracted_at: {value: "2026-02-01"}
    entities:
      - entity: customer
        columns:
          customer_id: kundennr
          segment: {from: art, map: {P: consumer, G: business}}
          customer_since: seit
  - feed: tariffs
    files: "*.db"
    format: sqlite
    dialect: {table: tarife}
    delivery: snapshot
    extracted_at: {value: "2026-02-01"}
    entities:
      - entity: product_offering
        columns: {offering_id: code, name: name, monthly_price: grundgebuehr}
  - feed: contracts
    files: "*.db"
    format: sqlite
    dialect:
      query: >-
        select v.*, t.grundgebuehr from vertraege v join tarife t on t.code = v.tarif
    delivery: snapshot
    extracted_at: {value: "2026-02-01"}
    entities:
      - entity: product
        columns:
          product_id: id
          customer_id: kundennr
          offering_id: tarif
          monthly_charge: grundgebuehr
          status: {sql: "case when ende is null then 'active' else 'terminated' end"}
          started_at: beginn
          ended_at: ende
  - feed: bills
    files: "*.db"
    format: sqlite
    dialect: {table: rechnungen}
    extracted_at: {value: "2026-02-01"}
    entities:
      - entity: customer_bill
        columns:
          bill_id: nr
          product_id: vertrag
          billed_at: datum
          amount: {sql: "cent::decimal(18, 2) / 100"}
  - feed: calls
    files: "*.db"
    format: sqlite
    dialect: {table: anrufe}
    extracted_at: {value: "2026-02-01"}
    entities:
      - entity: usage
        columns:
          product_id: vertrag
          usage_type: {value: voice_out}
          started_at: {from: beginn, epoch: s}
          quantity: {sql: "sekunden::double / 60"}
          unit: {value: min}
"""


def test_a_relational_bss_in_one_file_is_connected_by_one_contract(bench):
    sqlite(bench.extracts / "bss.db", BSS)
    (bench.contracts / "bss.yml").write_text(BSS_CONTRACT)
    report = bench.load()
    assert (report.refused, report.rows_loaded, report.rows_quarantined) == ([], 13, 0)
    assert bench.rows(
        "select customer_id, segment, customer_since::varchar from raw.customer order by 1"
    ) == [
        ("1", "consumer", "2020-01-14 23:00:00"),
        ("2", "business", "2021-01-31 23:00:00"),
        ("3", "consumer", "2022-02-28 23:00:00"),
    ]
    assert bench.rows(
        "select product_id, offering_id, monthly_charge::varchar, status from raw.product "
        "order by 1"
    ) == [
        ("10", "S", "9.9900", "active"),
        ("11", "L", "29.5000", "active"),
        ("12", "S", "9.9900", "terminated"),
    ]
    assert bench.rows("select sum(amount)::varchar from raw.customer_bill") == [("39.4900",)]
    assert bench.rows(
        "select product_id, sum(quantity), min(started_at)::varchar from raw.usage "
        "group by 1 order by 1"
    ) == [("10", 1.5, "2026-01-01 00:00:00"), ("11", 10.0, "2026-01-01 00:00:00")]
    assert bench.load().files_new == 0


SERVER = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), None)


@pytest.fixture(scope="module")
def server():
    """A PostgreSQL server of the test's own; the URI to reach it."""
    if SERVER is None or not shutil.which("runuser"):
        pytest.skip("PostgreSQL's server (Debian's package postgresql) is not installed")
    if os.geteuid() != 0:
        pytest.skip("PostgreSQL refuses to be started by root, and only root can be another user")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="cx-postgres-"))
    shutil.chown(folder, "postgres")

    def run(*command: str) -> None:
        subprocess.run(
            ["runuser", "-u", "postgres", "--", *command],
            check=True, cwd=folder, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    data = str(folder / "data")
    run(str(SERVER / "initdb"), "-D", data, "--no-sync", "-A", "trust", "-E", "UTF8")
    options = f"-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    run(str(SERVER / "pg_ctl"), "-D", data, "-w", "-o", options, "-l", str(folder / "log"), "start")
    try:
        yield f"postgresql://postgres:hush@127.0.0.1:{port}/postgres"
    finally:
        run(str(SERVER / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def tell(uri: str, *statements: str) -> list[tuple]:
    import adbc_driver_postgresql.dbapi

    with (
        adbc_driver_postgresql.dbapi.connect(uri, autocommit=True) as source,
        source.cursor() as cursor,
    ):
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if statements[-1].startswith("select") else []


def postgres_contract(bench, **dialect) -> None:
    bench.contract(
        files=None,
        format="postgres",
        dialect={"connection": "CX_TEST_BSS", **dialect},
        delivery="snapshot",
        extracted_at="loaded",
        time_zone="Europe/Berlin",
        entities=CUSTOMER,
    )
    path = bench.contracts / "crm.yml"
    body = yaml.safe_load(path.read_text())
    body["feeds"][0].pop("files")
    path.write_text(yaml.safe_dump(body))


def test_a_table_of_a_running_server_is_taken_once_and_again_only_when_it_changed(
    bench, server, monkeypatch
):
    monkeypatch.setenv("CX_TEST_BSS", server)
    tell(
        server,
        "drop schema if exists bss cascade",
        "create schema bss",
        "create table bss.customer (id bigint primary key, seg text, since timestamptz, "
        "price numeric(12, 4), tags text[])",
        "insert into bss.customer select i, case when i % 2 = 0 then 'business' end, "
        "timestamptz '2020-01-01 12:00+03', i * 1.25, array['a', 'b'] "
        "from generate_series(1, 5000) i",
    )
    postgres_contract(bench, table="bss.customer")
    report = bench.load()
    assert (report.refused, report.rows_loaded) == ([], 5000)
    assert bench.rows(
        "select count(*), count(segment), min(customer_since)::varchar from raw.customer"
    ) == [(5000, 2500, "2020-01-01 09:00:00")]
    again = bench.load()
    assert (again.files_new, again.files_known) == (0, 1)
    tell(server, "update bss.customer set seg = 'consumer' where id = 7")
    assert bench.load().files_new == 1
    assert bench.rows("select file_name, completeness from ops.file_ledger limit 1") == [
        ("CX_TEST_BSS/customers.parquet", "proven")
    ]


@pytest.mark.parametrize(
    ("dialect", "says"),
    [
        ({"table": "bss.nothing"}, "does not exist"),
        ({"query": "select 1 as id from (delete from t returning 1) x"}, "syntax error"),
        ({"query": "with gone as (delete from t returning 1) select 1 as id"}, "WITH clause"),
        ({"query": "select nextval('n') as id, '' as seg, '' as since"}, "read-only transaction"),
    ],
)
def test_a_session_can_only_read_and_says_what_is_wrong(bench, server, monkeypatch, dialect, says):
    monkeypatch.setenv("CX_TEST_BSS", server)
    tell(
        server,
        "drop table if exists t", "create table t (id int)", "insert into t values (1)",
        "drop sequence if exists n", "create sequence n",
    )  # fmt: skip
    postgres_contract(bench, **dialect)
    (refused,) = bench.load().refused
    assert says in refused
    assert "CX_TEST_BSS" in refused
    assert "hush" not in refused
    assert tell(server, "select count(*) from t") == [(1,)]


def test_a_server_that_cannot_be_reached_is_told_without_its_password(bench, monkeypatch, capsys):
    monkeypatch.setenv("CX_TEST_BSS", "postgresql://someone:hush@127.0.0.1:1/nowhere")
    postgres_contract(bench, table="t")
    (refused,) = bench.load().refused
    assert "over the connection in CX_TEST_BSS" in refused
    assert "hush" not in refused
    assert "someone" not in refused
    assert bench.rows("select state from ops.file_ledger") == [("rejected",)]
    home = ["--home", str(bench.settings.home), "--contracts", str(bench.contracts)]
    assert main([*home, "check", "arrivals"]) == 1
    assert "hush" not in capsys.readouterr().err
