"""Releases hold their promises: whole or not at all, seen at once, taken back in one command."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from app.release import Shelf
from cx import release
from cx.cli import main
from cx.errors import Busy, CheckFailed, UserError
from cx.release import NoRelease, current, described, point, publish, refuse_before_erasure
from cx.rollback import listed, prune, rollback, verify
from cx.runs import lock
from cx.settings import Settings
from cx.warehouse import writing
from tests.release_fixture import full_home

PUBLISH = (
    "import os, signal, sys\nfrom pathlib import Path\nimport cx.release as release\n"
    "from cx.errors import CxError\nfrom cx.faults import explained\n"
    "from cx.settings import Settings\n"
    "home = Settings(home=Path(sys.argv[1]), disk_reserve=0)\n"
    "def killed(*_, **__):\n"
    "    os.kill(os.getpid(), signal.SIGKILL)\n"
    "if len(sys.argv) > 2:\n"
    "    setattr(release, sys.argv[2], killed)\n"
    "try:\n"
    "    release.publish(home)\n"
    "except Exception as error:\n"
    "    known = error if isinstance(error, CxError) else explained(error, home)\n"
    "    sys.exit(f'cx: {known}' if known else repr(error))\n"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Settings:
    """A home whose marts hold two tables that always say the same number, published once."""
    settings = full_home(tmp_path_factory.mktemp("made") / "home")
    with writing(settings) as connection:
        connection.execute("create table marts.control_a (number integer)")
        connection.execute("create table marts.control_b (number integer)")
        connection.execute("insert into marts.control_a values (1)")
        connection.execute("insert into marts.control_b values (1)")
    publish(settings)
    return settings


@pytest.fixture
def home(made, tmp_path) -> Settings:
    subprocess.run(["cp", "-r", str(made.home), str(tmp_path / "home")], check=True)
    return Settings(home=tmp_path / "home", disk_reserve=0)


def count_up(settings: Settings) -> None:
    with writing(settings) as connection:
        connection.execute("update marts.control_a set number = number + 1")
        connection.execute("update marts.control_b set number = number + 1")


def number_in(shelf: Shelf) -> int:
    """Return the number one page run sees in both tables; fail when they differ."""
    shown = shelf.newest()
    numbers = [
        shelf.ask(shown.release, f"select number from marts.control_{table}")["number"][0]
        for table in "ab"
    ]
    assert numbers[0] == numbers[1]
    assert shown.refused is None
    return int(numbers[0])


@contextmanager
def polled(settings: Settings):
    """Read all the while, as the app does; the list gets every number seen, or the error."""
    shelf, seen, over = Shelf(settings.releases, grace_seconds=0.5), [], threading.Event()

    def poll() -> None:
        while not over.is_set():
            try:
                seen.append(number_in(shelf))
            except BaseException as error:
                seen.append(error)
            time.sleep(0.01)

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()
        shelf.close()


def publish_and_kill_at_random(settings: Settings, times: int, seed: int) -> None:
    chance = random.Random(seed)
    with polled(settings) as seen:
        for number in range(times):
            count_up(settings)
            child = subprocess.Popen([sys.executable, "-c", PUBLISH, str(settings.home)])
            if number % 2:
                time.sleep(chance.uniform(0.2, 1.5))
                child.send_signal(signal.SIGKILL)
            child.wait()
        publish(settings)
        time.sleep(0.2)
    errors = [each for each in seen if not isinstance(each, int)]
    assert errors == []
    assert seen == sorted(seen)
    assert seen[-1] == times + 1
    assert not [path for path in settings.releases.iterdir() if "building" in path.name]


def test_promise_19_readers_see_whole_releases_through_publishes_and_kills(home):
    publish_and_kill_at_random(home, 4, seed=1)


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_promise_19_readers_see_whole_releases_through_two_hundred_publishes(home):
    publish_and_kill_at_random(home, 200, seed=2)


@pytest.mark.parametrize(
    ("place", "served"),
    [
        ("_write", 1),
        ("_verify_elsewhere", 1),
        ("file_digest", 1),
        ("pointing", 1),
        ("write_json", 1),
        ("point", 1),
        ("forget_old", 2),
    ],
)
def test_promise_12_a_publish_killed_at_any_point_serves_old_or_new_and_is_cleared_up(
    home, place, served
):
    count_up(home)
    done = subprocess.run([sys.executable, "-c", PUBLISH, str(home.home), place], check=False)
    assert done.returncode == -signal.SIGKILL
    shelf = Shelf(home.releases)
    assert number_in(shelf) == served
    publish(home)
    assert number_in(shelf) == 2
    shelf.close()
    names = {path.name for path in home.releases.iterdir()}
    assert not [name for name in names if "building" in name or "partial" in name]
    files = {name.removesuffix(".duckdb") for name in names if name.endswith(".duckdb")}
    sidecars = {name.removesuffix(".json") for name in names if name.endswith("Z_.json")}
    assert sidecars <= files


def test_promise_14_a_publish_that_may_not_write_leaves_the_last_release_served(home):
    count_up(home)
    size = (home.releases / current(home.releases).file).stat().st_size
    for share in (0.02, 0.4, 0.9):
        limit = int(size * share)
        code = f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        done = subprocess.run(
            [sys.executable, "-c", code + PUBLISH, str(home.home)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
        assert "cannot be written" in done.stderr
        assert number_in(Shelf(home.releases)) == 1
    publish(home)
    assert number_in(Shelf(home.releases)) == 2


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda file: file.with_name(f"{file.name}.wal").touch(), "write-ahead log"),
        (lambda file: changed(file), "does not read back as written"),
    ],
)
def test_promise_22_a_release_that_is_not_what_was_written_never_gets_its_name(
    home, monkeypatch, harm, said
):
    served, write = current(home.releases), release._write

    def write_and_harm(connection, building, fewest):
        written = write(connection, building, fewest)
        harm(building)
        return written

    monkeypatch.setattr(release, "_write", write_and_harm)
    with pytest.raises(CheckFailed, match=said):
        publish(home)
    assert current(home.releases) == served
    assert [path.name for path in home.releases.glob("*.duckdb")] == [served.file]


def changed(file: Path) -> None:
    with duckdb.connect(str(file)) as connection:
        connection.execute("update marts.control_a set number = -number")


def test_a_release_is_on_the_disk_before_the_pointer_names_it(home, monkeypatch):
    done = []
    monkeypatch.setattr(release, "sync", lambda path: done.append(path.suffix or path.name))
    monkeypatch.setattr(release, "point", lambda *_: done.append("pointer"))
    publish(home)
    assert done == [".building", "releases", "pointer"]


def test_who_moves_the_pointer_waits_for_who_is_moving_it(home):
    with (
        release.pointing(home.releases),
        pytest.raises(Busy, match="try again"),
        release.pointing(home.releases, patience=0.1),
    ):
        pass


def test_promise_21_the_pointer_moves_in_less_than_50_ms_and_old_sessions_finish(home):
    shelf = Shelf(home.releases)
    old = shelf.newest().release
    count_up(home)
    publish(home)
    new = current(home.releases)
    spent = []
    for each in (old, new) * 10:
        started = time.perf_counter()
        point(home.releases, each)
        spent.append(time.perf_counter() - started)
    assert sorted(spent)[len(spent) // 2] < 0.05
    number = "select number from marts.control_a"
    assert shelf.ask(old, number)["number"][0] == 1  # a page run that began before
    assert shelf.ask(shelf.newest().release, number)["number"][0] == 2
    shelf.close()


def test_a_release_holds_neither_raw_nor_vault_by_schema_and_by_byte(home, tmp_path):
    secret = "ANNA-KARENINA-79161234567"
    with writing(home) as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw.customer as select ? as name", [secret])
        connection.execute("drop table marts.bdg_customer_xref")
        connection.execute("create table marts.bdg_customer_xref as select ? as name", [secret])
        connection.execute("create table quarantine.secret as select ? as name", [secret])
    publish(home)
    path = home.releases / current(home.releases).file
    # compression hides text: the search is in an uncompressed copy
    plain = tmp_path / "plain.duckdb"
    with duckdb.connect(str(plain)) as connection:
        connection.execute("set force_compression = 'uncompressed'")
        connection.execute(f"attach '{path}' as release (read_only)")
        schemas = connection.execute(
            "select distinct schema_name from duckdb_tables() where database_name = 'release'"
        ).fetchall()
        assert {schema for (schema,) in schemas} == {"marts", "ml", "ops"}
        connection.execute("copy from database release to plain")
        connection.execute("create table planted as select 'PLANTED-canary-of-this-test' as name")
    content = plain.read_bytes()
    assert b"PLANTED-canary-of-this-test" in content
    assert secret.encode() not in content
    assert secret.encode() not in path.read_bytes()


@pytest.fixture
def two(home) -> tuple[Settings, str, str]:
    """A home with an older and a newer release."""
    older = current(home.releases).file
    count_up(home)
    publish(home)
    return home, older, current(home.releases).file


def test_promise_24_a_rollback_takes_seconds_while_a_run_works_and_is_on_record(two):
    home, older, newer = two
    shelf = Shelf(home.releases)
    assert number_in(shelf) == 2
    with lock(home):
        started = time.monotonic()
        given = ["--home", str(home.home), "release", "rollback", "--reason", "looks wrong"]
        assert main(given) == 0
        assert time.monotonic() - started < 5
    assert current(home.releases).file == older
    assert number_in(shelf) == 1
    line = audited(home)[-1]
    assert (line["event"], line["release"], line["instead_of"], line["reason"]) == (
        "rollback",
        older.removesuffix(".duckdb"),
        newer.removesuffix(".duckdb"),
        "looks wrong",
    )
    assert line["actor"]
    assert rollback(home, Path(newer).stem, "it was right").file == newer
    shelf.close()


def test_promise_24_a_rollback_refuses_what_was_made_before_an_erasure(two):
    home, older, newer = two
    erasures = home.state / "erasures.json"
    erasures.parent.mkdir(exist_ok=True)
    at = described(home.releases, older).read_at() + timedelta(seconds=0.01)
    erasures.write_text(json.dumps([{"receipt": "R1", "at": at.isoformat()}]))
    with pytest.raises(UserError, match="before a person was erased"):
        rollback(home, None, "")
    assert current(home.releases).file == newer
    refuse_before_erasure(home, described(home.releases, newer).read_at())
    erasures.write_text("[{")
    with pytest.raises(UserError, match="cannot be read"):
        rollback(home, None, "")
    erasures.unlink()
    assert rollback(home, None, "").file == older


def test_promise_24_a_rollback_refuses_a_damaged_release_and_takes_the_one_before(two):
    home, older, _ = two
    count_up(home)
    publish(home)
    middle = home.releases / listed(home)[1].file
    middle.chmod(0o600)
    content = bytearray(middle.read_bytes())
    content[len(content) // 2] ^= 1
    middle.write_bytes(content)
    with pytest.raises(CheckFailed, match="is damaged"):
        rollback(home, middle.stem, "")
    assert rollback(home, None, "").file == older
    with pytest.raises(UserError, match="no earlier release"):
        rollback(home, None, "")


def test_promise_22_the_app_never_falls_forward_to_a_release_that_was_taken_back(two):
    home, older, newer = two
    rollback(home, None, "the newer is wrong")
    (home.releases / older).chmod(0o600)
    (home.releases / older).write_bytes(b"broken")
    with pytest.raises(NoRelease):
        Shelf(home.releases).newest()
    assert (home.releases / newer).exists()


def test_promise_22_a_damaged_pointer_shows_the_last_good_release_and_to_a_newcomer_none(home):
    shelf = Shelf(home.releases)
    good = shelf.newest().release
    (home.releases / "current.json").write_text("{")
    shown = shelf.newest()
    assert (shown.release, shown.refused) == (good, "current.json")
    with pytest.raises(NoRelease, match="is damaged"):
        Shelf(home.releases).newest()
    file = home.releases / good.file
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(NoRelease):
        shelf.newest()


def test_verify_tells_a_flipped_byte_and_a_missing_file(two, capsys):
    home, older, newer = two
    given = ["--home", str(home.home), "release", "verify"]
    assert main([*given, "--all"]) == 0
    assert capsys.readouterr().out.count("is what was published") == 2
    path = home.releases / older
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.seek(9000)
        byte = file.read(1)[0]
        file.seek(9000)
        file.write(bytes([byte ^ 4]))
    assert main([*given, Path(older).stem]) == 1
    assert "is damaged" in capsys.readouterr().err
    assert main(["--home", str(home.home), "doctor", "--deep"]) == 2
    told = capsys.readouterr().out.splitlines()
    assert [line for line in told if line.startswith(f"MEND all of {older}")]
    assert [line for line in told if line.startswith(f"ok   all of {newer}")]
    assert [line for line in told if line.startswith("ok   all of warehouse.duckdb")]
    (home.releases / newer).unlink()
    with pytest.raises(CheckFailed, match="is gone"):
        verify(home, current(home.releases))


def audited(home: Settings) -> list[dict]:
    return [
        json.loads(line)
        for path in sorted(home.audit.glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]


def test_pruning_keeps_what_is_served_and_says_what_went(two):
    home, older, newer = two
    rollback(home, None, "")
    assert prune(home, keep=1) == [newer]
    assert (audited(home)[-1]["event"], audited(home)[-1]["files"]) == ("prune", [newer])
    assert [each.file for each in listed(home)] == [older]
    assert not (home.releases / newer).with_suffix(".json").exists()
    publish(home)
    newest = current(home.releases)
    assert (audited(home)[-1]["event"], audited(home)[-1]["release"]) == ("publish", newest.version)
    assert prune(home, keep=5, days=0) == [older]
    assert (audited(home)[-1]["event"], audited(home)[-1]["files"]) == ("prune", [older])
    assert [each.file for each in listed(home)] == [newest.file]
    assert not (home.releases / older).with_suffix(".json").exists()


def test_the_names_of_releases_sort_by_age_when_the_clock_is_set_back(two, monkeypatch):
    home, _, newer = two

    class Past(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2020, 1, 1, tzinfo=UTC)

    monkeypatch.setattr("cx.release.datetime", Past)
    count_up(home)
    publish(home)
    assert current(home.releases).file > newer
    assert number_in(Shelf(home.releases)) == 3


def test_list_and_show_tell_which_release_is_served(two, capsys):
    home, older, newer = two
    assert main(["--home", str(home.home), "release", "list"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"* {Path(newer).stem}")
    assert second.startswith(f"  {Path(older).stem}")
    assert main(["--home", str(home.home), "release", "show", Path(older).stem[:22]]) == 0
    assert "marts.control_a: 1 rows" in capsys.readouterr().out
    assert main(["--home", str(home.home), "release", "show", "2"]) == 2
    assert "2 releases" in capsys.readouterr().err
    assert (home.releases / newer).stat().st_mode & 0o222 == 0


def test_what_nothing_is_known_of_is_not_rolled_back_to(two):
    home, older, _ = two
    (home.releases / older).with_suffix(".json").unlink()
    with pytest.raises(UserError, match="nothing is known of"):
        rollback(home, Path(older).stem, "")


def test_verify_reads_every_value_where_the_bytes_are_as_published(two):
    said = replace(current(two[0].releases), content_digest="0" * 64)
    verify(two[0], said, deeply=False)
    with pytest.raises(CheckFailed, match="does not read back"):
        verify(two[0], said)
