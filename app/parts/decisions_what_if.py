"""What if: each scenario's contacts, exits and money in 30 days, and how far to trust that."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import charts, components, i18n, notes, plots, urls
from app.i18n import t
from app.parts.earnings import figure, money, on_axis, span
from app.queries import decisions

USABLE = "usable"


def section(page: str) -> None:
    """Draw one scenario in figures and all of them side by side."""
    rows = decisions.what_if()
    if rows.empty:
        components.nothing(t("what_if.none"), t("what_if.none.why"), "psychology_alt")
        return
    scenarios = list(dict.fromkeys(rows["scenario"]))
    worth = rows[rows["status"] == USABLE].groupby("scenario")["amount"].sum()
    chosen = urls.chosen(
        st.selectbox,
        t("what_if.scenario"),
        scenarios,
        page=page,
        name="scenario",
        default=str(worth.idxmax()) if len(worth) else scenarios[0],
        format_func=lambda code: i18n.word("scenario", code),
        width=330,
    )
    own = rows[rows["scenario"] == chosen]
    components.finding(sentence(own))
    figures_row(own)
    for text in cautions(own):
        st.warning(text, icon=":material/warning:")
    compare_card(rows)
    table_card(rows)


def together(own: pd.DataFrame) -> tuple[float, float, float]:
    """Return a scenario's money with bounds; contacts and exits err together, so bounds add up."""
    usable = own[own["status"] == USABLE]
    return tuple(float(usable[name].sum()) for name in ("amount", "amount_low", "amount_high"))


def effect_of(own: pd.DataFrame, outcome: str) -> pd.Series | None:
    """Return the row of an outcome that has a figure, or None."""
    found = own[(own["outcome"] == outcome) & own["effect"].notna()]
    return None if found.empty else found.iloc[0]


def sentence(own: pd.DataFrame) -> str:
    """Say what the scenario would be worth, or that nobody has measured it."""
    name = i18n.word("scenario", own["scenario"].iloc[0])
    if not (own["status"] == USABLE).any():
        return t("what_if.finding.open", scenario=name)
    value, low, high = together(own)
    currency = own["currency"].iloc[0]
    told = {}
    for outcome in ("contacts", "exits"):
        row = effect_of(own, outcome)
        told[outcome] = i18n.NOTHING if row is None else i18n.signed(row["effect"], 1)
    return t(
        "what_if.finding",
        scenario=name,
        value=money(value, currency),
        low=money(low, currency),
        high=money(high, currency),
        **told,
    )


def figures_row(own: pd.DataFrame) -> None:
    """Draw money, contacts, exits and how much of what happens would change."""
    currency, first = own["currency"].iloc[0], own.iloc[0]
    value, low, high = together(own)
    is_measured = bool((own["status"] == USABLE).any())
    with st.grid(4, min_column_width=158, gap="small"):
        figure(
            t("what_if.money"),
            money(value, currency) if is_measured else i18n.NOTHING,
            span(low, high, currency) if is_measured else t("what_if.not_measured"),
            t("what_if.money.help"),
        )
        for outcome in ("contacts", "exits"):
            row = effect_of(own, outcome)
            figure(
                i18n.word("desk_outcome", outcome),
                i18n.NOTHING if row is None else i18n.signed(row["effect"], 1),
                t("what_if.not_measured")
                if row is None
                else f"{i18n.signed(row['effect_low'], 1)} – {i18n.signed(row['effect_high'], 1)}",
                t("what_if.effect"),
            )
        share = first["share_changed"]
        figure(
            t("what_if.dose"),
            i18n.NOTHING if i18n.is_missing(share) else i18n.percent(100 * abs(share), 0),
            t(
                "what_if.dose.note",
                now=i18n.compact(first["dose_now"]),
                unit=i18n.inside(i18n.word("dose", first["change_unit"])),
            ),
            t("what_if.dose.help", days=i18n.number(first["days_seen"])),
        )


