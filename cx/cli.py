"""The command line: each command calls one room and returns its exit code.

Exit codes: 0 done · 1 a check said no · 2 bad input or usage · 75 another run holds the lock.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cx import pipeline
from cx.as_was import restated
from cx.cli_audit import audit
from cx.cli_brief import add_to as add_brief
from cx.cli_ops import add_to as add_operations
from cx.cli_privacy import privacy, vault
from cx.cli_recover import recover
from cx.cli_run import progress, recorded, tell_where, under_lock, with_details
from cx.cli_sources import quarantine, source
from cx.cli_steps import Folder
from cx.cli_steps import add_to as add_steps
from cx.errors import CxError, UserError
from cx.faults import explained
from cx.redaction import redactor
from cx.release import current
from cx.runs import lock
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
cli.add_typer(recover)
cli.add_typer(source, name="source")
cli.add_typer(quarantine, name="quarantine")
cli.add_typer(audit, name="audit")
cli.add_typer(privacy, name="privacy")
cli.add_typer(vault, name="vault")

# The home of the command that runs, for an error nobody foresaw: its log goes there.
_IN_USE: list[Settings] = []
Step = StrEnum("Step", {name: name for name in pipeline.STEPS})


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
    _IN_USE[:] = [context.obj]
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
    shown = progress()
    started = datetime.now(UTC)
    from ingest.simulator import simulate

    shown.started("simulate")
    rows = simulate(folder, subscriptions=subscriptions, months=months, seed=seed)
    seconds = (datetime.now(UTC) - started).total_seconds()
    shown.done("simulate", sum(rows.values()), seconds, f"extracts in {folder}")
    if not simulate_only:
        under_lock(settings, "demo", lambda run: pipeline.run_all(run, folder))
        tell_where(settings)


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
        tell_where(context.obj)


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
    tell_where(context.obj)


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
        recorded(
            anew,
            "rebuild",
            lambda run: pipeline.rebuild(run, settings.warehouse, without_missing=without_missing),
        )
        take_the_place(anew.warehouse, settings.warehouse)
        recorded(settings, "rebuild", pipeline.publish_release)
    tell_where(settings)


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

    FILE:N is line N of a csv, multiline or ndjson file (a header is line 1), record N of any other.

    Example: cx trace downtime V00000011870 --at 2026-06-24T22:10
    """
    for line in traced(context.obj, record_type, record_id, at):
        print(line)


add_steps(cli)
add_operations(cli)
add_brief(cli)


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
    settings = _IN_USE[0] if _IN_USE else Settings.from_env()
    known = explained(error, settings)
    if known is not None:
        print(f"cx: {known}", file=sys.stderr)
        return known.exit_code
    print(f"cx: {with_details(error, settings)}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
