"""Promises 41 and 43: each column has class, purpose and retention; a person gets all of theirs."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import duckdb
import pytest

from cx import column_privacy
from cx.column_privacy import GUIDE, Unclassed, classed, guide, rules
from cx.ledger import create_tables
from cx.settings import REPO
from cx.warehouse import writing
from tests.promises.test_privacy import cx, identities, told  # noqa: F401  (a fixture)
from tests.release_fixture import contracts


def test_promise_43_each_column_has_a_class_a_purpose_and_a_retention():
    found = classed()
    assert {each.schema for each in found} == {"raw", "marts", "features", "ml"}
    for each in found:
        assert each.privacy in ("direct", "pseudonym", "quasi", "personal", "none"), each
        assert each.purpose and each.retention, each
    # no mart is forgotten; what is not here is a step, which no release holds
    steps = {path.stem for path in (REPO / "models" / "marts").glob("*/steps/*.sql")}
    assert set(contracts()) - {each.table for each in found} <= steps


def test_promise_43_a_new_id_that_no_list_names_stops_the_build(monkeypatch):
    tables = [("marts", "marts/core", "dim_customer", ["customer_id", "loyalty_id"])]
    monkeypatch.setattr(column_privacy, "_tables", lambda: iter(tables))
    with pytest.raises(Unclassed, match="loyalty_id"):
        classed()


def test_promise_43_a_new_folder_without_a_purpose_stops_the_build(monkeypatch):
    tables = [("marts", "shop/till", "fct_sale", ["amount"])]
    monkeypatch.setattr(column_privacy, "_tables", lambda: iter(tables))
    with pytest.raises(Unclassed, match="fct_sale"):
        classed()


def test_promise_43_intake_and_rules_agree_on_what_is_an_identity():
    intake = column_privacy.yaml.safe_load(
        (column_privacy.SHIPPED_CONTRACTS / "intake.yml").read_text(encoding="utf-8")
    )["entities"]
    said = {
        (entity, name)
        for entity, each in intake.items()
        for name, column in each["columns"].items()
        if column.get("pii") == "direct" or column["type"] == "token"
    }
    ruled = {
        (each.table, each.column)
        for each in classed()
        if each.schema == "raw" and each.privacy == "direct"
    }
    assert ruled == said
    quasi = {
        (entity, name)
        for entity, each in intake.items()
        for name, column in each["columns"].items()
        if column.get("pii") == "quasi"
    }
    none = {(each.table, each.column) for each in classed() if each.privacy == "none"}
    assert quasi & none == set()


def test_promise_43_no_list_names_what_is_nowhere():
    columns = {each.column for each in classed()}
    listed = {*rules()["direct"], *rules()["pseudonym"], *rules()["quasi"], *rules()["nobodys"]}
    assert listed - columns == set()


def test_promise_43_the_guide_is_up_to_date():
    assert GUIDE.read_text(encoding="utf-8") == guide()


def test_promise_43_a_plain_column_of_a_build_is_personal_without_a_word_in_the_guide(monkeypatch):
    tables = [
        (schema, place, table, [*columns, "late_hours"] if table == "fct_visit" else columns)
        for schema, place, table, columns in column_privacy._tables()
    ]
    before = guide()
    monkeypatch.setattr(column_privacy, "_tables", lambda: tables)
    assert [each.privacy for each in classed() if each.column == "late_hours"] == ["personal"]
    assert guide() == before


def test_promise_41_a_persons_export_has_every_classed_column_and_nobody_elses_row(told):  # noqa: F811
    with writing(told.settings) as connection:
        create_tables(connection)
        connection.execute("create schema marts")
        for table, columns in contracts().items():
            typed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            connection.execute(f"create table marts.{table} ({typed})")
        for n in (5, 6):
            connection.execute(
                "insert into marts.dim_subscription (subscription_id, customer_id) values (?, ?)",
                [f"L{n:03}", f"C{n:03}"],
            )
            connection.execute(
                "insert into marts.fct_bill (bill_id, account_id) values (?, ?)", [f"B{n}", f"A{n}"]
            )
    request, target = told.settings.home.parent / "request", told.settings.home.parent / "out.zip"
    request.write_text("C005\n")
    assert cx(told, "privacy", "export", "--file", str(request), "--out", str(target)) == 0
    assert target.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(target) as archive:
        names = set(archive.namelist())
        tables = {
            name.removesuffix(".csv"): list(
                csv.DictReader(io.StringIO(archive.read(name).decode()))
            )
            for name in names
            if name.endswith(".csv")
        }
        headers = {
            name.removesuffix(".csv"): next(csv.reader(io.StringIO(archive.read(name).decode())))
            for name in names
            if name.endswith(".csv")
        }
        told_of = json.loads(archive.read("columns.json"))
        index = archive.read("README.txt").decode()
    # the catalogue less what is there is nothing, for raw and marts alike
    with duckdb.connect(str(told.settings.warehouse), read_only=True) as connection:
        there = set(
            connection.execute(
                "select schema_name || '.' || table_name from duckdb_tables() "
                "where schema_name in ('raw', 'marts')"
            ).fetchall()
        )
    columns_of: dict[str, list[str]] = {}
    for each in classed():
        columns_of.setdefault(each.table, []).append(each.column)
    missing = [
        each
        for each in classed()
        if each.privacy not in ("none",)
        and (f"{each.schema}.{each.table}",) in there
        and each.column not in headers.get(f"{each.schema}.{each.table}", ())
        and column_privacy.person_columns(each.schema, each.table, columns_of[each.table])
    ]
    assert missing == []
    assert {row["value"] for row in tables["vault.identity"]} == {
        identities(5)["name"].lower(),
        identities(5)["phone"],
        identities(5)["mail"],
        identities(5)["paper"],
    }
    assert [row["customer_id"] for row in tables["raw.customer"]] == ["C005"]
    assert {row["interaction_id"] for row in tables["raw.interaction"]} == {"I005", "I900"}
    assert [row["subscription_id"] for row in tables["marts.dim_subscription"]] == ["L005"]
    assert told_of["raw.party"]["phone_number"]["class"] == "direct"
    assert "raw.interaction.csv: 2 rows" in index
    # a second one does not write over it
    assert cx(told, "privacy", "export", "--file", str(request), "--out", str(target)) == 2