def cautions(own: pd.DataFrame) -> list[str]:
    """Return what has to be said beside a scenario, each thing once, the gravest first.

    What is said of some outcomes only names them: the effect on exits may stand where that on
    contacts may be none.
    """
    of: dict[str, list[str]] = {}
    for outcome, warning in zip(own["outcome"], own["warning"], strict=True):
        if not i18n.is_missing(warning) and warning:
            of.setdefault(notes.said(warning), []).append(i18n.word("desk_outcome", outcome))
    beyond = bool(own["is_extrapolated"].fillna(False).any())
    told = [
        text if len(outcomes) == len(own) else f"{', '.join(outcomes)}: {text}"
        for text, outcomes in of.items()
    ]
    return ([f"**{t('what_if.extrapolated')}**"] if beyond else []) + told


def compare_card(rows: pd.DataFrame) -> None:
    """Draw the money of every scenario that was measured, with intervals."""
    with components.card(t("what_if.compare"), t("what_if.compare.how")):
        found = []
        for scenario, own in rows.groupby("scenario", sort=False):
            if (own["status"] == USABLE).any():
                value, low, high = together(own)
                beyond = bool(own["is_extrapolated"].fillna(False).any())
                found.append((i18n.word("scenario", scenario), value, low, high, beyond))
        if not found:
            components.nothing(t("what_if.none"), t("effects.none.why"), "science")
            return
        shown = pd.DataFrame(found, columns=["label", "value", "low", "high", "beyond"])
        shown = shown.sort_values("value", ascending=False, kind="stable")
        currency = rows["currency"].iloc[0]
        shown = shown.assign(
            is_clear=(shown["low"] > 0) & ~shown["beyond"],
            value_text=[money(value, currency) for value in shown["value"]],
            interval_text=[
                span(low, high, currency)
                for low, high in zip(shown["low"], shown["high"], strict=True)
            ],
        )
        components.chart(
            plots.whiskers(
                shown,
                tooltip=[
                    ("label", t("what_if.scenario")),
                    ("value_text", t("what_if.money")),
                    ("interval_text", t("interval")),
                ],
                unit=on_axis(currency),
                rule_at=0.0,
            ),
            charts.height_of(len(shown), at_least=240),
            t(
                "what_if.compare.alt",
                scenario=shown["label"].iloc[0],
                value=shown["value_text"].iloc[0],
            ),
        )


def table_card(rows: pd.DataFrame) -> None:
    """List every scenario and outcome with interval, money and caution."""

    def tools() -> None:
        components.download(rows, "what_if", "decisions.what_if.csv")

    with components.card(t("what_if.table"), t("what_if.table.how"), tools):
        components.table(
            pd.DataFrame(
                {
                    "scenario": rows["scenario"].map(lambda code: i18n.word("scenario", code)),
                    "outcome": rows["outcome"].map(lambda code: i18n.word("desk_outcome", code)),
                    "amount": [
                        i18n.NOTHING if i18n.is_missing(value) else money(value, currency)
                        for value, currency in zip(rows["amount"], rows["currency"], strict=True)
                    ],
                    "amount_span": [
                        i18n.NOTHING if i18n.is_missing(low) else span(low, high, currency)
                        for low, high, currency in zip(
                            rows["amount_low"], rows["amount_high"], rows["currency"], strict=True
                        )
                    ],
                    "effect": [
                        t("what_if.not_measured")
                        if i18n.is_missing(value)
                        else f"{i18n.number(value, 1)} ({i18n.number(low, 1)} – "
                        f"{i18n.number(high, 1)})"
                        for value, low, high in zip(
                            rows["effect"], rows["effect_low"], rows["effect_high"], strict=True
                        )
                    ],
                    "beyond": rows["is_extrapolated"].fillna(False).astype(bool),
                    "warning": rows["warning"].map(notes.said),
                }
            ),
            {
                # Narrow, so that a phone shows which scenario brings how much through what.
                "scenario": st.column_config.TextColumn(
                    t("what_if.scenario"), pinned=True, width=150
                ),
                "outcome": st.column_config.TextColumn(t("what_if.outcome"), width=72),
                "amount": st.column_config.TextColumn(
                    t("what_if.money.narrow"),
                    alignment="right",
                    width=88,
                    help=t("what_if.money"),
                ),
                "amount_span": st.column_config.TextColumn(t("interval"), alignment="right"),
                "effect": st.column_config.TextColumn(t("what_if.effect"), alignment="right"),
                "beyond": st.column_config.CheckboxColumn(t("what_if.extrapolated")),
                "warning": st.column_config.TextColumn(t("what_if.warning"), width="large"),
            },
            t("what_if.table"),
            key="decisions.what_if",
        )
