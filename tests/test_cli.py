"""The command line keeps its word: exit codes, one clear line, one run at a time."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from cx.cli import main
from cx.keys import load_keys
from cx.runs import lock


def cx(bench, *arguments: str) -> int:
    return main(
        ["--home", str(bench.settings.home), "--contracts", str(bench.contracts), *arguments]
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ingest", "no/such/folder"], "is not a folder"),
        (["frobnicate"], "frobnicate"),
        (["demo", "--months", "0"], "months"),
        (["app"], "no release"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(bench, capsys, arguments, says):
    assert cx(bench, *arguments) == 2
    error = capsys.readouterr().err.strip()
    assert says in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("CX_THREADS", "two", "whole number above 0"),
        ("CX_THREADS", "0", "whole number above 0"),
        ("CX_MEMORY_LIMIT", "lots", "is not a size"),
        ("CX_DISK_RESERVE", "-1GB", "is not a size"),
        ("CX_STEP_MEMORY", "half", "is not a size"),
        ("CX_STEP_MINUTES", "-3", "is not a number above 0"),
        ("CX_FEWEST_CUSTOMERS", "1", "from 2 to 1000"),
        ("CX_CONTRACTS", "/no/such/folder", "does not exist"),
    ],
)
def test_a_limit_that_is_none_is_one_line_that_names_it(
    tmp_path, monkeypatch, capsys, variable, value, says
):
    monkeypatch.setenv(variable, value)
    assert main(["--home", str(tmp_path / "home"), "status"]) == 2
    (told,) = capsys.readouterr().err.splitlines()
    assert says in told
    assert value in told


@pytest.mark.parametrize(
    "command",
    [
        "demo",
        "ingest",
        "build",
        "train",
        "score",
        "publish",
        "trace",
        "run",
        "app",
        "status",
        "doctor",
        "backfill",
        "rebuild",
        "backup",
        "upgrade",
        "release show",
        "release rollback",
    ],
)
def test_help_shows_an_example(capsys, command):
    assert main([*command.split(), "--help"]) == 0
    assert f"Example: cx {command}" in capsys.readouterr().out.replace("--home var/north ", "")


def test_promise_11_a_second_run_is_told_to_try_later(bench, capsys):
    bench.contract()
    bench.deliver("customers.csv", "id,segment\nC1,consumer\n")
    with lock(bench.settings):
        assert cx(bench, "ingest", str(bench.extracts)) == 75
    assert "another run holds" in capsys.readouterr().err
    assert cx(bench, "ingest", str(bench.extracts)) == 0


def test_promise_12_the_lock_of_a_killed_run_is_free_again(bench):
    bench.settings.home.mkdir()
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time\nfrom pathlib import Path\nfrom cx.runs import lock\n"
            "from cx.settings import Settings\n"
            "with lock(Settings(home=Path(sys.argv[1]))):\n"
            "    print('held', flush=True)\n    time.sleep(60)",
            str(bench.settings.home),
        ],
        stdout=subprocess.PIPE,
    )
    assert holder.stdout.readline() == b"held\n"
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with lock(bench.settings):
        pass


def test_a_refused_file_stops_the_run_at_the_first_door(bench, parsed, capsys):
    bench.settings.dbt.mkdir(parents=True)
    shutil.copyfile(parsed.dbt / "manifest.json", bench.settings.dbt / "manifest.json")
    bench.contract()
    bench.deliver("customers.csv", "id;segment\nC1;consumer\n")
    assert cx(bench, "ingest", str(bench.extracts)) == 2
    assert cx(bench, "check", "arrivals") == 1
    error = capsys.readouterr().err
    assert "no delivered file was refused" in error
    assert not list(bench.settings.home.glob("releases/*"))


def test_nothing_is_published_that_has_not_passed_its_door(bench, capsys):
    bench.contract()
    bench.deliver("customers.csv", "id,segment\nC1,consumer\n")
    assert cx(bench, "ingest", str(bench.extracts)) == 0
    assert cx(bench, "publish") == 1
    assert "have not passed their checks" in capsys.readouterr().err


def test_an_unforeseen_failure_is_one_line_and_its_details_are_in_the_home(
    bench, capsys, monkeypatch
):
    def broken(*_, **__):
        raise RuntimeError("disk on fire\nand more")

    monkeypatch.setattr("cx.pipeline.ingest", broken)
    assert cx(bench, "ingest", str(bench.extracts)) == 1
    error = capsys.readouterr().err.strip()
    assert len(error.splitlines()) == 1
    details = list(bench.settings.logs.glob("error-*.log"))
    assert len(details) == 1
    assert str(details[0]) in error
    assert "disk on fire" in details[0].read_text()


def test_status_is_json_for_programs(bench, capsys):
    bench.contract()
    bench.deliver("customers.csv", "id,segment\nC1,consumer\n,business\n")
    cx(bench, "ingest", str(bench.extracts))
    capsys.readouterr()
    assert cx(bench, "status", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    source = found["sources"][0]
    assert (source["rows_read"], source["rows_loaded"], source["rows_quarantined"]) == (2, 1, 1)


def test_a_lost_key_is_told_not_replaced(bench, capsys):
    bench.contract()
    bench.deliver("customers.csv", "id,segment\nC1,consumer\n")
    cx(bench, "ingest", str(bench.extracts))
    (bench.settings.state / "vault.key").unlink()
    assert cx(bench, "ingest", str(bench.extracts)) == 2
    assert "restore the key" in capsys.readouterr().err


def test_the_key_may_come_from_a_file_and_must_be_good(bench, monkeypatch, tmp_path, capsys):
    key = tmp_path / "key"
    key.write_text("ab" * 32)
    monkeypatch.setenv("CX_KEY_FILE", str(key))
    first = load_keys(bench.settings)
    assert load_keys(bench.settings) == first
    key.write_text("short")
    bench.contract()
    bench.deliver("customers.csv", "id,segment\nC1,consumer\n")
    assert cx(bench, "ingest", str(bench.extracts)) == 2
    assert "hexadecimal" in capsys.readouterr().err


def test_an_ingest_killed_at_any_moment_is_finished_by_the_next(bench):
    bench.contract()
    for number in range(30):
        rows = "".join(f"C{number}-{row},consumer\n" for row in range(2000))
        bench.deliver(f"customers_{number:02}.csv", "id,segment\n" + rows)
    command = [sys.executable, "-m", "cx.cli", "--home", str(bench.settings.home)]
    command += ["--contracts", str(bench.contracts), "ingest", str(bench.extracts)]
    for seconds in (1.5, 2.2, 2.8):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        time.sleep(seconds)
        process.kill()
        process.wait()
    assert cx(bench, "ingest", str(bench.extracts)) == 0
    assert bench.rows("select count(*), count(distinct customer_id) from raw.customer") == [
        (60_000, 60_000)
    ]
    assert bench.rows("select count(*), sum(rows_loaded) from ops.file_ledger") == [(30, 60_000)]
    assert bench.rows(
        "select count(*) from (select file_id, row_number from raw.customer group by all "
        "having count(*) > 1)"
    ) == [(0,)]
