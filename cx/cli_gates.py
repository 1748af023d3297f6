"""Commands about the two doors beside asking them: data docs, and accepted failures."""

from __future__ import annotations

import getpass
from datetime import datetime
from typing import Annotated

import typer

from cx.runs import lock
from cx.settings import Settings
from cx.waivers import waive as accept


def docs(context: typer.Context) -> None:
    """Write the data docs anew and say where they are.

    Example: cx check docs
    """
    from expectations.docs import write_docs

    with lock(context.obj):
        print(write_docs(context.obj))


def waive(
    context: typer.Context,
    suite: Annotated[str, typer.Argument(help="Table, or system.feed, as the verdict names it.")],
    expectation: Annotated[str, typer.Argument(help="The expectation, or how it begins.")],
    reason: Annotated[str, typer.Option(help="Why it is accepted; kept.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day it counts.")],
    by: Annotated[str | None, typer.Option(help="Who accepts it (else your login).")] = None,
) -> None:
    """Accept a failed expectation until a day, with a reason; it is recorded and shown.

    Example: cx check waive sim_usage.usage_daily "usage: as many rows" --reason "free weekend" --until 2026-12-01
    """  # noqa: E501
    settings: Settings = context.obj
    with lock(settings):
        waiver = accept(settings, suite, expectation, reason, by or getpass.getuser(), until.date())
    print(
        f"{waiver.suite}: {waiver.expectation!r} is accepted until {waiver.expires_on}; "
        "ask the door again"
    )
