"""Promises 36, 37, 39: no identity leaves the vault, pseudonyms need the key, erased is erased."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from cx import keys as cx_keys
from cx.cli import main
from cx.errors import UserError
from cx.keys import Keys, keys_of, load_keys
from cx.retention import retention
from cx.settings import REPO, Settings
from cx.warehouse import reading, scratch, writing
from ingest import erasure, journal
from ingest.load import load_folder
from ingest.pseudonyms import keyed_hash, unseal
from ingest.retention import retain
from ingest.rotation import rotate
from tests.byte_search import files_with

PERSONS = range(1, 31)
PARTY = {
    "entity": "party",
    "columns": {
        "party_id": "id",
        "name": "name",
        "phone_number": "phone",
        "email": "mail",
        "document_number": "paper",
    },
}
CUSTOMER = {"entity": "customer", "columns": {"customer_id": "id", "party_id": "id"}}


def identities(n: int) -> dict[str, str]:
    """Return a canary person's identities: nobody else's, and found by searching for them."""
    return {
        "name": f"Canaria Vogelsang{n:03}",
        "phone": f"+4915550{n:05}",
        "mail": f"canary.{n:03}@kanarie.example",
        "paper": f"KANARIE{n:05}",
    }


def needles(persons=PERSONS) -> list[str]:
    """Return every spelling of the canaries' identities that may stand somewhere."""
    found = []
    for n in persons:
        said = identities(n)
        found += [*said.values(), said["name"].lower(), said["phone"][1:], f"15550{n:05}"]
    return found


def row(n: int) -> str:
    return f"C{n:03}," + ",".join(identities(n).values())


HEADER = "id,name,phone,mail,paper"


@pytest.fixture
def told(bench):
    """A home that knows thirty canaries, their lines and calls; one row is in quarantine."""
    bench.contract("crm", country_code="49", entities=[CUSTOMER, PARTY])
    bench.deliver("customers.csv", "\n".join([HEADER, *map(row, PERSONS), ""]))
    bench.contract(
        "lines",
        files="**/lines*.csv",
        feed="lines",
        entities=[
            {
                "entity": "product",
                "columns": {"product_id": "line", "customer_id": "id", "offering_id": "offer"},
            },
        ],
    )
    lines = [f"L{n:03},C{n:03},PLAN" for n in PERSONS]
    bench.deliver("lines.csv", "\n".join(["line,id,offer", *lines, ""]))
    bench.contract(
        "calls",
        files="**/calls*.csv",
        feed="calls",
        country_code="49",
        entities=[
            {
                "entity": "interaction",
                "columns": {
                    "interaction_id": "call",
                    "product_id": "line",
                    "contact_number": "number",
                    "started_at": {"from": "at", "format": "%Y-%m-%d"},
                },
            }
        ],
    )
    calls = [f"I{n:03},L{n:03},{identities(n)['phone']},2026-01-02" for n in PERSONS]
    # C005 called without saying which line; the last row is cut and names C007's line.
    calls += [f"I900,,{identities(5)['phone']},2026-01-03", "I901,L007,never"]
    bench.deliver("calls.csv", "\n".join(["call,line,number,at", *calls, ""]))
    bench.load()
    return bench


def cx(bench, *arguments: str) -> int:
    home, contracts = str(bench.settings.home), str(bench.contracts)
    return main(["--home", home, "--contracts", contracts, *arguments])


def counts(bench) -> dict[str, int]:
    tables = bench.rows("select table_name from duckdb_tables() where schema_name = 'raw'")
    return {
        name: count
        for (name,) in tables
        if (count := bench.rows(f"select count(*) from raw.{name}")[0][0])
        and name not in ("answers", "column_fill")
    }


# ----------------------------------------------------------------- 36: nothing leaves the vault


