"""PostgreSQL: a real server, read only, whose connection is named and never told."""

from __future__ import annotations

import datetime as dt

import adbc_driver_postgresql.dbapi as postgres_driver
import pytest

from tests.databases import PASSWORD, USER, binaries, server


@pytest.fixture(scope="module")
def postgres_server():
    """A real server with a small BSS; yields (run SQL as its owner, the reader's URI)."""
    if binaries() is None:
        pytest.skip("no PostgreSQL server here: apt-get install postgresql")
    with server() as (port, folder):
        uri = f"host={folder} port={port} user=owner dbname=postgres"

        def run(*statements: str) -> None:
            with (
                postgres_driver.connect(uri, autocommit=True) as connection,
                connection.cursor() as cursor,
            ):
                for statement in statements:
                    cursor.execute(statement)

        run(
            f"create role {USER} login password '{PASSWORD}'",
            "create schema bss",
            "create table bss.customer (id int primary key, segment text, since timestamptz, "
            "limit_eur numeric(12, 4), vip boolean)",
            "create table bss.secret (id int)",
            "create table bss.note (id int, body json)",
            "insert into bss.note values (2, '{\"a\": 1}'), (1, null), (2, '{\"a\": 1}')",
            "create function bss.sneak() returns int language plpgsql as "
            "$$ begin insert into bss.note values (3, null); return 1; end $$",
            f"grant usage on schema bss to {USER}",
            f"grant all on bss.customer, bss.note to {USER}",
        )
        yield run, f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{port}/postgres"


@pytest.fixture
def crm(postgres_server, bench, monkeypatch):
    """A server with 1,000 customers and a contract for them; yields a way to run SQL there."""
    run, uri = postgres_server
    run(
        "truncate bss.customer",
        "insert into bss.customer select i, case when i % 3 = 0 then 'business' else 'consumer' "
        "end, timestamptz '2020-01-01 00:00:00+03' + i * interval '1 hour', i / 7.0, "
        "case when i % 2 = 0 then true end from generate_series(1, 1000) as i order by i desc",
    )
    monkeypatch.setenv("CRM_URI", uri)
    told_to = {
        "feed": "customers",
        "files": None,
        "format": "postgres",
        "dialect": {"connection": "CRM_URI", "table": "bss.customer"},
        "extracted_at": "loaded",
        "entities": [
            {
                "entity": "customer",
                "columns": {
                    "customer_id": "id",
                    "segment": "segment",
                    "customer_since": "since",
                    "is_internal": "vip",
                    "status": "limit_eur",
                },
            }
        ],
    }
    bench.contract(**told_to)
    return run


def test_a_postgres_table_loads_exactly_and_only_a_change_is_new(crm, bench):
    first = bench.load()
    assert (first.refused, first.files_new, first.rows_loaded) == ([], 1, 1000)
    assert bench.rows(
        "select customer_id, segment, customer_since, is_internal, status from raw.customer "
        "where customer_id in ('1', '6') order by 1"
    ) == [
        ("1", "consumer", dt.datetime(2019, 12, 31, 22), None, "0.1429"),
        ("6", "business", dt.datetime(2020, 1, 1, 3), True, "0.8571"),
    ]
    assert bench.rows("select bool_and(row_number = customer_id::int) from raw.customer") == [
        (True,)
    ]
    again = bench.load()
    assert (again.files_new, again.files_known, again.refused) == (0, 1, [])
    # rewritten in another place of the table, but unchanged
    crm("update bss.customer set vip = vip where id > 500", "vacuum full bss.customer")
    assert bench.load().files_new == 0
    crm("update bss.customer set segment = 'wholesale' where id = 7")
    third = bench.load()
    assert (third.files_new, third.rows_loaded) == (1, 1000)
    assert bench.rows(
        "select segment, count(*) from raw.customer where known_at = (select max(known_at) from "
        "raw.customer) group by 1 order by 2"
    ) == [("wholesale", 1), ("business", 333), ("consumer", 666)]
    # the first picture stays, as what was known then
    assert bench.rows("select count(*), count(distinct known_at) from raw.customer") == [(2000, 2)]
    crm("update bss.customer set segment = 'consumer' where id = 7")
    assert bench.load().files_new == 1
    assert bench.rows(
        "select arg_max(segment, known_at) from raw.customer where customer_id = '7'"
    ) == [("consumer",)]
    assert bench.rows("select distinct file_name, state, completeness from ops.file_ledger") == [
        ("CRM_URI/customers.parquet", "loaded", "proven")
    ]


