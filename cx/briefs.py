"""Briefs: pages of the app as HTML files, made on demand or after each run that publishes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from cx.errors import CheckFailed, CxError, UserError
from cx.home_yaml import read_yaml
from cx.settings import Settings

SECONDS = 180.0


class Wanted(BaseModel):
    """One brief: a page of the app by its file's name, its filters, its language, its own name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    page: str = Field(pattern=r"^[a-z_]+$")
    address: str = Field("", max_length=500)
    language: str = Field("en", pattern="^(en|ru)$")
    called: str = Field("", pattern=r"^[a-z0-9_-]*$", max_length=60, alias="name")

    @property
    def name(self) -> str:
        """Return the name of its file, without ending."""
        return self.called or f"{self.page}_{self.language}"


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
    found = told.briefs if told else ()
    names = [brief.name for brief in found]
    for name in names:
        if names.count(name) > 1:
            raise UserError(
                f"{settings.home / 'briefs.yml'}: two briefs are called {name}; "
                "give one of them a name of its own, as {page: churn, name: churn_north}"
            )
    return found


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
    """Write every brief that ``briefs.yml`` asks for.

    Raises
    ------
    CheckFailed
        Once the others are written, when some could not be made.
    """
    made, failed = [], []
    for brief in wanted(settings):
        try:
            made.append(write_brief(settings, brief))
        except CxError as error:
            failed.append(f"{brief.name}: {error}")
    if failed:
        raise CheckFailed("; ".join(failed))
    return made
