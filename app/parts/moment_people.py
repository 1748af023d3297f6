"""Who is or was in a stage of a moment, chosen in a list or by a mark; each leads to a customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from app import access, components, door, i18n, urls
from app.i18n import t
from app.parts import desk
from app.queries import moment_list, work_list
from app.queries.moment_list import Scope

NOBODY = "none"
WHO = ("all", "now")
# The charts of the page whose marks are stages.
CHARTS = ("moments.time", "moments.through", "moments.asked")


def may_list() -> bool:
    """Tell whether the reader may see rows of persons, and the release has any of stages."""
    return access.may("persons") and moment_list.has_list()


def picking(key: str) -> dict[str, object]:
    """Return what makes a click on a chart's mark choose a stage, for those who may see whom."""
    return {"key": key, "on_pick": "rerun"} if may_list() else {}


def choose(page: str, stages: Sequence[str]) -> str | None:
    """Let the reader choose a stage whose people to list, here or by a mark; None for none."""
    if not may_list():
        return None
    key = f"{page}.stage"
    for chart in CHARTS:
        marks = components.picked(chart)
        if marks and marks != st.session_state.get(f"{chart}.seen"):
            stage = marks[0].get("stage")
            st.session_state[key] = stage if stage in stages else NOBODY
        st.session_state[f"{chart}.seen"] = marks
    chosen = urls.chosen(
        st.selectbox,
        t("moments.people_at"),
        [NOBODY, *stages],
        page=page,
        name="stage",
        format_func=lambda code: (
            t("moments.people_at.none") if code == NOBODY else i18n.word("stage", code)
        ),
        width=200,
    )
    return None if chosen == NOBODY else chosen


def section(page: str, scope: Scope) -> None:
    """List who came through a stage, or who stands there now."""
    who = urls.chosen(
        st.segmented_control,
        t("moments.who"),
        WHO,
        page=page,
        name="who",
        format_func=lambda code: t(f"moments.who.{code}"),
        required=True,
        label_visibility="collapsed",
    )
    scope = replace(scope, is_now=who == "now")
    rows = moment_list.people(scope)

    def close() -> None:
        urls.forget(page, "stage", "who")

    def tools() -> None:
        if len(rows):
            components.download(
                moment_list.people_later(scope),
                f"moments_{scope.journey}_{scope.stage}",
                "moments.people.csv",
                of_persons=True,
                count=len(rows),
            )
        st.button(
            t("close"), icon=":material/close:", type="tertiary", on_click=close, key="moments.shut"
        )

    title = t(
        "moments.people",
        journey=i18n.word("journey", scope.journey),
        stage=i18n.word("stage", scope.stage),
    )
    how = t("moments.people.how", most=i18n.number(moment_list.LISTED))
    with components.card(title, door.with_regions(how), tools):
        if rows.empty:
            said = "now" if scope.is_now else "none"
            components.nothing(
                t(f"moments.people.{said}"), t(f"moments.people.{said}.why"), "person_off"
            )
            return
        selected = table(rows)
        if selected is not None:
            row = rows.iloc[selected]
            is_of_no_line = i18n.is_missing(row["subscription_id"])
            whom = row["customer_id" if is_of_no_line else "subscription_id"]
            components.open_customer(whom, "moments.open")
        if access.may("work_list"):
            to_work_list(scope)


def to_work_list(scope: Scope) -> None:
    """Lead to the work list, to those of it that stand at the stage now and in the part chosen."""
    parts = {"region": scope.region, "segment": scope.segment}
    part = next((f"{name}:{code}" for name, code in parts.items() if code), None)
    told = {"at": f"{scope.journey}.{scope.stage}"} if scope.is_now else {}
    st.page_link(
        "views/work_list.py",
        label=t("moments.work_list" if told else "work_list"),
        icon=":material/playlist_add_check:",
        query_params=told | ({"part": part} if part else {}),
    )


def table(rows: pd.DataFrame) -> int | None:
    """Draw the list; return the row selected, if any."""
    lines = rows["subscription_id"].dropna().tolist()
    named, to_do = desk.namer(), work_list.to_do(lines)
    shown = pd.DataFrame(
        {
            "subscription_id": rows["subscription_id"].fillna(rows["customer_id"]),
            "minutes": rows["minutes"],
            "state": [
                t("moments.here_now") if here else i18n.word("outcome", outcome)
                for here, outcome in zip(rows["is_here_now"], rows["outcome"], strict=True)
            ],
            "to_do": [
                named(to_do[line]) if line in to_do else i18n.NOTHING
                for line in rows["subscription_id"]
            ],
            "entered": pd.to_datetime(rows["entered_at"]),
            "due": pd.to_datetime(rows["due_at"]),
            "contacts": rows["contacts"],
            "contacts_after": rows["contacts_after"],
            "team": rows["team_name"],
            "region": rows["region"].map(lambda code: i18n.word("region", code)),
            "segment": rows["segment"].map(lambda code: i18n.word("segment", code)),
        }
    )
    columns = {
        "subscription_id": st.column_config.TextColumn(t("subscription"), pinned=True),
        "minutes": st.column_config.NumberColumn(t("moments.stood"), width=95),
        "state": st.column_config.TextColumn(t("state"), width=110),
        "to_do": st.column_config.TextColumn(t("to_do"), help=t("moments.to_do.help")),
        "entered": st.column_config.DatetimeColumn(t("moments.entered")),
        "due": st.column_config.DatetimeColumn(t("moments.due_at")),
        "contacts": st.column_config.NumberColumn(
            t("moments.contacts"), help=t("moments.contacts.help")
        ),
        "contacts_after": st.column_config.NumberColumn(
            t("moments.contacts_after"), help=t("moments.asked.help")
        ),
        "team": t("moments.team"),
        "region": t("region"),
        "segment": t("segment"),
    }
    # Nobody agreed a time about a fault, and many a stage has no team.
    told = {name: column for name, column in columns.items() if shown[name].notna().any()}
    return components.table(
        shown,
        told,
        t("moments.people_at"),
        key="moments.people",
        height=360,
        is_selectable=True,
        written={"minutes": i18n.lasting},
    )
