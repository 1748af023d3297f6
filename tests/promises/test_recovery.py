"""What was can be brought back: backups, restores, upgrades of homes made by earlier releases."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.release import Shelf
from cx.backup import back_up, backups
from cx.cli import main
from cx.errors import Busy, CheckFailed, UserError
from cx.release import current, described
from cx.restore import chosen, restore
from cx.rollback import rollback
from cx.runs import lock
from cx.settings import Settings
from cx.upgrade import SCHEMA_VERSION, schema_version, upgraded
from cx.warehouse import reading, writing
from ingest import journal
from ml import registry
from tests.old_home import DELIVERED, write_old_home

KEY = "5a" * 32
NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)


@pytest.fixture
def home(tmp_path, monkeypatch) -> Settings:
    """A home of this release's schema, with warehouse, vault, landing and two releases."""
    monkeypatch.setenv("CX_KEY", KEY)
    write_old_home(tmp_path / "home")
    settings = Settings(home=tmp_path / "home", disk_reserve=0)
    with lock(settings):
        upgraded(settings)
    return settings


def contents(home: Path) -> dict[str, bytes]:
    left_out = ("run.lock", "vault.key", ".lock")
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and path.name not in left_out and "temp" not in path.parts
    }


def test_what_was_backed_up_comes_back_byte_by_byte_and_is_served(home, tmp_path):
    with lock(home):
        told = back_up(home, tmp_path / "backups", keep_days=35, now=NOW)
    assert "The key is not in it" in "\n".join(told)
    again = Settings(home=tmp_path / "again", disk_reserve=0)
    assert main(["--home", str(again.home), "restore", str(tmp_path / "backups")]) == 0
    assert contents(again.home) == contents(home.home)
    shelf = Shelf(again.releases)
    assert shelf.ask(shelf.newest().release, "select number from marts.control")["number"][0] == 20
    shelf.close()
    with reading(again) as connection:
        files = connection.execute("select count(*) from ops.file_ledger").fetchone()
    assert files == (2,)


def test_the_key_is_in_no_backup(home, tmp_path):
    back_up(home, tmp_path / "backups", keep_days=35)
    assert (home.state / "vault.key").exists()
    for path in (tmp_path / "backups").rglob("*"):
        assert path.name != "vault.key"
        assert not path.is_file() or KEY.encode() not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0 or path.suffix == ".duckdb"


def test_a_damaged_backup_is_refused_whole_wherever_it_is_damaged(home, tmp_path, capsys):
    back_up(home, tmp_path / "backups", keep_days=35, now=NOW)
    folder = chosen(tmp_path / "backups")
    chance = random.Random(5)
    for path in [path for path in sorted(folder.rglob("*")) if path.is_file()]:
        whole = path.read_bytes()
        path.chmod(0o600)
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        for content in (bytes(damaged), whole[:-2]):
            path.write_bytes(content)
            target = tmp_path / "again"
            assert main(["--home", str(target), "restore", str(folder)]) in (1, 2), path
            error = capsys.readouterr().err.strip()
            assert len(error.splitlines()) == 1
            assert not (target / "warehouse.duckdb").exists()
            assert main(["--home", str(target), "restore", "--check", str(folder)]) in (1, 2)
            capsys.readouterr()
        path.write_bytes(whole)
    assert main(["--home", str(tmp_path / "again"), "restore", "--check", str(folder)]) == 0


def test_a_manifest_that_names_a_file_outside_the_home_is_refused(home, tmp_path, monkeypatch):
    back_up(home, tmp_path / "backups", keep_days=35, now=NOW)
    path = chosen(tmp_path / "backups") / "manifest.json"
    said = path.read_text().replace('"landing/', '"../landing/', 1)
    path.write_text(said)
    monkeypatch.setattr("cx.backup._digest_of", lambda _: json.loads(said)["digest"])
    with pytest.raises(UserError, match="is damaged"):
        restore(Settings(home=tmp_path / "again", disk_reserve=0), path.parent)


