"""`cx backup`, `cx restore`, `cx upgrade` and `cx release`: what brings back what was."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cx import restore as restores
from cx import rollback as releases
from cx.backup import back_up
from cx.cli_copies import fetch, send
from cx.errors import UserError
from cx.release import KEPT_RELEASES
from cx.runs import lock
from cx.settings import BACKUP_DAYS, Settings
from cx.upgrade import SCHEMA_VERSION, schema_version, upgraded

recover = typer.Typer(rich_markup_mode=None)
release = typer.Typer(
    no_args_is_help=True, help="List, verify, take back and drop releases.", rich_markup_mode=None
)
recover.add_typer(release, name="release")
release.command()(send)
release.command()(fetch)

Version = Annotated[
    str | None, typer.Argument(help="A version, or its beginning. Default: the current one.")
]


@recover.command()
def backup(
    context: typer.Context,
    target: Annotated[Path, typer.Argument(help="Folder of the backups, outside the home.")],
    keep: Annotated[
        int, typer.Option(min=1, help="Days after which a backup is deleted: the horizon.")
    ] = BACKUP_DAYS,
) -> None:
    """Copy warehouse, vault, landing and releases, with a manifest of check sums.

    The key is not copied: keep it elsewhere. Takes the run's lock.

    Example: cx backup /mnt/backups/cx --keep 35
    """
    with lock(context.obj):
        _say(back_up(context.obj, target, keep_days=keep))


@recover.command()
def restore(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(help="A backup, or the folder of backups: the newest.")],
    check: Annotated[bool, typer.Option("--check", help="Only read and check the backup.")] = False,
) -> None:
    """Bring a backup into an empty home; a damaged one is refused whole.

    Example: cx --home var/again restore /mnt/backups/cx
    """
    settings: Settings = context.obj
    if check:
        folder = restores.chosen(source)
        manifest = restores.verify(folder)
        _say([f"{folder} is whole: {len(manifest.files)} files as of {manifest.at}"])
        return
    with lock(settings, to_restore=True):
        _say(restores.restore(settings, source))


@recover.command()
def upgrade(context: typer.Context) -> None:
    """Bring a home to this release's schema; every run does so by itself.

    Example: cx upgrade
    """
    settings: Settings = context.obj
    if not settings.warehouse.exists():
        raise UserError(f"{settings.warehouse} does not exist: there is nothing to upgrade")
    with lock(settings):
        was = schema_version(settings)
        _say(upgraded(settings) or [f"The home is of schema {was}, the newest"])
        if schema_version(settings) != SCHEMA_VERSION:
            raise UserError(f"the home is still of schema {was}; see the message above")


@release.command("list")
def list_(context: typer.Context) -> None:
    """List the releases that are kept, newest first; * is the one served.

    Example: cx release list
    """
    kept = releases.listed(context.obj)
    for each in kept:
        about = each.release
        told = (
            f"data to {about.as_of or 'unknown'}, {len(about.tables)} tables, published "
            f"{about.published_at}"
            if about
            else "nothing known of it; it cannot be rolled back to"
        )
        mark = "*" if each.is_current else " "
        _say([f"{mark} {Path(each.file).stem}  {each.bytes / 1e6:,.1f} MB  {told}"])
    if not kept:
        _say(["No release yet"])


@release.command()
def show(context: typer.Context, version: Version = None) -> None:
    """Show what is known of a release.

    Example: cx release show
    """
    found = releases.found(context.obj, version)
    lines = [
        f"{name.replace('_', ' ')}: {value}"
        for name, value in vars(found).items()
        if name != "tables"
    ]
    _say(lines + [f"  {table}: {rows:,} rows" for table, rows in sorted(found.tables.items())])


@release.command()
def verify(
    context: typer.Context,
    version: Version = None,
    all_: Annotated[bool, typer.Option("--all", help="Every release that is kept.")] = False,
) -> None:
    """Compare a release with what was published, byte by byte and value by value.

    Example: cx release verify --all
    """
    settings: Settings = context.obj
    names = [each.file for each in releases.listed(settings)] if all_ else [version]
    for name in names:
        found = releases.found(settings, name)
        releases.verify(settings, found)
        _say([f"{found.version} is what was published"])


@release.command()
def rollback(
    context: typer.Context,
    version: Annotated[
        str | None, typer.Argument(help="A version, or its beginning. Default: the one before.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Kept with who did it and when.")] = "",
) -> None:
    """Serve an earlier release again, at once, also while a run works.

    Example: cx release rollback --reason "churn of Friday looks wrong"
    """
    target = releases.rollback(context.obj, version, reason)
    _say([f"Served now: {target.version}, data to {target.as_of or 'unknown'}"])


@release.command()
def prune(
    context: typer.Context,
    keep: Annotated[int, typer.Option(min=1, help="How many to keep.")] = KEPT_RELEASES,
    older_than: Annotated[
        int | None, typer.Option(min=0, help="Also drop those older than so many days.")
    ] = None,
) -> None:
    """Drop old releases, never the one that is served.

    Example: cx release prune --keep 3 --older-than 30
    """
    gone = releases.prune(context.obj, keep, older_than)
    _say([f"{len(gone)} releases dropped" + (f": {', '.join(gone)}" if gone else "")])


def _say(lines: list[str]) -> None:
    for line in lines:
        print(line)
