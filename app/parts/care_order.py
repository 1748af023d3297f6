"""Where is my order? The stage, the promises, what it waits for, who has it, and until when."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import components, i18n, serving
from app.i18n import t
from app.parts import care_proof
from app.parts.care_answers import Answer, Case, escaped
from app.queries import care_orders


def answer(case: Case) -> Answer:
    """Say where the open orders stand; without one, how the last one ended."""
    orders = care_orders.orders(case.customer)
    if orders.empty:
        where = care_proof.looked("marts.order_status")
        return Answer("order", t("order.none"), rows=where)
    is_open = orders["is_open"].astype(bool)
    if not is_open.any():
        last = orders.iloc[0]
        return Answer("order", ended(last), "good", [("order", last["order_item_id"])])
    as_of = pd.Timestamp(serving.shown().release.as_of)
    told = orders[is_open].head(2)
    text = " ".join(standing(order, as_of) for order in told.to_dict("records"))
    if is_open.sum() > len(told):
        text += " " + t("order.more", n=i18n.number(is_open.sum() - len(told)))
    is_bad = any(
        (not i18n.is_missing(order["waits_for"]) and order["waits_for"] != "visit")
        or i18n.is_missing(order["expected_at"])
        or moves(order) > 0
        for order in told.to_dict("records")
    )
    proof = [("order", name) for name in orders[is_open]["order_item_id"]]
    return Answer("order", text, "warn" if is_bad else "good", proof)


def standing(order: dict, as_of: pd.Timestamp) -> str:
    """Tell of an open order."""
    parts = [
        t(
            "order.open",
            name=named(order),
            ordered=i18n.day(order["ordered_at"]),
            stage=i18n.inside(i18n.word("stage", order["stage"])),
            since=i18n.moment_text(order["stage_since"]),
            team=t("care.no_team")
            if i18n.is_missing(order["team_name"])
            else escaped(str(order["team_name"])),
        )
    ]
    if not i18n.is_missing(order["waits_for"]):
        parts.append(t("order.waits", reason=i18n.inside(i18n.word("wait", order["waits_for"]))))
    if i18n.is_missing(order["first_promised_at"]):
        parts.append(t("order.unpromised"))
    elif not moves(order):
        parts.append(t("order.promised", day=i18n.day(order["first_promised_at"])))
    else:
        parts.append(
            t(
                "order.moved",
                first=i18n.day(order["first_promised_at"]),
                now=i18n.day(order["promised_at"]),
                n=i18n.number(moves(order)),
                reason=t("unknown").lower()
                if i18n.is_missing(order["repromise_reason"])
                else i18n.inside(i18n.word("wait", order["repromise_reason"])),
            )
        )
    if not i18n.is_missing(order["visit_from"]):
        parts.append(
            t(
                "order.visit",
                since=i18n.moment_text(order["visit_from"]),
                until=f"{order['visit_to']:%H:%M}",
            )
        )
    if i18n.is_missing(order["expected_at"]):
        parts.append(t("order.no_date"))
    else:
        days = (order["expected_at"] - as_of).total_seconds() / 86400
        parts.append(
            t("order.expected", day=i18n.day(order["expected_at"]), days=i18n.number(days, 1))
        )
    return " ".join(parts)


def ended(order: pd.Series) -> str:
    """Tell of the last order of a customer who has none open."""
    if order["state"] != "completed" or i18n.is_missing(order["completed_at"]):
        return t(
            "order.last.other",
            name=named(order),
            state=i18n.inside(i18n.word("order_state", order["state"])),
            ordered=i18n.day(order["ordered_at"]),
        )
    text = t("order.last", name=named(order), day=i18n.day(order["completed_at"]))
    if i18n.is_true(order["is_late"]):
        late = (order["completed_at"] - order["first_promised_at"]).total_seconds() / 86400
        text += " " + t("order.late", days=i18n.number(late, 1))
    return text


def moves(order: object) -> int:
    """Return how often the promise was moved; one that was overwritten moved at least once."""
    counted = 0 if i18n.is_missing(order["repromises"]) else int(order["repromises"])
    return max(counted, int(i18n.is_true(order["is_repromised"])))


def named(order: object) -> str:
    """Name an order: what is done, to what, its number."""
    offering = order["offering_name"]
    product = "" if i18n.is_missing(offering) else f" {escaped(str(offering))}"
    return f"{i18n.word('action', order['action'])}{product} ({escaped(order['order_item_id'])})"


def card(case: Case) -> None:
    """List the orders with their promises."""
    orders = care_orders.orders(case.customer)

    def tools() -> None:
        if len(orders):
            components.download(orders, "orders", "customer.orders.csv", of_persons=True)

    with components.card(t("orders"), t("orders.how"), tools):
        if orders.empty:
            components.nothing(t("none_known"), t("none_known.why"), "inbox")
            return
        is_open = orders["is_open"].astype(bool)
        components.table(
            pd.DataFrame(
                {
                    "ordered_at": pd.to_datetime(orders["ordered_at"]),
                    "action": orders["action"].map(lambda code: i18n.word("action", code)),
                    "offering_name": orders["offering_name"],
                    "state": orders["state"].map(lambda code: i18n.word("order_state", code)),
                    # What has ended stands at no stage, and nobody expects it.
                    "stage": [
                        i18n.word("stage", stage) if is_open else i18n.NOTHING
                        for stage, is_open in zip(orders["stage"], is_open, strict=True)
                    ],
                    "promises": promised(orders),
                    "expected_at": pd.to_datetime(orders["expected_at"]).where(is_open),
                    "completed_at": pd.to_datetime(orders["completed_at"]),
                    "order_item_id": orders["order_item_id"],
                }
            ),
            {
                "ordered_at": st.column_config.DateColumn(t("ordered_on"), pinned=True),
                "action": t("action"),
                "offering_name": t("product"),
                "state": t("state"),
                "stage": t("order.stage"),
                "promises": st.column_config.TextColumn(t("promises"), width="medium"),
                "expected_at": st.column_config.DatetimeColumn(t("expected_at")),
                "completed_at": st.column_config.DatetimeColumn(t("completed_at")),
                "order_item_id": t("reference"),
            },
            t("orders"),
            key="customer.orders",
            height=250,
        )


def promised(orders: pd.DataFrame) -> list[str]:
    """Write each order's promises one after the other, each with why it was moved."""
    moved = [row["order_item_id"] for row in orders.to_dict("records") if moves(row)]
    steps: dict[str, list[str]] = {}
    if moved:
        for move in care_orders.moves(orders["customer_id"].iloc[0], moved).itertuples():
            reason = "unknown" if i18n.is_missing(move.reason) else move.reason
            steps.setdefault(move.order_item_id, []).append(
                f"{i18n.day(move.promised_at)} ({i18n.inside(i18n.word('wait', reason))})"
            )
    told = []
    for row in orders.to_dict("records"):
        later = steps.get(row["order_item_id"], [])
        if moves(row) and not later:  # overwritten: nobody told us when or why
            later = [i18n.day(row["promised_at"])]
        told.append(" → ".join([i18n.day(row["first_promised_at"]), *later]))
    return told
