"""Briefs: pages of the app as HTML files, made on demand or after each run that publishes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from cx.errors import CheckFailed, UserError
from cx.home_yaml import read_yaml
from cx.settings import Settings

SECONDS = 180.0


class Wanted(BaseModel):
    """One brief: a page of the app by its file's name, its filters, and its language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    page: str = Field(pattern=r"^[a-z_]+$")
    address: str = Field("", max_length=500)
    language: str = Field("en", pattern="^(en|ru)$")

    @property
    def name(self) -> str:
        """Return the name of its file, without ending."""
        return f"{self.page}_{self.language}"


class _Config(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    briefs: tuple[Wanted, ...]


def folder(settings: Settings) -> Path:
    """Return where briefs are kept."""
    return settings.reports / "briefs"


def wanted(settings: Settings) -> tuple[Wanted, ...]:
    """Read the home's ``briefs.yml``; none where there is no file.

    Raises
    ------
    UserError
        When it says something it may not say.
    """
    told = read_yaml(settings.home / "briefs.yml", _Config, "docs/app.md")
    return told.briefs if told else ()


def write_brief(settings: Settings, brief: Wanted) -> Path:
    """Write one brief of the current release and return its path; an old one gives way to it.

    Raises
    ------
    UserError
        When there is no such page.
    CheckFailed
        When the page could not be drawn; an earlier brief stays.
    """
    views = settings.repo / "app" / "views"
    if not (views / f"{brief.page}.py").exists():
        pages = ", ".join(sorted(path.stem for path in views.glob("*.py")))
        raise UserError(f"there is no page {brief.page!r}; pages: {pages}")
    folder(settings).mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder(settings) / f"{brief.name}.html"
    made = path.with_suffix(".partial")
    address = "&".join(part for part in (brief.address, f"lang={brief.language}") if part)
    try:
        outcome = subprocess.run(
            [sys.executable, "-m", "app.brief", brief.page, str(made), "--address", address],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            cwd=settings.repo,
            env=os.environ | {"CX_HOME": str(settings.home), "PYTHONPATH": str(settings.repo)},
        )
        if outcome.returncode or not made.exists():
            told = (outcome.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise CheckFailed(f"the brief of {brief.page} could not be made: {told[-300:]}")
        made.replace(path)
    except subprocess.TimeoutExpired:
        raise CheckFailed(f"the brief of {brief.page} took over {SECONDS:.0f} s") from None
    finally:
        made.unlink(missing_ok=True)
    return path


def write_briefs(settings: Settings) -> list[Path]:
    """Write every brief that ``briefs.yml`` asks for."""
    return [write_brief(settings, brief) for brief in wanted(settings)]
