"""Disks that are full, read-only, slow or damaged cost no row and end in one line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from cx.errors import Busy
from cx.settings import Settings
from cx.warehouse import reading, writing
from tests.nights import cx


def test_a_warehouse_that_another_program_holds_is_told_as_busy(tmp_path, monkeypatch):
    settings = Settings(home=tmp_path)
    monkeypatch.setattr("cx.warehouse._LOCK_PATIENCE_SECONDS", 0.3)
    held = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held'); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-u", "-c", held, str(settings.warehouse)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Busy, match="held by another process"), writing(settings):
            pass
        holder.communicate("")


def test_a_network_disk_that_stumbles_once_costs_no_file(bench, monkeypatch):
    import errno

    from ingest import landing

    bench.contract()
    bench.deliver("customers.csv", "id,segment\nC1,consumer\n")
    honest, stumbles = landing.keep_file, [OSError(errno.ESTALE, "Stale file handle")]

    def stumbling(*arguments):
        if stumbles:
            raise stumbles.pop()
        return honest(*arguments)

    monkeypatch.setattr(landing, "keep_file", stumbling)
    assert bench.load().refused == []
    assert bench.rows("select count(*) from raw.customer") == [(1,)]


@pytest.mark.parametrize(
    ("says", "calls"),
    [("connection refused", 2), ("the database system is starting up", 2), ("password wrong", 1)],
)
def test_a_busy_server_is_asked_again_and_one_that_says_no_is_not(bench, monkeypatch, says, calls):
    from ingest.formats import postgres

    bench.contract(files=None, format="postgres", dialect={"connection": "CRM_URI", "table": "t"})
    monkeypatch.setenv("CRM_URI", "postgresql://127.0.0.1:1/nowhere")
    asked = []

    def refusing(uri):
        asked.append(uri)
        raise postgres.DriverError(says, status_code=1)

    monkeypatch.setattr(postgres.postgres, "connect", refusing)
    assert len(bench.load().refused) == 1
    assert len(asked) == calls


def mounts_of_its_own() -> list[str]:
    """Return a command prefix that may mount without changing this machine; skip without one."""
    prefix = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
    if not shutil.which("unshare") or subprocess.run([*prefix, "true"], check=False).returncode:
        pytest.skip("this machine lets nobody mount")
    return prefix


def test_promise_14_a_read_only_home_is_one_line_and_still_serves(bench):
    bench.contract()
    bench.deliver("customers.csv", "id,segment\nC1,consumer\n")
    bench.load()
    home = bench.settings.home
    line = f"mount --bind {home} {home} && mount -o remount,bind,ro {home} && "
    line += f"exec {sys.executable} -m cx.cli --home {home} --contracts {bench.contracts} "
    for command in ("ingest " + str(bench.extracts), "run " + str(bench.extracts), "upgrade"):
        done = subprocess.run(
            [*mounts_of_its_own(), "sh", "-c", line + command],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2, done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
        assert "cannot be written (it is read-only)" in done.stderr
    assert bench.rows("select count(*) from raw.customer") == [(1,)]


def test_promise_14_a_disk_that_fills_while_a_file_loads_loses_nothing(bench):
    """A tmpfs of 40 MB on which a balloon takes the rest at each of several fill levels."""
    bench.contract()
    rows = "".join(f"C{number},{number * 7919:x}{number * 104729:x}\n" for number in range(60_000))
    bench.deliver("customers.csv", "id,segment\n" + rows)
    home = bench.settings.home
    cx = f"{sys.executable} -m cx.cli --home {home} --contracts {bench.contracts} "
    cx += f"ingest {bench.extracts}"
    script = (
        f"mkdir -p {home} && mount -t tmpfs -o size=40m tmpfs {home} || exit 99\n"
        "for left in 100 900 2500; do\n"
        f"  free=$(df -k --output=avail {home} | tail -1)\n"
        f"  head -c $(( (free - left) * 1024 )) /dev/zero > {home}/balloon\n"
        f"  {cx} > /dev/null 2> {home.parent}/said_$left; echo $left $? \n"
        f"  rm {home}/balloon\n"
        "done\n"
        f"{cx} > /dev/null 2> {home.parent}/said_last; echo last $?\n"
        f"cp {home}/warehouse.duckdb {home.parent}/kept.duckdb\n"
    )
    done = subprocess.run(
        [*mounts_of_its_own(), "sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"CX_DISK_RESERVE": "0B"},
    )
    ends = dict(line.split() for line in done.stdout.strip().splitlines())
    assert ends.pop("last") == "0", done
    assert set(ends.values()) <= {"0", "2"}
    assert ends["100"] == "2"
    for left, code in ends.items():
        said = (home.parent / f"said_{left}").read_text().strip()
        assert len(said.splitlines()) == (0 if code == "0" else 1), said
        assert not said or "nothing is lost" in said
    settings = Settings(home=home.parent)
    with reading(settings, home.parent / "kept.duckdb") as connection:
        assert connection.execute(
            "select count(*), count(distinct customer_id) from raw.customer"
        ).fetchone() == (60_000, 60_000)


def test_a_commit_that_fails_is_told_and_not_the_rollback_after_it(tmp_path):
    settings = Settings(home=tmp_path)
    with (
        pytest.raises(OSError, match="No space left"),
        writing(settings) as connection,
    ):
        connection.rollback()  # as a failed commit does
        raise OSError(28, "No space left on device")


def test_a_damaged_vault_or_warehouse_is_one_line_that_says_what_brings_it_back(bench, capsys):
    bench.contract()
    for number in range(2):
        bench.deliver(f"customers_{number}.csv", f"id,segment\nC{number},consumer\n")
        assert cx(bench, "ingest", bench.extracts) == 0
    bench.deliver("customers_9.csv", "id,segment\nC9,consumer\n")
    capsys.readouterr()
    for path in (bench.settings.vault, bench.settings.warehouse):
        whole = path.read_bytes()
        for damaged in (whole[: len(whole) // 3], b"\0" * 4096 + whole[4096:]):
            path.write_bytes(damaged)
            assert cx(bench, "ingest", bench.extracts) == 2
            error = capsys.readouterr().err.strip()
            assert len(error.splitlines()) == 1, error
            assert "cx restore" in error
        path.write_bytes(whole)
    assert cx(bench, "ingest", bench.extracts) == 0
    assert bench.rows("select count(*) from raw.customer") == [(3,)]
