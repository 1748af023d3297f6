"""The command line: each command calls one room and returns its exit code.

Exit codes: 0 done · 1 a check said no · 2 bad input or usage · 75 another run holds the lock.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cx import pipeline
from cx.as_was import restated
from cx.cli_audit import audit
from cx.cli_brief import add_to as add_brief
from cx.cli_gates import docs, waive
from cx.cli_ops import add_to as add_operations
from cx.cli_privacy import privacy, vault
from cx.cli_recover import recover
from cx.cli_sources import quarantine, source
from cx.errors import CxError, Unexpected, UserError
from cx.faults import explained
from cx.headlines import headlines
from cx.progress import Progress
from cx.redaction import redactor
from cx.release import current
from cx.runs import Run, lock
from cx.settings import REPO, Settings
from cx.trace import trace as traced
from cx.upgrade import refuse_unready, upgraded
from cx.warehouse import take_the_place
from cx.yielding import step_aside

cli = typer.Typer(
    name="cx",
    help="Customer-experience warehouse: extracts in, insights out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
check = typer.Typer(no_args_is_help=True, help="Ask one of the two doors.", rich_markup_mode=None)
cli.add_typer(check, name="check")
cli.add_typer(recover)
check.command()(docs)
check.command()(waive)
cli.add_typer(source, name="source")
cli.add_typer(quarantine, name="quarantine")
cli.add_typer(audit, name="audit")
cli.add_typer(privacy, name="privacy")
cli.add_typer(vault, name="vault")
add_operations(cli)
add_brief(cli)

Engine = StrEnum("Engine", ("duckdb", "spark"))
Step = StrEnum("Step", {name: name for name in pipeline.STEPS})
Folder = Annotated[Path, typer.Argument(help="Folder that the extracts were put in.")]


@cli.callback()
def common(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(help="Folder for everything generated (else CX_HOME, else var/)."),
    ] = None,
    contracts: Annotated[
        list[Path] | None,
        typer.Option(help="Folder with contracts of your own; may be given again."),
    ] = None,
) -> None:
    """Read the options every command shares."""
    context.obj = Settings.from_env(home, contracts or [])
    refuse_unready(context.obj, to_restore=True)


@cli.command()
def demo(
    context: typer.Context,
    subscriptions: Annotated[
        int, typer.Option(min=100, max=10_000_000, help="Subscriptions to simulate.")
    ] = 20_000,
    months: Annotated[int, typer.Option(min=2, max=60, help="Months of history.")] = 14,
    seed: Annotated[int, typer.Option(help="Same seed, same operator.")] = 20261123,
    extracts: Annotated[
        Path | None, typer.Option(help="Where to put the extracts (else the home's extracts/).")
    ] = None,
    simulate_only: Annotated[
        bool, typer.Option("--simulate-only", help="Write the extracts and stop.")
    ] = False,
) -> None:
    """Simulate an operator, then take its extracts all the way to a release.

    Example: cx demo --subscriptions 5000 --months 8 --seed 7
    """
    settings: Settings = context.obj
    step_aside(settings.threads)
    folder = extracts or settings.home / "extracts" / f"demo-{subscriptions}-{months}-{seed}"
    progress = _progress()
    started = datetime.now(UTC)
    from ingest.simulator import simulate

    progress.started("simulate")
    rows = simulate(folder, subscriptions=subscriptions, months=months, seed=seed)
    seconds = (datetime.now(UTC) - started).total_seconds()
    progress.done("simulate", sum(rows.values()), seconds, f"extracts in {folder}")
    if not simulate_only:
        under_lock(settings, "demo", lambda run: pipeline.run_all(run, folder))
        _tell_where(settings)


@cli.command()
def ingest(context: typer.Context, folder: Folder) -> None:
    """Load every new extract of a folder into raw, each exactly once.

    Example: cx ingest deliveries/2026-10-01
    """
    refused: list[str] = []
    under_lock(context.obj, "ingest", lambda run: refused.extend(pipeline.ingest(run, folder)))
    if refused:
        more = f" (and {len(refused) - 1} more, as told above)" if len(refused) > 1 else ""
        raise UserError(
            f"refused {refused[0]}{more}; every other file is loaded: mend the file or its "
            "contract, then `cx ingest` again"
        )


@cli.command()
def build(
    context: typer.Context,
    full: Annotated[
        bool, typer.Option("--full", help="Build everything, not only what new files touched.")
    ] = False,
    target: Annotated[
        Engine, typer.Option(help="What builds: spark is for bases one machine is too small for.")
    ] = Engine.duckdb,
) -> None:
    """Build the models with dbt; on Spark (docs/scale-out.md) always everything.

    Example: cx build --full
    """
    if target is Engine.spark:
        under_lock(context.obj, "build on spark", pipeline.build_on_spark)
        return
    under_lock(context.obj, "build", lambda run: pipeline.build_models(run, again=True, full=full))


@check.command()
def arrivals(context: typer.Context) -> None:
    """Ask whether what came in may go on to the models.

    Example: cx check arrivals
    """
    under_lock(context.obj, "check arrivals", lambda run: pipeline.check_arrivals(run, again=True))


@check.command()
def outputs(context: typer.Context) -> None:
    """Ask whether marts and scores may be published.

    Example: cx check outputs
    """
    under_lock(context.obj, "check outputs", lambda run: pipeline.check_outputs(run, again=True))


@cli.command()
def train(context: typer.Context) -> None:
    """Fit and evaluate the estimators.

    Example: cx train
    """
    under_lock(context.obj, "train", lambda run: pipeline.train(run, again=True))


@cli.command()
def score(context: typer.Context) -> None:
    """Score every active subscription, with reasons.

    Example: cx score
    """
    under_lock(context.obj, "score", lambda run: pipeline.score(run, again=True))


@cli.command()
def publish(context: typer.Context) -> None:
    """Publish marts and scores as a new read-only release.

    Example: cx publish
    """
    under_lock(context.obj, "publish", lambda run: pipeline.publish_release(run, again=True))


@cli.command("as-was")
def as_was(
    context: typer.Context,
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="Last day of knowledge.")],
    keep: Annotated[bool, typer.Option(help="Keep the file that was built.")] = False,
) -> None:
    """Build every metric as it was known on a day, and show what has been restated since.

    Example: cx as-was 2026-05-03
    """
    with lock(context.obj):
        for line in restated(context.obj, day.date(), keep=keep):
            print(line)


@cli.command()
def trace(
    context: typer.Context,
    record_type: Annotated[str, typer.Argument(help="cx_event, downtime, ticket, bill, exit …")],
    record_id: Annotated[str, typer.Argument(help="Its id; of a downtime the service's.")],
    at: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], help="A lost minute, UTC."),
    ] = None,
) -> None:
    """Show the delivered files and lines that something shown comes from, and what it led to.

    FILE:N is line N of a csv or ndjson file (its header is line 1), record N of any other.

    Example: cx trace downtime V00000011870 --at 2026-06-24T22:10
    """
    for line in traced(context.obj, record_type, record_id, at):
        print(line)


@cli.command()
def run(
    context: typer.Context,
    folder: Folder,
    until: Annotated[
        Step, typer.Option(help="The last step to do; a later run goes on from there.")
    ] = Step.publish,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Leave alone extracts written before this day."),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Build every model, not only what new files touched.")
    ] = False,
) -> None:
    """Take a folder of extracts all the way: ingest, check, build, train, score, check, publish.

    A run that was interrupted goes on where it stopped when the same command is given again.

    Example: cx --home var/north run deliveries/north
    """
    first = since.date() if since else None
    under_lock(
        context.obj,
        "run",
        lambda run: pipeline.run_all(run, folder, until=until.value, since=first, full=full),
    )
    if until is Step.publish:
        _tell_where(context.obj)


@cli.command()
def backfill(
    context: typer.Context,
    since: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day, UTC.")
    ],
    until: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")],
    name: Annotated[
        str | None, typer.Option("--source", help="A source system, or system.feed.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Extracts of those days that were not delivered yet.")
    ] = None,
) -> None:
    """Read the files written on some days again by today's contracts, and take them all the way.

    Example: cx backfill --from 2026-10-01 --to 2026-10-31 --source crm
    """
    if until < since:
        raise UserError(
            f"--to {until:%Y-%m-%d} lies before --from {since:%Y-%m-%d}; turn them round"
        )
    under_lock(
        context.obj,
        "backfill",
        lambda run: pipeline.backfill(run, since.date(), until.date(), source=name, folder=folder),
    )
    _tell_where(context.obj)


@cli.command()
def rebuild(
    context: typer.Context,
    without_missing: Annotated[
        bool, typer.Option("--without-missing", help="Do without files landing keeps no longer.")
    ] = False,
) -> None:
    """Make the warehouse anew from landing and the contracts, then publish.

    The old one is replaced when the new one has passed its doors; a run that was interrupted goes
    on where it stopped. Needs as much disk again as the warehouse.

    Example: cx rebuild
    """
    settings: Settings = context.obj
    with lock(settings):
        if settings.warehouse.exists():
            upgraded(settings)  # a home made before there was a journal gets one
        anew = replace(settings, warehouse_name="warehouse.rebuilding.duckdb")
        _recorded(
            anew,
            "rebuild",
            lambda run: pipeline.rebuild(run, settings.warehouse, without_missing=without_missing),
        )
        take_the_place(anew.warehouse, settings.warehouse)
        _recorded(settings, "rebuild", pipeline.publish_release)
    _tell_where(settings)


@quarantine.command()
def replay(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="A source system, or system.feed.")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Also files without a fault: the contract says more now.")
    ] = False,
) -> None:
    """Read files with quarantined rows, and refused ones, again by today's contracts.

    Example: cx quarantine replay contact_centre
    """
    under_lock(context.obj, "quarantine replay", lambda run: pipeline.replay(run, name, every))


@cli.command()
def app(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8501,
    address: Annotated[
        str, typer.Option(help="Address to listen on; another than 127.0.0.1 needs sign-in.")
    ] = "127.0.0.1",
) -> None:
    """Serve the insights app from the current release; without sign-in, on this machine only.

    Example: cx app --port 8501
    """
    from cx.access import serving_options

    settings: Settings = context.obj
    current(settings.releases)
    options, environment, notice = serving_options(settings, address)
    print(f"CX insights on http://{address}:{port} – stop it with Ctrl+C\n{notice}", flush=True)
    os.execve(
        sys.executable,
        [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            str(REPO / "app" / "asgi.py"),
            f"--server.address={address}",
            f"--server.port={port}",
            "--server.headless=true",
            *options,
        ],
        environment,
    )


@cli.command()
def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell what is loaded, what the last run did, and what is served.

    Example: cx status --json
    """
    from cx.status import status_of

    found = status_of(context.obj)
    if as_json:
        print(json.dumps(found, indent=2, default=str, ensure_ascii=False))
        return
    from cx.status import as_lines

    for line in as_lines(found):
        print(line)


