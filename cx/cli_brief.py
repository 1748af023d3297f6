"""The command that makes a brief of a page."""

from __future__ import annotations

from typing import Annotated

import typer

from cx.settings import Settings


def brief(
    context: typer.Context,
    page: Annotated[
        str | None, typer.Argument(help="A page by its file's name, such as churn.")
    ] = None,
    address: Annotated[
        str, typer.Option(help="Its filters as in the app's address: m=2026-10&vs=year.")
    ] = "",
    language: Annotated[str, typer.Option(help="en or ru.")] = "en",
) -> None:
    """Write a page of the app as one HTML file; without a page, all that briefs.yml asks for.

    Example: cx brief churn --address "vs=target" --language ru
    """
    from cx.briefs import Wanted, wanted, write_brief
    from cx.errors import UserError

    settings: Settings = context.obj
    if page and language not in ("en", "ru"):
        raise UserError(f"language is en or ru, not {language!r}")
    asked = (Wanted(page=page, address=address, language=language),) if page else wanted(settings)
    if not asked:
        raise UserError(f"name a page, or pages in {settings.home / 'briefs.yml'}; see docs/app.md")
    for each in asked:
        print(write_brief(settings, each))


def add_to(cli: typer.Typer) -> None:
    """Add the command of this module."""
    cli.command()(brief)
