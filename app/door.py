"""What somebody sees who may not see a page: a way to sign in, or why the way ends here."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from app import access, urls
from app.i18n import t
from app.pages import PAGES


def pages(visitor: access.Visitor, names: Iterable[str]) -> list[st.Page]:
    """Return a door at the address of every page, so that a link into the app leads to it."""

    def drawn() -> None:
        draw(visitor)

    return [st.Page(drawn, title="CX Insights", url_path=name.replace("_", "-")) for name in names]


def draw(visitor: access.Visitor) -> None:
    """Draw the door; it holds no data and reads no release."""
    st.title("CX Insights", anchor=False)
    st.html(f'<p class="cx-sub">{t(f"door.{visitor.state}")}</p>')
    if visitor.state == "refused":
        st.caption(t("door.refused.why"))
        st.button(t("sign_out"), on_click=access.sign_out, icon=":material/logout:")
        return
    st.button(t("sign_in"), on_click=st.login, type="primary", icon=":material/login:")


def hidden_pages(allowed: Iterable[str]) -> list[st.Page]:
    """Return what stands at the addresses that lead to none of the visitor's pages.

    A page that is not theirs says so: a colleague of another role may have sent its link. Where
    the start is not theirs, it leads to their first page, which so keeps an address of its own.

    Parameters
    ----------
    allowed : iterable of str
        The pages of the visitor, the first one first.
    """
    own = list(allowed)
    others = [name for name in PAGES if name not in own]
    start, *_ = PAGES
    found = [_closed(name, own) for name in others]
    if start in others:
        found.append(_start(start, own))
    return found


def _closed(name: str, own: list[str]) -> st.Page:
    def drawn() -> None:
        draw_closed(name, own)

    address = name.replace("_", "-")
    return st.Page(drawn, title=t(PAGES[name]), url_path=address, visibility="hidden")


def _start(name: str, own: list[str]) -> st.Page:
    def drawn() -> None:
        # A link with filters is one to the start as others have it.
        if set(st.query_params) - {"lang", urls.NO_PAGE}:
            draw_closed(name, own)
        else:
            st.switch_page(f"views/{own[0]}.py", query_params=st.query_params.to_dict())

    return st.Page(drawn, title="CX Insights", url_path="start", default=True, visibility="hidden")


def draw_closed(name: str, own: list[str]) -> None:
    """Say that a page is not the visitor's, and which ones are; it holds no data."""
    st.title(t(PAGES[name]), anchor=False)
    roles = ", ".join(t(f"role.{role}") for role in sorted(access.visitor().roles))
    st.html(f'<p class="cx-sub">{t("door.closed", roles=roles)}</p>')
    st.caption(t("door.closed.why"))
    for each in own:
        st.page_link(f"views/{each}.py", label=t(PAGES[each]))


def with_regions(told: str) -> str:
    """Say behind what a card of rows tells whose rows they are, to a reader kept to regions.

    Most figures beside them are of the whole base.
    """
    regions = access.visitor().regions
    if regions is None:
        return told
    return f"{told} {t('regions.rows', names=', '.join(regions) or t('regions.none'))}"


def badge(visitor: access.Visitor) -> None:
    """Say in the header who is looking, or that nobody signs in here, and offer to sign out."""
    if visitor.state == "demo":
        st.badge(t("demo"), icon=":material/computer:", color="orange", help=t("demo.help"))
        return
    if visitor.regions is not None:
        st.badge(
            t("regions", names=", ".join(visitor.regions) or t("regions.none")),
            icon=":material/location_on:",
            color="gray",
            help=t("regions.help"),
        )
    roles = ", ".join(t(f"role.{role}") for role in sorted(visitor.roles))
    st.button(
        t("sign_out"),
        on_click=access.sign_out,
        icon=":material/logout:",
        type="tertiary",
        key="sign_out",
        help=t("sign_out.help", roles=roles),
    )
