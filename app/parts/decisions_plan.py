"""The portfolio: what is recommended within budget and limits, and what it is worth."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from app import access, charts, components, i18n, plots
from app.i18n import t
from app.parts import desk
from app.parts.earnings import figure, money, on_axis, span
from app.queries import decisions, work_list


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
    whole = decisions.whole()
    components.finding(sentence(doing, whole, named))
    figures_row(rows, doing, whole)
    left, right = st.columns([3, 2], gap="small")
    with left:
        value_card(shown, named, has_hidden=bool(doing["is_hidden"].any()))
    with right:
        desk.idle_card("all", "all")
    table_card(doing, named)
    if access.may("work_list"):
        st.page_link("views/work_list.py", label=t("plan.to_list"), icon=":material/checklist:")


def sentence(doing: pd.DataFrame, whole: pd.Series | None, named: Callable[[str], str]) -> str:
    """Say what the portfolio brings, at what cost, and what brings most of it."""
    is_hidden = bool(doing["is_hidden"].any())
    if whole is None or not whole["lines"]:
        return t("plan.finding.few" if is_hidden else "plan.finding.nothing")
    budget, currency = doing["budget"].iloc[0], whole["currency"]
    said = t(
        "plan.finding",
        value=money(whole["value"], currency),
        low=money(whole["value_low"], currency),
        high=money(whole["value_high"], currency),
        cost=money(whole["cost"], currency),
        budget=t("plan.no_limit") if i18n.is_missing(budget) else money(budget, currency),
    )
    shown = doing[doing["recommended"] > 0]
    share = shown["value"].max() / whole["value"] if len(shown) and whole["value"] > 0 else 0.0
    # What is hidden may bring more than the best that is shown.
    if share > (0.5 if is_hidden else 0.0):
        best = shown.loc[shown["value"].idxmax(), "action_id"]
        said += " " + t("plan.best", action=named(best), share=i18n.percent(100 * share, 0))
    return said + (" " + t("target.finding.unsure") if whole["value_low"] <= 0 else "")


def figures_row(rows: pd.DataFrame, doing: pd.DataFrame, whole: pd.Series | None) -> None:
    """Draw value, budget, lines, hold-out, and what one more unit of budget would bring."""
    terms = rows.iloc[0]
    idle = rows[rows["action_id"] == decisions.NOTHING]["recommended"].sum()
    binds = terms["budget_price"] > 0
    # In all, also where it may not be told of each action; where the reasons hide it, it is of few.
    idle_rows = work_list.idle("all", "all")
    kept = idle_rows.loc[idle_rows["why"] == "withheld", "lines"] if len(idle_rows) else []
    are_few = bool(doing["withheld"].isna().any()) and not len(kept)
    withheld = kept.sum() if len(kept) else doing["withheld"].sum()
    is_told = whole is not None or not doing["is_hidden"].any()
    done = {"lines": 0.0, "value": 0.0, "value_low": 0.0, "value_high": 0.0, "cost": 0.0}
    done |= {} if whole is None else whole[list(done)].to_dict()
    with st.grid(5, min_column_width=158, gap="small"):
        figure(
            t("net_value"),
            money(done["value"], terms["currency"]) if is_told else i18n.NOTHING,
            span(done["value_low"], done["value_high"], terms["currency"])
            if is_told
            else t("too_few"),
            t("net_value.help"),
        )
        figure(
            t("plan.spent"),
            # Not what the plan has used: less this, it would tell what few kept back cost.
            money(done["cost"], terms["currency"]) if is_told else i18n.NOTHING,
            None
            if i18n.is_missing(terms["budget"])
            else t("plan.spent.of", budget=money(terms["budget"], terms["currency"])),
            t("plan.spent.help"),
        )
        figure(
            t("plan.lines"),
            i18n.number(done["lines"]) if is_told else i18n.NOTHING,
            t("plan.lines.of", idle=i18n.number(idle)),
            t("plan.lines.help"),
        )
        figure(
            t("plan.withheld"),
            i18n.NOTHING if are_few else i18n.number(withheld),
            t("too_few") if are_few else t("plan.withheld.note"),
            t("plan.withheld.help"),
        )
        figure(
            t("plan.price"),
            money(terms["budget_price"], terms["currency"]),
            t("plan.price.binds" if binds else "plan.price.note"),
            t("plan.price.help"),
        )


def value_card(shown: pd.DataFrame, named: Callable[[str], str], *, has_hidden: bool) -> None:
    """Draw the value of each action with its interval; zero is doing nothing."""
    with components.card(t("plan.value"), t("plan.value.how")):
        if shown.empty and has_hidden:
            components.nothing(t("too_few"), t("hidden.why"), "visibility_off")
            return
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
        # Nor what the plan has used: less the cost, it would tell what few kept back cost.
        taken = doing.drop(columns=["used", "is_hidden", "gap", "method", "budget_used"])
        components.download(taken, "portfolio", "decisions.plan.csv")

    with components.card(t("plan.table"), t("plan.table.how", method=method), tools):
        components.table(
            pd.DataFrame(
                {
                    "action": doing["action_id"].map(named),
                    "options": count(doing["options"]),
                    "worth_doing": count(doing["worth_doing"]),
                    "recommended": count(doing["recommended"], hidden),
                    "withheld": count(doing["withheld"], hidden),
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
