"""Commands about persons: erase them."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cx.cli_run import under_lock
from cx.errors import UserError
from cx.runs import lock

privacy = typer.Typer(no_args_is_help=True, help="What persons may ask for.", rich_markup_mode=None)
vault = typer.Typer(no_args_is_help=True, help="The sealed identities.", rich_markup_mode=None)

Persons = Annotated[
    Path | None,
    typer.Option("--file", help="One person a line (else standard input)."),
]


@privacy.command()
def erase(
    context: typer.Context,
    file: Persons = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Finish what was interrupted; reads no list.")
    ] = False,
) -> None:
    """Erase persons from every layer, publish without them, and print the receipts.

    A person is a customer's id as its source has it, phone:+49…, email:…, document:… or a
    pseudonym: an identity, so never given on the command line.

    Example: cx privacy erase --file requests.txt
    """
    from cx.privacy import erase as erased

    subjects = [] if resume else persons(file)
    receipts: list[dict] = []
    under_lock(context.obj, "privacy erase", lambda run: receipts.extend(erased(run, subjects)))
    for receipt in receipts:
        print(f"Receipt {receipt['receipt']}, {receipt['at']}")
        for table, count in receipt["rows"].items():
            print(f"  {table}: {count:,} rows")
        print(f"  made again without them: {', '.join(receipt['made_again'])}")
        print(f"  deleted: {', '.join(receipt['deleted'])}")
        print(f"  backups may hold them until {receipt['backups_until']}")
        print(f"  {receipt['not_ours']}")


@privacy.command()
def export(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="ZIP file to write, for your eyes only (0600).")],
    file: Persons = None,
) -> None:
    """Write everything held about one person, in every layer, into a ZIP of CSV files.

    The person is named in a file or on standard input, as for an erasure.

    Example: cx privacy export --file request.txt --out subject.zip
    """
    from ingest.subject import export as written

    named = persons(file)
    if len(named) > 1:
        raise UserError(f"{len(named)} persons are named; an export is about one")
    with lock(context.obj):
        rows = written(context.obj, named[0], out, datetime.now(UTC).replace(tzinfo=None))
    print(f"{out}: {sum(rows.values()):,} rows of {len(rows)} tables; it names the person")


@privacy.command()
def retain(context: typer.Context) -> None:
    """Delete what is older than it may be kept (cx/retention.yml), from files too.

    Example: cx privacy retain
    """
    from cx.pipeline import retained

    under_lock(context.obj, "privacy retain", lambda run: retained(run, datetime.now(UTC)))


@vault.command()
def rotate(context: typer.Context) -> None:
    """Seal every identity anew with a new key; pseudonyms stay as they are.

    Example: cx vault rotate
    """
    from ingest.rotation import rotate as sealed_anew

    under_lock(
        context.obj,
        "vault rotate",
        lambda run: run.step("rotate", None, lambda: sealed_anew(run.settings)),
    )


def persons(file: Path | None) -> list[str]:
    """Read one person a line; blank lines and lines that begin with # are none.

    Raises
    ------
    UserError
        When the file cannot be read, or nobody is named.
    """
    try:
        text = file.read_text(encoding="utf-8") if file else sys.stdin.read()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file} cannot be read ({error}); give a text file, UTF-8") from error
    lines = [line.strip() for line in text.splitlines()]
    found = [line for line in lines if line and not line.startswith("#")]
    if not found:
        raise UserError("nobody is named; give one person a line, in --file or standard input")
    return found
