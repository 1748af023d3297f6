"""SQLite and DuckDB files: every value exactly, nothing written or reached beside, damage told."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml

from ingest.contract import Feed
from ingest.formats import duckdb_file, sqlite
from ingest.formats.source import FileRefused

CUSTOMER = {"entity": "customer", "columns": {"customer_id": "id", "segment": "segment"}}


READERS = {"sqlite": sqlite.read, "duckdb": duckdb_file.read}


@pytest.fixture
def rows_of(tmp_path):
    """Read a file with the reader alone: its rows as dictionaries, its native columns."""

    def read(path: Path, form: str = "sqlite", needed: set[str] | None = None, **dialect):
        feed = Feed.model_validate(
            {"feed": "f", "files": "*", "format": form, "dialect": dialect, "entities": [CUSTOMER]}
        )
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'; create table kept (a int)")
            connection.begin()
            connection.execute("insert into kept values (1)")
            source = READERS[form](connection, path, feed, tmp_path / "work", needed or set())
            names = ["_row", *source.columns]
            listed = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
            found = connection.execute(
                f"select {listed} from {source.relation} order by _row"
            ).fetchall()
            originals = connection.execute(source.originals).fetchall()
            assert len(originals) == len(found)
            connection.commit()
        return [dict(zip(names, row, strict=True)) for row in found], source

    return read


def made(path: Path, script: str) -> Path:
    with closing(sqlite3.connect(path)) as file:
        file.executescript(script)
    return path


def test_sqlite_values_keep_their_exact_text_whatever_their_type_in_each_row(rows_of, tmp_path):
    path = made(
        tmp_path / "a.db",
        "create table t (id integer primary key, v);"
        "insert into t values (3, 0.1), (5, 1e300), (9, 'text'), (10, x'00ff'), (11, null), "
        "(12, 9007199254740993), (13, 0.1 + 0.2), (14, 5.0), (15, '007');",
    )
    rows, source = rows_of(path, table="t")
    assert {row["_row"]: row["v"] for row in rows} == {
        3: "0.1",
        5: "1.0e+300",
        9: "text",
        10: "00FF",
        11: None,
        12: "9007199254740993",
        13: "0.30000000000000004",
        14: "5.0",
        15: "007",
    }
    assert (source.count, source.native) == (9, frozenset())
    with closing(sqlite3.connect(path)) as file:
        delivered = dict(file.execute("select id, v from t where typeof(v) = 'real'"))
    read_back = {row["_row"]: float(row["v"]) for row in rows if row["_row"] in delivered}
    assert read_back == delivered


def test_sqlite_tables_that_change_type_far_below_and_hold_many_rows_are_read_whole(
    rows_of, tmp_path
):
    path = made(
        tmp_path / "a.db",
        "create table t (a, b); with recursive n(i) as (select 1 union all select i + 1 from n "
        "where i < 50000) insert into t select null, i from n;"
        "update t set a = 'late' where b = 49999; update t set b = 'no' where b = 50000;",
    )
    rows, _ = rows_of(path, table="t")
    assert len(rows) == 50_000
    assert [row["_row"] for row in rows] == list(range(1, 50_001))
    assert (rows[49_998]["a"], rows[49_999]["b"], rows[0]["a"]) == ("late", "no", None)


def test_sqlite_tables_of_every_kind_and_name_are_numbered_without_repetition(rows_of, tmp_path):
    path = made(
        tmp_path / "a.db",
        """
        create table "odd ""name; drop" ("a b" text, "select" text, rowid text);
        insert into "odd ""name; drop" values ('1', 'x', 'mine'), ('2', 'y', 'mine');
        create table keyed (b int not null, a int, primary key (a, b)) without rowid;
        insert into keyed values (1, 2), (9, 1), (0, 2);
        create table composite (b int, a int, primary key (a, b));
        insert into composite values (1, 2), (9, 1), (0, 2);
        create table taken (rowid int, _rowid_ int, oid int);
        insert into taken values (7, 7, 7), (7, 7, 7);
        create view seen as select b, count(*) from keyed group by b;
        """,
    )
    odd, _ = rows_of(path, table='odd "name; drop')
    assert [tuple(row.values()) for row in odd] == [(1, "1", "x", "mine"), (2, "2", "y", "mine")]
    keyed, _ = rows_of(path, table="keyed")
    assert [tuple(row.values()) for row in keyed] == [(1, "9", "1"), (2, "0", "2"), (3, "1", "2")]
    composite, _ = rows_of(path, table="composite")
    assert [(row["_row"], row["b"]) for row in composite] == [(1, "1"), (2, "9"), (3, "0")]
    taken, _ = rows_of(path, table="taken")
    assert [row["_row"] for row in taken] == [1, 2]
    seen, _ = rows_of(path, table="seen")
    assert [row["count(*)"] for row in seen] == ["1", "1", "1"]
    joined, _ = rows_of(
        path,
        query="with k as (select * from keyed) select k.a, c.b as other from k "
        "join composite as c on c.a = k.a and c.b = k.b order by k.a desc, c.b; -- the end",
    )
    assert [tuple(row.values()) for row in joined] == [
        (1, "2", "0"),
        (2, "2", "1"),
        (3, "1", "9"),
    ]


@pytest.mark.parametrize(
    ("dialect", "says"),
    [
        ({"table": "none"}, "has no table 'none'; it has s, t"),
        ({"query": "insert into t values (1, 2)"}, "asks for more"),
        ({"query": "select 1) ; delete from t; --"}, "dialect.query"),
        ({"query": "select 1; delete from t"}, "one statement"),
        ({"query": "attach '/tmp/x.db' as x"}, "asks for more"),
        ({"query": "pragma query_only = off"}, "asks for more"),
        ({"query": "select * from pragma_database_list"}, "asks for more"),
        ({"query": "select load_extension('x')"}, "dialect.query"),
        ({"query": "select id from gone"}, "no such table: gone"),
        ({"query": "select s.id, t.id from s, t"}, "gives column 'id' twice"),
        ({"query": "select id as _row from t"}, "a name of ours"),
        ({"table": "t"}, "no column 'segment'"),
    ],
)
def test_sqlite_is_only_read_and_every_misunderstanding_says_what_to_do(
    rows_of, tmp_path, dialect, says
):
    path = made(
        tmp_path / "a.db",
        "create table t (id, v); create table s (id); insert into t values (1, 2), (1, 2)",
    )
    before = path.read_bytes()
    with pytest.raises(FileRefused, match=None) as refused:
        rows_of(path, needed={"segment"}, **dialect)
    assert says in str(refused.value)
    assert path.read_bytes() == before
    assert {each.name for each in tmp_path.glob("a.db*")} == {"a.db"}


def test_a_cut_or_damaged_or_foreign_file_is_no_sqlite_database(rows_of, tmp_path):
    whole = made(
        tmp_path / "a.db",
        "create table t (id, v); with recursive n(i) as (select 1 union all select i + 1 from n "
        "where i < 5000) insert into t select i, 'value ' || i from n;",
    ).read_bytes()
    cut, torn, foreign = (tmp_path / name for name in ("cut", "torn", "foreign"))
    cut.write_bytes(whole[: len(whole) // 2])
    torn.write_bytes(whole[:8192] + b"\x07" * 4096 + whole[12288:])
    foreign.write_bytes(b"id,segment\n1,2\n")
    for path, says in ((cut, "damaged"), (torn, "damaged"), (foreign, "is not a SQLite file")):
        with pytest.raises(FileRefused, match=says):
            rows_of(path, table="t")


def test_a_sqlite_text_that_cannot_be_decoded_is_quarantined_alone(bench):
    path = made(
        bench.extracts / "customers.db",
        "create table customers (id text, segment text);"
        "insert into customers values ('C1', 'consumer'), ('C2', cast(x'fffe41' as text));",
    )
    assert path.exists()
    bench.contract(files="*.db", format="sqlite", dialect={"table": "customers"})
    report = bench.load()
    assert report.refused == []
    assert (report.rows_loaded, report.rows_quarantined) == (1, 1)
    assert "unreadable" in bench.rows("select reason from quarantine.rows")[0][0]


BSS = """
create table kunde (id integer primary key, art text, seit text);
create table tarif (code text primary key, name text, preis real, gb int) without rowid;
create table vertrag (nr text primary key, kunde int, tarif text, von text, bis text);
create table rechnung (nr integer primary key, vertrag text, datum text, cent int);
create table anruf (vertrag text, beginn int, sekunden int);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 300)
insert into kunde select i, case when i % 3 then 'P' else 'G' end, '2020-01-' ||
    printf('%02d', i % 28 + 1) from n;
