"""What a failed build tells, and when less than everything may be built."""

from __future__ import annotations

import pytest

from cx.build import unknown_states
from cx.ledger import begin_build, end_build
from cx.settings import Settings
from cx.warehouse import connected, writing
from ingest.load import prepare_raw


def test_states_nobody_knows_are_named_with_their_rows_and_the_place_to_map_them(tmp_path):
    settings = Settings(home=tmp_path)
    with writing(settings) as connection:
        connection.execute("create schema marts")
    assert unknown_states(settings) == ""
    with writing(settings) as connection:
        connection.execute(
            "create table marts.unmapped_code as select * from (values "
            "('ticket_status', 'zombie', 'tts', 1200, true), "
            "('reason', 'banana', 'tts', 9000, false)) "
            "as codes (vocabulary, source_code, source_system, row_count, is_failing)"
        )
    assert unknown_states(settings) == (
        "; states nobody knows: ticket_status 'zombie' of tts (1,200 rows): "
        "map them in dbt_project/seeds/code_map.csv or in the source's contract"
    )
    with writing(settings) as connection:
        connection.execute("delete from marts.unmapped_code where is_failing")
    assert unknown_states(settings) == ""


LEDGER = (
    "insert into ops.file_ledger (source_system, feed, file_id, state, rows_loaded, "
    "rows_quarantined, contract_digest) values (?, ?, uuid(), 'loaded', 10, 0, 'c')"
)


@pytest.fixture
def built(tmp_path) -> Settings:
    """A home whose one file the models hold."""
    settings = Settings(home=tmp_path)
    with connected(settings) as connection:
        prepare_raw(connection)
        connection.execute(LEDGER, ["crm", "customers"])
        assert not begin_build(connection, "code")
        end_build(connection, "code")
    return settings


def test_one_more_file_of_a_known_feed_is_an_increment_and_the_only_new_file(built):
    with connected(built) as connection:
        connection.execute(LEDGER, ["crm", "customers"])
        assert begin_build(connection, "code")
        assert connection.execute("select count(*) from ops.new_file").fetchall() == [(1,)]


@pytest.mark.parametrize(
    "change",
    [
        "update ops.file_ledger set rows_loaded = 11",
        "update ops.file_ledger set state = 'superseded'",
        "delete from ops.file_ledger",
        "update ops.built_file set code_digest = 'older'",
        "delete from ops.built_file",
        LEDGER.replace("(?, ?,", "('crm', 'accounts',"),
    ],
    ids=["replayed", "superseded", "gone", "other code", "not ended", "a feed never seen"],
)
def test_what_may_change_rows_no_new_file_speaks_of_is_a_full_build(built, change):
    with connected(built) as connection:
        assert begin_build(connection, "code")
        end_build(connection, "code")
        connection.execute(change)
        assert not begin_build(connection, "code")


def test_a_build_that_did_not_end_is_never_built_upon(built):
    with connected(built) as connection:
        assert begin_build(connection, "code")
        assert not begin_build(connection, "code")


@pytest.mark.parametrize(
    "sql",
    [
        "with own as (select 1) select * from own",
        "\n\n-- said\nWITH\n\nown as (select 1)\n\nselect * from own",
        "with  recursive own as (select 1) select * from own",
        "/* with */ select 1",
        "select 1",
    ],
)
def test_the_rows_a_unit_test_gives_stand_where_dbt_would_put_them(sql):
    # dbt takes seconds to be read, by each process that collects tests
    from dbt.compilation import InjectedCTE, inject_ctes_into_sql

    from cx.dbt_child import with_rows_given

    given = [InjectedCTE("a", " a as (\nselect 2\n)"), InjectedCTE("b", " b as (select 3)")]
    ours, dbts = with_rows_given(sql, given), inject_ctes_into_sql(sql, given)
    assert "".join(ours.split()) == "".join(dbts.split())
    assert with_rows_given(sql, []) == sql
