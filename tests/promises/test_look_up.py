"""Care's look-up: the right customer, a reason, a limit, and no trace of what was typed."""

from __future__ import annotations

import ast
import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from streamlit.testing.v1 import AppTest

from cx import audit, lookup
from cx.access import LookUpLimits
from cx.ledger import create_tables
from cx.release import publish
from cx.settings import REPO, Settings
from cx.warehouse import connected, reading, writing
from tests.conftest import Bench
from tests.release_fixture import full_home, published
from tests.visitors import at_page

# Made up, and found nowhere else: searched for in every byte afterwards.
PHONE, NAME, EMAIL = "+7 916 555-38-27", "Пётр  Канарейкин", "Canary.Bird@example.org"
PEOPLE = (
    "party;customer;name;phone;email\n"
    f"P1;C001;{NAME};8 (916) 555-38-27;{EMAIL}\n"
    "P2;C002;Anna Müller;0049 30 1234567;anna@example.org\n"
    + "".join(f"P{n};C{n:03};John Smith;+44 20 7946 {n:04};\n" for n in range(3, 15))
)
ENTITIES = [
    {
        "entity": "party",
        "columns": {
            "party_id": "party",
            "name": "name",
            "phone_number": "phone",
            "email": "email",
        },
    },
    {"entity": "customer", "columns": {"customer_id": "customer", "party_id": "party"}},
]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Settings:
    """People taken in at the door, and what the models make of them, by hand."""
    bench = Bench(tmp_path_factory.mktemp("made"))
    bench.contract(
        entities=ENTITIES,
        country_code="7",
        trunk_prefix="8",
        dialect={"delimiter": ";"},
        files="customers*.csv",
    )
    bench.deliver("customers.csv", PEOPLE)
    assert bench.load().rows_loaded == 14
    with connected(bench.settings) as connection:
        create_tables(connection)
        for schema in ("staging", "intermediate"):
            connection.execute(f"create schema {schema}")
        for entity, name in (("party", "parties"), ("customer", "customers")):
            connection.execute(
                f"create table staging.stg_{name} as "
                f"select 'crm' as source_system, true as is_current, * from raw.{entity}"
            )
        connection.execute(
            "create table intermediate.int_customer_links as "
            "select customer_id as source_key, customer_id from raw.customer"
        )
        connection.execute(
            "create table intermediate.int_customer_tokens as "
            "select 'crm' as source_system, customer_id as source_key, token_type, token from ("
            "select customer_id, 'phone' as token_type, phone_number as token "
            "from raw.customer inner join raw.party using (party_id) union all "
            "select customer_id, 'email', email from raw.customer inner join raw.party "
            "using (party_id)) where token is not null"
        )
        assert lookup.write_holders(bench.settings, connection) == 30
    return bench.settings


@pytest.fixture
def home(made, tmp_path) -> Settings:
    shutil.copytree(made.home, tmp_path / "home")
    return Settings(home=tmp_path / "home")


def asked(settings: Settings, value: str, **changes: object) -> dict:
    """Ask as the app does, in a process of its own."""
    question = {
        "actor": "agent-1",
        "roles": ["care"],
        "domain": "phone",
        "value": value,
        "reason": "complaint",
    }
    outcome = subprocess.run(
        [sys.executable, "-m", "cx.lookup"],
        input=json.dumps(question | changes),
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"CX_HOME": str(settings.home), "PYTHONPATH": str(REPO)},
    )
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stderr == ""
    return json.loads(outcome.stdout)


def ask(settings: Settings, value: str, **changes: object) -> list[str]:
    question = {
        "actor": "agent-1",
        "roles": ["care"],
        "domain": "phone",
        "value": value,
        "reason": "complaint",
    }
    return lookup.answer(settings, question | changes)


def lines(settings: Settings) -> list[dict]:
    return [
        json.loads(line)
        for path in settings.audit.glob("*.jsonl")
        for line in path.read_text().splitlines()
    ]


def holds(settings: Settings, *texts: str) -> list[str]:
    """Return the files of the home in whose bytes one of the texts stands."""
    return [
        path.name
        for path in settings.home.rglob("*")
        if path.is_file() and any(text.encode() in path.read_bytes() for text in texts)
    ]


def test_every_spelling_of_a_phone_an_address_or_a_name_finds_its_customer(home):
    for n, (domain, value) in enumerate(
        [
            ("phone", PHONE),
            ("phone", "9165553827"),
            ("phone", "8 916 555 38 27"),
            ("phone", "007 (916) 5553827"),
            ("email", " canary.bird@EXAMPLE.org "),
            ("name", "петр канарейкин"),
        ]
    ):
        found = ask(home, value, domain=domain, actor=f"agent-{n}")
        assert found == ["C001"], (domain, value)
    assert ask(home, "+49 30 123 45 67", actor="b") == ["C002"]
    assert ask(home, "Anna Muller", domain="name", actor="b") == ["C002"]
    assert ask(home, "+49 30 123 45 68", actor="b") == []


