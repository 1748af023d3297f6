"""Who is kept to a region sees rows of its customers only, on every page and in every file."""

from __future__ import annotations

import time

import pandas as pd
import pytest
import streamlit as st

from app import access, lookup, serving
from app.release import Shelf
from cx.access import AccessRules
from cx.column_privacy import classed
from cx.release import NOT_RELEASED, current
from cx.row_scope import OWN, own_rows
from tests.test_app import healthy

# Ids of records with the file and line they came from: asked by an id that a seen row holds.
# And causes of exit, whose key is also one of exits.
ABOUT_NOBODY = {"bdg_evidence", "bdg_record_source", "evidence_source", "dim_exit_cause"}
COUNT = "select count(*) as n from {}"
REGIONS = "select distinct region from marts.dim_customer"


@pytest.fixture
def shelf(full, monkeypatch):
    monkeypatch.setenv("CX_HOME", str(full.home))
    return serving.shelf()


def test_every_released_table_about_persons_is_seen_by_region():
    about: dict[str, list[str]] = {}
    for column in classed():
        if column.schema in ("marts", "ml") and column.privacy in ("pseudonym", "direct"):
            about.setdefault(column.table, []).append(column.column)
    assert len(about) > 40
    whole = {table for table, columns in about.items() if not own_rows(columns)}
    # between layers, in no release
    between = {"int_first_known", "int_order_references", "int_compared_bills"}
    kept_back = set(NOT_RELEASED) | between
    assert whole - kept_back == ABOUT_NOBODY


def test_a_reader_of_one_region_sees_its_customers_rows_and_what_is_about_nobody(shelf, full):
    release = current(full.releases)

    def count(table: str, regions: tuple[str, ...] | None) -> int:
        return int(shelf.answer(release, COUNT.format(table), {}, regions)["n"][0])

    assert list(shelf.ask(release, REGIONS, regions=("north",))["region"]) == ["north"]
    split = 0
    for table in release.tables:
        every, none = count(table, None), count(table, ())
        north, south = count(table, ("north",)), count(table, ("south",))
        columns = list(shelf.ask(release, f"select * from {table} limit 0").columns)
        if set(columns).isdisjoint(OWN):
            assert {every, none, north, south} == {every}, table
        else:
            assert none == 0, table
            assert north + south <= every, table
            assert count(table, ("north", "south")) == north + south, table
            split += 0 < north < every
    assert split


def test_what_is_asked_now_and_what_is_downloaded_later_are_of_the_reader(full, shelf, monkeypatch):
    told = {"claim": "areas"}
    rules = AccessRules.model_validate({"regions": told, "roles": {"a": "analyst"}})
    monkeypatch.setattr(access, "access_rules", lambda settings: rules)
    signed_in = {"is_logged_in": True, "iat": time.time(), "sub": "me", "roles": ["a"]}
    for regions in (("south",), ("north", "south")):
        who = access.visitor_of(full, signed_in | {"areas": list(regions)})
        monkeypatch.setattr(st, "session_state", {"visitor": who})
        serving.choose()
        seen = {region for region in serving.ask(REGIONS)["region"] if region}
        assert seen == {region for region in serving.later(REGIONS)()["region"] if region}
        assert seen <= set(regions) and ("north" in seen) == ("north" in regions)


def test_a_connection_for_some_regions_is_closed_when_nobody_uses_it(own):
    shelf = Shelf(own.releases, grace_seconds=0.0)
    release = shelf.newest().release
    shelf.ask(release, REGIONS)
    shelf.ask(release, REGIONS, regions=("north",))
    assert len(shelf._opened) == 2
    shelf.newest()
    assert list(shelf._opened) == [(release.file, None)]
    shelf.close()


def test_the_desk_finds_nobody_of_another_region_and_says_whose_rows_are_seen(full, opened):
    there = opened(full, "customer", role="analyst", regions=("north",), id="S001")
    assert "Customer C001" in healthy(there)
    elsewhere = opened(full, "customer", role="analyst", regions=("south",), id="S001")
    assert "Customer C001" not in healthy(elsewhere)
    assert any("Customers of south" in text.value for text in elsewhere.markdown)


def test_runs_and_feeds_are_told_to_a_reader_of_one_region(full, opened):
    for view in ("runs", "sources"):
        seen = opened(full, "runs", role="analyst", regions=("north",), view=view)
        everybody = opened(full, "runs", role="analyst", view=view)
        assert "tells of no run" not in healthy(seen)
        assert [each.value.to_string() for each in seen.dataframe] == [
            each.value.to_string() for each in everybody.dataframe
        ]


def test_lists_beside_figures_of_the_whole_base_say_whose_rows_they_hold(full, opened):
    said_so = "You see rows of customers of north only"
    for page, address in (
        ("work_list", {}),
        ("churn", {"view": "risk"}),
        ("churn", {"view": "target"}),
        ("preferences", {}),
        ("service_impact", {"period": "all", "problem": "P-CUT"}),
        ("customer", {"id": "S999"}),
    ):
        assert said_so in healthy(opened(full, page, role="analyst", regions=("north",), **address))
        assert said_so not in healthy(opened(full, page, role="analyst", **address))


def test_a_search_by_phone_finds_nobody_of_another_region(full, opened, monkeypatch):
    opened(full, "customer", role="care", regions=("south",))
    who = access.Visitor("in", "a", frozenset({"care"}), regions=("south",))
    monkeypatch.setattr(access, "visitor", lambda: who)
    monkeypatch.setenv("CX_LOOKUP_COMMAND", 'echo \'{"customers": ["C001"]}\'')
    monkeypatch.setattr(lookup.customer, "found", lambda one: pd.DataFrame())
    assert lookup.ask("phone", "1", "complaint") == {"customers": []}
    monkeypatch.setattr(lookup.customer, "found", lambda one: pd.DataFrame({"customer_id": [one]}))
    assert lookup.ask("phone", "1", "complaint") == {"customers": ["C001"]}


@pytest.mark.parametrize(
    ("claims", "regions"),
    [
        ({"areas": ["r-1", "South"]}, ("North", "South")),
        ({"areas": ["r-1", "hq"]}, None),
        ({"areas": []}, ()),
        ({}, ()),
        ({"areas": {"r-1": True}}, ()),
    ],
)
def test_who_names_no_region_sees_nobodys_rows(claims, regions):
    said = {"claim": "areas", "values": {"r-1": "North"}, "everywhere": ["hq"]}
    assert AccessRules.model_validate({"regions": said}).regions_of(claims) == regions
    assert AccessRules().regions_of(claims) is None
    assert access.Visitor("in").regions == ()
