"""The customer's page as one sheet to print: every number of theirs is masked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

import streamlit as st

from app import access, brief, components, i18n
from app.i18n import t
from app.parts import care_bill
from app.parts.care_answers import Case
from app.queries import customer
from cx import audit
from cx.settings import Settings

# Of a number a third is left, three letters at most: enough to tell two lines apart.
KEPT_LETTERS = 3
MASK = "•••"


def button(case: Case) -> None:
    """Offer the sheet, to those who may take it away; each is in the audit log."""
    made = st.session_state.get("brief")
    if made is None or not access.may("customer_card"):
        return
    events = customer.timeline(case.customer)
    hidden = {case.customer, *case.lines["subscription_id"], *case.lines["account_id"].dropna()}
    hidden |= set(events["reference"].dropna())
    for rows in care_bill.bills(case).values():
        hidden |= {row["product_id"] for row in rows if not i18n.is_missing(row["product_id"])}
    components.file(
        t("care.card"),
        partial(taken, made, case.customer, hidden, access.visitor()),
        "customer.html",
        ":material/print:",
        key="customer.card",
        said=t("care.card.help"),
    )


def taken(made: brief.Brief, whom: str, hidden: Iterable[str], who: access.Visitor) -> bytes:
    """Return the sheet and write into the audit log who took whose.

    Raises
    ------
    NotAllowed
        When the visitor may not, or no longer.
    """
    access.export_told(
        who,
        "customer_card",
        name="customer card",
        customer=audit.customer_of(Settings.from_env(), whom),
    )
    made.address = {}
    return masked(brief.html(made), hidden).encode()


def masked(text: str, hidden: Iterable[str]) -> str:
    """Return a text in which no number of `hidden` can be read whole."""
    numbers = sorted((str(each) for each in hidden if each), key=len, reverse=True)
    if not numbers:
        return text
    told = "|".join(re.escape(number) for number in numbers)
    return re.sub(rf"(?<!\w)(?:{told})(?!\w)", lambda found: _mask(found[0]), text)


def _mask(number: str) -> str:
    kept = min(KEPT_LETTERS, len(number) // 3)
    return MASK + number[len(number) - kept :]
