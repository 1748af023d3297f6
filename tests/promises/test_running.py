"""Runs hold their promises: one at a time, resumed after a kill, one line on a fault."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cx import build
from cx.errors import Busy
from cx.runs import lock
from cx.settings import Settings
from cx.warehouse import reading, writing
from tests.nights import cx

HOME_OF = (
    "import sys\nfrom pathlib import Path\nfrom cx.settings import Settings\n"
    "home = Settings(home=Path(sys.argv[1]))\n"
)


RACER = HOME_OF + (
    "import time\nfrom cx.errors import Busy\nfrom cx.runs import lock\n"
    "sys.stdin.readline()\n"
    "started = time.monotonic()\n"
    "try:\n"
    "    with lock(home):\n"
    "        print('held', flush=True)\n"
    "        sys.stdin.readline()\n"
    "except Busy as error:\n"
    "    print(time.monotonic() - started, flush=True)\n"
    "    sys.exit(error.exit_code)\n"
)


def python(code: str, *arguments: object, **options: object) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def race(home: Path, runners: int) -> list[float]:
    """Let so many processes ask for the lock at once; return the seconds of those refused."""
    racers = [python(RACER, home) for _ in range(runners)]
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    said = [racer.stdout.readline().strip() for racer in racers]
    assert said.count("held") == 1
    for racer in racers:
        racer.communicate("done\n")
    assert sorted(racer.returncode for racer in racers) == [0] + [75] * (runners - 1)
    return [float(text) for text in said if text != "held"]


def test_promise_11_of_runs_started_together_one_works_and_the_others_are_told_at_once(tmp_path):
    assert max(race(tmp_path, 6)) < 2


@pytest.mark.long
def test_promise_11_fifty_times_twenty_runs_started_together_leave_one(tmp_path):
    for number in range(50):
        assert max(race(tmp_path / str(number), 20)) < 2


def test_promise_11_a_live_run_keeps_its_lock_whatever_is_done_to_its_files(tmp_path):
    settings = Settings(home=tmp_path)
    with writing(settings) as connection:
        connection.execute("create table kept (id integer)")
    holder = python(RACER, tmp_path)
    holder.stdin.write("go\n")
    holder.stdin.flush()
    assert holder.stdout.readline() == "held\n"
    settings.warehouse.open("rb").close()  # DuckDB's own lock does not survive this in its holder
    for harm in (lambda: None, (settings.state / "run.lock").unlink):
        harm()
        with pytest.raises(Busy, match="another run holds"), lock(settings):
            pass
    holder.communicate("done\n")
    with lock(settings):
        pass


WORKER = HOME_OF + (
    "import os, signal\nfrom rich.console import Console\nfrom cx.progress import Progress\n"
    "from cx.runs import Run, StepResult, lock\n"
    "from cx.warehouse import writing\n"
    "def work(name):\n"
    "    with writing(home) as connection:\n"
    "        connection.execute('create table if not exists done (step varchar)')\n"
    "        connection.execute('insert into done values (?)', [name])\n"
    "        if sys.argv[2] == name:\n"
    "            os.kill(os.getpid(), signal.SIGKILL)\n"
    "    return StepResult(1, name)\n"
    "with lock(home):\n"
    "    run = Run(home, 'test', Progress(Console()))\n"
    "    run.open()\n"
    "    for name in ('first', 'second', 'third'):\n"
    "        run.step(name, 'digest', lambda: work(name))\n"
    "    run.close('ok')\n"
)


def test_promise_12_a_run_killed_in_any_step_goes_on_there_and_repeats_nothing(tmp_path):
    for killed_in in ("first", "second", "third"):
        worker = python(WORKER, tmp_path, killed_in)
        worker.communicate(timeout=120)
        assert worker.returncode == -signal.SIGKILL
    worker = python(WORKER, tmp_path, "nowhere")
    said, _ = worker.communicate(timeout=120)
    assert worker.returncode == 0
    assert said.count("nothing new") == 2
    with reading(Settings(home=tmp_path)) as connection:
        assert connection.execute("select step from done order by rowid").fetchall() == [
            ("first",),
            ("second",),
            ("third",),
        ]
        assert connection.execute(
            "select status, count(*) from ops.run_ledger group by all order by 1"
        ).fetchall() == [("killed", 3), ("ok", 1)]
        left = connection.execute(
            "select count(*) from ops.run_ledger where status = 'running'"
        ).fetchone()
        assert left == (0,)


def test_promise_12_what_was_killed_is_said_to_be_killed_in_its_step_too(tmp_path):
    worker = python(WORKER, tmp_path, "second")
    worker.communicate(timeout=120)
    python(WORKER, tmp_path, "nowhere").communicate(timeout=120)
    with reading(Settings(home=tmp_path)) as connection:
        assert connection.execute(
            "select step, status from ops.step_ledger order by sequence"
        ).fetchall() == [
            ("first", "ok"),
            ("second", "killed"),
            ("second", "ok"),
            ("third", "ok"),
        ]


def test_a_run_goes_as_far_as_it_is_told(bench, monkeypatch):
    done = []
    for name in ("ingest", "check_arrivals", "build_models", "train", "score", "check_outputs"):
        monkeypatch.setattr(
            f"cx.pipeline.{name}", lambda run, *_, name=name, **given: done.append((name, given))
        )
    assert cx(bench, "run", bench.extracts, "--until", "build", "--full") == 0
    assert [name for name, _ in done] == ["ingest", "check_arrivals", "build_models"]
    assert done[-1][1] == {"full": True}
    assert cx(bench, "run", bench.extracts, "--until", "lunch") == 2


@pytest.mark.parametrize("left", ['{"nodes": {"a', None])
def test_promise_12_a_manifest_torn_by_a_kill_is_made_anew(bench, monkeypatch, left):
    path = bench.settings.dbt / "manifest.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    if left is not None:
        path.write_text(left)
    monkeypatch.setattr(build, "run_dbt", lambda *_: path.write_text('{"nodes": {}}'))
    assert build.manifest(bench.settings) == {"nodes": {}}