@cli.command()
def doctor(
    context: typer.Context,
    deep: Annotated[
        bool, typer.Option("--deep", help="Read every value of every database, too.")
    ] = False,
) -> None:
    """Look for what would make a run fail, and say how to mend it.

    Example: cx doctor
    """
    from cx.status import diagnose

    troubles = 0
    for name, is_well, text in diagnose(context.obj, deep=deep):
        troubles += not is_well
        print(f"{'ok  ' if is_well else 'MEND'} {name}: {text}")
    if troubles:
        raise UserError(f"{troubles} things to mend, listed above")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; turn a known failure into one line and its exit code."""
    os.umask(0o077)  # extracts, landing and logs may name people: for their owner only
    try:
        return cli(args=arguments, standalone_mode=False) or 0
    except typer.Exit as exit_:
        return exit_.exit_code
    except typer.Abort:
        return 130
    except CxError as error:
        print(f"cx: {redactor(Settings()).text(str(error))}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("cx: interrupted; give the same command again to go on", file=sys.stderr)
        return 130
    except Exception as error:
        return _unexpected(error)


def _unexpected(error: Exception) -> int:
    """Say a usage error as click words it, and write anything else to the log."""
    if hasattr(error, "exit_code") and hasattr(error, "format_message"):
        print(f"cx: {error.format_message().rstrip('.')}; see `cx --help`", file=sys.stderr)
        return 2
    settings = Settings.from_env()
    known = explained(error, settings)
    if known is not None:
        print(f"cx: {known}", file=sys.stderr)
        return known.exit_code
    print(f"cx: {_with_details(error, settings)}", file=sys.stderr)
    return 1


def _with_details(error: Exception, settings: Settings) -> str:
    """Write the traceback to the home's logs and return one line that says where."""
    mask = redactor(settings).text
    text = mask(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
    path = settings.logs / f"error-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(mask("".join(traceback.format_exception(error))), encoding="utf-8")
    except OSError:
        return text
    return f"{text}; details in {path}"


def _progress() -> Progress:
    return Progress(Console())


def under_lock(settings: Settings, command: str, work: Callable[[Run], None]) -> None:
    """Do the work of a command as a run of its own, while no other run works."""
    step_aside(settings.threads)
    with lock(settings):
        _recorded(settings, command, work)


def _recorded(settings: Settings, command: str, work: Callable[[Run], None]) -> None:
    """Do the work of a run whose lock is held, and record how it ended."""
    run_ = Run(settings, command, _progress())
    try:
        try:
            run_.open()
            work(run_)
        except BaseException as error:
            with suppress(Exception):  # the disk that failed the run fails its record too
                run_.close("failed" if isinstance(error, Exception) else "killed", str(error))
            raise
        run_.close("ok")
    except Exception as error:
        if isinstance(error, CxError):
            raise
        raise explained(error, settings) or Unexpected(_with_details(error, settings)) from error


def _tell_where(settings: Settings) -> None:
    release = current(settings.releases)
    print()
    for line in headlines(settings):
        print(line)
    print()
    print(f"Release: {settings.releases / release.file} (data to {release.as_of})")
    own = "" if settings.home == REPO / "var" else f" --home {settings.home}"
    print(f"Open the app: cx{own} app" + ("  (or `make app`)" if not own else ""))


if __name__ == "__main__":
    sys.exit(main())