def test_the_process_of_its_own_answers_and_keeps_nothing_that_was_typed(home):
    # what the door itself keeps: the delivery, and the parser's scratch
    before = set(holds(home, "5553827", "Канарейкин", "Canary.Bird", "canary.bird"))
    assert asked(home, PHONE) == {"customers": ["C001"]}
    assert asked(home, NAME, domain="name") == {"customers": ["C001"]}
    assert asked(home, "no such number 5553827999") == {"customers": []}
    told = lines(home)[-3:]
    assert [line["event"] for line in told] == ["look_up"] * 3
    whom = [audit.customer_of(home, "C001")]
    assert told[0] | {"reason": "complaint", "customers": whom, "actor": "agent-1"} == told[0]
    assert [line["domain"] for line in audit.look_ups_of(home, "C001")] == ["phone", "name"]
    assert not audit.look_ups_of(home, "C002")
    assert not any(b"C001" in path.read_bytes() for path in home.audit.iterdir())
    after = set(holds(home, "5553827", "916 555", "Канарейкин", "канареикин", "Canary.Bird"))
    assert after <= before
    assert not {"holders.duckdb", "look_ups.json"} & after


def test_a_look_up_needs_the_role_and_a_reason_and_every_refusal_is_told(home):
    for changes, code in (
        ({"roles": ["analyst", "viewer", "operator", "product_manager"]}, "not_allowed"),
        ({"roles": []}, "not_allowed"),
        ({"roles": None}, "not_allowed"),
        ({"actor": ""}, "not_allowed"),
        ({"reason": ""}, "no_reason"),
        ({"reason": "because"}, "no_reason"),
        ({"domain": "document"}, "no_reason"),
        ({"value": "   "}, "nothing_asked"),
        ({"value": "9" * 300}, "nothing_asked"),
        ({"value": {"$ne": 1}}, "nothing_asked"),
    ):
        with pytest.raises(lookup.Refused, match=code):
            ask(home, **({"value": PHONE} | changes))
    assert [line["why"] for line in lines(home)] == ["role"] * 4
    assert not holds(home, "because")


def test_a_role_that_does_not_exist_gets_a_refusal_and_not_a_trace(home):
    with pytest.raises(lookup.Refused, match="not_allowed"):
        ask(home, PHONE, roles=["emperor"])


def test_a_name_of_many_shows_nobody(home):
    with pytest.raises(lookup.Refused, match="too_many"):
        ask(home, "John Smith", domain="name")
    assert lines(home)[-1]["customers"] == []
    assert lines(home)[-1]["found"] == 11


def test_what_looks_like_sql_or_a_path_finds_nobody_and_breaks_nothing(home):
    for n, value in enumerate(
        ["' or 1=1 --", "'; drop table holder; --", "$(id)", "../../etc/passwd", "%", "*", "\0"]
    ):
        assert ask(home, value, domain="name", actor=f"a{n}") == []
    assert ask(home, PHONE, actor="z") == ["C001"]


def test_one_person_may_ask_five_times_at_once_and_thirty_times_an_hour(home, monkeypatch):
    now = [1_800_000_000.0]
    monkeypatch.setattr(lookup.time, "time", lambda: now[0])
    limits = LookUpLimits()
    taken = [lookup.take_turn(home, "a", limits) for _ in range(7)]
    assert taken == [True] * 5 + [False] * 2
    assert lookup.take_turn(home, "b", limits)
    asked_in_an_hour = 0
    for _ in range(360):
        now[0] += 10
        asked_in_an_hour += lookup.take_turn(home, "a", limits)
    assert 29 <= asked_in_an_hour <= 30
    now[0] -= 7200  # the clock jumps back: no turn is given, none is locked away
    assert not lookup.take_turn(home, "a", limits)
    now[0] += 7200 + 121
    assert lookup.take_turn(home, "a", limits)


def test_the_limit_holds_across_processes_and_restarts(home):
    answers = [asked(home, f"+7 900 000 00 0{n}", actor="quick") for n in range(6)]
    assert [answer.get("refused") for answer in answers] == [None] * 5 + ["too_often"]
    assert lines(home)[-1]["why"] == "rate"
    assert (home.state / "look_ups.json").stat().st_mode & 0o077 == 0


