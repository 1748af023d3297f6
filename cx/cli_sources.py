"""Commands about sources: what is connected, trying a contract, what is in quarantine."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cx.errors import CheckFailed, UserError
from cx.settings import Settings

source = typer.Typer(no_args_is_help=True, help="Connect source systems.", rich_markup_mode=None)
quarantine = typer.Typer(no_args_is_help=True, help="Rows that did not fit.", rich_markup_mode=None)

Source = Annotated[str | None, typer.Argument(help="A source system, or system.feed.")]


@source.command("add")
def add_source(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Samples of what the system delivers.")],
    name: Annotated[
        str | None, typer.Option(help="Short name of the system (a-z, 0-9, _).")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the contract (else the first of --contracts, else contracts)."
        ),
    ] = None,
    answer: Annotated[
        list[str] | None, typer.Option(help="place=value, for a question; may be given again.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a contract of the name.")
    ] = False,
) -> None:
    """Draft a contract from sample files; what they do not prove is asked, never guessed.

    Example: cx source add deliveries/contacts_20260901.csv --name contact_centre
    """
    from ingest.draft import draft

    settings: Settings = context.obj
    folder = out or (settings.contracts[0] if settings.contracts else Path("contracts"))
    given = [each.partition("=") for each in answer or []]
    wrong = next(("".join(each) for each in given if not each[1]), None)
    if wrong is not None:
        raise UserError(f"--answer {wrong!r} is not place=value, such as time_zone=Europe/Berlin")
    answers = {place.strip(): value.strip() for place, _, value in given}
    drafted = draft(files, name=name, settings=settings, answers=answers, folder=folder)
    path = folder / f"{drafted.name}.yml"
    if path.exists() and not force:
        raise UserError(f"{path} exists; give another --name, or --force to write over it")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(drafted.text, encoding="utf-8")
    print(f"{path} is drafted.")
    for feed, entity in drafted.feeds:
        print(f"  {feed} → {'?' if entity.startswith('ASK') else entity}")
    for text in drafted.left_out:
        print(f"  {text}")
    for number, question in enumerate(drafted.questions, start=1):
        print(f"{number}. {question.place}: {question.text}")
    if drafted.questions:
        raise CheckFailed(
            f"{len(drafted.questions)} questions are open; answer them in {path}, or draft again "
            "with --force --answer place=value"
        )
    print(f"Try it: cx source check {path} {files[0]}")


@source.command("check")
def check_source(
    context: typer.Context,
    contract: Annotated[Path, typer.Argument(help="The contract to try.")],
    files: Annotated[list[Path], typer.Argument(help="Files, or the folder they are in.")],
) -> None:
    """Try a contract on files: what would land, what would not. Nothing is loaded.

    Example: cx source check contracts/contact_centre.yml deliveries
    """
    from ingest import torn
    from ingest.trial import check

    trial = check(contract, files, context.obj)
    report = trial.report
    print(
        f"{report.files_new} files: {report.rows_read:,} rows read = {report.rows_loaded:,} would "
        f"be loaded + {report.rows_quarantined:,} quarantined + {report.rows_dropped:,} dropped "
        "by rule"
    )
    if report.files_known:
        print(
            f"  {report.files_known} files hold what another one does, byte for byte: they would "
            "be passed over"
        )
    for entity, rows, columns in trial.landed:
        print(f"  {entity}: {rows:,} rows; filled: {', '.join(columns)}")
        times = [each[1:4] for each in trial.times if each[0] == entity]
        if times:
            print("    times (UTC): " + ", ".join(f"{name} {a} … {b}" for name, a, b in times))
    for entity, columns in trial.empty:
        what = f".{', .'.join(columns)}: blank in every row" if columns else ": no row at all"
        print(f"  nothing came of {entity}{what}; is what the contract says of it right?")
    for entity, name, ids in trial.alike:
        print(
            f"  look at {entity}.{name}: {ids:,} differ from another only in capitals, spaces, "
            "noughts before a number, full or half width, accents put together or signs that "
            "cannot be seen; are they one?"
        )
    for entity, name, ids in trial.tailed:
        print(
            f"  look at {entity}.{name}: {ids:,} end in .0, or a part of them does, as a program "
            "writes ids it took for numbers; known without it elsewhere? then "
            "regexp_replace(…, '\\.0$', '') in sql"
        )
    for entity, name, ids in trial.padded:
        print(
            f"  look at {entity}.{name}: {ids:,} hold the blanks that fill up a column of fixed "
            "width; known without them elsewhere? then rtrim(…) around each part in sql"
        )
    for entity, name, zone in trial.as_utc:
        print(
            f"  look at {entity}.{name}: what its sql gives is a time, and so UTC; is it of "
            f"{zone}? then give the text, by strftime(…, '%Y-%m-%d %H:%M:%S')"
        )
    for entity, within, across in trial.doubled:
        if within:
            print(
                f"  look at the key of {entity}: {within:,} stand more than once in one file, with "
                "different content; is it the whole key, are they versions, or should duplicates "
                "say?"
            )
        if across:
            print(
                f"  look at the key of {entity}: {across:,} are told by several tables or files as "
                "of one moment, with different content; does each count anew (then put its name "
                "before the key, by sql), or are they versions (then say extracted_at or known_at)?"
            )
    for entity, name, first, last, is_plausible in trial.times:
        if not is_plausible:
            print(
                f"  look at {entity}.{name}, from {first} to {last}: is its unit, its zero or its "
                "format right, or is a far date a blank?"
            )
    for entity, end, start, rows in trial.backwards:
        print(
            f"  look at {entity}.{end}: {rows:,} lie before {start}; is one of the two another "
            "column's, of another zone, or a date that means none?"
        )
    for entity, name, number, rows in trial.marks:
        print(
            f"  look at {entity}.{name}: {number} in {rows:,} rows; does it say that there is "
            f'none? then blanks: ["{number}"] on the column'
        )
    if trial.never:
        print(
            f"  look at product.status: {trial.never:,} are cancelled or aborted, so that they "
            "never began and are no exits, and yet have a start and an end; terminated?"
        )
    if trial.neither:
        print(
            f"  look at service_problem.category: {trial.neither:,} problems are neither outage "
            "nor degradation, and so make no downtime; {value: outage} if all are"
        )
    for name, feeds, entity in trial.twice:
        print(
            f"  look at {name}: feeds {feeds} both load it into {entity}, so its rows would stand "
            "twice; give them files that do not overlap"
        )
    for name, column, reason, rows, first in trial.faults:
        print(f"  quarantine: {rows:,} rows of {name}: {column} {reason} (first: row {first})")
    for name, lines in trial.unpaired.items():
        print(f"  {name}: {lines:,} lines end what never began in these files; they make no row")
    for name, columns in trial.unmapped:
        print(f"  not mapped in {name}: {columns}")
    if report.torn:
        print(f"  {torn.told(report.torn)}")
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
        raise CheckFailed("refused: " + "\nrefused: ".join(_alike(report.refused)))


def _alike(refused: list[str]) -> list[str]:
    """Tell what is said of many files once, the first of them named.

    What differs between two reasons is the file's name and what is quoted or counted in them.
    """
    told: dict[str, list[str]] = {}
    for text in refused:
        reason = re.sub(r"'[^']*'|\d+", "…", text.partition(": ")[2])
        told.setdefault(reason, []).append(text)
    return [
        first if not others else f"{first} (and {len(others)} files more, for the like)"
        for first, *others in told.values()
    ]


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
        if feed.unpaired:
            print(f"  {feed.unpaired:,} lines end what never began; they make no row")
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
