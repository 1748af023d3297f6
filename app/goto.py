"""Go to a page, a part of one or a metric by a few letters of its name: Ctrl+K."""

from __future__ import annotations

import streamlit as st

from app import access, figures
from app.i18n import t
from app.pages import PAGES, SECTIONS
from app.queries import metrics

# Parts of pages, in their order.
PARTS = {
    "churn": ("why", "stay", "risk", "target", "trust"),
    "preferences": ("segments", "habits", "needs"),
    "decisions": ("plan", "what_if", "results"),
    "runs": ("runs", "gates", "sources", "links", "drift", "releases"),
}
# Ctrl on a PC, Cmd on a Mac.
SHORTCUT = "Mod+K"


def button() -> None:
    """Offer where one may go; the keys open the same."""
    if st.button(
        t("goto"),
        icon=":material/search:",
        type="tertiary",
        key="goto",
        shortcut=SHORTCUT,
        help=t("goto.help"),
        on_click=st.session_state.pop,
        args=("goto.place", None),
    ):
        st.dialog(t("goto"))(_choose)()


def places() -> dict[str, tuple[str, dict[str, str]]]:
    """Return by its name each place the visitor may see: the page's file, what its address says."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for page in (each for section in SECTIONS.values() for each in section if access.may(each)):
        title = t(PAGES[page])
        found[title] = (page, {})
        for part in PARTS.get(page, ()):
            found[f"{title} · {t(f'{page}.view.{part}')}"] = (page, {"view": part})
    if access.may("catalogue"):
        for metric in metrics.catalogue():
            found[f"{metric} · {figures.name(metric)}"] = ("catalogue", {"metric": metric})
    return found


def _choose() -> None:
    """Let the reader type, and go there."""
    known = places()
    chosen = st.selectbox(
        t("goto.where"), list(known), index=None, placeholder=t("goto.hint"), key="goto.place"
    )
    if chosen in known:
        page, told = known[chosen]
        st.switch_page(f"views/{page}.py", query_params=told)
