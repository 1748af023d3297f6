"""How long each thing is kept: one table for everything that deletes by age."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path

import yaml

from cx.errors import UserError

_SHIPPED = Path(__file__).with_name("retention.yml")


@dataclass(frozen=True)
class Retention:
    """Days each thing is kept."""

    landing_days: int
    raw_days: int
    quarantine_days: int
    release_days: int
    log_days: int


def retention() -> Retention:
    """Return the table of cx/retention.yml, or of the file that CX_RETENTION names.

    Raises
    ------
    UserError
        When it does not name each thing with whole days.
    """
    path = Path(os.environ.get("CX_RETENTION") or _SHIPPED)
    names = [each.name for each in fields(Retention)]
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise UserError(
            f"{path} cannot be read ({error}); copy cx/retention.yml and change it"
        ) from error
    is_whole = isinstance(told, dict) and all(
        isinstance(told.get(name), int) and told[name] > 0 for name in names
    )
    if not is_whole or set(told) != set(names):
        raise UserError(f"{path} must name {', '.join(names)}, each in whole days above 0")
    return Retention(**told)
