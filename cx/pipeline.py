"""The order of a run, and what each step depends on.

Within a run a step with nothing new is passed over; asked for by name it is done `again`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cx.build import build, models_digest
from cx.digest import code_digest, combined, lines_digest
from cx.errors import CheckFailed, UserError
from cx.feeds import record_feeds
from cx.limits import size_of
from cx.release import NoRelease, current, publish
from cx.runs import Run, StepResult
from cx.settings import Settings
from cx.waivers import waivers_in_force
from cx.warehouse import connected, reading

if TYPE_CHECKING:
    from ingest.file_account import LoadReport


# The steps of a run in their order, as `cx run --until` names them.
STEPS = ("ingest", "check-arrivals", "build", "train", "score", "check-outputs", "publish")


def run_all(
    run: Run,
    folder: Path,
    *,
    until: str = STEPS[-1],
    since: date | None = None,
    full: bool = False,
) -> None:
    """Take a folder of extracts all the way to a release; steps with nothing new are skipped.

    Parameters
    ----------
    until : str
        The last step to do, one of `STEPS`.
    since : date, optional
        Leave alone extracts written before this day.
    full : bool
        Build every model, not only what new files touched.
    """
    ingest(run, folder, since=since)
    _go_on(run, until=until, full=full)


def backfill(
    run: Run, since: date, until: date, *, source: str | None = None, folder: Path | None = None
) -> None:
    """Read what was written on the days from `since` to `until` again, and take it all the way.

    Parameters
    ----------
    source : str, optional
        A source system, or system.feed. Default: all.
    folder : Path, optional
        Extracts of those days that were not delivered yet are loaded first.
    """
    if folder is not None:
        ingest(run, folder, since=since, until=until)
    replay(run, source, every=True, since=since, until=until)
    _go_on(run)


def rebuild(run: Run, before: Path, *, without_missing: bool) -> None:
    """Fill the run's empty warehouse from landing and do every step but the last.

    Parameters
    ----------
    before : Path
        The warehouse so far, which has what landing had to forget.
    """
    from ingest.rebuild import reload

    def work() -> StepResult:
        report = reload(
            run.settings,
            before=before,
            without_missing=without_missing,
            progress=run.progress.update,
        )
        _forget_erased(run)
        return _account(run, report)

    run.step("ingest", None, work, needs=size_of(run.settings.landing))
    _go_on(run, until="check-outputs")


def _go_on(run: Run, *, until: str = STEPS[-1], full: bool = False) -> None:
    steps = {
        "check-arrivals": check_arrivals,
        "build": lambda run: build_models(run, full=full),
        "train": train,
        "score": score,
        "check-outputs": check_outputs,
        "publish": publish_release,
    }
    for name in STEPS[1 : STEPS.index(until) + 1]:
        steps[name](run)


def ingest(
    run: Run, folder: Path, *, since: date | None = None, until: date | None = None
) -> list[str]:
    """Load what is new under a folder and return what was refused of it, with reasons.

    Which files are new the ledger knows, not this step.
    """
    from ingest.load import load_folder

    refused: list[str] = []

    def work() -> StepResult:
        report = load_folder(
            folder, run.settings, since=since, until=until, progress=run.progress.update
        )
        _forget_erased(run)
        refused.extend(dict.fromkeys(report.refused))
        return _account(run, report)

    # a copy in landing, and what the warehouse keeps of it
    run.step("ingest", None, work, needs=2 * _new_bytes(run.settings, folder))
    return refused


def replay(
    run: Run,
    source: str | None,
    every: bool,
    *,
    since: date | None = None,
    until: date | None = None,
) -> None:
    """Read what is in quarantine, or was refused, again by today's contracts."""
    from ingest.replay import replay as again

    def work() -> StepResult:
        report = again(
            run.settings,
            source,
            every=every,
            since=since,
            until=until,
            progress=run.progress.update,
        )
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
    record_feeds(run.settings, datetime.now(UTC).replace(tzinfo=None))
    for refused in dict.fromkeys(report.refused):  # several feeds may read one file
        run.progress.note(f"  refused: {refused}")
    if report.torn:
        from ingest import torn

        run.progress.note(f"  {torn.told(report.torn)}")
    if report.unclaimed:
        names = ", ".join(report.unclaimed[:3])
        run.progress.note(
            f"  {len(report.unclaimed)} files no contract claims, left alone: {names}"
            f"{' …' if len(report.unclaimed) > 3 else ''}"
        )
    known = f"{report.files_known} known files passed over"
    if report.files_passed:
        known += f"; {report.files_passed} files of other days left alone"
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
    from cx.retention import retention
    from ingest.retention import retain

    def work() -> StepResult:
        gone = retain(run.settings, retention(), now.replace(tzinfo=None))
        told = ", ".join(f"{name} {count:,}" for name, count in gone.items())
        return StepResult(sum(gone.values()), told or "nothing is too old")

    run.step("retain", None, work)