def test_promise_36_no_identity_stands_outside_landing_and_vault(told, tmp_path):
    assert cx(told, "quarantine", "show") == 0
    assert cx(told, "status") == 0
    found = files_with(
        told.settings.home, needles(), tmp_path / "search", but=("landing", "vault.duckdb")
    )
    assert found == []


def test_promise_36_the_search_finds_what_is_there(told, tmp_path):
    found = files_with(told.settings.home, needles(), tmp_path / "search", but=())
    assert {path.split("/")[0] for path in found} == {"landing"}


def test_promise_36_the_vault_holds_no_identity_that_can_be_read(told, tmp_path):
    only_vault = {path.name for path in told.settings.home.iterdir()} - {"vault.duckdb"}
    assert files_with(told.settings.home, needles(), tmp_path / "search", but=only_vault) == []
    with reading(told.settings, told.settings.vault) as vault:
        assert vault.execute("select count(*) from identity").fetchall() == [(4 * len(PERSONS),)]
        assert vault.execute("select count(*) from quarantined_text").fetchall() == [(1,)]


def test_promise_36_every_file_of_a_home_is_its_owners_only(told):
    loose = [
        path.name
        for path in told.settings.home.rglob("*")
        if path.is_file() and path.stat().st_mode & 0o077
    ]
    assert loose == []


# ------------------------------------------------------------------- 37: pseudonyms need the key

# RFC 4231, test cases 1, 2 and 3: key, data, HMAC-SHA-256.
RFC_4231 = [
    (
        b"\x0b" * 20,
        b"Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (
        b"\xaa" * 20,
        b"\xdd" * 50,
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    ),
]


@pytest.mark.parametrize(("key", "said", "expected"), RFC_4231)
def test_promise_37_pseudonyms_are_the_hmac_of_rfc_4231(key, said, expected):
    pads = Keys(token=key, seal=b"", erasure=b"", key_id="").hmac_pads()
    assert hmac.new(key, said, hashlib.sha256).hexdigest() == expected
    # the SQL encodes text; the third case's bytes are no text, so they are given as a blob
    sql = keyed_hash("$3").replace("encode($3)", "$3::blob")
    with scratch() as connection:
        ((made,),) = connection.execute(f"select ({sql})::varchar", [*pads, said]).fetchall()
    assert made.replace("-", "") == expected[:32]


def test_promise_37_one_value_in_two_domains_has_two_pseudonyms(bench):
    bench.contract(
        entities=[
            {
                "entity": "party",
                "columns": {"party_id": "id", "email": "said", "document_number": "said"},
            }
        ]
    )
    bench.deliver("customers.csv", "id,said\nP1,1001\nP2,1002\n")
    bench.load()
    assert bench.rows(
        "select count(*) from raw.party as one inner join raw.party as other "
        "on one.email = other.document_number"
    ) == [(0,)]


def test_promise_37_without_the_key_no_number_of_the_range_gives_a_pseudonym(told):
    numbers = [f"+4915550{n:05}" for n in range(100_000)]
    tokens = {str(token) for (token,) in told.rows("select phone_number from raw.party")}
    guessed = {
        hashlib.sha256(form.encode()).hexdigest()[:32]
        for number in numbers
        for form in (number, f"phone|{number}", number[1:])
    }
    other = hmac.new(b"another key", b"", hashlib.sha256)
    for number in numbers:
        tried = other.copy()
        tried.update(f"phone|{number}".encode())
        guessed.add(tried.hexdigest()[:32])
    assert len(tokens) == len(PERSONS)
    assert not {token.replace("-", "") for token in tokens} & guessed


def test_promise_37_the_vault_opens_with_its_key_only(told, monkeypatch, capsys):
    monkeypatch.setenv("CX_KEY", "ab" * 32)
    assert cx(told, "quarantine", "show", "--text") == 2
    said = capsys.readouterr().err
    assert "does not open with key" in said
    assert len(said.strip().splitlines()) == 1
    told.deliver("customers_new.csv", f"{HEADER}\n{row(40)}\n")
    # not a row is written: two keys in one vault would leave half of it unreadable
    assert cx(told, "ingest", str(told.extracts)) == 2
    monkeypatch.delenv("CX_KEY")
    assert told.rows("select count(*) from raw.party") == [(len(PERSONS),)]