def test_a_restore_never_overwrites_a_home_that_holds_something(home, tmp_path, capsys):
    back_up(home, tmp_path / "backups", keep_days=35)
    before = contents(home.home)
    assert main(["--home", str(home.home), "restore", str(tmp_path / "backups")]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert contents(home.home) == before


RESTORE = (
    "import os, signal, sys\nfrom pathlib import Path\n"
    "from cx.restore import restore\nfrom cx.runs import lock\nfrom cx.settings import Settings\n"
    "home, moves, replace = Settings(home=Path(sys.argv[1]), disk_reserve=0), [], Path.replace\n"
    "def counted(self, target):\n"
    "    moves.append(target)\n"
    "    if len(moves) > int(sys.argv[3]):\n"
    "        os.kill(os.getpid(), signal.SIGKILL)\n"
    "    return replace(self, target)\n"
    "Path.replace = counted\n"
    "with lock(home, to_restore=True):\n"
    "    restore(home, Path(sys.argv[2]))\n"
)


@pytest.mark.parametrize("moved", [0, 1, 4])
def test_a_restore_killed_half_way_is_used_by_nobody_and_done_again(home, tmp_path, capsys, moved):
    back_up(home, tmp_path / "backups", keep_days=35)
    again, source = str(tmp_path / "again"), str(tmp_path / "backups")
    done = subprocess.run([sys.executable, "-c", RESTORE, again, source, str(moved)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert main(["--home", again, "ingest", str(tmp_path)]) == 2
    assert "a restore into" in capsys.readouterr().err
    assert main(["--home", again, "restore", source]) == 0
    assert contents(Path(again)) == contents(home.home)


def test_a_backup_waits_for_no_run_and_lies_outside_the_home(home, tmp_path):
    with lock(home), pytest.raises(Busy), lock(home):
        pass
    given = ["--home", str(home.home), "backup", str(tmp_path / "backups")]
    with lock(home):
        assert main(given) == 75
    with pytest.raises(UserError, match="inside the home"):
        back_up(home, home.home / "backups", keep_days=35)


def test_a_backup_or_restore_without_room_does_not_begin(home, tmp_path):
    cramped = replace(home, disk_reserve=10**18)
    with pytest.raises(UserError, match="backup needs about"):
        back_up(cramped, tmp_path / "backups", keep_days=35)
    assert not list((tmp_path / "backups").iterdir())
    back_up(home, tmp_path / "backups", keep_days=35)
    again = Settings(home=tmp_path / "again", disk_reserve=10**18)
    with pytest.raises(UserError, match="restore needs about"):
        restore(again, tmp_path / "backups")
    assert not again.warehouse.exists()


def test_a_home_without_a_warehouse_and_a_second_backup_of_a_second_are_refused(home, tmp_path):
    with pytest.raises(UserError, match="nothing to back up yet"):
        back_up(Settings(home=tmp_path / "empty"), tmp_path / "backups", keep_days=35)
    back_up(home, tmp_path / "backups", keep_days=35, now=NOW)
    whole = contents(chosen(tmp_path / "backups"))
    with pytest.raises(UserError, match="wait a second"):
        back_up(home, tmp_path / "backups", keep_days=35, now=NOW)
    assert contents(chosen(tmp_path / "backups")) == whole


def test_what_a_killed_run_had_committed_is_in_the_backup(home, tmp_path):
    killed = (
        "import duckdb, os, signal, sys\nconnection = duckdb.connect(sys.argv[1])\n"
        "connection.execute('create table ops.kept as select 7 as number')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", killed, str(home.warehouse)], check=False)
    log = home.warehouse.with_name(home.warehouse.name + ".wal")
    assert log.exists()
    back_up(home, tmp_path / "backups", keep_days=35)
    assert not [path for path in (tmp_path / "backups").rglob("*.wal")]
    again = Settings(home=tmp_path / "again", disk_reserve=0)
    restore(again, tmp_path / "backups")
    with reading(again) as connection:
        assert connection.execute("select number from ops.kept").fetchone() == (7,)


def test_promise_40_nothing_older_than_the_horizon_is_kept(home, tmp_path):
    target = tmp_path / "backups"
    for day in range(0, 60, 4):
        now = NOW + timedelta(days=day)
        told = back_up(home, target, keep_days=20, now=now)
        kept = [manifest.moment() for _, manifest in backups(target)]
        assert min(kept) >= now - timedelta(days=20)
        assert len(kept) == min(day // 4 + 1, 6)
        assert f"{min(kept):%Y-%m-%d %H:%M}Z" in told[-1]
    assert len(list(target.iterdir())) == 6


def test_promise_40_the_horizon_holds_when_backing_up_fails_but_the_last_whole_one_stays(
    home, tmp_path, monkeypatch
):
    target = tmp_path / "backups"
    for day in (0, 1, 2):
        back_up(home, target, keep_days=20, now=NOW + timedelta(days=day))

    def broken(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("cx.backup.copied_file", broken)
    with pytest.raises(UserError, match="cannot be written"):
        back_up(home, target, keep_days=20, now=NOW + timedelta(days=90))
    assert [manifest.moment() for _, manifest in backups(target)] == [NOW + timedelta(days=2)]


def test_a_nightly_backup_costs_what_is_new_and_each_can_be_restored_alone(home, tmp_path):
    target = tmp_path / "backups"
    back_up(home, target, keep_days=35, now=NOW)
    back_up(home, target, keep_days=35, now=NOW + timedelta(days=1))
    (first, _), (second, manifest) = backups(target)
    linked = [name for name in manifest.files if (second / name).stat().st_nlink > 1]
    assert len(linked) == 4  # two deliveries, two releases
    subprocess.run(["rm", "-rf", str(first)], check=True)
    again = Settings(home=tmp_path / "again", disk_reserve=0)
    restore(again, target)
    assert contents(again.home) == contents(home.home)


def test_a_backup_from_before_an_erasure_serves_nothing_until_it_is_made_again(home, tmp_path):
    target = tmp_path / "backups"
    back_up(home, target, keep_days=35, now=NOW)
    erasures = home.state / "erasures.json"
    at = NOW + timedelta(hours=1)
    erasures.write_text(json.dumps([{"receipt": "R7", "at": at.isoformat()}]))
    older = chosen(target)
    back_up(home, target, keep_days=35, now=NOW + timedelta(days=1))
    again = Settings(home=tmp_path / "again", disk_reserve=0)
    told = "\n".join(restore(again, older))
    assert "R7" in told
    assert "Nothing is served until the next publish" in told
    assert not (again.releases / "current.json").exists()
    with pytest.raises(UserError, match="before a person was erased"):
        rollback(again, max(again.releases.glob("*.duckdb")).stem, "")


def test_a_restore_says_when_the_key_is_another_one(home, tmp_path, monkeypatch):
    back_up(home, tmp_path / "backups", keep_days=35)
    monkeypatch.setenv("CX_KEY", "77" * 32)
    told = restore(Settings(home=tmp_path / "again", disk_reserve=0), tmp_path / "backups")
    assert "The vault needs key" in told[-1]


def test_a_home_of_the_release_before_is_brought_forward_and_keeps_what_it_had(tmp_path):
    write_old_home(tmp_path / "home")
    settings = Settings(home=tmp_path / "home")
    before = {path.name: path.read_bytes() for path in settings.releases.glob("*.duckdb")}
    assert schema_version(settings) == 1
    assert main(["--home", str(settings.home), "status"]) == 0
    assert main(["--home", str(settings.home), "upgrade"]) == 0
    assert schema_version(settings) == SCHEMA_VERSION
    assert [each.name for each in journal.entries(settings)] == list(DELIVERED)
    assert {path.name: path.read_bytes() for path in settings.releases.glob("*.duckdb")} == before
    for name in before:
        assert described(settings.releases, name).file == name
    assert rollback(settings, None, "").file == min(before)
    with reading(settings) as connection:
        assert connection.execute(
            "select step, status, sequence, peak_memory_bytes from ops.step_ledger"
        ).fetchall() == [("build", "ok", None, None)]
        assert connection.execute("select count(completeness) from ops.file_ledger").fetchone()
    assert main(["--home", str(settings.home), "upgrade"]) == 0


def test_a_table_of_scores_of_the_release_before_gets_the_columns_it_lacks_and_keeps_its_rows(home):
    with writing(home) as connection:
        registry.create_tables(connection)
        connection.execute("insert into ml.ml_score_summary (name) values ('north')")
        connection.execute("alter table ml.ml_score_summary drop column window_to")
        registry.create_tables(connection)
        assert [
            name for name, *_ in connection.execute("describe ml.ml_score_summary").fetchall()
        ] == registry.column_names("ml_score_summary")
        assert connection.execute("select name from ml.ml_score_summary").fetchall() == [("north",)]


def test_an_upgrade_killed_half_way_is_done_again_by_the_next_run(tmp_path, monkeypatch):
    write_old_home(tmp_path / "home")
    settings = Settings(home=tmp_path / "home")

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("cx.rollback.describe_undescribed", killed)
        assert main(["--home", str(settings.home), "upgrade"]) == 130
    assert schema_version(settings) == 1
    assert main(["--home", str(settings.home), "status"]) == 0
    assert main(["--home", str(settings.home), "upgrade"]) == 0
    assert len(journal.entries(settings)) == 2
    assert len(list(settings.releases.glob("2*.json"))) == 2


def test_a_home_brought_forward_is_made_anew_from_its_landing(bench):
    from ingest.rebuild import reload

    write_old_home(bench.settings.home)
    bench.contract()
    with lock(bench.settings):
        upgraded(bench.settings)
    anew = replace(bench.settings, warehouse_name="anew.duckdb")
    assert reload(anew).files_new == 2
    with reading(anew) as connection:
        assert connection.execute("select count(*) from raw.customer").fetchone() == (3,)


@pytest.mark.parametrize("command", ["status", "upgrade", "doctor", "release list", "ingest ."])
def test_a_home_of_a_later_release_is_refused_in_one_line(tmp_path, capsys, command):
    write_old_home(tmp_path / "home")
    (tmp_path / "home" / "state" / "schema_version").write_text(f"{SCHEMA_VERSION + 1}\n")
    assert main(["--home", str(tmp_path / "home"), *command.split()]) == 2
    error = capsys.readouterr().err.strip()
    assert len(error.splitlines()) == 1
    assert f"schema {SCHEMA_VERSION + 1}" in error


def test_a_backup_of_a_later_release_is_refused(home, tmp_path, monkeypatch):
    back_up(home, tmp_path / "backups", keep_days=35)
    monkeypatch.setattr("cx.restore.SCHEMA_VERSION", SCHEMA_VERSION - 1)
    with pytest.raises(UserError, match="made by a later release"):
        restore(Settings(home=tmp_path / "again", disk_reserve=0), tmp_path / "backups")


def test_a_backup_cut_short_is_no_backup(home, tmp_path):
    back_up(home, tmp_path / "backups", keep_days=35, now=NOW)
    folder = chosen(tmp_path / "backups")
    folder.rename(folder.with_name(folder.name + ".partial"))
    with pytest.raises(UserError, match="holds no backup"):
        chosen(tmp_path / "backups")
    back_up(home, tmp_path / "backups", keep_days=35, now=NOW)
    assert [path.name for path in (tmp_path / "backups").iterdir()] == [folder.name]
    with pytest.raises(CheckFailed):
        (folder / "warehouse.duckdb").unlink()
        restore(Settings(home=tmp_path / "again", disk_reserve=0), folder)
    assert current(home.releases).file
