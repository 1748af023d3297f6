"""What somebody sees who may see nothing: a way to sign in, or why the way ends here."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from app import access
from app.i18n import t


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
