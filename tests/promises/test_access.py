"""Who gets in and what they see: a real provider, real cookies, every page for every role."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import anyio
import httpx
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from app import asgi
from app import pages as app_pages
from app.doorkeeper import Doorkeeper
from app.returning import COOKIE, of_ours
from app.words import CATALOGUE
from cx import audit
from cx.access import RIGHTS, AccessRules, access_rules, serving_options, sign_in_file
from cx.cli import main
from cx.errors import UserError
from cx.settings import REPO, Settings
from tests.release_fixture import full_home, published
from tests.visitors import Visitor, at_page

APP = REPO / "app"
PAGES = tuple(app_pages.PAGES)
ROLES = sorted(RIGHTS)
COOKIE_SECRET = "a secret of this test, long enough to be taken"
# Subscriptions, customers, accounts and problems of the fixture; a figure; what charts draw with.
DATA = re.compile(
    r"\b[SCA]0\d\d\b|\bP-[A-Z]+\b|4\.40%|1,000|arrow_data_frame|vega_lite|\bmetric \{"
)
PERSONS = re.compile(r"\b[SC]0\d\d\b")


@dataclass(frozen=True)
class Served:
    """An app with sign-in, served by `cx app`, and its provider."""

    settings: Settings
    base: str
    log: Path


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def started(command: list[str], log: Path, address: str, **environment: str) -> subprocess.Popen:
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, *command],
            stdout=out,
            stderr=out,
            env=os.environ | {"PYTHONPATH": str(REPO)} | environment,
        )
    for _ in range(240):
        try:
            httpx.get(address, timeout=10)
            return process
        except httpx.TransportError:
            assert process.poll() is None, log.read_text()
            threading.Event().wait(0.25)
    raise AssertionError(f"{address} never answered")


def with_sign_in(settings: Settings, provider: int, app: int) -> None:
    path = settings.home / "sign_in.toml"
    path.write_text(
        f"""[auth]
        redirect_uri = "http://localhost:{app}/oauth2callback"
        cookie_secret = "{COOKIE_SECRET}"
        client_id = "cx"
        client_secret = "known to the provider only"
        server_metadata_url = "http://127.0.0.1:{provider}/.well-known/openid-configuration"
        """
    )
    path.chmod(0o600)


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    settings = full_home(folder / "home")
    published(settings)
    provider, app = free_port(), free_port()
    with_sign_in(settings, provider, app)
    (settings.home / "access.yml").write_text(
        "claim: realm_access.roles\nroles: {cx-second-line: care}\n"
    )
    people = [
        {"sub": f"u-{role}", "email": f"{role}@example.org", "realm_access": {"roles": [role]}}
        for role in ROLES
    ]
    people += [
        {"sub": "u-second-line", "realm_access": {"roles": ["offline_access", "cx-second-line"]}},
        {"sub": "u-stranger", "realm_access": {"roles": ["offline_access", "admin"]}},
        {"sub": "u-without"},
    ]
    claims = [part for one in people for part in ("--user-claims", json.dumps(one))]
    issuer = f"http://127.0.0.1:{provider}"
    processes = [
        started(
            ["-m", "oidc_provider_mock", "-p", str(provider), *claims],
            folder / "provider.log",
            f"{issuer}/.well-known/openid-configuration",
        )
    ]
    base = f"http://localhost:{app}"
    try:
        processes.append(
            started(
                ["-m", "cx.cli", "--home", str(settings.home), "app", "--port", str(app)],
                folder / "app.log",
                f"{base}/readyz",
                CX_KEY="ab" * 32,
            )
        )
        yield Served(settings, base, folder / "app.log")
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)


def events(settings: Settings, event: str) -> list[dict]:
    lines = (
        json.loads(line)
        for path in sorted(settings.audit.glob("*.jsonl"))
        for line in path.read_text().splitlines()
    )
    return [line for line in lines if line["event"] == event]


# ------------------------------------------------------------------ in front of the served app


def test_promise_33_nobody_gets_data_without_signing_in(served):
    nobody = Visitor(served.base)
    for page in ("", "service-impact", "churn", "customer", "overview", "../customer"):
        for query in ("lang=en", "lang=en&id=S001", "period=all&problem=P-CUT", "id=C040&sub=S039"):
            said = nobody.see(page, query)
            assert "Sign in to see the insights" in said
            assert not DATA.search(said), DATA.search(said)
    for path in ("/", "/churn", "/customer?id=S001", "/media/x.csv", "/app/static/../release.py"):
        assert not DATA.search(nobody.http.get(served.base + path).text)


def test_the_door_is_drawn_with_its_own_fonts_and_icons(served):
    fonts = sorted((Path(st.__file__).parent / "static" / "static" / "media").glob("*.woff2"))
    assert any("MaterialSymbols" in font.name for font in fonts)
    for font in fonts:
        answer = httpx.get(f"{served.base}/static/media/{font.name}")
        assert answer.status_code == 200, font.name
    assert httpx.get(f"{served.base}/media/a/static/media/{'ab' * 28}.csv").status_code == 403


def test_promise_33_a_page_is_drawn_for_those_who_signed_in_with_its_role(served):
    for subject, role in (("u-analyst", "analyst"), ("u-second-line", "care")):
        person = Visitor(served.base)
        assert person.sign_in(subject).status_code == 200
        said = person.see("customer", "lang=en&id=S001")
        assert "Outage since 31 Oct" in said
        assert ("Find by phone" in said) == (role == "care")
        assert events(served.settings, "login")[-1]["roles"] == [role]
    text = "".join(path.read_text() for path in served.settings.audit.glob("*.jsonl"))
    assert "example.org" not in text
    assert "u-analyst" not in text


def test_who_signs_in_at_the_door_of_a_page_comes_back_to_that_view(served):
    view = "/churn?lang=ru&m=2026-08&view=stay"
    person = Visitor(served.base)
    assert str(person.sign_in("u-analyst", view).url) == served.base + view
    assert COOKIE not in person.cookies
    for elsewhere in ("http://evil.example/churn", "/media/x.csv", "//evil.example/", "/"):
        assert str(Visitor(served.base).sign_in("u-analyst", elsewhere).url) == served.base + "/"


@pytest.mark.parametrize(
    ("address", "is_ours"),
    [
        ("/", True),
        ("/?m=2026-08", True),
        ("/service-impact?problem=P%201", True),
        ("//evil.example/", False),
        ("/\\evil.example", False),
        ("/churn/../media/x", False),
        ("https://evil.example/churn", False),
        ("/churn?a=1\r\nSet-Cookie: x=1", False),
        ("/churn?" + "a" * 3000, False),
        ("", False),
    ],
)
def test_a_sign_in_leads_back_to_a_page_of_ours_only(address, is_ours):
    assert of_ours(address) == (address if is_ours else "")


def test_a_link_to_a_page_of_another_role_says_so_and_shows_no_other_page_instead(served):
    person = Visitor(served.base)
    person.sign_in("u-care")
    for page, query in (("churn", "lang=en&m=2026-08"), ("", "lang=en&m=2026-08")):
        said = person.see(page, query)
        assert "This page is not part of your roles (care)" in said
        assert not DATA.search(said)
        assert "page_not_found" not in said
    # Its own first page keeps an address that means the same to a colleague.
    said = person.see("service-impact", "lang=en")
    assert "Which problems cost customers most" in said
    assert "page_not_found" not in said


def test_promise_33_somebody_without_a_role_of_ours_is_refused(served):
    for subject in ("u-stranger", "u-without"):
        person = Visitor(served.base)
        person.sign_in(subject)
        for page in ("", "churn", "customer"):
            said = person.see(page, "lang=en&id=S001")
            assert "no role of this app is given to you" in said
            assert not DATA.search(said)
    assert {line["why"] for line in events(served.settings, "denied")} >= {"no role"}


def test_promise_33_no_forged_altered_or_expired_cookie_lets_anybody_in(served):
    person = Visitor(served.base)
    person.sign_in("u-analyst")
    good = person.cookies["_streamlit_user"]
    now = int(time.time())
    claims = {
        "is_logged_in": True,
        "origin": served.base,
        "provider": "default",
        "iss": "x",
        "sub": "u-analyst",
        "iat": now,
        "realm_access": {"roles": ["analyst"]},
    }

    def signed(secret: str = COOKIE_SECRET, **changes: object) -> str:
        content = json.dumps({**claims, **changes}, separators=(",", ":"))
        return create_signed_value(secret, "_streamlit_user", content).decode()

    bad = {
        "empty": "",
        "noise": "eyJpc19sb2dnZWRfaW4iOiB0cnVlfQ.aaaa.bbbb",
        "unsigned": json.dumps(claims),
        "first letter": ("X" if good[0] != "X" else "Y") + good[1:],
        "middle letter": good[:40] + ("X" if good[40] != "X" else "Y") + good[41:],
        "cut": good[:-8],
        "another secret": signed("another secret, as long as the one it is not"),
        "another app's": signed(origin="http://elsewhere.invalid"),
        "yesterday's": signed(iat=now - 24 * 3600),
        "tomorrow's": signed(iat=now + 24 * 3600),
        "undated": signed(iat=None),
        "nobody's": signed(sub=""),
        "not signed in": signed(is_logged_in=False),
    }
    assert "Outage since" in person.see("customer", "lang=en&id=S001")
    for name, value in {"good": signed(), **bad}.items():
        other = Visitor(served.base)
        other.http.get(served.base + "/_stcore/health")
        other.http.cookies.set("_streamlit_user", value)
        said = other.see("customer", "lang=en&id=S001")
        assert bool(DATA.search(said)) == (name == "good"), name


def test_promise_33_a_file_made_for_a_download_is_for_those_who_signed_in(served):
    """Without a sign-in there is no answer that tells whether there is such a file."""
    person, nobody = Visitor(served.base), Visitor(served.base)
    person.sign_in("u-analyst")
    address = f"{served.base}/media/{'ab' * 28}.csv"
    assert person.http.get(address).status_code == 404
    assert nobody.http.get(address).status_code == 403
    nobody.http.cookies.set("_streamlit_user", person.cookies["_streamlit_user"][:-4] + "aaaa")
    assert nobody.http.get(address).status_code == 403


def test_promise_33_signing_out_ends_the_sign_in_and_every_copy_of_its_cookie(served):
    person, copy = Visitor(served.base), Visitor(served.base)
    person.sign_in("u-operator")
    copy.http.cookies.update(person.http.cookies)
    assert "4.40%" in copy.see()
    with person.socket() as open_socket:
        drawn = person.run(open_socket, "", "lang=en")
        person.press(open_socket, drawn, "Sign out", "auth_redirect")
    assert "Your session has ended" in copy.see()
    assert not DATA.search(copy.see())
    person.http.get(served.base + "/auth/logout", follow_redirects=True)
    assert "_streamlit_user" not in person.cookies
    assert events(served.settings, "logout")


def test_promise_32_neither_log_nor_audit_holds_a_secret_of_the_sign_in(served):
    logged = served.log.read_text()
    for secret in (COOKIE_SECRET, "known to the provider only", "ab" * 32):
        assert secret not in logged
        for path in served.settings.audit.iterdir():
            assert secret.encode() not in path.read_bytes()


# ------------------------------------------------------------------ roles and pages


@pytest.fixture
def opened(monkeypatch):
    def open_(settings: Settings, page: str, *, claims: dict | None, **address: str) -> AppTest:
        monkeypatch.setenv("CX_HOME", str(settings.home))
        if claims is None:
            monkeypatch.delenv("CX_APP_SIGN_IN", raising=False)
        else:
            monkeypatch.setenv("CX_APP_SIGN_IN", "1")
        run = AppTest.from_file(str(APP / "main.py"), default_timeout=60)
        if claims is not None:
            run.user = {"is_logged_in": True, "iss": "i", "sub": "s", "iat": time.time()} | claims
        return at_page(run, page, **address)

    return open_


def everything(run: AppTest) -> str:
    assert not run.exception, [error.value for error in run.exception]
    frames = [frame.value.to_string() for frame in run.dataframe]
    protos = [str(getattr(node, "proto", "")) for node in run._tree]
    return "\n".join([*protos, *frames]).encode().decode("unicode_escape", "replace")


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_its_pages_and_no_person_it_may_not_see(full, opened, role):
    titles = {page: CATALOGUE[title][0] for page, title in app_pages.PAGES.items()}
    for page in PAGES:
        run = opened(full, page, claims={"roles": [role]}, id="S001", period="all", problem="P-CUT")
        text = everything(run)
        assert run.title[0].value == titles[page]
        is_closed = "This page is not part of your roles" in text
        assert is_closed == (page not in RIGHTS[role]), (role, page)
        assert not (is_closed and DATA.search(text)), (role, page)
        assert "roles do not include" not in text, "a page asks for what it may not show"
        if "persons" not in RIGHTS[role]:
            assert not PERSONS.search(text), (role, page)
        downloads = {element.key for element in run.get("download_button")}
        if "customer_card" in RIGHTS[role]:
            downloads.discard("customer.card")  # the sheet, in which every number is masked
        if not {"export", "export_persons"} & RIGHTS[role]:
            assert not downloads, (role, page)


def test_every_page_is_for_somebody_and_every_right_means_something():
    pages = {path.stem for path in (APP / "views").glob("*.py")}
    rights = set().union(*RIGHTS.values())
    assert pages <= rights
    assert rights - pages == {
        "persons",
        "export",
        "export_persons",
        "look_up",
        "annotate",
        "customer_card",
        "own_sql",
    }


def test_rows_of_persons_are_refused_below_the_pages_too(full, opened, monkeypatch):
    """A page that forgot to ask would still get nothing."""
    from app.queries import (
        care_bills,
        care_standing,
        churn,
        cohorts,
        customer,
        evidence,
        metric_rows,
        moment_list,
        preferences,
        problem,
        target,
        work_list,
    )

    monkeypatch.setenv("CX_HOME", str(full.home))
    cell = metric_rows.Cell("M28", "all", "all", date(2026, 10, 1), date(2026, 11, 1))
    for ask in (
        lambda: customer.found("S001"),
        lambda: customer.timeline("C001"),
        lambda: care_bills.bills("C001"),
        lambda: evidence.lines("C001", "bill", "B3"),
        lambda: churn.risk_list("2026-11-01"),
        lambda: care_standing.score("S001"),
        lambda: problem.affected("P-CUT"),
        lambda: target.targets(5),
        lambda: work_list.listed(None, None, None, limit=5),
        lambda: cohorts.people(cohorts.People("2026-06-01", 2, has_left=True)),
        lambda: work_list.counted(None, None, None, most=5, risk=0.1),
        lambda: moment_list.people(moment_list.Scope("join", "ordered")),
        lambda: moment_list.people_later(moment_list.Scope("join", "ordered")),
        lambda: preferences.members("A"),
        lambda: metric_rows.rows(cell),
        lambda: metric_rows.rows_later(cell),
        moment_list.stages,
    ):
        with pytest.raises(UserError, match="persons"):
            ask()


def test_a_sign_in_ends_after_its_hours_and_rules_that_cannot_be_read_let_nobody_in(
    full, opened, tmp_path, monkeypatch
):
    old = {"roles": ["analyst"], "iat": time.time() - 9 * 3600}
    assert "Your session has ended" in everything(opened(full, "overview", claims=old))
    rules = tmp_path / "access.yml"
    monkeypatch.setenv("CX_ACCESS", str(rules))
    rules.write_text("session_hours: 10\n")
    assert "4.40%" in everything(opened(full, "overview", claims=old))
    rules.write_text("roles: {boss: emperor}\n")
    for claims in (old, None):
        text = everything(opened(full, "overview", claims=claims))
        assert "could not be drawn" in text
        assert not DATA.search(text)
        assert str(tmp_path) not in text


def test_a_process_that_began_with_sign_in_never_falls_back_to_the_demo(full, monkeypatch):
    """The file with the provider's secrets is gone: nobody gets in."""
    monkeypatch.setenv("CX_HOME", str(full.home))
    monkeypatch.setenv("CX_APP_SIGN_IN", "1")
    run = AppTest.from_file(str(APP / "main.py"), default_timeout=60).run()
    assert not DATA.search(everything(run))


