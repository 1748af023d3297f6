"""A step leaves its account, and is stopped where it takes too much or takes too long."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from cx import pipeline
from cx.errors import CheckFailed, StepStopped, UserError
from cx.faults import explained, patiently
from cx.limits import Watch, require_disk
from cx.progress import Progress
from cx.runs import Run, StepResult, lock
from cx.settings import Settings
from cx.warehouse import reading, scratch, writing


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


def broken() -> StepResult:
    raise CheckFailed("a model failed")


def test_nothing_is_checked_or_published_of_a_build_that_did_not_end(run):
    with pytest.raises(CheckFailed, match="a model failed"):
        run.step("build", "inputs", broken)
    # said yes to the same inputs before: the build that failed was one of everything anew
    run.step("check outputs", pipeline._output_digest(run.settings), lambda: StepResult(1, "ok"))
    for ask in (pipeline.check_outputs, pipeline.publish_release):
        with pytest.raises(CheckFailed, match="latest build failed or was stopped"):
            ask(run)


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
