"""The portfolio: what is recommended within budget and limits, and what it is worth."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from app import access, charts, components, i18n, plots
from app.i18n import t
from app.parts import desk
from app.parts.earnings import figure, money, on_axis, span
from app.queries import decisions


def section() -> None:
    """Draw what is recommended, what it is worth and what limits it."""
    rows = decisions.plan()
    if rows.empty:
        components.nothing(t("plan.none"), t("plan.none.why"), "fact_check")
        return
    named = desk.namer()
    doing = rows[rows["action_id"] != decisions.NOTHING]
    doing = doing.sort_values("value", ascending=False, kind="stable").reset_index(drop=True)
    shown = doing[doing["recommended"] > 0]
    components.finding(sentence(shown, rows.iloc[0], named))
    figures_row(rows, doing)
    left, right = st.columns([3, 2], gap="small")
    with left:
        value_card(shown, named)
    with right:
        desk.idle_card("all", "all")
    table_card(doing, named)
    if access.may("work_list"):
        st.page_link("views/work_list.py", label=t("plan.to_list"), icon=":material/checklist:")


def sentence(shown: pd.DataFrame, terms: pd.Series, named: Callable[[str], str]) -> str:
    """Say what the portfolio brings, at what cost, and what brings most of it."""
    if shown.empty:
        return t("plan.finding.nothing")
    total, best = shown["value"].sum(), shown.loc[shown["value"].idxmax()]
    said = t(
        "plan.finding",
        value=money(total, terms["currency"]),
        low=money(shown["value_low"].sum(), terms["currency"]),
        high=money(shown["value_high"].sum(), terms["currency"]),
        cost=money(shown["cost"].sum(), terms["currency"]),
        budget=t("plan.no_limit")
        if i18n.is_missing(terms["budget"])
        else money(terms["budget"], terms["currency"]),
        action=named(best["action_id"]),
        share=i18n.percent(100 * best["value"] / total, 0),
    )
    return said + (" " + t("target.finding.unsure") if shown["value_low"].sum() <= 0 else "")


def figures_row(rows: pd.DataFrame, doing: pd.DataFrame) -> None:
    """Draw value, budget, lines, hold-out, and what one more unit of budget would bring."""
    terms = rows.iloc[0]
    shown = doing[doing["recommended"] > 0]
    idle = rows[rows["action_id"] == decisions.NOTHING]["recommended"].sum()
    binds = terms["budget_price"] > 0
    are_few = bool(doing["withheld"].isna().any())
    with st.grid(5, min_column_width=165, gap="small"):
        figure(
            t("net_value"),
            money(shown["value"].sum(), terms["currency"]),
            span(shown["value_low"].sum(), shown["value_high"].sum(), terms["currency"]),
            t("net_value.help"),
        )
        figure(
            t("plan.spent"),
            # Not what the plan has used: less this, it would tell what few kept back cost.
            money(shown["cost"].sum(), terms["currency"]),
            None
            if i18n.is_missing(terms["budget"])
            else t("plan.spent.of", budget=money(terms["budget"], terms["currency"])),
            t("plan.spent.help"),
        )
        figure(
            t("plan.lines"),
            i18n.number(shown["recommended"].sum()),
            t("plan.lines.of", idle=i18n.number(idle)),
            t("plan.lines.help"),
        )
        figure(
            t("plan.withheld"),
            i18n.NOTHING if are_few else i18n.number(doing["withheld"].sum()),
            t("too_few") if are_few else t("plan.withheld.note"),
            t("plan.withheld.help"),
        )
        figure(
            t("plan.price"),
            money(terms["budget_price"], terms["currency"]),
            t("plan.price.binds" if binds else "plan.price.note"),
            t("plan.price.help"),
        )


def value_card(shown: pd.DataFrame, named: Callable[[str], str]) -> None:
    """Draw the value of each action with its interval; zero is doing nothing."""
    with components.card(t("plan.value"), t("plan.value.how")):
        if shown.empty:
            components.nothing(t("work_list.nobody"), t("work_list.nobody.why"), "bedtime")
            return
        ordered = shown.sort_values("value", ascending=False)
        rows = pd.DataFrame(
            {
                "label": ordered["action_id"].map(named),
                "value": ordered["value"],
                "low": ordered["value_low"],
                "high": ordered["value_high"],
                "is_clear": ordered["value_low"] > 0,
                "value_text": [
                    money(value, currency)
                    for value, currency in zip(ordered["value"], ordered["currency"], strict=True)
                ],
                "interval_text": [
                    span(low, high, currency)
                    for low, high, currency in zip(
                        ordered["value_low"],
                        ordered["value_high"],
                        ordered["currency"],
                        strict=True,
                    )
                ],
                "lines": ordered["recommended"].map(i18n.number),
            }
        )
        components.chart(
            plots.whiskers(
                rows,
                tooltip=[
                    ("label", t("to_do")),
                    ("value_text", t("net_value")),
                    ("interval_text", t("interval")),
                    ("lines", t("plan.recommended")),
                ],
                unit=on_axis(ordered["currency"].iloc[0]),
                rule_at=0.0,
            ),
            charts.height_of(len(rows), at_least=290),
            t("plan.value.alt", action=rows["label"].iloc[0], value=rows["value_text"].iloc[0]),
        )


def table_card(doing: pd.DataFrame, named: Callable[[str], str]) -> None:
    """List the actions: for how many they were weighed, pay and are recommended, and limits."""
    method = i18n.word("choice_method", doing["method"].iloc[0])
    few, hidden = t("hidden"), t("hidden.cell")

    def count(values: pd.Series, instead: str = few) -> list[str]:
        return [instead if i18n.is_missing(value) else i18n.number(value) for value in values]

    def tools() -> None:
        taken = doing.drop(columns=["used", "is_hidden", "gap", "method"])
        components.download(taken, "portfolio", "decisions.plan.csv")

    with components.card(t("plan.table"), t("plan.table.how", method=method), tools):
        components.table(
            pd.DataFrame(
                {
                    "action": doing["action_id"].map(named),
                    "options": count(doing["options"]),
                    "worth_doing": count(doing["worth_doing"]),
                    "recommended": count(doing["recommended"], hidden),
                    "withheld": count(doing["withheld"]),
                    "value": [
                        hidden
                        if is_hidden
                        else f"{money(value, currency)} ({span(low, high, currency)})"
                        for value, low, high, currency, is_hidden in zip(
                            doing["value"],
                            doing["value_low"],
                            doing["value_high"],
                            doing["currency"],
                            doing["is_hidden"],
                            strict=True,
                        )
                    ],
                    "cost": [
                        hidden if i18n.is_missing(value) else money(value, currency)
                        for value, currency in zip(doing["cost"], doing["currency"], strict=True)
                    ],
                    "used": [
                        t("plan.no_limit")
                        if i18n.is_missing(most)
                        else hidden
                        if i18n.is_missing(used)
                        else i18n.percent(100 * used / most if most else 100, 0)
                        for used, most in zip(doing["used"], doing["most"], strict=True)
                    ],
                    "price": [
                        money(value, currency)
                        for value, currency in zip(doing["price"], doing["currency"], strict=True)
                    ],
                }
            ),
            {
                "action": st.column_config.TextColumn(t("to_do"), pinned=True),
                **{
                    name: st.column_config.TextColumn(t(f"plan.{name}"), alignment="right")
                    for name in ("options", "worth_doing", "recommended", "withheld")
                },
                "value": st.column_config.TextColumn(t("net_value"), alignment="right"),
                "cost": st.column_config.TextColumn(t("target.cost"), alignment="right"),
                "used": st.column_config.TextColumn(t("plan.used"), alignment="right"),
                "price": st.column_config.TextColumn(t("plan.one_more"), alignment="right"),
            },
            t("plan.table"),
            key="decisions.plan",
        )
