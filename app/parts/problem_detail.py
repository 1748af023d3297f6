"""One problem: what it was, whom it hit, what followed, and how we know."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import access, components, door, i18n, urls
from app.i18n import t
from app.parts import problem_losses
from app.queries import problem as about


def section(page: str, problem_id: str) -> None:
    """Draw one problem: what it was, what followed, and how we know."""
    problem = about.one(problem_id)
    if problem is None:
        urls.miss(t("problem"), problem_id, i18n.NOTHING)
        components.nothing(t("no_such_problem"), t("no_such_problem.why"))
        return
    title = (
        f"{problem_id} · {i18n.word('fault', problem['cause'])} · "
        f"{i18n.word('region', problem['region'])}"
    )

    def close() -> None:
        urls.forget(page, "problem")

    def tools() -> None:
        st.button(t("close"), icon=":material/close:", type="tertiary", on_click=close)

    with components.card(title, life(problem), tools):
        if problem["is_open"]:
            st.badge(
                t("open_since", moment=i18n.moment_text(problem["started_at"])),
                color="red",
                icon=":material/error:",
            )
        with st.grid(6, min_column_width=130, gap="small"):
            for column in (
                "affected_customers",
                "customer_minutes_lost",
                "customers_told",
                "contacts",
                "tickets",
                "exits_30d",
            ):
                is_hidden = i18n.is_missing(problem[column])
                components.metric(
                    t(f"step.{column}"),
                    t("hidden") if is_hidden else i18n.compact(problem[column]),
                    help=t(f"step.{column}.help"),
                )
            problem_losses.cards(problem)
        if problem["is_small"]:
            st.caption(t("hidden.why"))
            return
        left, right = st.columns([2, 3], gap="medium")
        with left:
            evidence_table(problem_id)
        with right:
            if access.may("persons"):
                affected_table(problem_id)
            else:
                st.caption(t("persons.not"))


def life(problem: pd.Series) -> str:
    """Say when a problem began, was seen, and ended."""
    parts = [
        i18n.word("kind", "planned" if problem["is_planned"] else "unplanned"),
        i18n.word("category", problem["category"]),
        t("began", moment=i18n.moment_text(problem["started_at"])),
    ]
    for column, text in (
        ("minutes_to_detect", "detected_after"),
        ("minutes_to_restore", "restored_in"),
    ):
        if not i18n.is_missing(problem[column]):
            parts.append(t(text, time=i18n.lasting(problem[column])))
    if problem["is_derived"]:
        parts.append(t("derived"))
    return " · ".join(parts)


def evidence_table(problem_id: str) -> None:
    """List by which rules things were linked to the problem, and how sure each is."""
    rows = about.evidence(problem_id)
    st.markdown(f"**{t('evidence')}**")
    st.caption(t("evidence.how"))
    if rows.empty:
        components.nothing(t("no_evidence"), t("no_evidence.why"), "link_off")
        return
    components.table(
        pd.DataFrame(
            {
                "link": [
                    f"{i18n.word('thing', source)} → {i18n.word('thing', target)}"
                    for source, target in zip(rows["from_type"], rows["to_type"], strict=True)
                ],
                "rule": rows["rule"].map(lambda code: i18n.word("rule", code)),
                "links": rows["links"],
                "confidence": rows["confidence"],
            }
        ),
        {
            "link": t("link"),
            "rule": t("rule"),
            "links": st.column_config.NumberColumn(t("links_found"), format="localized"),
            "confidence": st.column_config.NumberColumn(t("confidence"), format="%.2f"),
        },
        t("evidence"),
        key="service.evidence",
        placeholder=t("hidden"),
    )


def affected_table(problem_id: str) -> None:
    """List the subscriptions hit, each a way into the Customer page."""
    rows = about.affected(problem_id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{t('affected')}**", width="stretch")
        if len(rows):
            components.download(
                rows, f"problem_{problem_id}", "service.affected.csv", of_persons=True
            )
    st.caption(door.with_regions(t("affected.how", rows=about.LISTED_SUBSCRIPTIONS)))
    if rows.empty:
        components.nothing(t("no_affected"), t("no_affected.why"), "person_off")
        return
    selected = components.table(
        rows.assign(
            minutes=rows["minutes"].round(),
            family=rows["family"].map(lambda code: i18n.word("family", code)),
        ),
        {
            "subscription_id": st.column_config.TextColumn(t("subscription"), pinned=True),
            "family": t("family"),
            "minutes": st.column_config.NumberColumn(t("minutes"), format="localized"),
            "contacts": st.column_config.NumberColumn(t("total.contacts")),
            "tickets": st.column_config.NumberColumn(t("total.tickets")),
            "has_left": st.column_config.CheckboxColumn(t("left_after")),
        },
        t("affected"),
        key="service.affected",
        height=260,
        is_selectable=True,
    )
    if selected is not None:
        components.open_customer(rows["subscription_id"].iloc[selected], "service.open")
