"""The audit log: every change to it is found, many may write it, nobody is named in it."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys

import pytest

from cx import audit
from cx.cli import main
from cx.errors import UserError
from cx.settings import REPO, Settings

LINES = 20


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("written"))
    for n in range(LINES):
        audit.record(settings, "export", rows=n, columns=["region", "churn"], sha256="ab" * 32)
    return settings


@pytest.fixture
def settings(written, tmp_path) -> Settings:
    """A log of its own to change: written once, for each line is waited for on the disk."""
    shutil.copytree(written.audit, tmp_path / "home" / "audit")
    return Settings(home=tmp_path / "home")


def changed(settings: Settings, change: random.Random, number: int) -> None:
    """Flip a bit, cut a line, reorder two, cut off the end, or write a line twice."""
    (path,) = settings.audit.glob("*.jsonl")
    lines = path.read_bytes().split(b"\n")[:-1]
    place = change.randrange(len(lines))
    kind = number % 5
    if kind == 0 and number % 2:
        place = len(lines) - 1  # nothing follows it that would hold its hash
    if kind == 0:
        line = bytearray(lines[place])
        line[change.randrange(len(line))] ^= 1 << change.randrange(8)
        lines[place] = bytes(line)
    elif kind == 1:
        del lines[place]
    elif kind == 2:
        other = change.choice([n for n in range(len(lines)) if n != place])
        lines[place], lines[other] = lines[other], lines[place]
    elif kind == 3:
        del lines[place:]
    else:
        lines.insert(place, lines[place])
    path.write_bytes(b"".join(line + b"\n" for line in lines))


def test_promise_35_every_flip_cut_and_reorder_of_the_audit_log_is_found(settings):
    (path,) = settings.audit.glob("*.jsonl")
    whole, chance = path.read_bytes(), random.Random(35)
    assert audit.verify(settings).count == LINES
    for number in range(100):
        changed(settings, chance, number)
        with pytest.raises(audit.AuditChanged):
            audit.verify(settings)
        path.write_bytes(whole)
    assert audit.verify(settings).count == LINES


def test_promise_35_a_log_written_anew_with_its_head_does_not_pass_through_a_head_kept(settings):
    kept = str(audit.verify(settings))
    for path in settings.audit.iterdir():
        path.unlink()
    for n in range(LINES):
        audit.record(settings, "export", rows=n + 1)
    assert audit.verify(settings).count == LINES
    with pytest.raises(audit.AuditChanged, match="does not pass through"):
        audit.verify(settings, kept)


def test_promise_35_a_lost_head_or_a_lost_log_is_found(settings):
    (settings.audit / "head.json").rename(settings.audit / "head")
    with pytest.raises(audit.AuditChanged):
        audit.verify(settings)
    with pytest.raises(audit.AuditUnwritable):
        audit.record(settings, "export")
    (settings.audit / "head").rename(settings.audit / "head.json")
    (path,) = settings.audit.glob("*.jsonl")
    path.unlink()
    with pytest.raises(audit.AuditChanged):
        audit.verify(settings)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: lines[:-1], "shorter than its head"),
        (lambda lines: [*lines, b'{"n": 21, "event": "login", "before": "00"}\n'], "did not write"),
        (lambda lines: [*lines, b"login\n"], "did not write"),
    ],
)
def test_promise_35_nothing_is_written_behind_a_log_that_was_changed(settings, change, said):
    (path,) = settings.audit.glob("*.jsonl")
    changed_log = b"".join(change(path.read_bytes().splitlines(keepends=True)))
    path.write_bytes(changed_log)
    with pytest.raises(audit.AuditUnwritable, match=said):
        audit.record(settings, "export")
    assert path.read_bytes() == changed_log


def test_promise_35_a_head_kept_tells_of_a_log_that_is_gone_and_is_itself_looked_at(settings):
    kept = str(audit.verify(settings))
    with pytest.raises(UserError, match="is no head"):
        audit.verify(settings, kept[:-1])
    (settings.audit / "head.json").unlink()
    with pytest.raises(audit.AuditChanged, match=r"head\.json is gone"):
        audit.verify(settings)
    shutil.rmtree(settings.audit)
    with pytest.raises(audit.AuditChanged, match="is gone"):
        audit.verify(settings, kept)


@pytest.mark.parametrize(
    ("event", "fields"), [("Look up", {}), ("look_up", {"before": "00"}), ("look_up", {"n": 1})]
)
def test_promise_35_what_keeps_the_chain_cannot_be_given(settings, event, fields):
    with pytest.raises(ValueError, match=r"snake case|the log's own"):
        audit.record(settings, event, **fields)
    assert audit.verify(settings).count == LINES


def test_cx_audit_verify_says_it_in_one_line_and_by_its_exit_code(settings, capsys):
    assert main(["--home", str(settings.home), "audit", "verify"]) == 0
    assert f"whole: {LINES} lines" in capsys.readouterr().out
    changed(settings, random.Random(1), 1)
    assert main(["--home", str(settings.home), "audit", "verify"]) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_eight_processes_write_one_chain(tmp_path):
    code = (
        "import sys; from pathlib import Path; from cx import audit; "
        "from cx.settings import Settings\n"
        "for n in range(5): audit.record(Settings(home=Path(sys.argv[1])), 'login', rows=n)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    writers = [
        subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(REPO)}) for _ in range(8)
    ]
    assert [writer.wait(120) for writer in writers] == [0] * 8
    assert audit.verify(Settings(home=tmp_path)).count == 40


def test_a_line_torn_by_a_power_cut_is_replaced_and_a_whole_one_taken_up(settings):
    (path,) = settings.audit.glob("*.jsonl")
    before = (settings.audit / "head.json").read_bytes()
    audit.record(settings, "rollback")
    (settings.audit / "head.json").write_bytes(before)  # killed before it wrote the head
    assert audit.verify(settings).count == LINES + 1
    audit.record(settings, "rollback")
    with path.open("ab") as file:
        file.write(b'{"n": 43, "at"')
    audit.record(settings, "rollback")
    assert audit.verify(settings).count == LINES + 3


def test_a_clock_that_jumps_back_begins_no_new_file(settings, monkeypatch):
    class Earlier(audit.datetime):
        @classmethod
        def now(cls, zone=None):
            return cls(2020, 1, 1, tzinfo=zone)

    monkeypatch.setattr(audit, "datetime", Earlier)
    audit.record(settings, "publish")
    assert len(list(settings.audit.glob("*.jsonl"))) == 1
    assert audit.verify(settings).count == LINES + 1


def test_a_full_disk_leaves_the_log_whole_and_says_that_nothing_was_done(settings, monkeypatch):
    real = os.write
    monkeypatch.setattr(audit.os, "write", lambda file, line: real(file, line[: len(line) // 2]))
    with pytest.raises(audit.AuditUnwritable, match="nothing was done"):
        audit.record(settings, "export")
    monkeypatch.undo()
    assert audit.verify(settings).count == LINES


def test_nobody_is_named_in_the_audit_log(settings):
    named = ["ivan.petrov@example.org", "+7 916 123-45-67", "8 (916) 123-45-67", "79161234567"]
    kept = [
        "T00000011870",
        "V00000011870",
        "20261126T120915123467Z_8f3d1c4b",
        "2026-11-26T12:09:15",
    ]
    audit.record(settings, "denied", reason="; ".join(named), items=named, ids=kept)
    text = next(settings.audit.glob("*.jsonl")).read_text()
    assert not any(name in text for name in named)
    assert json.loads(text.splitlines()[-1])["ids"] == kept


def test_a_person_has_one_pseudonym_in_the_log_and_another_in_another_home(settings, tmp_path):
    one = audit.actor_of(settings, "https://issuer", "subject")
    assert one == audit.actor_of(settings, "https://issuer", "subject")
    assert one != audit.actor_of(settings, "https://issuer", "other")
    other = Settings(home=tmp_path / "other")
    assert one != audit.actor_of(other, "https://issuer", "subject")


def test_the_audit_folder_is_its_owners_alone(settings):
    audit.actor_of(settings, "issuer", "subject")
    assert settings.audit.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in settings.audit.iterdir())