insert into tarif values ('S', 'Small', 9.99, 5), ('L', 'Large', 29.95, 50);
insert into vertrag select 'V' || id, id, case when id % 2 then 'S' else 'L' end, seit,
    case when id % 10 = 0 then '2026-01-31 23:00:00' end from kunde;
insert into rechnung select id, 'V' || id, '2026-02-01', 999 + id from kunde;
insert into anruf select 'V' || k.id, 1767225600 + 60 * t.id, t.id from kunde as k
    join kunde as t on t.id <= 5;
"""


def bss_contract(**more: object) -> dict:
    def feed(name: str, dialect: dict, entity: str, columns: dict) -> dict:
        return {
            "feed": name,
            "files": "bss.db",
            "format": "sqlite",
            "dialect": dialect,
            "extracted_at": {"value": "2026-03-01"},
            "entities": [{"entity": entity, "columns": columns}],
            **more,
        }

    return {
        "source_system": "bss",
        "title": "bss",
        "feeds": [
            feed(
                "kunden",
                {"table": "kunde"},
                "customer",
                {
                    "customer_id": "id",
                    "segment": {"from": "art", "map": {"P": "consumer", "G": "business"}},
                    "customer_since": "seit",
                },
            ),
            feed(
                "tarife",
                {"table": "tarif"},
                "product_offering",
                {
                    "offering_id": "code",
                    "name": "name",
                    "monthly_price": "preis",
                    "included_data_gb": "gb",
                },
            ),
            feed(
                "vertraege",
                {
                    "query": "select v.*, t.preis from vertrag as v "
                    "join tarif as t on t.code = v.tarif order by v.nr"
                },
                "product",
                {
                    "product_id": "nr",
                    "customer_id": "kunde",
                    "offering_id": "tarif",
                    "monthly_charge": "preis",
                    "started_at": "von",
                    "ended_at": "bis",
                },
            ),
            feed(
                "rechnungen",
                {"table": "rechnung"},
                "customer_bill",
                {
                    "bill_id": "nr",
                    "product_id": "vertrag",
                    "billed_at": "datum",
                    "amount": {"sql": "cast(cent as bigint) / 100"},
                },
            ),
            feed(
                "anrufe",
                {"table": "anruf"},
                "usage",
                {
                    "product_id": "vertrag",
                    "usage_type": {"value": "voice_out"},
                    "started_at": {"from": "beginn", "epoch": "s"},
                    "quantity": {"sql": "cast(sekunden as double) / 60"},
                    "unit": {"value": "min"},
                },
            ),
        ],
    }


def test_a_whole_bss_in_one_sqlite_file_is_connected_by_one_contract(bench):
    path = made(bench.extracts / "bss.db", BSS)
    (bench.contracts / "bss.yml").write_text(yaml.safe_dump(bss_contract()), encoding="utf-8")
    report = bench.load()
    assert report.refused == []
    assert (report.files_new, report.rows_quarantined) == (5, 0)
    with closing(sqlite3.connect(path)) as file:
        expected = {
            query: file.execute(query).fetchall()
            for query in (
                "select cast(id as text), iif(art = 'P', 'consumer', 'business'), seit from kunde "
                "order by 1",
                "select code, name, preis, gb from tarif order by 1",
                "select nr, cast(kunde as text), tarif, preis, von, bis from vertrag "
                "join tarif on code = tarif order by 1",
                "select cast(nr as text), vertrag, cent from rechnung order by 1",
                "select vertrag, beginn, sekunden from anruf order by 1, 2",
            )
        }
    loaded = [
        bench.rows(query)
        for query in (
            "select customer_id, segment, strftime(customer_since, '%Y-%m-%d') from raw.customer "
            "order by 1",
            "select offering_id, name, monthly_price::double, included_data_gb "
            "from raw.product_offering order by 1",
            "select product_id, customer_id, offering_id, monthly_charge::double, "
            "strftime(started_at, '%Y-%m-%d'), ended_at::varchar from raw.product order by 1",
            "select bill_id, product_id, (amount * 100)::bigint from raw.customer_bill order by 1",
            "select product_id, epoch(started_at)::bigint, round(quantity * 60)::bigint "
            "from raw.usage order by 1, 2",
        )
    ]
    assert loaded == list(expected.values())
    assert (bench.load().files_new, len(loaded[-1])) == (0, 1500)


def test_a_duckdb_file_keeps_its_types_inside_an_open_transaction(rows_of, tmp_path):
    path = tmp_path / "it's.duckdb"
    with duckdb.connect(str(path)) as file:
        file.execute(
            "set timezone = 'Europe/Berlin'; create schema s; create type mood as enum ('a', 'b');"
            "create table s.t as select i as id, (i / 4)::decimal(18, 4) as price, "
            "timestamptz '2026-07-01 12:00:00+02' as at, date '2026-01-01' + i::int as day, "
            "'b'::mood as mood, [i] as list, (2::hugeint ** 100)::hugeint as huge, "
            'case when i % 2 = 0 then \'x\' end as "odd "" name" from range(3) as n(i);'
            "create view v as select id from s.t where id > 0;"
        )
    rows, source = rows_of(path, "duckdb", table="s.t")
    assert rows[1] == {
        "_row": 2,
        "id": 1,
        "price": Decimal("0.2500"),
        "at": dt.datetime(2026, 7, 1, 10, tzinfo=dt.UTC),
        "day": dt.date(2026, 1, 2),
        "mood": "b",
        "list": "[1]",
        "huge": str(2**100),
        'odd " name': None,
    }
    assert source.native == {"id", "price", "at", "day"}
    assert [row["id"] for row in rows_of(path, "duckdb", table="v")[0]] == [1, 2]
    joined, _ = rows_of(
        path,
        "duckdb",
        query="with a as (from v) select a.id, b.day from a join s.t b using (id); -- end",
    )
    assert len(joined) == 2


@pytest.mark.parametrize(
    ("dialect", "says"),
    [
        ({"table": "none"}, "has no table 'none'; it has leak, t"),
        ({"query": "insert into t values (1)"}, "only read"),
        ({"query": "select 1; drop table t"}, "only read"),
        ({"query": "attach 'x.db'"}, "only read"),
        ({"query": "select * from read_text('/etc/hostname')"}, "only one select"),
        ({"query": "copy t to '/tmp/x.csv'"}, "only read"),
        ({"table": "leak"}, "only one select"),
        ({"query": "select id, id from t"}, "twice"),
        ({"table": "t"}, "no column 'segment'"),
    ],
)
def test_a_duckdb_file_is_only_read_and_reaches_no_other_file(rows_of, tmp_path, dialect, says):
    path, other = tmp_path / "a.duckdb", tmp_path / "other.csv"
    other.write_text("id,secret\n1,2\n", encoding="utf-8")
    with duckdb.connect(str(path)) as file:
        file.execute(f"create table t (id int); create view leak as from read_csv('{other}')")
    before = path.read_bytes()
    with pytest.raises(FileRefused) as refused:
        rows_of(path, "duckdb", needed={"segment"}, **dialect)
    assert says in str(refused.value)
    assert path.read_bytes() == before


def test_a_cut_or_foreign_file_is_no_duckdb_database(rows_of, tmp_path):
    path = tmp_path / "a.duckdb"
    with duckdb.connect(str(path)) as file:
        file.execute("create table t as select i, hash(i) as h from range(500_000) n(i)")
    whole = path.read_bytes()
    for content in (b"id,segment\n1,2\n", whole[: len(whole) // 2], whole[:6000], b""):
        path.write_bytes(content)
        with pytest.raises(FileRefused, match="is "):
            rows_of(path, "duckdb", table="t")
    newer = bytearray(whole)
    newer[12] = 250
    path.write_bytes(newer)
    with pytest.raises(FileRefused):
        rows_of(path, "duckdb", table="t")


def test_rows_of_a_duckdb_file_load_and_bad_ones_are_quarantined(bench):
    with duckdb.connect(str(bench.extracts / "c.duckdb")) as file:
        file.execute(
            "create table customers as select * from (values (1, 'consumer'), (null, 'business')) "
            "as v(id, segment)"
        )
    bench.contract(files="*.duckdb", format="duckdb", dialect={"table": "customers"})
    report = bench.load()
    assert report.refused == []
    assert (report.rows_loaded, report.rows_quarantined) == (1, 1)
    assert bench.rows("select customer_id, segment, row_number from raw.customer") == [
        ("1", "consumer", 1)
    ]


def test_a_database_file_with_changes_beside_it_is_not_the_whole_database(bench):
    with closing(sqlite3.connect(bench.extracts / "a.db")) as file:
        file.execute("create table t (id, segment)")
        file.execute("insert into t values ('C1', 'a')")
        file.commit()
    bench.contract(files="*.db", format="sqlite", dialect={"table": "t"}, entities=[CUSTOMER])
    beside = bench.deliver("a.db-wal", b"changes")
    assert "the -wal file beside it holds changes" in bench.load().refused[0]
    beside.unlink()
    assert bench.load().rows_loaded == 1
