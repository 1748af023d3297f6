"""The commands about the audit log."""

from __future__ import annotations

from typing import Annotated

import typer

from cx import audit as log

audit = typer.Typer(no_args_is_help=True, help="Look at the audit log.", rich_markup_mode=None)


@audit.command()
def verify(
    context: typer.Context,
    head: Annotated[
        str | None,
        typer.Option(help="COUNT:SHA256 kept elsewhere; the log must still pass through it."),
    ] = None,
) -> None:
    """Say whether the audit log is exactly what was written; exit code 1 when it is not.

    Example: cx audit verify
    """
    found = log.verify(context.obj, head)
    print(f"the audit log is whole: {found.count} lines, head {found}")


@audit.command()
def head(context: typer.Context) -> None:
    """Print the log's head, to be kept where nobody who can write the home can write.

    Example: cx audit head
    """
    print(log.verify(context.obj))


@audit.command("look-ups")
def look_ups(
    context: typer.Context,
    customer: Annotated[str, typer.Argument(help="The customer's id, as the app shows it.")],
) -> None:
    """Print when, by whom (pseudonym) and why a customer was looked up.

    Example: cx audit look-ups C00000414
    """
    log.verify(context.obj)
    for line in log.look_ups_of(context.obj, customer):
        print(f"{line['at']} {line['actor']} by {line['domain']}: {line['reason']}")
