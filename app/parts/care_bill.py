"""Why is the bill different? This bill beside the last one, to the cent."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import components, i18n, urls
from app.i18n import t
from app.parts.care_answers import Answer, Case, escaped
from app.queries import care_bills

# A difference has so many causes in its sentence; the table has them all.
NAMED = 3
CENT = 0.005
PAGE = "customer"


def bills(case: Case) -> pd.DataFrame:
    """Return the customer's bills, a row each, newest first."""
    rows = care_bills.bills(case.customer)
    return rows.drop_duplicates("bill_id") if len(rows) else rows


def newest(case: Case) -> pd.Series | None:
    """Return the newest bill of the chosen line's account, else of the customer."""
    known = bills(case)
    if known.empty:
        return None
    account = known[known["account_id"] == case.line["account_id"]]
    return (account if len(account) else known).iloc[0]


def parts(case: Case, bill: pd.Series) -> pd.DataFrame:
    """Return what the difference of a bill is made of; empty when there is nothing to compare."""
    rows = care_bills.bills(case.customer)
    return rows[(rows["bill_id"] == bill["bill_id"]) & rows["part"].notna()]


def answer(case: Case) -> Answer:
    """Say by how much the newest bill differs from the one before, and why."""
    bill = newest(case)
    if bill is None:
        is_prepaid = i18n.is_true(case.line["is_prepaid"])
        return Answer("bill", t("bill.prepaid" if is_prepaid else "bill.none"))
    proof = [("bill", bill["bill_id"])]
    if not i18n.is_missing(bill["previous_bill_id"]):
        proof.append(("bill", bill["previous_bill_id"]))
    text, tone = sentence(bill, parts(case, bill))
    return Answer("bill", text, tone, proof)


def sentence(bill: pd.Series, rows: pd.DataFrame) -> tuple[str, str]:
    """Say how a bill differs from the one before, and how good that is."""
    if i18n.is_missing(bill["previous_bill_id"]):
        return t("bill.first", **told(bill)), "none"
    if i18n.is_missing(bill["bill_amount"]) or i18n.is_missing(bill["previous_bill_amount"]):
        return t("bill.uncompared", **told(bill)), "none"
    difference = bill["bill_amount"] - bill["previous_bill_amount"]
    if abs(difference) < CENT:
        text = t("bill.same", **told(bill))
    else:
        causes = because(rows[rows["difference"].abs() >= CENT])
        text = t("bill.more" if difference > 0 else "bill.less", **told(bill))
        text += f": {causes}." if causes else "."
    left = float(rows.loc[rows["part"] == "unexplained", "difference"].sum())
    if not (rows["part"] == "charge").any():
        text += " " + t("bill.no_lines")
    elif abs(left) >= CENT:
        text += " " + t("bill.unexplained", amount=money(left, bill["currency"]))
    is_bad = i18n.is_true(bill["is_shock"]) or abs(left) >= 1
    return text, "warn" if is_bad else "good"


def because(changes: pd.DataFrame) -> str:
    """Name the causes of a difference, the greatest first; the rest together."""
    ranked = changes[changes["part"] != "unexplained"].sort_values(
        "difference", key=lambda column: column.abs(), ascending=False
    )
    if ranked.empty:
        return ""
    named = [
        f"{cause(row)} **{i18n.signed(row['difference'], 2)}**"
        for row in ranked.head(NAMED).to_dict("records")
    ]
    rest = ranked.iloc[NAMED:]
    if len(rest):
        named.append(f"{t('bill.rest')} **{i18n.signed(rest['difference'].sum(), 2)}**")
    return ", ".join(named)


def cause(row: dict) -> str:
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


def told(bill: pd.Series) -> dict[str, str]:
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


def money(amount: float, currency: object) -> str:
    """Write an amount with its currency."""
    unit = "" if i18n.is_missing(currency) else f"\u00a0{currency}"
    return f"{i18n.number(amount, 2)}{unit}"


