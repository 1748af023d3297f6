"""What readers keep: views of their own by name, and notes that stand on every chart over time.

It is a small file of the home's state, not of the release, which nobody writes into.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

import streamlit as st

from app import access, i18n, serving, urls
from app.i18n import t
from app.pages import PAGES
from cx.files import write_json
from cx.settings import Settings

MOST = 200
LONGEST_NAME, LONGEST_NOTE = 60, 100


@dataclass(frozen=True)
class View:
    """A page with its filters, kept under a name by one reader."""

    actor: str
    name: str
    page: str
    address: dict[str, str]


@dataclass(frozen=True)
class Note:
    """What happened on a day, in a reader's words; everybody sees it."""

    actor: str
    day: str
    text: str


def views() -> list[View]:
    """Return the views this reader keeps, of pages they may still see."""
    who = _actor()
    kept = [View(**each) for each in _read()["views"]]
    return [view for view in kept if view.actor == who and access.may(view.page)]


def notes() -> list[Note]:
    """Return every note, the oldest first."""
    return sorted((Note(**each) for each in _read()["notes"]), key=lambda note: note.day)


def keep_view(name: str, page: str, address: dict[str, str]) -> bool:
    """Keep a view; one of the same name gives way. Tell whether there was room and a name."""
    name = urls.clean(name)[:LONGEST_NAME]
    if not name or page not in PAGES:
        return False
    made = View(_actor(), name, page, {key: urls.clean(text) for key, text in address.items()})

    def changed(book: dict[str, list]) -> bool:
        book["views"] = [
            each for each in book["views"] if (each["actor"], each["name"]) != (made.actor, name)
        ]
        if len(book["views"]) >= MOST:
            return False
        book["views"].append(asdict(made))
        return True

    return _change(changed)


def forget_view(name: str) -> None:
    """Let a view of this reader go."""
    who = _actor()

    def changed(book: dict[str, list]) -> bool:
        book["views"] = [
            each for each in book["views"] if (each["actor"], each["name"]) != (who, name)
        ]
        return True

    _change(changed)


@access.needs("annotate")
def keep_note(day: date, text: str) -> bool:
    """Put a note on every chart over time; it is in the audit log who did. Tell if there is room.

    Raises
    ------
    NotAllowed
        When the visitor may not annotate.
    """
    text = urls.clean(text)[:LONGEST_NOTE]
    made = Note(_actor(), day.isoformat(), text)

    def changed(book: dict[str, list]) -> bool:
        if not text or len(book["notes"]) >= MOST:
            return False
        book["notes"].append(asdict(made))
        return True

    is_kept = _change(changed)
    if is_kept:
        access.told(Settings.from_env(), "note", day=made.day)
    return is_kept


@access.needs("annotate")
def forget_note(note: Note) -> None:
    """Take a note off the charts.

    Raises
    ------
    NotAllowed
        When the visitor may not annotate.
    """

    def changed(book: dict[str, list]) -> bool:
        book["notes"] = [each for each in book["notes"] if each != asdict(note)]
        return True

    _change(changed)


def button(page: str) -> None:
    """Offer the reader's views and everybody's notes in the header."""
    if not page:
        return
    with st.popover(t("kept"), icon=":material/bookmark:", type="tertiary"):
        st.markdown(f"**{t('views')}**")
        st.caption(t("views.how"))
        for place, view in enumerate(views()):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.page_link(
                    f"views/{view.page}.py",
                    label=i18n.escaped(view.name),
                    query_params=view.address,
                    help=t(PAGES[view.page]),
                )
                st.button(
                    t("forget"),
                    key=f"view.forget.{place}",
                    type="tertiary",
                    on_click=forget_view,
                    args=(view.name,),
                )
        st.text_input(t("view.name"), key="view.name", max_chars=LONGEST_NAME)
        st.button(t("view.keep"), key="view.keep", on_click=_keep_shown, args=(page,))
        if access.may("annotate"):
            st.markdown(f"**{t('notes')}**")
            st.caption(t("notes.how"))
            for place, note in enumerate(notes()):
                with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                    st.text(f"{i18n.day(date.fromisoformat(note.day))}: {note.text}")
                    st.button(
                        t("forget"),
                        key=f"note.forget.{place}",
                        type="tertiary",
                        on_click=forget_note,
                        args=(note,),
                    )
            st.date_input(t("day"), value=last_day(), key="note.day")
            st.text_input(t("note.text"), key="note.text", max_chars=LONGEST_NOTE)
            st.button(t("note.keep"), key="note.keep", on_click=_keep_note)


def last_day() -> date:
    """Return the last day that charts show, where a note stands at first; else today."""
    as_of = serving.shown().release.as_of
    return datetime.fromisoformat(as_of).date() - timedelta(days=1) if as_of else date.today()


def _keep_shown(page: str) -> None:
    """Keep the view on the screen: when the button was clicked the address had its filters."""
    if keep_view(st.session_state.get("view.name", ""), page, urls.lasting()):
        st.session_state["view.name"] = ""


def _keep_note() -> None:
    if keep_note(st.session_state["note.day"], st.session_state.get("note.text", "")):
        st.session_state["note.text"] = ""


def _actor() -> str:
    who = access.visitor()
    return who.actor or who.state


def _read() -> dict[str, list]:
    try:
        found = json.loads((Settings.from_env().state / "notebook.json").read_text("utf-8"))
    except (OSError, json.JSONDecodeError):
        found = {}
    return {"views": found.get("views", []), "notes": found.get("notes", [])}


def _change(change: Callable[[dict[str, list]], bool]) -> bool:
    """Change the file as a whole; two who change it at once do so one after the other."""
    state = Settings.from_env().state
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (state / "notebook.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        book = _read()
        is_done = change(book)
        if is_done:
            write_json(state / "notebook.json", book)
    return is_done
