"""Who of a cohort has left, or is still here: chosen in a list or by a cell of the triangle."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app import access, components, door, i18n, urls
from app.i18n import t
from app.parts import desk
from app.queries import cohorts, work_list
from app.queries.cohorts import People

NOBODY = "none"
WHO = ("left", "here")
CHART = "retention.cohorts"


def may_list() -> bool:
    """Tell whether the reader may see rows of persons, and the release has those of cohorts."""
    return access.may("persons") and cohorts.has_lines()


def heed_click(page: str, months_first: str) -> None:
    """Take over what a click on a cell says: months since joining, and whose cohort.

    Parameters
    ----------
    months_first : str
        After how many months cohorts are compared where nobody says otherwise.
    """
    marks = components.picked(CHART)
    if marks and marks != st.session_state.get(f"{CHART}.seen"):
        cohort, _, months = str(marks[0].get("code", "")).partition("|")
        told = {"cohort": cohort}
        if months.isdecimal() and months != "0":
            told["at"] = months
        for name, value in told.items():
            st.session_state[f"{page}.{name}"] = value
        urls.turn(**{name: "" if value == months_first else value for name, value in told.items()})
    st.session_state[f"{CHART}.seen"] = marks


def choose(page: str, known: Sequence[str]) -> str | None:
    """Let the reader choose a cohort whose people to list; None for none."""
    if not may_list():
        return None
    chosen = urls.chosen(
        st.selectbox,
        t("cohorts.people_of"),
        [NOBODY, *known],
        page=page,
        name="cohort",
        format_func=lambda code: (
            t("moments.people_at.none") if code == NOBODY else i18n.month(f"{code}-01")
        ),
        width=190,
    )
    return None if chosen == NOBODY else chosen


def section(page: str, cohort: str, months: int, part: dict[str, str]) -> None:
    """List who of a cohort has left by so many months after joining, or who is still here."""
    who = urls.chosen(
        st.segmented_control,
        t("moments.who"),
        WHO,
        page=page,
        name="who",
        format_func=lambda code: t(f"cohorts.who.{code}"),
        required=True,
        label_visibility="collapsed",
    )
    whom = People(f"{cohort}-01", months, who == "left", **part)
    rows = cohorts.people(whom)

    def close() -> None:
        urls.forget(page, "cohort", "who")

    def tools() -> None:
        if len(rows):
            components.download(
                cohorts.people_later(whom),
                f"cohort_{cohort}_{who}",
                "retention.people.csv",
                of_persons=True,
                count=len(rows),
            )
        st.button(
            t("close"), icon=":material/close:", type="tertiary", on_click=close, key="cohort.shut"
        )

    title = t(
        f"cohorts.people.{who}",
        cohort=i18n.month(f"{cohort}-01"),
        months=i18n.months_long(months),
    )
    how = t("cohorts.people.how", most=i18n.number(cohorts.LISTED))
    with components.card(title, door.with_regions(how), tools):
        if rows.empty:
            components.nothing(t("cohorts.people.none"), t("cohorts.people.none.why"), "person_off")
            return
        selected = table(rows)
        if selected is not None:
            components.open_customer(rows["subscription_id"].iloc[selected], "retention.open")


def table(rows: pd.DataFrame) -> int | None:
    """Draw the list; return the row selected, if any."""
    named, to_do = desk.namer(), work_list.to_do(rows["subscription_id"].tolist())
    return components.table(
        pd.DataFrame(
            {
                "subscription_id": rows["subscription_id"],
                "exit": pd.to_datetime(rows["exit_month"]),
                "to_do": [
                    named(to_do[line]) if line in to_do else i18n.NOTHING
                    for line in rows["subscription_id"]
                ],
                **{
                    name: [i18n.word(name, code) for code in rows[name]]
                    for name in ("family", "channel", "region", "segment")
                },
            }
        ),
        {
            "subscription_id": st.column_config.TextColumn(t("subscription"), pinned=True),
            "exit": st.column_config.DateColumn(t("cohorts.exit")),
            "to_do": st.column_config.TextColumn(t("to_do"), help=t("moments.to_do.help")),
            "family": t("family"),
            "channel": i18n.word("dimension", "channel"),
            "region": t("region"),
            "segment": t("segment"),
        },
        t("cohorts.people_of"),
        key="retention.people",
        height=360,
        is_selectable=True,
        written={
            "exit": lambda month: t("still_here") if i18n.is_missing(month) else i18n.month(month)
        },
    )
