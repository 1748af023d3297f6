"""The commands of `cx release` that carry it to many readers."""

from __future__ import annotations

from typing import Annotated

import typer

Place = Annotated[str, typer.Argument(help="A shared folder, or s3://bucket/folder?region=…")]


def send(context: typer.Context, place: Place) -> None:
    """Copy the current release to an object store or a shared disk.

    Example: cx release send s3://bucket/cx?region=eu-central-1
    """
    from cx.copies import send as sent

    print(sent(context.obj, place))


def fetch(context: typer.Context, place: Place) -> None:
    """Copy the release a place points to into this home; the app shows it from then on.

    Example: cx --home /srv/cx release fetch s3://bucket/cx?region=eu-central-1
    """
    from cx.copies import fetch as fetched

    print(fetched(context.obj, place))
