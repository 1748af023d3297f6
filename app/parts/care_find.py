"""Whom is it about: one field for any number, and a choice where it stands for several."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import access, components, door, i18n, lookup, urls
from app.i18n import t
from app.parts.care_answers import Case, escaped
from app.queries import customer

PAGE = "customer"


def case() -> Case | None:
    """Let the reader say whom; None, with the reason on the page, when that is nobody."""
    if access.may("look_up"):
        lookup.form(PAGE)
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    with row:
        identifier = urls.typed(
            st.text_input,
            t("find"),
            page=PAGE,
            name="id",
            placeholder=t("find.example"),
            icon=":material/search:",
            width=420,
            help=t("find.help"),
        )
    if not identifier:
        components.nothing(t("find.empty"), t("find.empty.why"), "person_search")
        return None
    found = customer.found(identifier)
    if found.empty:
        why = t("not_found.why", id=escaped(identifier))
        components.nothing(t("not_found"), door.with_regions(why))
        return None
    with row:
        who = one_of(found)
    named = None if i18n.is_missing(who["subscription_id"]) else str(who["subscription_id"])
    lines = customer.lines(str(who["customer_id"]), named)
    if lines.empty:
        components.nothing(t("no_subscription"), t("no_subscription.why"), "person_off")
        return None
    with row:
        bill = identifier if who["identifier_type"] == "bill" else None
        return Case(str(who["customer_id"]), lines, line_of(lines), bill)


def one_of(found: pd.DataFrame) -> pd.Series:
    """Let the reader choose where a number stands for several customers."""
    if len(found) == 1:
        return found.iloc[0]
    names = {
        row.customer_id: f"{row.customer_id} · {i18n.word('identifier', row.identifier_type)}"
        for row in found.itertuples()
    }
    chosen = urls.chosen(
        st.selectbox,
        t("find.several", n=len(names)),
        list(names),
        page=PAGE,
        name="who",
        format_func=names.get,
        width=340,
    )
    return found[found["customer_id"] == chosen].iloc[0]


def line_of(lines: pd.DataFrame) -> pd.Series:
    """Let the reader choose among a customer's subscriptions; one needs no choice."""
    if len(lines) == 1:
        return lines.iloc[0]
    names = {
        row.subscription_id: f"{row.offering_name or row.family or t('subscription')} · "
        f"{row.subscription_id}" + ("" if i18n.is_missing(row.ended_at) else f" ({t('ended')})")
        for row in lines.itertuples()
    }
    chosen = urls.chosen(
        st.selectbox,
        t("subscriptions.of", n=len(names)),
        list(names),
        page=PAGE,
        name="sub",
        format_func=names.get,
        width=340,
    )
    return lines[lines["subscription_id"] == chosen].iloc[0]