def check_arrivals(run: Run, *, again: bool = False) -> None:
    """Ask the first door whether what came in may go on."""

    def work() -> StepResult:
        from expectations.arrivals import check

        return check(run.settings, run.run_id, now)

    from expectations.freshness import lateness

    # A feed that does not come brings no new file: its lateness is news, too.
    now = datetime.now(UTC).replace(tzinfo=None)
    digest = combined(
        _loaded(run.settings),
        code_digest("expectations", "ingest/contracts"),
        lateness(run.settings, now),
        _waived(run.settings, now),
    )
    run.step("check arrivals", digest, work, again=again)


def build_models(run: Run, *, again: bool = False, full: bool = False) -> None:
    """Build the models with dbt; all of them if `full`."""
    _prepare(run.settings)
    run.step(
        "build",
        _build_digest(run.settings),
        lambda: build(run.settings, full=full),
        again=again or full,
        needs=size_of(run.settings.warehouse),  # models are rewritten beside what they were
    )


def build_on_spark(run: Run) -> None:
    """Build all models on Apache Spark, as Parquet; this home's warehouse stays as it is."""

    def work() -> StepResult:
        try:
            from cx.spark_build import build_on_spark as build_there
        except ImportError as error:
            raise UserError(
                f"{error.name} is not installed: pip install -c constraints.txt -e '.[spark]'"
            ) from error
        return build_there(run.settings)

    _prepare(run.settings)
    run.step("build on spark", None, work, needs=size_of(run.settings.warehouse))


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
    """Ask the second door whether what was made may be published.

    Raises
    ------
    CheckFailed
        When an expectation does not hold, or the latest build failed or was stopped.
    """
    _require_built(run)

    def work() -> StepResult:
        from expectations.outputs import check

        return check(run.settings, run.run_id)

    run.step("check outputs", _output_digest(run.settings), work, again=again)


def publish_release(run: Run, *, again: bool = False) -> None:
    """Publish, unless the outputs have not passed their door or the release is already out.

    Raises
    ------
    CheckFailed
        When the second door has not said yes to what is in the warehouse now, or the latest
        build failed or was stopped.
    """
    _require_built(run)
    digest = _output_digest(run.settings)
    if not run.is_done("check outputs", digest):
        raise CheckFailed(
            "the outputs have not passed their checks; run `cx check outputs` and mend what it "
            "names; the last release is still served"
        )
    try:
        served = run.settings.releases / current(run.settings.releases).file
        is_there, needs = served.exists(), size_of(served)
    except NoRelease:
        is_there, needs = False, size_of(run.settings.warehouse) // 2
    # A release somebody removed is made again, whatever the ledger remembers.
    files = ("release", "metric_values", "suppression", "hiding", "cells", "wholes", "inference")
    code = tuple(f"cx/{name}.py" for name in files)
    fewest = f"fewest {run.settings.fewest_customers}"
    digest = combined(digest, *map(code_digest, code), fewest)
    run.step(
        "publish",
        digest,
        lambda: publish(run.settings),
        again=again or not is_there,
        needs=needs,
    )


def _require_built(run: Run) -> None:
    """Refuse a warehouse half of which is of another build: its inputs may be as they were."""
    if run.has_failed("build"):
        raise CheckFailed(
            "the latest build failed or was stopped, and left models of two builds; "
            "run `cx build` and mend what it names; the last release is still served"
        )


def _told(run: Run, report: object) -> StepResult:
    for line in report.lines:
        run.progress.note(f"  {line}")
    return StepResult(int(report.figures.get("rows", 0)), report.lines[-1] if report.lines else "")


def _prepare(settings: Settings) -> None:
    """Make raw and ops, so that an empty home builds too."""
    from ingest.load import prepare_raw

    with connected(settings) as connection:
        prepare_raw(connection)


def _new_bytes(settings: Settings, folder: Path) -> int:
    """Return the bytes of the files under a folder that the ledger does not know by name."""
    with reading(settings) as connection:
        known = set(connection.execute("select file_name, bytes from ops.file_ledger").fetchall())
    return sum(
        path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file()
        and (path.relative_to(folder).as_posix(), path.stat().st_size) not in known
    )


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


def _waived(settings: Settings, now: datetime) -> str:
    with reading(settings) as connection:
        return lines_digest(map(str, waivers_in_force(connection, now.date())))


def _output_digest(settings: Settings) -> str:
    return combined(_build_digest(settings), code_digest("ml"), code_digest("expectations"))
