"""The script every visit runs: choose a release and a language, then draw the page asked for."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app import access, components, door, frame, serving, urls
from app.i18n import settle_language, t
from app.pages import PAGES, SECTIONS
from cx.release import NoRelease

# The pages live in views/, because Streamlit takes a folder named pages/ for its older way of
# making pages and would run one without this script.
FOLDER = Path(__file__).parent


def main() -> None:
    """Draw one page run."""
    st.set_page_config(
        page_title="CX Insights",
        page_icon=str(FOLDER / "static" / "favicon.svg"),
        layout="wide",
    )
    settle_language()
    st.logo(str(FOLDER / "static" / "logo.svg"), icon_image=str(FOLDER / "static" / "favicon.svg"))
    try:
        visitor = access.enter()
    except Exception as error:  # rules that cannot be read let nobody in, and say no more
        st.session_state["visitor"] = access.NOBODY
        serving.failed(error)
        return
    # A page is shown to those who have the right named as its file.
    pages = {
        t(section): [
            st.Page(f"views/{name}.py", title=t(PAGES[name]), url_path=name.replace("_", "-"))
            for name in names
            if access.may(name)
        ]
        for section, names in SECTIONS.items()
    }
    pages = {section: drawn for section, drawn in pages.items() if drawn}
    frame.styles()
    if not pages:
        st.session_state.pop("shown", None)
        st.navigation(door.pages(visitor, PAGES), position="hidden").run()
        frame.watch()
        return
    own = [name for names in SECTIONS.values() for name in names if access.may(name)]
    hidden = {"": door.hidden_pages(own)}
    page = st.navigation(pages | (hidden if hidden[""] else {}), position="top")
    try:
        chosen = serving.choose()
    except NoRelease as error:
        st.session_state.pop("shown", None)
        frame.no_release(error)
        frame.watch()
        return
    if st.session_state.setdefault("release_seen", chosen.release.version) != (
        chosen.release.version
    ):
        st.session_state["release_seen"] = chosen.release.version
        st.session_state["is_replaced"] = True
    try:
        urls.begin(page.url_path)
        with components.as_far_as_built():
            page.run()
        frame.tell_missed()
        urls.end(page.url_path)
    except Exception as error:  # the page's last door: nobody sees a trace
        serving.on_script_error(error)
    frame.watch()


if __name__ == "__main__":
    main()
