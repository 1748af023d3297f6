"""Promise 32: no secret in the repository, profiles, logs or errors; and no identity in logs."""

from __future__ import annotations

import io
import re
import subprocess
from contextlib import redirect_stderr, redirect_stdout

import pytest
import yaml

from cx.cli import main
from cx.logs import RunLog
from cx.settings import REPO
from tests.conftest import Bench

KEY = "c0ffee5ec2e7" * 6
PASSWORD = "correct-horse-battery"
TOKEN = "T0KENT0KENT0KEN"
PERSON = {
    "name": "Kanareika Petrovna",
    "email": "kanareika@example.net",
    "phone": "+79161234567",
    "bare": "79031112233",
}
ENTITIES = [
    {
        "entity": "party",
        "columns": {
            "party_id": "id",
            "party_type": {"value": "individual"},
            "name": "name",
            "email": "email",
            "phone_number": "phone",
            "birth_year": "born",
        },
    }
]


def everything_written(bench, said: str) -> dict[str, bytes]:
    """All a run writes for people and programs: files by name, and what it said."""
    found = {"the terminal": said.encode()}
    for folder in ("logs", "reports", "state", "dbt", "temp"):
        for path in (bench.settings.home / folder).rglob("*"):
            if path.is_file():
                found[str(path)] = path.read_bytes()
    return found


@pytest.fixture(scope="module")
def run_with_canaries(tmp_path_factory):
    """Deliver persons, hold secrets, and let the run meet a good night and several bad ones."""
    with pytest.MonkeyPatch.context() as patch:
        yield written_with_canaries(Bench(tmp_path_factory.mktemp("canaries")), patch)


def written_with_canaries(bench: Bench, monkeypatch) -> dict[str, bytes]:
    said = io.StringIO()

    def cx(*arguments: str) -> int:
        with redirect_stdout(said), redirect_stderr(said):
            own = ["--home", str(bench.settings.home), "--contracts", str(bench.contracts)]
            return main([*own, *arguments])

    monkeypatch.setenv("CX_KEY", KEY)
    monkeypatch.setenv("CRM_PASSWORD", PASSWORD)
    bench.contract(entities=ENTITIES, country_code="7")
    row = f"{PERSON['name']},{PERSON['email']},{PERSON['phone']}"
    bench.deliver(
        f"customers_{PERSON['bare']}.csv",
        f"id,name,email,phone,born\nC1,{row},1980\n,{row},1980\nC3,{row},{PERSON['name']}\n",
    )
    bench.deliver(f"customers_{PERSON['phone'][1:]}.csv", "another;header\n")
    bench.settings.home.mkdir()
    addresses = bench.settings.home / "notify.yml"
    addresses.write_text(
        f"targets: [{{name: desk, url: 'json://127.0.0.1:9/{TOKEN}?cto=1&rto=1'}}]"
    )
    addresses.chmod(0o600)
    assert cx("ingest", str(bench.extracts)) == 2
    for trouble in (
        f"Conversion Error: Could not convert string '{PERSON['name']}' to INT32",
        f"Original Line: C1,{PERSON['name']}\nCSV Error",
        f"cannot reach postgresql://cx:{PASSWORD}@db/crm of {PERSON['email']}",
        f"key {KEY} and {PERSON['phone']} and {PERSON['bare']} and json://127.0.0.1:9/{TOKEN}",
    ):

        def broken(*_: object, trouble: str = trouble, **__: object):
            raise RuntimeError(trouble)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("ingest.load.load_folder", broken)
            assert cx("ingest", str(bench.extracts)) == 1
    for command in (["watch"], ["report"], ["metrics"], ["notify", "test"], ["status"], ["doctor"]):
        cx(*command)
    return everything_written(bench, said.getvalue())


def test_promise_32_no_secret_and_no_identity_in_what_a_run_writes(run_with_canaries):
    written = run_with_canaries
    assert sum("logs" in name for name in written) >= 10
    assert any(name.endswith(".html") for name in written)
    canaries = {"key": KEY, "password": PASSWORD, "token": TOKEN, **PERSON}
    found = [
        f"{canary} in {name}"
        for name, content in written.items()
        for canary, value in canaries.items()
        if value.encode() in content or value.encode("utf-16-le") in content
    ]
    # Which files came `cx status` says to whoever holds the home; their names are his to choose.
    allowed = {"bare in the terminal"}
    assert b"refused: customers_\xe2\x80\xa6.csv" in b"".join(written.values())
    assert [each for each in found if each not in allowed] == []


def test_promise_32_a_log_masks_whatever_it_is_given(bench):
    log = RunLog(bench.settings, "run", "run")
    log.tell(f"wrote to {PERSON['email']}", file=f"customers_{PERSON['bare']}.csv", rows=3)
    log.close()
    for path in (log.path, log.path.with_suffix(".log")):
        text = path.read_text()
        assert "wrote to …" in text
        assert PERSON["bare"] not in text


def test_promise_32_what_failed_is_still_told(run_with_canaries):
    told = run_with_canaries["the terminal"].decode()
    assert "Could not convert string '…' to INT32" in told
    assert "cannot reach postgresql://…@db/crm of …" in told


def test_promise_32_profiles_read_the_environment_and_hold_nothing():
    profile = yaml.safe_load((REPO / "dbt_project" / "profiles.yml").read_text(encoding="utf-8"))
    for output in profile["cx"]["outputs"].values():
        assert not {"password", "token", "secrets", "key"} & set(output)
        assert "env_var(" in output["path"]


def test_promise_32_no_secret_in_the_repository():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPO, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("no git checkout")
    private = re.compile(
        rb"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}"
        rb"|://[A-Za-z0-9_-]+:(?!PASSWORD|u?p?@|\{|\$)[^@/\s\"'`{}<>]{6,}@[a-z]"
    )
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        path = REPO / name
        if path.is_file() and not name.startswith("tests/"):
            found += [(name, each) for each in private.findall(path.read_bytes())]
    assert found == []
