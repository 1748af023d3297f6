"""Whom to contact under a budget: what it earns against doing nothing, and the list itself."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import access, components, door, horizon, i18n, urls
from app.i18n import t
from app.parts.earnings import curve as draw_curve
from app.parts.earnings import figure, money, span
from app.queries import currency, target
from app.queries.privacy import FEWEST

STEPS = (0, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)


def section(page: str, dimension: str, code: str) -> None:
    """Draw the profit curve, the choice of how many to contact, and whom."""
    curve = target.curve()
    if curve.empty:
        components.nothing(t("target.none"), t("target.none.why"), "campaign")
        return
    own = curve[curve["ranking"] == "expected profit"]
    own = curve if own.empty else own
    best = own[own["is_best"]].iloc[0] if own["is_best"].any() else own.iloc[0]
    kind = str(best["list_kind"])
    st.badge(
        i18n.word("list_kind", kind),
        icon=":material/warning:" if kind.startswith("risk") else ":material/verified:",
        color="orange" if kind.startswith("risk") else "green",
        help=t("list_kind.help"),
    )
    contacts = choose_contacts(page, own, best)
    chosen = own.iloc[(own["contacts"] - contacts).abs().argmin()]
    st.markdown(finding(best, chosen))
    figures_row(chosen, best)
    left, right = st.columns([3, 2], gap="small")
    with left:
        # The whole list would flatten the part where something is earned.
        most = max(4 * best["contacts"], 1.2 * chosen["contacts"], 20)
        curve_card(curve, best, own, most)
    with right:
        proof_card()
    if access.may("persons"):
        # A list of an earlier version knows no contracts.
        with components.as_far_as_built():
            list_card(int(contacts), dimension, code)
    else:
        st.caption(t("persons.not"))


def choose_contacts(page: str, own: pd.DataFrame, best: pd.Series) -> int:
    """Let the reader choose how many to contact; the most profitable number comes first to mind.

    Figures are known for the curve's own numbers, which differ from night to night: a link keeps a
    round step, and the nearest of them is shown and listed.
    """
    known = own["contacts"].astype(int)
    most, best_number = int(known.max()), int(best["contacts"])
    codes: dict[int, str] = {}
    for step in (*(step for step in STEPS if step <= most), most):
        codes.setdefault(int(known.iloc[(known - step).abs().argmin()]), str(step))
    codes[best_number] = str(best_number)
    numbers = {codes[number]: number for number in sorted(codes)}
    code = urls.chosen(
        st.select_slider,
        t("contacts.choose"),
        list(numbers),
        page=page,
        name="n",
        default=str(best_number),
        format_func=lambda option: i18n.number(numbers[option]),
        width=520,
    )
    return numbers[code]


def finding(best: pd.Series, chosen: pd.Series) -> str:
    """Say what pays, against doing nothing."""
    if not best["contacts"]:
        return t("target.finding.nothing")
    said = t(
        "target.finding",
        contacts=i18n.number(best["contacts"]),
        profit=money(best["profit"], best["currency"]),
        low=money(best["low"], best["currency"]),
        high=money(best["high"], best["currency"]),
    )
    if chosen["contacts"] != best["contacts"]:
        said += " " + t(
            "target.finding.chosen",
            contacts=i18n.number(chosen["contacts"]),
            less=money(best["profit"] - chosen["profit"], best["currency"]),
        )
    if best["low"] <= 0:
        said += " " + t("target.finding.unsure")
    return said


def figures_row(chosen: pd.Series, best: pd.Series) -> None:
    """Draw what the chosen campaign does, beside contacting nobody."""
    held = target.held_out()
    currency = best["currency"]
    with st.grid(4, min_column_width=158, gap="small"):
        for label, value, note, tip in (
            (
                t("target.profit"),
                money(chosen["profit"], currency),
                span(chosen["low"], chosen["high"], currency),
                t("target.profit.help"),
            ),
            (
                t("target.saves"),
                i18n.number(chosen["expected_saves"], 1),
                t("target.of_contacts", contacts=i18n.number(chosen["contacts"])),
                t("target.saves.help"),
            ),
            (t("target.cost"), money(chosen["cost"], currency), None, t("target.cost.help")),
            (
                t("target.held_out"),
                i18n.NOTHING
                if held is None
                else t("hidden")
                if 0 < held["held_out"] < FEWEST
                else i18n.number(held["held_out"]),
                None if held is None else t("of_scored", n=i18n.number(held["scored"])),
                t("target.held_out.help"),
            ),
        ):
            figure(label, value, note, tip)


def curve_card(curve: pd.DataFrame, best: pd.Series, own: pd.DataFrame, most: float) -> None:
    """Draw profit by contacts, `most` of them, of each ranking; none is doing nothing."""

    def tools() -> None:
        components.download(curve, "profit_curve", "target.curve.csv")

    with components.card(t("target.curve"), t("target.curve.how"), tools):
        near = curve[curve["contacts"] <= max(most, curve["contacts"].nsmallest(6).max())]
        allowed = own[own["is_allowed"].astype(bool)]
        limit = None if len(allowed) == len(own) else float(allowed["contacts"].max())
        limit = None if limit is None or limit > near["contacts"].max() else limit
        draw_curve(
            pd.DataFrame(
                {
                    "x": near["contacts"],
                    "value": near["profit"],
                    "low": near["low"],
                    "high": near["high"],
                    "series": near["ranking"].map(lambda code: i18n.word("ranking", code)),
                    "saves": near["expected_saves"],
                }
            ),
            best["currency"],
            titles=(t("target.best"), t("target.limit")),
            at=float(best["contacts"]),
            limit=limit,
            description=t("target.curve.alt", profit=money(best["profit"], best["currency"])),
            count_title=t("target.contacts"),
        )


def in_its_unit(measure: str, value: float) -> str:
    """Write a measure of a ranking: differences of shares in points, saves per 1,000 lines."""
    if measure in ("auuc", "qini"):
        return i18n.number(1000 * value, 2)
    if measure.startswith("uplift_at_"):
        return f"{i18n.number(100 * value, 2)} {t('pp')}"
    return i18n.number(value, 4)


def proof_card() -> None:
    """Say what hold-outs have shown of the list, or why nothing can be said."""
    rows = target.proof()
    with components.card(t("target.proof"), t("target.proof.how")):
        if rows.empty:
            components.nothing(t("target.proof.none"), t("target.proof.none.why"), "science")
            return
        first = rows.iloc[0]
        is_shown = first["status"] == "persuadability"
        st.markdown(
            t(
                "target.proof.shown" if is_shown else "target.proof.open",
                campaigns=i18n.number(first["campaigns"]),
                treated=i18n.number(first["treated"]),
                control=i18n.number(first["control"]),
            )
        )
        measured = rows.dropna(subset=["value"])
        if measured.empty:
            return
        table = pd.DataFrame(
            {
                "estimator": measured["estimator"].map(lambda code: i18n.word("estimator", code)),
                "measure": measured["measure"].map(lambda code: i18n.word("measure", code)),
                "value": [
                    in_its_unit(measure, value)
                    for measure, value in zip(measured["measure"], measured["value"], strict=True)
                ],
                "interval": [
                    i18n.NOTHING
                    if i18n.is_missing(low)
                    else f"{in_its_unit(measure, low)} – {in_its_unit(measure, high)}"
                    for measure, low, high in zip(
                        measured["measure"], measured["low"], measured["high"], strict=True
                    )
                ],
            }
        )
        components.table(
            table,
            {
                "measure": st.column_config.TextColumn(t("measure"), pinned=True),
                "value": st.column_config.TextColumn(t("value"), alignment="right"),
                "interval": st.column_config.TextColumn(t("interval"), alignment="right"),
                "estimator": t("estimator"),
            },
            t("target.proof"),
            key="target.proof",
            height=240,
        )


def list_card(contacts: int, dimension: str, code: str) -> None:
    """List whom to contact, most expected profit first, and the way to each."""
    rows = target.targets(contacts, dimension, code)
    if rows.empty:
        with components.card(t("target.list")):
            components.nothing(t("target.nobody"), t("target.nobody.why"), "do_not_disturb_on")
        return
    listed = pd.DataFrame(
        {
            "profit_rank": rows["profit_rank"],
            "subscription_id": rows["subscription_id"],
            "expected_profit": rows["expected_profit"],
            "risk": 100 * rows["risk"],
            "uplift": [
                i18n.NOTHING
                if i18n.is_missing(value)
                else f"{i18n.number(100 * value, 1)} {t('pp')} ({i18n.number(100 * low, 1)} – "
                f"{i18n.number(100 * high, 1)})"
                for value, low, high in zip(
                    rows["uplift"], rows["uplift_low"], rows["uplift_high"], strict=True
                )
            ],
            "clv": rows["clv"],
            "offering": rows["offering"],
            "region": rows["region"].map(lambda code: i18n.word("region", code)),
            "segment": rows["segment"].map(lambda code: i18n.word("segment", code)),
            "may": rows["may_be_contacted"].astype(bool),
        }
    )

    def tools() -> None:
        # What leaves the page is a list to act on: only whom one may write to.
        components.download(
            listed[listed["may"]], "target_list", "target.list.csv", of_persons=True
        )

    how = door.with_regions(t("target.list.how", rows=i18n.number(len(listed))))
    with components.card(t("target.list"), how, tools):
        selected = components.table(
            listed,
            {
                "profit_rank": st.column_config.NumberColumn(t("place"), width="small"),
                "subscription_id": st.column_config.TextColumn(t("subscription"), pinned=True),
                "expected_profit": st.column_config.NumberColumn(
                    currency.heading(t("target.profit.each")),
                    format="%.2f",
                    help=t("target.profit.each.help"),
                ),
                "risk": st.column_config.NumberColumn(
                    t("score"), format="%.1f%%", help=horizon.score_help()
                ),
                "uplift": st.column_config.TextColumn(t("uplift"), help=t("uplift.help")),
                "clv": st.column_config.NumberColumn(currency.heading(t("clv")), format="%.0f"),
                "offering": t("offering"),
                "region": t("region"),
                "segment": t("segment"),
                "may": st.column_config.CheckboxColumn(t("may_be_contacted")),
            },
            t("target.list"),
            key="target.list",
            height=390,
            is_selectable=True,
        )
        if selected is not None:
            components.open_customer(listed["subscription_id"].iloc[selected], "target.open")
