"""Runs hold their promises: one at a time, resumed after a kill, one line on a fault."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cx import build
from cx.cli import main
from cx.errors import Busy, StepStopped, UserError
from cx.faults import explained, patiently
from cx.limits import Watch, require_disk
from cx.progress import Progress
from cx.runs import Run, StepResult, lock
from cx.settings import Settings
from cx.warehouse import reading, scratch, writing

HOME_OF = "import sys\nfrom pathlib import Path\nfrom cx.settings import Settings\n"
HOME_OF += "home = Settings(home=Path(sys.argv[1]))\n"
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


@pytest.fixture
def run(tmp_path) -> Run:
    from rich.console import Console

    settings = Settings(home=tmp_path / "home", disk_reserve=0)
    with lock(settings):
        opened = Run(settings, "test", Progress(Console(record=True)))
        opened.open()
        yield opened


def test_every_step_leaves_rows_seconds_peak_memory_code_and_inputs_digest(run):
    held = []

    def work() -> StepResult:
        child = "held = bytearray(150 << 20); import time; time.sleep(1.5)"
        subprocess.run([sys.executable, "-c", child], check=True)
        held.append(1)
        return StepResult(7, "done")

    run.step("build", "inputs", work)
    with reading(run.settings) as connection:
        rows, seconds, peak, code, digest = connection.execute(
            "select row_count, seconds, peak_memory_bytes, code_version, input_digest "
            "from ops.step_ledger where step = 'build'"
        ).fetchone()
    assert (rows, digest, len(code)) == (7, "inputs", 16)
    assert seconds >= 1.5
    assert peak > 200 << 20  # the child's memory is counted, not this process's alone


def endless_query() -> None:
    with scratch() as connection:
        connection.execute(
            "select count(*) from range(3000000) as a, range(3000000) as b "
            "where (a.range * b.range) % 7 = 3"
        )


def endless_child() -> None:
    subprocess.run([sys.executable, "-c", "import time; time.sleep(60)"], check=True)


def endless_loop() -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        pass


@pytest.mark.parametrize("runaway", [endless_query, endless_child, endless_loop])
def test_a_step_that_takes_too_long_is_stopped_with_one_line(run, runaway):
    run.settings = Settings(home=run.settings.home, step_seconds=0.5, disk_reserve=0)
    started = time.monotonic()
    with pytest.raises(StepStopped, match=r"train was stopped after .* minutes") as stopped:
        run.step("train", "inputs", runaway)
    assert time.monotonic() - started < 15
    assert len(str(stopped.value).splitlines()) == 1
    assert not run.is_done("train", "inputs")
    assert run.step("train", "inputs", lambda: StepResult(1, "well")).rows == 1


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


def test_an_error_that_the_stop_itself_caused_is_told_as_the_stop():
    with (
        pytest.raises(StepStopped, match="more than it may"),
        Watch("train", seconds=60, memory=1 << 40) as watch,
    ):
        watch.reason = "train was stopped when it held more than it may"
        raise RuntimeError("INTERRUPT Error: Interrupted!")


def test_promise_16_a_step_that_holds_too_much_is_stopped_before_the_machine_suffers():
    held = []
    with (
        pytest.raises(StepStopped, match="was stopped when it held"),
        Watch("train", seconds=60, memory=900 << 20) as watch,
    ):
        for _ in range(100):  # 2 GB, should nobody stop it
            held.append(bytearray(20 << 20))
            time.sleep(0.05)
    assert watch.peak_bytes < (900 << 20) * 1.1 + (250 << 20)


def test_promise_16_what_may_not_spill_as_much_as_it_needs_ends_in_one_line(tmp_path):
    settings = Settings(home=tmp_path, memory_limit="100MB", spill_limit="20MB", threads=1)
    with pytest.raises(UserError, match="CX_SPILL_LIMIT") as told:
        try:
            with scratch(settings) as connection:
                connection.execute(
                    "create table big as select range as id, sha256(range::varchar) as text "
                    "from range(2000000)"
                )
        except Exception as error:
            raise explained(error, settings) from error
    assert len(str(told.value).splitlines()) == 1


def test_the_disk_is_asked_before_a_step_begins(run):
    begun = []
    with pytest.raises(UserError, match=r"build needs about .* GiB of disk"):
        run.step("build", None, lambda: begun.append(1), needs=1 << 60)
    assert not begun
    require_disk(run.settings, "build", 1)


def test_a_clock_set_back_is_said_and_changes_no_order(run, monkeypatch):
    from datetime import datetime, timedelta

    run.step("build", "new", lambda: StepResult(1, "ok"))
    past = datetime(2020, 1, 1)
    monkeypatch.setattr("cx.runs._now", lambda: past)
    again = Run(run.settings, "test", run.progress)
    again.open()
    assert "The clock stands at 2020-01-01" in run.progress.console.export_text()
    assert again.step("build", "new", lambda: StepResult(1, "ok")) is None
    with pytest.raises(ValueError, match="broken"):
        again.step("build", "newer", lambda: (_ for _ in ()).throw(ValueError("broken")))
    # by the clock the first record is the later one, and it says ok
    assert not again.is_done("build", "new")
    monkeypatch.setattr("cx.runs._now", lambda: past - timedelta(days=1))
    again.step("build", "new", lambda: StepResult(1, "ok"))
    assert again.is_done("build", "new")


def test_what_is_known_since_its_loading_keeps_its_order_when_the_clock_is_set_back(bench):
    from datetime import datetime

    bench.contract(extracted_at="loaded")
    bench.deliver("customers_1.csv", "id,segment\nC1,consumer\n")
    bench.load()
    with writing(bench.settings) as connection:  # as if the clock had stood in the future
        connection.execute("update ops.file_ledger set loaded_at = ?", [datetime(2031, 1, 1)])
    bench.deliver("customers_2.csv", "id,segment\nC1,business\n")
    bench.load()
    assert bench.rows("select file_name from ops.file_ledger order by loaded_at desc limit 1") == [
        ("customers_2.csv",)
    ]


def test_only_what_may_pass_is_tried_again(tmp_path):
    settings, slept = Settings(home=tmp_path, retry_waits=(1, 4, 15)), []

    def attempt(failures: list[Exception]) -> str:
        def work() -> str:
            if failures:
                raise failures.pop(0)
            return "well"

        return patiently(
            work,
            settings,
            may_pass=lambda error: isinstance(error, OSError),
            sleep=slept.append,
        )

    assert attempt([OSError("busy"), OSError("busy")]) == "well"
    assert slept == [1, 4]
    slept.clear()
    with pytest.raises(ValueError, match="data"):
        attempt([ValueError("data")])
    with pytest.raises(OSError, match="gone"):
        attempt([OSError("gone") for _ in range(9)])
    assert slept == [1, 4, 15]


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
        assert main(_cx(bench, "ingest", bench.extracts)) == 0
    bench.deliver("customers_9.csv", "id,segment\nC9,consumer\n")
    capsys.readouterr()
    for path in (bench.settings.vault, bench.settings.warehouse):
        whole = path.read_bytes()
        for damaged in (whole[: len(whole) // 3], b"\0" * 4096 + whole[4096:]):
            path.write_bytes(damaged)
            assert main(_cx(bench, "ingest", bench.extracts)) == 2
            error = capsys.readouterr().err.strip()
            assert len(error.splitlines()) == 1, error
            assert "cx restore" in error
        path.write_bytes(whole)
    assert main(_cx(bench, "ingest", bench.extracts)) == 0
    assert bench.rows("select count(*) from raw.customer") == [(3,)]


def _cx(bench, *arguments: object) -> list[str]:
    common = ["--home", bench.settings.home, "--contracts", bench.contracts]
    return [str(each) for each in [*common, *arguments]]


def test_a_run_goes_as_far_as_it_is_told(bench, monkeypatch):
    done = []
    for name in ("ingest", "check_arrivals", "build_models", "train", "score", "check_outputs"):
        monkeypatch.setattr(
            f"cx.pipeline.{name}", lambda run, *_, name=name, **given: done.append((name, given))
        )
    assert main(_cx(bench, "run", bench.extracts, "--until", "build", "--full")) == 0
    assert [name for name, _ in done] == ["ingest", "check_arrivals", "build_models"]
    assert done[-1][1] == {"full": True}
    assert main(_cx(bench, "run", bench.extracts, "--until", "lunch")) == 2


DATED = {"extracted_at": {"file_name": r"(\d{8})", "format": "%Y%m%d"}}


def test_a_run_since_a_day_leaves_older_extracts_alone(bench):
    from datetime import date

    from ingest.load import load_folder

    bench.contract(**DATED)
    for day in ("20260901", "20261001", "20261002"):
        bench.deliver(f"customers_{day}.csv", f"id,segment\nC{day},consumer\n")
    report = load_folder(bench.extracts, bench.settings, since=date(2026, 10, 1))
    assert (report.files_new, report.files_passed) == (2, 1)
    assert bench.load().files_new == 1


def by_file(bench) -> dict[str, tuple]:
    return {
        name: rest
        for name, *rest in bench.rows(
            "select file_name, count(*), sum(hash(customer)::hugeint)::varchar "
            "from raw.customer inner join ops.file_ledger using (file_id) group by all"
        )
    }


def test_promise_17_a_backfill_changes_the_files_of_its_days_and_no_other(bench):
    from datetime import date

    from ingest.replay import replay

    bench.contract(**DATED)
    days = [f"202610{day:02d}" for day in range(1, 9)]
    for day in days:
        bench.deliver(f"customers_{day}.csv", f"id,segment,more\nC{day},consumer,x\n")
    bench.load()
    before = by_file(bench)
    entity = {
        "entity": "customer",
        "columns": {"customer_id": "id", "segment": {"sql": "upper(segment)"}},
    }
    bench.contract(**DATED, entities=[entity])
    report = replay(bench.settings, every=True, since=date(2026, 10, 3), until=date(2026, 10, 5))
    assert report.files_new == 3
    after = by_file(bench)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {f"customers_202610{day:02d}.csv" for day in (3, 4, 5)}
    with pytest.raises(UserError, match="was written from 2027-01-01"):
        replay(bench.settings, every=True, since=date(2027, 1, 1))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_promise_17_a_late_day_of_usage_changes_that_day_and_no_other(tmp_path, monkeypatch):
    from ingest.simulator import simulate

    monkeypatch.setenv("CX_KEY", "5a" * 32)
    home, extracts, late = tmp_path / "home", tmp_path / "extracts", tmp_path / "late"
    simulate(extracts, subscriptions=250, months=4, seed=11, daily=5)
    held_back = [path for path in sorted((extracts / "sim_usage").glob("*_20261029*"))]
    assert held_back
    (late / "sim_usage").mkdir(parents=True)
    for path in held_back:
        path.rename(late / "sim_usage" / path.name)

    def days() -> dict:
        with reading(Settings(home=home)) as connection:
            return {
                day: rest
                for day, *rest in connection.execute(
                    "select usage_date, count(*), sum(hash(each)::hugeint) "
                    "from marts.fct_usage_day as each group by all"
                ).fetchall()
            }

    def cx(*arguments: object) -> None:
        assert main(["--home", str(home), *map(str, arguments)]) == 0

    cx("ingest", extracts)
    cx("build")
    before = days()
    cx("ingest", late)
    with reading(Settings(home=home)) as connection:
        spoken_of = connection.execute(
            "select distinct started_at::date from raw.usage inner join ops.file_ledger "
            "using (file_id) where file_name in (select unnest(?))",
            [[path.relative_to(extracts).as_posix() for path in held_back]],
        ).fetchall()
    cx("build")
    after = days()
    changed = {day for day in before.keys() | after if before.get(day) != after.get(day)}
    assert changed
    assert changed <= {day for (day,) in spoken_of}
    cx("build", "--full")
    assert days() == after


def test_a_backfill_with_its_days_turned_round_is_refused(bench, capsys):
    given = ["backfill", "--from", "2026-10-05", "--to", "2026-10-01"]
    assert main(_cx(bench, *given)) == 2
    assert "turn them round" in capsys.readouterr().err


def test_promise_15_raw_made_anew_from_landing_is_what_it_was(bench):
    from dataclasses import replace

    from ingest.rebuild import reload

    bench.contract()
    bench.deliver("customers_a.csv", "id,segment\nC1,consumer\nC2,consumer\n")
    bench.deliver("customers_b.csv", "id,segment\nC3,consumer\n")
    bench.load()
    bench.deliver("customers_a.csv", "id,segment\nC1,business\n")  # corrects the first
    bench.load()
    bench.deliver("customers_c.csv", "id;segment\nbroken\n")  # refused, so never loaded
    bench.load()
    query = (
        "select customer.*, state, file_name, batch_id, loaded_at from raw.customer "
        "inner join ops.file_ledger using (file_id) order by all"
    )
    before = bench.rows(query)
    assert len(before) == 2
    shutil.rmtree(bench.extracts)
    bench.settings.warehouse.unlink()
    bench.settings.vault.unlink()
    anew = replace(bench.settings, warehouse_name="anew.duckdb")
    assert reload(anew).files_new == 3
    assert reload(anew).files_known == 3
    with reading(anew) as connection:
        assert connection.execute(query).fetchall() == before


def test_promise_15_a_rebuild_without_a_file_or_with_a_damaged_one_replaces_nothing(bench):
    from ingest import journal
    from ingest.contents import kept_path
    from ingest.rebuild import reload

    bench.contract()
    bench.deliver("customers_a.csv", "id,segment\nC1,consumer\n")
    bench.deliver("customers_b.csv", "id,segment\nC2,consumer\n")
    bench.load()
    anew = Settings(
        home=bench.settings.home, contracts=bench.settings.contracts, warehouse_name="anew.duckdb"
    )
    one, other = (kept_path(anew, each.sha256) for each in journal.entries(anew))
    other.write_bytes(b"id,segment\nC2,business\n")
    with pytest.raises(UserError, match="is damaged"):
        reload(anew)
    other.unlink()
    with pytest.raises(UserError, match="keeps 1 of 2 files no longer"):
        reload(anew)
    assert reload(anew, without_missing=True).files_known == 1
    assert one.exists()


def test_promise_15_what_landing_had_to_forget_is_taken_over_from_the_warehouse_so_far(bench):
    from dataclasses import replace

    from ingest import journal
    from ingest.contents import kept_path
    from ingest.rebuild import reload

    bench.contract()
    bench.deliver("customers_a.csv", "id,segment\nC1,consumer\nC2,torn,line\n")
    bench.deliver("customers_b.csv", "id,segment\nC3,consumer\n")
    bench.load()
    query = (
        "select 'raw', customer_id, file_id from raw.customer union all "
        "select 'quarantine', row_number::varchar, file_id from quarantine.rows union all "
        "select state, file_name, file_id from ops.file_ledger order by all"
    )
    before = bench.rows(query)
    assert len(before) == 5
    kept_path(bench.settings, journal.entries(bench.settings)[0].sha256).unlink()
    anew = replace(bench.settings, warehouse_name="anew.duckdb")
    for _ in range(2):
        reload(anew, before=bench.settings.warehouse)
    with reading(anew) as connection:
        assert connection.execute(query).fetchall() == before


def test_a_line_of_the_journal_cut_by_a_kill_harms_no_other(bench):
    from ingest import journal

    bench.contract()
    bench.deliver("customers_a.csv", "id,segment\nC1,consumer\n")
    bench.load()
    path = journal.journal(bench.settings)
    with path.open("a") as file:
        file.write(json.dumps({"source_system": "crm"})[:12])
    bench.deliver("customers_b.csv", "id,segment\nC2,consumer\n")
    bench.load()
    assert [each.name for each in journal.entries(bench.settings)] == [
        "customers_a.csv",
        "customers_b.csv",
    ]


@pytest.mark.parametrize("left", ['{"nodes": {"a', None])
def test_promise_12_a_manifest_torn_by_a_kill_is_made_anew(bench, monkeypatch, left):
    path = bench.settings.dbt / "manifest.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    if left is not None:
        path.write_text(left)
    monkeypatch.setattr(build, "run_dbt", lambda *_: path.write_text('{"nodes": {}}'))
    assert build.manifest(bench.settings) == {"nodes": {}}