def test_a_download_is_in_the_audit_log_with_rows_columns_and_hash(full, monkeypatch):
    import hashlib

    import pandas as pd

    from app.access import NotAllowed
    from app.access import Visitor as Looking
    from app.exports import taken

    monkeypatch.setenv("CX_HOME", str(full.home))
    rows = pd.DataFrame({"region": ["north"], "=x": [1]})
    analyst = Looking("in", "actor", frozenset({"analyst"}), 0.0, time.time() + 60)
    content = taken(rows, "churn_rate", analyst, "export")
    line = events(full, "export")[-1]
    assert (line["actor"], line["name"], line["rows"]) == ("actor", "churn_rate", 1)
    assert line["columns"] == ["region", "=x"]
    assert line["sha256"] == hashlib.sha256(content).hexdigest()
    ended = Looking("in", "actor", frozenset({"analyst"}), 0.0, time.time() - 1)
    viewer = Looking("in", "actor", frozenset({"viewer"}), 0.0, time.time() + 60)
    for who in (ended, viewer):
        with pytest.raises(NotAllowed):
            taken(rows, "churn_rate", who, "export")


# ------------------------------------------------------------------ no provider, or a wrong one


def test_promise_33_without_a_provider_the_app_binds_to_this_machine_only(full, capsys):
    for address in ("0.0.0.0", "::", "10.1.2.3", "example.org"):
        assert main(["--home", str(full.home), "app", "--address", address]) == 2
        lines = capsys.readouterr().err.strip().splitlines()
        assert len(lines) == 1
        assert f"{address} is not this machine's own and no sign-in is set up" in lines[0]