def test_promise_37_a_damaged_vault_gives_one_line_and_loses_nothing(told, capsys):
    vault, before = told.settings.vault, told.settings.vault.read_bytes()
    vault.write_bytes(b"no database" * 1000)
    told.deliver("customers_new.csv", f"{HEADER}\n{row(40)}\n")
    assert cx(told, "ingest", str(told.extracts)) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert "vault.duckdb" in said[0]
    vault.write_bytes(before)
    assert cx(told, "ingest", str(told.extracts)) == 0
    assert told.rows("select count(*) from raw.party") == [(len(PERSONS) + 1,)]


def opened(bench) -> set[str]:
    """Return every identity the vault gives up with today's key."""
    keys = load_keys(bench.settings)
    with reading(bench.settings, bench.settings.vault) as vault:
        sealed = vault.execute(
            "select sealed from identity union all select sealed from quarantined_text"
        ).fetchall()
    return {unseal(blob, keys) for (blob,) in sealed}


def test_promise_37_a_new_sealing_key_opens_everything_and_the_old_one_nothing(told, tmp_path):
    before, old = opened(told), load_keys(told.settings)
    assert cx(told, "vault", "rotate") == 0
    new = load_keys(told.settings)
    assert (new.token, new.erasure) == (old.token, old.erasure)
    assert new.key_id != old.key_id
    assert opened(told) == before
    with reading(told.settings, told.settings.vault) as vault:
        ((sealed,),) = vault.execute("select sealed from identity limit 1").fetchall()
    with pytest.raises(UserError, match="does not open"):
        unseal(sealed, old)
    assert (told.settings.state / "vault.key").stat().st_mode & 0o377 == 0o0
    # the same person has the same pseudonym after it
    told.deliver("customers_new.csv", f"{HEADER}\n{row(1)}\n")
    told.load()
    assert told.rows("select count(distinct phone_number) from raw.party") == [(len(PERSONS),)]


KILLED = """
import os, signal, sys
from cx.settings import Settings
from pathlib import Path
import ingest.{module} as module
{patch}
settings = Settings(home=Path(sys.argv[1]))
{call}
"""
DIES = "lambda *args, **more: os.kill(os.getpid(), signal.SIGKILL)"


