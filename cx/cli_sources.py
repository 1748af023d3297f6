"""Commands about sources: what is connected, trying a contract, what is in quarantine."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cx.errors import CheckFailed
from cx.settings import Settings

source = typer.Typer(no_args_is_help=True, help="Connect source systems.", rich_markup_mode=None)
quarantine = typer.Typer(no_args_is_help=True, help="Rows that did not fit.", rich_markup_mode=None)

Source = Annotated[str | None, typer.Argument(help="A source system, or system.feed.")]


@source.command("check")
def check_source(
    context: typer.Context,
    contract: Annotated[Path, typer.Argument(help="The contract to try.")],
    files: Annotated[list[Path], typer.Argument(help="Files, or the folder they are in.")],
) -> None:
    """Try a contract on files: what would land, what would not. Nothing is loaded.

    Example: cx source check contracts/contact_centre.yml deliveries
    """
    from ingest.sources import check

    trial = check(contract, files, context.obj)
    report = trial.report
    print(
        f"{report.files_new} files: {report.rows_read:,} rows read = {report.rows_loaded:,} would "
        f"be loaded + {report.rows_quarantined:,} quarantined + {report.rows_dropped:,} dropped "
        "by rule"
    )
    for entity, rows, columns in trial.landed:
        print(f"  {entity}: {rows:,} rows; filled: {', '.join(columns)}")
    for name, column, reason, rows, first in trial.faults:
        print(f"  quarantine: {rows:,} rows of {name}: {column} {reason} (first: row {first})")
    for name, columns in trial.unmapped:
        print(f"  not mapped in {name}: {columns}")
    for name in report.unclaimed:
        print(f"  claimed by no feed: {name}")
    print("Answers these files make possible alone:")
    for answer, question in trial.available:
        print(f"  {answer}: {question}")
    if not trial.available:
        print("  none")
    for answer, lacking in trial.missing:
        print(f"  not yet {answer}: needs {lacking}")
    if report.refused:
        raise CheckFailed("refused: " + "; ".join(report.refused))


@source.command("list")
def list_sources(
    context: typer.Context,
    every: Annotated[
        bool, typer.Option("--all", help="Also shipped contracts nothing came for.")
    ] = False,
) -> None:
    """List what is connected: files, rows, quarantine, freshness, the answers it feeds.

    Example: cx source list
    """
    from ingest.sources import connected_feeds

    settings: Settings = context.obj
    feeds = connected_feeds(settings, datetime.now(UTC).replace(tzinfo=None), every=every)
    if not feeds:
        print("Nothing is connected yet: begin with `cx source add FILE`, or see all with --all.")
    for feed in feeds:
        last = f"{feed.last_extracted_at:%Y-%m-%d %H:%M}" if feed.last_extracted_at else "never"
        print(f"{feed.source_system}.{feed.feed} → {', '.join(feed.entities)}")
        print(
            f"  {feed.files:,} files ({feed.refused} refused, {feed.unproven} without proof that "
            f"they are whole), {feed.rows:,} rows, {feed.quarantined:,} quarantined; "
            f"extracted to {last}, {feed.freshness}"
        )
        print(f"  feeds: {', '.join(feed.answers) or 'no answer yet'}")


@quarantine.command("show")
def show_quarantine(
    context: typer.Context,
    name: Source = None,
    text: Annotated[
        bool,
        typer.Option("--text", help="Show the rows themselves: needs the key, may name persons."),
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Rows to show with --text.")] = 20,
) -> None:
    """Show what is in quarantine and why.

    Example: cx quarantine show contact_centre
    """
    from ingest.quarantine import faults, quarantined_rows

    settings: Settings = context.obj
    found = faults(settings, name)
    if not found:
        print(f"Nothing of {name or 'any source'} is in quarantine.")
        return
    if text:
        for file, row, reasons, original in quarantined_rows(settings, name, limit):
            print(f"{file}, row {row}: {reasons}\n  {original}")
        return
    for fault in found:
        print(
            f"{fault.source_system}.{fault.feed} {fault.file_name}: {fault.rows:,} rows: "
            f"{fault.column_name} {fault.reason} (first: row {fault.first_row})"
        )
    print("After mending the contract: cx quarantine replay")