def test_promise_33_another_way_to_serve_it_elsewhere_is_refused_too(full, tmp_path):
    options = [f"--server.port={free_port()}", "--server.address=0.0.0.0", "--server.headless=true"]
    outcome = subprocess.run(
        [sys.executable, "-m", "streamlit", "run", str(APP / "asgi.py"), *options],
        env=os.environ | {"PYTHONPATH": str(REPO), "CX_HOME": str(full.home)},
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
    )
    assert outcome.returncode != 0
    assert "0.0.0.0 is not this machine's own and no sign-in is set up" in outcome.stderr


def answered(client: str, *headers: tuple[str, str], kind: str = "http") -> list:
    """Return what the doorkeeper sends, or that it let the request inside."""
    sent: list = []

    async def inner(scope, receive, send):
        sent.append("inside")

    async def send(message):
        sent.append(message.get("status") or message["type"])

    given = [(name.encode(), value.encode()) for name, value in (("host", "cx:1"), *headers)]
    scope = {"type": kind, "path": "/", "client": (client, 1), "headers": given, "scheme": kind}
    anyio.run(Doorkeeper(inner), scope | {"query_string": b""}, None, send)
    return sent


def test_a_page_of_another_site_is_refused_before_anybody_is_asked_about_it():
    for origin, is_in in (
        ("http://cx:1", True),
        ("https://cx:1", True),
        ("http://cx", False),
        ("http://evil.invalid", False),
        ("http://cx:1.evil.invalid", False),
        ("http://cx:1@evil.invalid", False),
        ("null", False),
        ("", False),
    ):
        sent = answered("127.0.0.1", ("origin", origin), kind="websocket")
        assert sent == ["inside" if is_in else "websocket.close"], origin


