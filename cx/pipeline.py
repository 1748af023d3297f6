"""The order of a run, and what each step depends on.

Within a run a step with nothing new is passed over; asked for by name it is done `again`.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cx.build import build, models_digest
from cx.digest import code_digest, combined, lines_digest
from cx.errors import CheckFailed
from cx.release import NoRelease, current, publish
from cx.runs import Run, StepResult
from cx.settings import Settings
from cx.warehouse import connected, reading

if TYPE_CHECKING:
    from ingest.load import LoadReport


def run_all(run: Run, folder: Path) -> None:
    """Take a folder of extracts all the way to a release; steps with nothing new are skipped."""
    ingest(run, folder)
    check_arrivals(run)
    build_models(run)
    train(run)
    score(run)
    check_outputs(run)
    publish_release(run)


def ingest(run: Run, folder: Path) -> None:
    """Load what is new under a folder. Which files are new the ledger knows, not this step."""
    from ingest.load import load_folder

    def work() -> StepResult:
        report = load_folder(folder, run.settings, progress=run.progress.update)
        _forget_erased(run)
        return _account(run, report)

    run.step("ingest", None, work)


def replay(run: Run, source: str | None, every: bool) -> None:
    """Read what is in quarantine, or was refused, again by today's contracts."""
    from ingest.replay import replay as again

    def work() -> StepResult:
        report = again(run.settings, source, every=every, progress=run.progress.update)
        _forget_erased(run)
        return _account(run, report)

    run.step("replay", None, work)


def _forget_erased(run: Run) -> None:
    """Take out again whoever was erased and came in anew, before any model reads them."""
    from ingest.erasure import forget

    erased = forget(run.settings)
    if erased.rows:
        run.progress.note(
            f"  {sum(erased.rows.values()):,} rows of persons erased before were taken out again"
        )


def _account(run: Run, report: LoadReport) -> StepResult:
    """Tell what was refused or left alone, and the rows' account in one line."""
    for refused in report.refused:
        run.progress.note(f"  refused: {refused}")
    if report.unclaimed:
        names = ", ".join(report.unclaimed[:3])
        run.progress.note(
            f"  {len(report.unclaimed)} files no contract claims, left alone: {names}"
            f"{' …' if len(report.unclaimed) > 3 else ''}"
        )
    known = f"{report.files_known} known files passed over"
    if not report.files_new:
        return StepResult(0, f"nothing new, nothing reloaded; {known}")
    return StepResult(
        report.rows_loaded,
        f"{report.files_new} files: {report.rows_read:,} rows read = "
        f"{report.rows_loaded:,} loaded + {report.rows_quarantined:,} quarantined + "
        f"{report.rows_dropped:,} dropped by rule; {known}",
    )


def retained(run: Run, now: datetime) -> None:
    """Delete what is older than it may be; the next build is of what is left."""
    from ingest.retention import retain, retention

    def work() -> StepResult:
        gone = retain(run.settings, retention(), now.replace(tzinfo=None))
        told = ", ".join(f"{name} {count:,}" for name, count in gone.items())
        return StepResult(sum(gone.values()), told or "nothing is too old")

    run.step("retain", None, work)


def check_arrivals(run: Run, *, again: bool = False) -> None:
    """Ask the first door whether what came in may go on."""

    def work() -> StepResult:
        from expectations.arrivals import check

        return check(run.settings, run.run_id)

    digest = combined(_loaded(run.settings), code_digest("expectations", "ingest/contracts"))
    run.step("check arrivals", digest, work, again=again)


def build_models(run: Run, *, again: bool = False, full: bool = False) -> None:
    """Build the models with dbt; all of them if `full`."""
    _prepare(run.settings)
    run.step(
        "build",
        _build_digest(run.settings),
        lambda: build(run.settings, full=full),
        again=again or full,
    )


def train(run: Run, *, again: bool = False) -> None:
    """Fit the estimators on what was known at each cut-off."""

    def work() -> StepResult:
        from ml.train import train as fit

        return _told(run, fit(run.settings))

    digest = combined(_build_digest(run.settings), code_digest("ml"))
    run.step("train", digest, work, again=again)


def score(run: Run, *, again: bool = False) -> None:
    """Score every subscription of the latest cut-off."""

    def work() -> StepResult:
        from ml.score import score as apply

        return _told(run, apply(run.settings))

    digest = combined("score", _build_digest(run.settings), code_digest("ml"))
    run.step("score", digest, work, again=again)


def check_outputs(run: Run, *, again: bool = False) -> None:
    """Ask the second door whether what was made may be published."""

    def work() -> StepResult:
        from expectations.outputs import check

        return check(run.settings, run.run_id)

    run.step("check outputs", _output_digest(run.settings), work, again=again)


def publish_release(run: Run, *, again: bool = False) -> None:
    """Publish, unless the outputs have not passed their door or the release is already out.

    Raises
    ------
    CheckFailed
        When the second door has not said yes to what is in the warehouse now.
    """
    digest = _output_digest(run.settings)
    if not run.is_done("check outputs", digest):
        raise CheckFailed(
            "the outputs have not passed their checks; run `cx check outputs` and mend what it "
            "names; the last release is still served"
        )
    try:
        served = current(run.settings.releases).file
        is_there = (run.settings.releases / served).exists()
    except NoRelease:
        is_there = False
    # A release somebody removed is made again, whatever the ledger remembers.
    code = ("cx/release.py", "cx/metric_values.py", "cx/suppression.py")
    fewest = f"fewest {run.settings.fewest_customers}"
    digest = combined(digest, *map(code_digest, code), fewest)
    run.step("publish", digest, lambda: publish(run.settings), again=again or not is_there)


def _told(run: Run, report: object) -> StepResult:
    for line in report.lines:
        run.progress.note(f"  {line}")
    return StepResult(int(report.figures.get("rows", 0)), report.lines[-1] if report.lines else "")


def _prepare(settings: Settings) -> None:
    """Make raw and ops, so that an empty home builds too."""
    from ingest.load import prepare_raw

    with connected(settings) as connection:
        prepare_raw(connection)


def _loaded(settings: Settings) -> str:
    with reading(settings) as connection:
        files = connection.execute(
            # rows and contract too: a replay changes what a file brought, not the file
            "select concat_ws('|', source_system, feed, file_id, state, rows_loaded, "
            "rows_quarantined, contract_digest) from ops.file_ledger"
        ).fetchall()
    return lines_digest(line for (line,) in files)


def _build_digest(settings: Settings) -> str:
    return combined(_loaded(settings), models_digest())


def _output_digest(settings: Settings) -> str:
    return combined(_build_digest(settings), code_digest("ml"), code_digest("expectations"))
