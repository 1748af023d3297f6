"""The home's schema version: homes of earlier releases are brought forward, later ones refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cx.errors import UserError
from cx.files import write_whole
from cx.ledger import create_tables
from cx.settings import Settings
from cx.warehouse import writing

# 1: homes made before they knew their version (2026-11-26).
# 2: the journal of landing, the sidecar of every release, numbered records of runs and steps.
SCHEMA_VERSION = 2


def schema_version(settings: Settings) -> int:
    """Return the schema version of a home; an empty one has the newest.

    Raises
    ------
    UserError
        When the file that holds it cannot be read as a number.
    """
    path = _version_file(settings)
    try:
        return int(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        return 1 if settings.warehouse.exists() else SCHEMA_VERSION
    except ValueError:
        raise UserError(
            f"{path} holds no number; write the schema version of this home into it (1 is always "
            "safe: it is then brought forward again)"
        ) from None


def refuse_unready(settings: Settings, *, to_restore: bool = False) -> None:
    """Refuse to work on a home that a later release made, or that was restored only in part.

    Raises
    ------
    UserError
        With what to do.
    """
    version = schema_version(settings)
    if version > SCHEMA_VERSION:
        raise UserError(
            f"{settings.home} was made by a later release (schema {version}, this one knows "
            f"{SCHEMA_VERSION}); install that release, or restore a backup made before the upgrade"
        )
    if restoring(settings).exists() and not to_restore:
        raise UserError(
            f"a restore into {settings.home} was cut short; give the same `cx restore` again"
        )


def restoring(settings: Settings) -> Path:
    """Return the path that exists while a restore has moved some files and not all."""
    return settings.state / "restoring"


def upgraded(settings: Settings) -> list[str]:
    """Bring a home to this release's schema, one version after the other; tell what was done.

    Each step can be repeated: after a kill the next run goes on. Called under the lock.
    """
    version = schema_version(settings)
    told = []
    for number in range(version + 1, SCHEMA_VERSION + 1):
        told.append(
            f"Home brought from schema {number - 1} to {number}: {_STEPS[number](settings)}"
        )
        _note(settings, number)
    if not _version_file(settings).exists():
        _note(settings, SCHEMA_VERSION)
    return told


def _to_2(settings: Settings) -> str:
    from cx.rollback import describe_undescribed
    from ingest.journal import write_from_ledger

    with writing(settings) as connection:
        create_tables(connection)
    files = write_from_ledger(settings)
    releases = describe_undescribed(settings.releases)
    return f"{files} files of landing journaled, {releases} releases described"


_STEPS: dict[int, Callable[[Settings], str]] = {2: _to_2}


def _version_file(settings: Settings) -> Path:
    return settings.state / "schema_version"


def _note(settings: Settings, version: int) -> None:
    write_whole(_version_file(settings), f"{version}\n")