def test_promise_33_without_a_provider_only_this_machine_is_answered(monkeypatch):
    monkeypatch.delenv("CX_APP_SIGN_IN", raising=False)

    assert answered("127.0.0.1") == ["inside"]
    assert answered("::1") == ["inside"]
    assert answered("10.0.0.7")[0] == 403
    assert answered("10.0.0.7", kind="websocket") == ["websocket.close"]
    assert answered("127.0.0.1", ("x-forwarded-for", "10.0.0.7"))[0] == 403
    monkeypatch.setenv("CX_APP_SIGN_IN", "1")
    assert answered("10.0.0.7") == ["inside"]


def test_without_a_provider_the_page_says_so_and_nobody_can_look_customers_up(full, opened):
    run = opened(full, "customer", claims=None, id="S001")
    text = everything(run)
    assert "Demo: no sign-in" in text
    assert "Outage since" in text
    assert "Find by phone" not in text


def test_behind_tls_cookies_are_for_tls_only(monkeypatch):
    secure = asgi.SecurityHeaders(None)
    cookie = (b"set-cookie", b"_streamlit_user=x; HttpOnly; Path=/; SameSite=lax")
    assert secure.secured(cookie) == cookie
    secure.is_secure = True
    assert secure.secured(cookie)[1].endswith(b"; Secure")
    assert secure.secured((b"etag", b"x")) == (b"etag", b"x")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("cookie_secret", 'cookie_secret = "short"'), "shorter than 32"),
        (("client_id", ""), "lacks client_id"),
        (("redirect_uri", 'redirect_uri = "http://cx.example.org/oauth2callback"'), "https://"),
        (("redirect_uri", 'redirect_uri = "https://cx.example.org/"'), "oauth2callback"),
        (("server_metadata", 'server_metadata_url = "http://id.example.org/x"'), "https://"),
        (("[auth]", "[auth]\nexpose_tokens = 'id'"), "expose_tokens"),
        (("[auth]", "[auth"), "TOML"),
        (("[auth]", "[other]"), "no section"),
    ],
)
def test_a_sign_in_that_cannot_work_or_is_not_safe_is_refused_in_one_line(tmp_path, change, said):
    settings = Settings(home=tmp_path)
    with_sign_in(settings, 1, 2)
    assert sign_in_file(settings)
    path = tmp_path / "sign_in.toml"
    start, line = change
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line if start in each else each for each in lines))
    with pytest.raises(UserError, match=re.escape(said)) as refused:
        sign_in_file(settings)
    assert COOKIE_SECRET not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_app_is_served_for_its_own_names_and_without_the_vaults_key(tmp_path, monkeypatch):
    settings = Settings(home=tmp_path)
    with_sign_in(settings, 1, 2)
    path = tmp_path / "sign_in.toml"
    path.write_text(path.read_text().replace("http://localhost:2/", "https://cx.example.org/"))
    monkeypatch.setenv("CX_KEY", "ab" * 32)
    monkeypatch.setenv("STREAMLIT_SERVER_ENABLE_CORS", "false")
    options, environment, _ = serving_options(settings, "0.0.0.0")
    names = [option for option in options if "allowedHosts" in option]
    assert [name.partition("=")[2] for name in names] == [
        "localhost",
        "127.0.0.1",
        "cx.example.org",
    ]
    assert f"--secrets.files={path}" in options
    assert environment["CX_APP_SIGN_IN"] == "1"
    assert not {"CX_KEY", "STREAMLIT_SERVER_ENABLE_CORS"} & set(environment)
    path.unlink()
    monkeypatch.setenv("CX_APP_SIGN_IN", "1")
    assert "CX_APP_SIGN_IN" not in serving_options(settings, "127.0.0.1")[1]
    (tmp_path / "access.yml").write_text("roles: {night-shift: king}\n")
    with pytest.raises(UserError, match="king"):
        serving_options(settings, "127.0.0.1")


