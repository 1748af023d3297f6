"""What one page run is drawn from: one release, chosen when the run starts, and its answers."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

import pandas as pd
import streamlit as st

from app.access import visitor
from app.i18n import t
from app.release import Regions, Shelf, Shown
from cx.errors import CxError
from cx.release import Release
from cx.settings import Settings

log = logging.getLogger("cx.app")
Made = TypeVar("Made")


def shelf() -> Shelf:
    """Return this process's reader of the home folder in use."""
    return _shelf(str(Settings.from_env().releases))


def choose() -> Shown:
    """Choose the release of this page run; every query of the run uses it.

    Raises
    ------
    NoRelease
        When there is nothing to show.
    """
    reader = shelf()
    shown = reader.newest()
    st.session_state["shown"] = shown
    st.session_state["releases"] = str(reader.releases)
    st.session_state["answers"] = {}
    return shown


def shown() -> Shown:
    """Return the release chosen when this page run started."""
    return st.session_state["shown"]


def ask(sql: str, **parameters: object) -> pd.DataFrame:
    """Answer one query from the release of this page run; equal questions are answered once.

    The rows are shared within the run: derive from them, never change them in place.
    """
    answers = st.session_state["answers"]
    key = (sql, repr(parameters))
    if key not in answers:
        release = shown().release
        reader = _shelf(st.session_state["releases"])
        answers[key] = reader.answer(release, sql, parameters, visitor().regions)
    return answers[key]


def later(sql: str, **parameters: object) -> Callable[[], pd.DataFrame]:
    """Return what answers one query from the release of this page run when it is called.

    For a download, which is made after the page run that offered it, and only if somebody wants it.
    """
    release = shown().release
    releases = st.session_state["releases"]
    return partial(_ask, releases, release, sql, parameters, visitor().regions)


def once(name: str, make: Callable[[], Made]) -> Made:
    """Return what `make` makes, made once in this page run."""
    answers = st.session_state["answers"]
    if name not in answers:
        answers[name] = make()
    return answers[name]


def on_script_error(error: Exception) -> bool:
    """Show a reference instead of a trace; the trace goes to the log."""
    if isinstance(error, CxError):
        st.warning(str(error), icon=":material/hourglass_disabled:")
        return True
    return failed(error)


def failed(error: Exception) -> bool:
    """Show nothing but a reference; what happened goes to the log under it."""
    reference = uuid.uuid4().hex[:8]
    st.session_state.pop("brief", None)  # half a page is no brief
    log.error("reference %s", reference, exc_info=error)
    st.error(t("failed", reference=reference), icon=":material/error:")
    return True


@st.cache_resource(max_entries=4, show_spinner=False, on_release=lambda shelf: shelf.close())
def _shelf(releases: str) -> Shelf:
    return Shelf(Path(releases))


def _ask(
    releases: str,
    release: Release,
    sql: str,
    parameters: Mapping[str, object],
    regions: Regions,
) -> pd.DataFrame:
    return _shelf(releases).ask(release, sql, parameters, regions)