def killed(bench, module: str, patch: str, call: str) -> None:
    """Do something in a process that kills itself at a named point."""
    outcome = subprocess.run(
        [
            sys.executable,
            "-c",
            KILLED.format(module=module, patch=patch, call=call),
            str(bench.settings.home),
        ],
        env=os.environ | {"PYTHONPATH": str(REPO)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert outcome.returncode == -signal.SIGKILL, outcome.stderr


@pytest.mark.parametrize("point", ["seal_anew", "compacted", "keys_of"])
def test_promise_37_a_killed_rotation_leaves_the_old_key_or_the_new_one(told, point):
    before = opened(told)
    killed(told, "rotation", f"module.{point} = {DIES}", "module.rotate(settings)")
    assert opened(told) == before
    assert not cx_keys.next_key_file(told.settings.state / "vault.key").exists()
    assert len(cx_keys.vault_key_ids(told.settings)) == 1
    assert cx_keys.vault_key_ids(told.settings) == {
        keys_of(told.settings.state / "vault.key").key_id
    }


def test_promise_37_a_key_of_the_environment_or_a_vault_not_there_is_not_rotated(
    told, tmp_path, monkeypatch
):
    with pytest.raises(UserError, match="nothing to seal anew"):
        rotate(Settings(home=tmp_path / "new"))
    monkeypatch.setenv("CX_KEY", (told.settings.state / "vault.key").read_text().strip())
    with pytest.raises(UserError, match="CX_KEY_FILE"):
        rotate(told.settings)
    assert not list(told.settings.state.glob("*.next"))


@pytest.mark.parametrize("killed_before", ["the vault is sealed anew", "nothing"])
def test_promise_37_a_name_in_the_journal_opens_with_the_key_a_rotation_left(told, killed_before):
    settings = told.settings
    name = "crm/+79261234567.csv"
    journal.note(
        settings,
        journal.entry(
            ("crm", "calls", "0" * 32),
            sha256="0" * 64,
            name=name,
            label="crm/…",
            size=1,
            is_proven=True,
            batch_id="b",
            loaded_at=datetime(2026, 11, 26),
            keys=cx_keys.load_keys(settings),
        ),
    )
    if killed_before == "nothing":
        rotate(settings)
    else:
        killed(told, "rotation", f"module.seal_anew = {DIES}", "module.rotate(settings)")
    keys = cx_keys.load_keys(settings)
    (kept,) = [each for each in journal.entries(settings) if each.sha256 == "0" * 64]
    assert kept.true_name(keys) == name
    assert name not in journal.journal(settings).read_text()


# ------------------------------------------------------------------ 42: old things are deleted


def test_promise_42_what_is_too_old_goes_from_files_not_only_from_tables(told, tmp_path):
    logs = told.settings.logs
    logs.mkdir(exist_ok=True)
    (logs / "dbt.log").write_text("old")
    (logs / "20200101T000000Z-old.jsonl").write_text("{}")
    os.utime(logs / "20200101T000000Z-old.jsonl", (0, 0))
    told.settings.releases.mkdir()
    for name in ("20200101T000000Z_aa.duckdb", "20990101T000000Z_bb.duckdb"):
        (told.settings.releases / name).write_text("")
    keep = retention()
    assert retain(told.settings, keep, datetime.now(UTC).replace(tzinfo=None)) == {
        "releases": 1,
        "logs": 1,
    }
    later = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=keep.raw_days + 1)
    gone = retain(told.settings, keep, later)
    assert gone["raw.interaction"] == len(PERSONS) + 1
    assert gone["quarantine.rows"] == gone["vault.quarantined_text"] == 1
    assert gone["landing"] == 3
    assert gone["logs"] == 1
    calls = [f"I{n:03}" for n in PERSONS]
    searched = {"vault.duckdb", "releases", "temp"}
    assert files_with(told.settings.home, calls, tmp_path / "search", but=searched) == []
    # who is a customer still is one, and the account of each file still holds
    assert told.rows("select count(*) from raw.customer") == [(len(PERSONS),)]
    assert told.rows(
        "select count(*) from ops.file_ledger "
        "where rows_read <> rows_loaded + rows_quarantined + rows_dropped"
    ) == [(0,)]
    # a delivery that is still in its folder is known, and is not kept again
    told.load()
    assert told.rows("select count(*) from raw.interaction") == [(0,)]
    assert files_with(told.settings.home, calls, tmp_path / "search", but=searched) == []


def test_promise_42_a_retention_without_days_is_refused(told, monkeypatch, capsys):
    table = told.settings.home.parent / "retention.yml"
    table.write_text("landing_days: soon\n")
    monkeypatch.setenv("CX_RETENTION", str(table))
    assert cx(told, "privacy", "retain") == 2
    assert "whole days above 0" in capsys.readouterr().err


# ----------------------------------------------------------------------- 39: erased is erased

AT = datetime(2026, 11, 26, 12)


def erased(bench, *subjects: str) -> erasure.Erased:
    receipt = erasure.request(bench.settings, subjects, AT)
    return erasure.forget(bench.settings, receipt)


def test_promise_39_an_erased_person_stands_in_no_byte_and_others_lose_nothing(told, tmp_path):
    before = counts(told)
    gone = erased(told, "C005")
    after = counts(told)
    # one customer, party, line; the call from the line and the one from the number alone
    assert gone.rows == {
        "raw.customer": 1,
        "raw.party": 1,
        "raw.product": 1,
        "raw.interaction": 2,
    }
    assert after == {
        table: count - gone.rows.get(f"raw.{table}", 0) for table, count in before.items()
    }
    theirs = [*needles([5]), "C005", "L005", "I005", "I900"]
    assert files_with(told.settings.home, theirs, tmp_path / "search", but=()) == []
    assert opened(told) & {*needles([5])} == set()
    others = {identities(n)["mail"] for n in PERSONS if n != 5}
    assert others <= opened(told)


def test_promise_39_the_account_of_each_file_still_holds(told):
    erased(told, "C005")
    assert told.rows(
        "select feed, rows_read, rows_loaded, rows_quarantined, rows_dropped "
        "from ops.file_ledger order by feed"
    ) == [("calls", 32, 29, 1, 2), ("customers", 30, 29, 0, 1), ("lines", 30, 29, 0, 1)]


def test_promise_39_a_quarantined_row_goes_with_its_person(told):
    gone = erased(told, "C007")
    assert gone.rows["quarantine.rows"] == 1
    assert told.rows("select count(*) from quarantine.rows") == [(0,)]
    with reading(told.settings, told.settings.vault) as vault:
        assert vault.execute("select count(*) from quarantined_text").fetchall() == [(0,)]


@pytest.mark.parametrize(
    "said", ["phone:+49 15550 00005", "email:Canary.005@kanarie.example", "document:kanarie 00005"]
)
def test_promise_39_a_person_is_found_by_an_identity_too(told, said):
    assert erased(told, said).rows["raw.customer"] == 1
    assert told.rows("select count(*) from raw.customer where customer_id = 'C005'") == [(0,)]


def test_promise_39_replaying_old_files_does_not_bring_them_back(told, tmp_path):
    erased(told, "C005")
    told.load()
    # the same rows in other bytes, and a late one
    told.deliver("customers_again.csv", f"{HEADER}\n{row(5)}\n{row(41)}\n")
    told.deliver("calls_late.csv", "call,line,number,at\nI905,L005,,2026-02-01\n")
    load_folder(told.extracts, told.settings)
    came_again = erasure.forget(told.settings)
    assert came_again.rows == {"raw.customer": 1, "raw.party": 1, "raw.interaction": 1}
    assert told.rows("select count(*) from raw.customer") == [(len(PERSONS),)]
    theirs = [*needles([5]), "C005", "L005", "I905"]
    assert files_with(told.settings.home, theirs, tmp_path / "search", but=()) == []


def test_promise_39_an_ingest_takes_them_out_again_by_itself(told):
    erased(told, "C005")
    told.deliver("customers_again.csv", f"{HEADER}\n{row(5)}\n{row(41)}\n")
    assert cx(told, "ingest", str(told.extracts)) == 0
    assert told.rows("select count(*) from raw.customer where customer_id in ('C005', 'C041')") == [
        (1,)
    ]


def test_promise_39_an_interrupted_erasure_names_no_estimator_that_is_gone(told):
    receipt = erasure.request(told.settings, ["C005"], AT)
    erasure.forget(told.settings, receipt)
    with writing(told.settings) as connection:
        connection.execute("create schema ml")
        connection.execute("create table ml.ml_model (artefact_file varchar)")
    erasure.forget(told.settings, receipt)
    assert told.rows("select 1 from duckdb_tables() where schema_name = 'ml'") == []


@pytest.mark.parametrize(
    "point", ["_delete_rows", "forget_content", "record_erased", "_forget_sealed", "compacted"]
)
def test_promise_39_a_killed_erasure_is_finished_by_the_next_call(told, tmp_path, point):
    receipt = erasure.request(told.settings, ["C005"], AT)
    killed(told, "erasure", f"module.{point} = {DIES}", f"module.forget(settings, {receipt!r})")
    assert erasure.pending(told.settings) == [(receipt, AT)]
    erasure.forget(told.settings, receipt)
    theirs = [*needles([5]), "C005", "L005", "I005", "I900"]
    assert files_with(told.settings.home, theirs, tmp_path / "search", but=()) == []
    assert opened(told) & {*needles([5])} == set()
    assert dict(
        told.rows(
            "select table_name, row_count from ops.erased where receipt = ?".replace(
                "?", f"'{receipt}'"
            )
        )
    ) == {"raw.customer": 1, "raw.party": 1, "raw.product": 1, "raw.interaction": 2}


def test_promise_39_a_name_nobody_has_is_said_by_its_place_and_erases_nobody(told, capsys):
    before = counts(told)
    requests = told.settings.home.parent / "requests"
    requests.write_text("C001\nC999\n")
    assert cx(told, "privacy", "erase", "--file", str(requests)) == 2
    said = capsys.readouterr().err
    assert "number 2 of the list" in said
    assert "C999" not in said
    assert counts(told) == before


def test_promise_39_the_receipt_says_rows_and_horizon_and_nobodys_name(told, monkeypatch):
    from cx import pipeline, privacy

    steps = []
    for step in ("build_models", "train", "score", "check_outputs", "publish_release"):
        monkeypatch.setattr(pipeline, step, lambda run, step=step, **how: steps.append(step))
    releases = told.settings.releases
    releases.mkdir(parents=True)
    (releases / "old.duckdb").write_text("C005")
    (releases / "new.duckdb").write_text("")
    monkeypatch.setattr(
        privacy, "current", lambda folder: type("Release", (), {"file": "new.duckdb"})
    )
    told.settings.logs.mkdir(exist_ok=True)
    (told.settings.logs / "dbt.log").write_text("C005")
    requests = told.settings.home.parent / "requests"
    requests.write_text("# by letter of 1 November\nC005\n")
    assert cx(told, "privacy", "erase", "--file", str(requests)) == 0
    assert steps == ["build_models", "train", "score", "check_outputs", "publish_release"]
    assert [path.name for path in releases.glob("*.duckdb")] == ["new.duckdb"]
    assert not (told.settings.logs / "dbt.log").exists()
    text = (told.settings.state / "erasures.json").read_text()
    (receipt,) = json.loads(text)
    assert receipt["rows"]["raw.interaction"] == 2
    assert receipt["backups_until"] > receipt["at"][:10]
    assert "C005" not in text
    assert erasure.pending(told.settings) == []
    assert cx(told, "privacy", "erase", "--resume") == 2


def test_promise_39_a_file_named_after_them_leaves_no_name_behind(bench, tmp_path):
    bench.contract(
        "meter",
        files="**/*.csv",
        country_code="49",
        name_columns=r"(?P<number>\d+)\.csv$",
        entities=[
            {
                "entity": "interaction",
                "columns": {
                    "interaction_id": "call",
                    "contact_number": "number",
                    "started_at": {"from": "at", "format": "%Y-%m-%d"},
                },
            },
        ],
    )
    bench.deliver("015550000005.csv", "call,at\nI1,2026-01-01\n")
    bench.deliver("015550000006.csv", "call,at\nI2,2026-01-02\n")
    bench.load()
    tokens = bench.rows("select contact_number::varchar from raw.interaction order by started_at")
    with reading(bench.settings, bench.settings.vault) as vault:
        assert vault.execute("select count(*) from file_name").fetchall() == [(2,)]
    erasure.forget(bench.settings, erasure.request(bench.settings, tokens[0], AT))
    with reading(bench.settings, bench.settings.vault) as vault:
        assert vault.execute("select count(*) from file_name").fetchall() == [(1,)]