def test_nothing_is_answered_when_it_cannot_be_told(home, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise audit.AuditUnwritable("the disk is full")

    monkeypatch.setattr(lookup.audit, "record", full)
    with pytest.raises(audit.AuditUnwritable):
        ask(home, PHONE)


def test_a_fault_of_the_process_tells_the_app_nothing_but_that_it_failed(home):
    home.holders.chmod(0o600)
    home.holders.write_bytes(b"not a database")
    outcome = subprocess.run(
        [sys.executable, "-m", "cx.lookup"],
        input=json.dumps(
            {"actor": "a", "roles": ["care"], "domain": "phone", "value": PHONE}
            | {"reason": "complaint"}
        ),
        capture_output=True,
        text=True,
        env=os.environ | {"CX_HOME": str(home.home), "PYTHONPATH": str(REPO)},
    )
    assert json.loads(outcome.stdout) == {"refused": "failed"}
    assert "Traceback" not in outcome.stderr
    assert "5553827" not in outcome.stderr


def test_nobody_is_found_by_what_an_earlier_publish_knew_and_the_page_is_told(home):
    with writing(home) as connection:
        connection.execute("drop table staging.stg_parties")
        assert lookup.write_holders(home, connection) == 0
    assert not home.holders.exists()
    assert asked(home, "+7 921 555 38 27") == {"refused": "not_there"}


def test_look_ups_of_one_moment_take_their_turns_one_after_the_other(home):
    turns = home.state / "look_ups.json"
    with turns.open("a") as held, ThreadPoolExecutor() as pool:
        fcntl.flock(held, fcntl.LOCK_EX)
        waiting = pool.submit(asked, home, "+7 921 555 38 27")
        with pytest.raises(TimeoutError):
            waiting.result(timeout=2.5)
        fcntl.flock(held, fcntl.LOCK_UN)
        assert "customers" in waiting.result(timeout=60)


def test_a_publish_renews_whom_the_care_desk_may_find(home):
    with writing(home) as connection:
        connection.execute(
            "create table intermediate.int_clock as "
            "select timestamp '2026-11-01' as as_of, 'b1' as batch_id"
        )
    home.holders.unlink()
    publish(home)
    with reading(home, home.holders) as connection:
        assert connection.execute("select count(*) from holder").fetchone() == (30,)


def test_holders_hold_pseudonyms_and_ids_only_and_are_their_owners_alone(home):
    assert home.holders.stat().st_mode & 0o377 == 0
    with reading(home, home.holders) as connection:
        columns = connection.execute(
            "select table_name, column_name, data_type from duckdb_columns() "
            "where not internal order by all"
        ).fetchall()
    assert columns == [
        ("holder", "customer_id", "VARCHAR"),
        ("holder", "domain", "VARCHAR"),
        ("holder", "token", "UUID"),
        ("phone_spelling", "country_code", "VARCHAR"),
        ("phone_spelling", "trunk_prefix", "VARCHAR"),
    ]


def test_the_app_has_no_way_to_the_vault_but_the_question_it_hands_over():
    for path in sorted((REPO / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = {
                ast.Attribute: lambda node: {node.attr},
                ast.Name: lambda node: {node.id},
                ast.Import: lambda node: {alias.name for alias in node.names},
                ast.ImportFrom: lambda node: {
                    node.module,
                    *(f"{node.module}.{alias.name}" for alias in node.names),
                },
            }.get(type(node), lambda _: set())(node)
            for name in names:
                banned = {"vault", "holders", "load_keys", "unseal", "cx.keys", "cx.lookup"}
                assert name not in banned, f"{path}:{node.lineno} {name}"


# ------------------------------------------------------------------ on the page


@pytest.fixture
def page(tmp_path, monkeypatch, home) -> AppTest:
    shown = full_home(tmp_path / "shown")
    published(shown)
    home.holders.rename(shown.holders)
    shown.state.mkdir(exist_ok=True)
    (home.state / "vault.key").rename(shown.state / "vault.key")
    monkeypatch.setenv("CX_HOME", str(shown.home))
    monkeypatch.setenv("CX_APP_SIGN_IN", "1")
    run = AppTest.from_file(str(REPO / "app" / "main.py"), default_timeout=60)
    run.user = {"is_logged_in": True, "iss": "i", "sub": "s", "iat": time.time(), "roles": ["care"]}
    return at_page(run, "customer")


def kept(page: AppTest) -> str:
    """Everything the session and the address keep."""
    state = page.session_state._state
    assert "visitor" in state.filtered_state
    return f"{page.query_params} {state.filtered_state} {vars(state)}"


def test_care_finds_a_customer_on_the_page_and_the_address_gets_the_pseudonym_only(page):
    def send(reason: str | None) -> None:
        labels = {element.label: element for element in [*page.text_input, *page.selectbox]}
        labels["Number, address or name"].set_value(PHONE)
        if reason:
            labels["Reason"].set_value(reason)
        next(button for button in page.button if button.label == "Find").click().run()

    send(None)
    assert [warning.value for warning in page.warning] == ["Choose a reason first."]
    send("complaint")
    opened = next(button for button in page.button if button.label == "Open C001")
    assert PHONE not in kept(page)
    opened.click().run()
    assert page.query_params["id"] == "C001"
    assert any("Outage since" in element.value for element in page.markdown)
    assert PHONE not in kept(page)
    told = lines(Settings.from_env())
    assert [line["event"] for line in told if line["event"] == "look_up"] == ["look_up"]
