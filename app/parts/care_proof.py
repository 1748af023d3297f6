"""Proof: the file and line of each delivery that says what is shown, asked for on a click."""

from __future__ import annotations

import streamlit as st

from app import access, i18n
from app.i18n import t
from app.queries import evidence

MOST_THINGS = 6
MOST_LINES = 8


@st.fragment
def button(
    name: str, title: str, customer: str, things: tuple[tuple[str, str], ...], rows: tuple[str, ...]
) -> None:
    """Offer the proof of an answer; nothing is asked before it is opened."""
    popover = st.popover(
        t("proof"),
        icon=":material/fact_check:",
        type="tertiary",
        key=f"proof.{name}",
        on_change="rerun",
        help=t("proof.help", title=title),
    )
    if not popover.open:
        return
    with popover:
        for kind, identifier in things[:MOST_THINGS]:
            told(customer, kind, identifier)
        if len(things) > MOST_THINGS:
            st.caption(t("proof.more", n=i18n.number(len(things) - MOST_THINGS)))
        if rows:
            st.markdown("\n".join(f"- {row}" for row in rows))


def told(customer: str, kind: str, identifier: str) -> None:
    """List the delivered lines behind one thing."""
    found = evidence.lines(customer, kind, identifier)
    st.markdown(f"**{i18n.word('record', kind)}** `{plain(identifier)}`")
    if kind == "problem" and access.may("service_impact"):
        st.page_link(
            "views/service_impact.py",
            label=t("see_problem"),
            icon=":material/cell_tower:",
            query_params={"problem": identifier, "period": "all"},
        )
    if found.empty:
        st.caption(t("proof.none"))
        return
    # A row that names a thing twice is one line of its file.
    found = found.drop_duplicates(["file_name", "row_number"])
    rows = []
    for line in found.head(MOST_LINES).itertuples():
        later = "" if line.is_current else f" · {t('proof.earlier')}"
        place = i18n.NOTHING if i18n.is_missing(line.row_number) else int(line.row_number)
        rows.append(
            f"- `{plain(line.file_name)}` {t('proof.row', n=place)} · "
            f"{plain(line.source_system)} · {t('proof.known', at=i18n.moment_text(line.known_at))}"
            f"{later}"
        )
    if len(found) > MOST_LINES:
        rows.append(f"- {t('proof.more', n=i18n.number(len(found) - MOST_LINES))}")
    st.markdown("\n".join(rows))


def looked(*tables: str) -> list[str]:
    """Return the line that says where nothing was found."""
    return [t("proof.looked", tables=", ".join(f"`{table}`" for table in tables))]


def plain(text: object) -> str:
    """Return a text from outside that can stand in code marks."""
    return i18n.NOTHING if i18n.is_missing(text) else str(text).replace("`", "'")
