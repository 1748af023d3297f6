"""Why is the bill different? This bill beside the last one, to the cent."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app import components, i18n, serving, urls
from app.i18n import t
from app.parts import care_proof
from app.parts.care_answers import Answer, Case, escaped
from app.queries import care_bills

# A difference has so many causes in its sentence; the table has them all.
NAMED = 3
CENT = 0.005
Row = dict[str, Any]
PAGE = "customer"


def bills(case: Case) -> dict[str, list[Row]]:
    """Return each bill's parts by its id, the newest bill first; a bill alone has one bare row."""
    return serving.once(f"bills of {case.customer}", lambda: _bills(case.customer))


def _bills(customer: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in care_bills.bills(customer).to_dict("records"):
        found.setdefault(row["bill_id"], []).append(row)
    return found


def meant(case: Case) -> str | None:
    """Return the bill searched for, else the newest of the line's account, else the customer's."""
    known = bills(case)
    if case.bill in known:
        return case.bill
    account = case.line["account_id"]
    own = [name for name, rows in known.items() if rows[0]["account_id"] == account]
    return next(iter(own or known), None)


def answer(case: Case) -> Answer:
    """Say by how much the newest bill differs from the one before, and why."""
    name = meant(case)
    if name is None:
        is_prepaid = i18n.is_true(case.line["is_prepaid"])
        where = care_proof.looked("marts.fct_bill")
        return Answer("bill", t("bill.prepaid" if is_prepaid else "bill.none"), rows=where)
    rows = bills(case)[name]
    proof = [("bill", name)]
    if not i18n.is_missing(rows[0]["previous_bill_id"]):
        proof.append(("bill", rows[0]["previous_bill_id"]))
    text, tone = sentence(rows)
    return Answer("bill", text, tone, proof)


def sentence(rows: list[Row]) -> tuple[str, str]:
    """Say how a bill differs from the one before, and how good that is."""
    bill = rows[0]
    if i18n.is_missing(bill["previous_bill_id"]):
        return t("bill.first", **told(bill)), "none"
    if i18n.is_missing(bill["bill_amount"]) or i18n.is_missing(bill["previous_bill_amount"]):
        return t("bill.uncompared", **told(bill)), "none"
    difference = bill["bill_amount"] - bill["previous_bill_amount"]
    if abs(difference) < CENT:
        text = t("bill.same", **told(bill))
    else:
        causes = because(rows)
        text = t("bill.more" if difference > 0 else "bill.less", **told(bill))
        text += f": {causes}." if causes else "."
    left = sum(row["difference"] for row in rows if row["part"] == "unexplained")
    if not any(row["part"] == "charge" for row in rows):
        text += " " + t("bill.no_lines")
    elif abs(left) >= CENT:
        text += " " + t("bill.unexplained", amount=money(left, bill["currency"]))
    if i18n.is_true(bill["is_shock"]) and not i18n.is_missing(bill["usual_amount"]):
        text += " " + shock(bill)
    is_bad = i18n.is_true(bill["is_shock"]) or abs(left) >= 1
    return text, "warn" if is_bad else "good"


def shock(bill: Row) -> str:
    """Say what a bill shock (M34) is compared with: it may well equal the bill before it."""
    usual = bill["usual_amount"]
    said = {
        "usual": money(usual, bill["currency"]),
        "since": i18n.day(bill["compared_from"]),
    }
    if usual <= 0:
        return t("bill.shock.above", **said)
    return t("bill.shock", times=i18n.number(bill["bill_amount"] / usual, 1), **said)


def because(rows: list[Row]) -> str:
    """Name the causes of a difference, the greatest first; the rest together."""
    causes: dict[str, float] = {}
    for row in rows:
        if row["part"] != "unexplained" and abs(row["difference"]) >= CENT:
            causes[cause(row)] = causes.get(cause(row), 0.0) + row["difference"]
    changes = sorted(causes.items(), key=lambda each: -abs(each[1]))
    named = [f"{name} **{i18n.signed(amount, 2)}**" for name, amount in changes[:NAMED]]
    rest = changes[NAMED:]
    if rest:
        total = sum(amount for _, amount in rest)
        named.append(f"{t('bill.rest')} **{i18n.signed(total, 2)}**")
    return ", ".join(named)


def cause(row: Row) -> str:
    """Write why a part of a bill differs, with its product."""
    name = i18n.word("bill_cause", row["cause"])
    if i18n.is_missing(row["product_id"]):
        return name.lower()
    product = row["offering_name"]
    product = row["product_id"] if i18n.is_missing(product) else product
    if row["cause"] == "plan_change":
        product = f"{row['previous_offering_name']} → {product}"
    part = f", {t('bill.part_period')}" if row["is_part_period"] and (
        row["cause"] in ("new_product", "ended_product")
    ) else ""  # fmt: skip
    return f"{name.lower()} {escaped(str(product))}{part}"


def told(bill: Row) -> dict[str, str]:
    """Return what every sentence about a bill says."""
    currency = bill["currency"]
    difference = bill["bill_amount"] - bill["previous_bill_amount"]
    return {
        "day": i18n.day(bill["billed_at"]),
        "before_day": i18n.day(bill["previous_billed_at"]),
        "amount": money(bill["bill_amount"], currency),
        "before": money(bill["previous_bill_amount"], currency),
        "difference": money(abs(difference), currency),
    }


def money(amount: float, currency: object, digits: int = 2) -> str:
    """Write an amount with its currency."""
    unit = "" if i18n.is_missing(currency) else f"\u00a0{currency}"
    return f"{i18n.number(amount, digits)}{unit}"


def card(case: Case) -> None:
    """Reconcile a bill with the one before; choose which."""
    known = bills(case)
    with components.card(t("bill.card"), t("bill.card.how")):
        if not known:
            components.nothing(t("none_known"), t("none_known.why"), "receipt_long")
            return
        names = {
            name: f"{i18n.day(rows[0]['billed_at'])} · "
            f"{money(rows[0]['bill_amount'], rows[0]['currency'])}"
            for name, rows in known.items()
        }
        wanted = urls.chosen(
            st.selectbox,
            t("bill.which"),
            list(names),
            page=PAGE,
            name="bill",
            default=meant(case),
            format_func=names.get,
            width=320,
        )
        rows = known[wanted]
        st.markdown(sentence(rows)[0])
        bill = rows[0]
        if i18n.is_missing(bill["part"]):
            return
        components.statement(
            reconciled(rows),
            {
                "what": t("what"),
                "why": t("bill.why"),
                "previous": i18n.day(bill["previous_billed_at"]),
                "this": i18n.day(bill["billed_at"]),
                "difference": t("bill.difference"),
            },
            t("bill.card"),
            signed=["difference"],
        )
        st.caption(t("bill.sum", currency=bill["currency"] or ""))
        lines_below(case.customer, wanted, bill["previous_bill_id"])


def reconciled(rows: list[Row]) -> pd.DataFrame:
    """Return the parts of both bills and their sum, which is what was billed.

    Charges that did not change are told together; every line stands below.
    """
    changed = [row for row in rows if row["cause"] != "unchanged"]
    same = [row for row in rows if row["cause"] == "unchanged"]
    order = {"charge": 0, "tax": 2, "unexplained": 3}
    told_parts = [
        (
            order[row["part"]],
            -abs(row["difference"]),
            cells(
                what(row),
                why(row) if row["part"] == "charge" else "",
                row["previous_amount"],
                row["amount"],
                row["difference"],
            ),
        )
        for row in changed
    ]
    if same:
        amount = sum(row["amount"] for row in same)
        name = what(same[0]) if len(same) == 1 else t("bill.same_charges", n=len(same))
        word = i18n.word("bill_cause", "unchanged")
        told_parts.append((1, 0.0, cells(name, word, amount, amount, 0.0)))
    told_parts.sort(key=lambda each: each[:2])
    bill = rows[0]
    total = cells(
        t("bill.total"),
        "",
        bill["previous_bill_amount"],
        bill["bill_amount"],
        bill["bill_amount"] - bill["previous_bill_amount"],
    )
    return pd.DataFrame([*(row for _, _, row in told_parts), total])


def cells(what: str, why: str, previous: float, this: float, difference: float) -> Row:
    """Return a row of the reconciliation; amounts to the fourth decimal, as they are kept."""
    return {
        "what": what,
        "why": why,
        "previous": round(previous, 4),
        "this": round(this, 4),
        "difference": round(difference, 4),
    }


def what(row: Row) -> str:
    """Name a part: product and kind of charge, tax, or what is unexplained."""
    if row["part"] != "charge":
        return i18n.word("bill_cause", row["part"])
    name = "" if i18n.is_missing(row["offering_name"]) else f"{row['offering_name']} "
    product = f"{name}({row['product_id']})" if name else row["product_id"]
    return f"{product}, {i18n.inside(i18n.word('charge', row['charge_type']))}"


def why(row: Row) -> str:
    """Say why a charge differs, without its product."""
    text = i18n.word("bill_cause", row["cause"])
    if row["cause"] == "plan_change":
        text += f": {row['previous_offering_name']} → {row['offering_name']}"
    if row["is_part_period"] and row["cause"] != "part_period":
        text += f", {t('bill.part_period')}"
    return text


@st.fragment
def lines_below(customer: str, bill: str, previous: str) -> None:
    """Offer every delivered line of both bills with file and row."""
    shut = st.expander(
        t("bill.lines"), icon=":material/fact_check:", key="bill.lines", on_change="rerun"
    )
    if not shut.open:
        return
    with shut:
        lines = care_bills.bill_lines(customer, bill, previous)
        if lines.empty:
            st.caption(t("bill.no_lines"))
            return
        components.table(
            lines.assign(
                side=lines["side"].map(lambda side: t(f"bill.side.{side}")),
                charge_type=lines["charge_type"].map(lambda code: i18n.word("charge", code)),
            ),
            {
                "side": t("bill.side"),
                "charge_type": t("bill.charge"),
                "product_id": t("product"),
                "amount_ex_tax": st.column_config.NumberColumn(t("bill.ex_tax"), format="%.2f"),
                "amount_tax": st.column_config.NumberColumn(t("bill.tax"), format="%.2f"),
                "file_name": t("proof.file"),
                "row_number": t("proof.line"),
                "rate_id": t("reference"),
            },
            t("bill.lines"),
            key="customer.bill.lines",
            height=300,
        )
        components.download(lines, "bill_lines", "customer.bill_lines.csv", of_persons=True)