def connected_by(bench, **dialect) -> list[str]:
    """Load from the server by another table or query; return what was refused."""
    bench.contract(
        files=None,
        format="postgres",
        dialect={"connection": "CRM_URI", **dialect},
        entities=[{"entity": "customer", "columns": {"customer_id": "id"}}],
    )
    return bench.load().refused


def test_a_postgres_query_loads_rows_without_a_key_and_with_types_that_have_no_order(crm, bench):
    assert connected_by(bench, table="note") == []
    assert bench.rows("select customer_id from raw.customer order by row_number") == [
        ("1",),
        ("2",),
        ("2",),
    ]
    query = (
        "select c.id, n.body from bss.customer as c join bss.note as n on n.id = c.id "
        "where c.segment like '%o%'; -- the end"
    )
    assert connected_by(bench, query=query) == []
    assert bench.rows("select count(*) from raw.customer") == [(3,)]


@pytest.mark.parametrize(
    ("dialect", "says"),
    [
        ({"table": "gone"}, "has no table 'gone'; it has bss.customer, bss.note"),
        ({"table": "bss.secret"}, "has no table 'bss.secret'"),
        ({"query": "select * from bss.secret"}, "may not read"),
        ({"query": "select bss.sneak() as id"}, "only read"),
        ({"query": "delete from bss.note returning id"}, "not one select"),
        ({"query": "select 1 as id; delete from bss.note"}, "not one select"),
        ({"query": "select 1 as id) as x; commit; delete from bss.note; --"}, "not one select"),
        (
            {"query": "select set_config('transaction_read_only', 'off', false) as id"},
            "cannot be read",
        ),
        ({"query": "select nothing from bss.note"}, "not there"),
        ({"query": "select 1 as id, 2 as id"}, "twice"),
        ({"query": "select 1 as other"}, "no column 'id'"),
    ],
)
def test_a_postgres_session_cannot_write_and_says_what_to_mend(crm, bench, dialect, says):
    (refused,) = connected_by(bench, **dialect)
    assert says in refused
    assert connected_by(bench, table="note") == []
    assert bench.rows("select count(*) from raw.customer") == [(3,)]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda uri: uri.replace(PASSWORD, "wr0ng-One"), "refuses the user or password"),
        (lambda uri: uri.replace("127.0.0.1:", "127.0.0.1:1"), "CRM_URI"),
        (lambda uri: uri.rsplit(":", 1)[0] + ":1/postgres", "nothing answers"),
        (lambda uri: uri.replace("/postgres", "/nowhere").replace(":nowhere", ""), "CRM_URI"),
        (lambda uri: f"secret text {PASSWORD}", "no PostgreSQL URI"),
    ],
)
def test_a_server_that_cannot_be_reached_is_named_by_its_variable_and_nothing_else(
    crm, bench, postgres_server, monkeypatch, change, says, caplog, capfd
):
    uri = change(postgres_server[1])
    monkeypatch.setenv("CRM_URI", uri)
    report = bench.load()
    told = "\n".join(
        [*report.refused, *(row[0] for row in bench.rows("select reason from ops.file_ledger"))]
    )
    told += caplog.text + "".join(capfd.readouterr())
    assert says in told and "CRM_URI" in told
    for secret in (PASSWORD, "wr0ng-One", USER, "127.0.0.1", uri):
        assert secret not in told
    home = b"".join(path.read_bytes() for path in bench.settings.home.rglob("*") if path.is_file())
    assert PASSWORD.encode() not in home


def test_a_connection_that_is_not_set_is_passed_over(bench, monkeypatch):
    monkeypatch.delenv("NOT_SET_URI", raising=False)
    bench.contract(
        "remote", files=None, format="postgres", dialect={"connection": "NOT_SET_URI", "table": "t"}
    )
    bench.contract()
    bench.deliver("customers.csv", "id,segment\nC1,consumer\n")
    report = bench.load()
    assert (report.refused, report.rows_loaded) == ([], 1)