def test_a_file_of_secrets_that_others_may_read_or_that_lies_in_the_checkout_is_refused(
    tmp_path, monkeypatch
):
    settings = Settings(home=tmp_path)
    with_sign_in(settings, 1, 2)
    (tmp_path / "sign_in.toml").chmod(0o640)
    with pytest.raises(UserError, match="chmod 600"):
        sign_in_file(settings)
    monkeypatch.setenv("CX_SIGN_IN", str(REPO / "pyproject.toml"))
    with pytest.raises(UserError, match="checkout"):
        sign_in_file(settings)


def test_a_sign_in_that_is_named_and_not_there_is_refused_and_never_taken_for_none(
    tmp_path, monkeypatch
):
    assert sign_in_file(Settings(home=tmp_path)) is None
    monkeypatch.setenv("CX_SIGN_IN", str(tmp_path / "gone.toml"))
    with pytest.raises(UserError, match="is not there"):
        sign_in_file(Settings(home=tmp_path))


# ------------------------------------------------------------------ claims


@pytest.mark.parametrize(
    ("claims", "roles"),
    [
        ({"roles": ["care", "viewer"]}, {"care", "viewer"}),
        ({"roles": "analyst"}, {"analyst"}),
        ({"roles": ["night-shift"]}, {"operator"}),
        ({"roles": []}, set()),
        ({}, set()),
        ({"roles": ["Care", "care ", "admin", "*", "care,analyst", 7, None, {"care": 1}]}, set()),
        ({"roles": {"care": True}}, set()),
        ({"roles": True}, set()),
        ({"roles": "viewer analyst"}, set()),
        ({"groups": ["analyst"]}, set()),
        ({"roles": ["look_up", "persons", "customer"]}, set()),
    ],
)
def test_only_claims_that_name_a_role_exactly_give_one(claims, roles):
    rules = AccessRules(roles={"night-shift": "operator"})
    assert rules.roles_of(claims) == roles
    lenient = AccessRules(roles={"night-shift": "operator"}, unknown="viewer")
    assert lenient.roles_of(claims) == (roles or {"viewer"})


def test_rules_that_say_something_else_are_refused_in_one_line(tmp_path, monkeypatch):
    path = tmp_path / "access.yml"
    monkeypatch.setenv("CX_ACCESS", str(path))
    for text, said in (
        ("unknown: analyst", "unknown"),
        ("roles: {x: root}", "no role is called 'root'"),
        ("session_hours: 0", "session_hours"),
        ("claims: roles", "claims"),
        ("look_ups: {per_hour: 100000}", "look_ups.per_hour"),
        ("!!python/object/apply:os.system ['true']", "cannot be read"),
        ("- a", "the file"),
    ):
        path.write_text(text)
        with pytest.raises(UserError, match=said) as refused:
            access_rules(Settings(home=tmp_path))
        assert "\n" not in str(refused.value)
    path.unlink()
    with pytest.raises(UserError, match="not there"):
        access_rules(Settings(home=tmp_path))


def test_the_audit_log_of_all_this_is_whole(served, full):
    for settings in (served.settings, full):
        assert audit.verify(settings).count