def card(case: Case) -> None:
    """Reconcile a bill with the one before; choose which."""
    known = bills(case)
    with components.card(t("bill.card"), t("bill.card.how")):
        if known.empty:
            components.nothing(t("none_known"), t("none_known.why"), "receipt_long")
            return
        days = {
            row.bill_id: f"{i18n.day(row.billed_at)} · {money(row.bill_amount, row.currency)}"
            for row in known.itertuples()
        }
        wanted = urls.chosen(
            st.selectbox,
            t("bill.which"),
            list(days),
            page=PAGE,
            name="bill",
            default=str(newest(case)["bill_id"]),
            format_func=days.get,
            width=320,
        )
        bill = known[known["bill_id"] == wanted].iloc[0]
        rows = parts(case, bill)
        st.markdown(sentence(bill, rows)[0])
        if rows.empty:
            return
        components.table(
            reconciled(rows, bill),
            {
                "what": st.column_config.TextColumn(t("what"), width="medium", pinned=True),
                "why": st.column_config.TextColumn(t("bill.why"), width="medium"),
                "previous": st.column_config.NumberColumn(
                    i18n.day(bill["previous_billed_at"]), format="%.2f"
                ),
                "this": st.column_config.NumberColumn(i18n.day(bill["billed_at"]), format="%.2f"),
                "difference": st.column_config.NumberColumn(t("bill.difference"), format="%+.2f"),
            },
            t("bill.card"),
            key="customer.bill",
        )
        st.caption(t("bill.sum", currency=bill["currency"] or ""))
        lines_below(case, bill)


def reconciled(rows: pd.DataFrame, bill: pd.Series) -> pd.DataFrame:
    """Return the parts of both bills and their sum, which is what was billed."""
    ordered = rows.assign(
        place=rows["part"].map({"charge": 0, "tax": 1, "unexplained": 2}),
        size=-rows["difference"].abs(),
    ).sort_values(["place", "size", "product_id", "charge_type"])
    told_parts = pd.DataFrame(
        {
            "what": [what(row) for row in ordered.to_dict("records")],
            "why": [
                "" if row["part"] != "charge" else why(row) for row in ordered.to_dict("records")
            ],
            "previous": ordered["previous_amount"],
            "this": ordered["amount"],
            "difference": ordered["difference"],
        }
    )
    total = pd.DataFrame(
        [
            {
                "what": t("bill.total"),
                "why": "",
                "previous": bill["previous_bill_amount"],
                "this": bill["bill_amount"],
                "difference": bill["bill_amount"] - bill["previous_bill_amount"],
            }
        ]
    )
    return pd.concat([told_parts, total], ignore_index=True)


def what(row: dict) -> str:
    """Name a part: product and kind of charge, tax, or what is unexplained."""
    if row["part"] != "charge":
        return i18n.word("bill_cause", row["part"])
    product = row["product_id"] if i18n.is_missing(row["offering_name"]) else row["offering_name"]
    return f"{product}, {i18n.word('charge', row['charge_type']).lower()}"


def why(row: dict) -> str:
    """Say why a charge differs, without its product."""
    text = i18n.word("bill_cause", row["cause"])
    if row["cause"] == "plan_change":
        text += f": {row['previous_offering_name']} → {row['offering_name']}"
    if row["is_part_period"] and row["cause"] != "part_period":
        text += f", {t('bill.part_period')}"
    return text


@st.fragment
def lines_below(case: Case, bill: pd.Series) -> None:
    """Offer every delivered line of both bills with file and row."""
    shut = st.expander(
        t("bill.lines"), icon=":material/fact_check:", key="bill.lines", on_change="rerun"
    )
    if not shut.open:
        return
    with shut:
        lines = care_bills.bill_lines(case.customer, bill["bill_id"], bill["previous_bill_id"])
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
            height=min(35 * len(lines) + 40, 300),
        )
        components.download(lines, "bill_lines", "customer.bill_lines.csv", of_persons=True)
