"""Did it work: what was recommended beside what chance kept back, and what campaigns showed."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from app import charts, components, i18n, notes, plots
from app.i18n import t
from app.parts import desk, target_list
from app.queries import decisions

MEASURED = "measured"
# Shares of a line are told of so many: 1.20 exits are read, 0.0120 are counted noughts.
PER = 100


def section() -> None:
    """Draw what past actions changed beside the hold-out."""
    rows = decisions.effects()
    if rows.empty:
        components.nothing(t("results.none"), t("results.none.why"), "science")
        target_list.proof_card()
        return
    named = desk.namer()
    measured = rows[rows["status"] == MEASURED]
    components.finding(
        sentence(measured, named)
        if len(measured)
        else f"{t('results.finding.open')} {when(rows, named)}".strip()
    )
    if measured.empty:
        table_card(rows, named)
        target_list.proof_card()
        return
    left, right = st.columns([3, 2], gap="small")
    with left:
        scale_card(measured, named)
    with right:
        target_list.proof_card()
    table_card(rows, named)


def sentence(measured: pd.DataFrame, named: Callable[[str], str]) -> str:
    """Say how many effects are clear."""
    is_clear = (measured["low"] > 0) | (measured["high"] < 0)
    most = measured.loc[measured["measured"].abs().idxmax()]
    return t(
        "results.finding",
        clear=i18n.number(int(is_clear.sum())),
        measured=i18n.number(len(measured)),
        action=named(most["action_id"]),
        outcome=i18n.word("desk_done", most["outcome"]),
        value=i18n.signed(PER * most["measured"], 2),
    )


def when(rows: pd.DataFrame, named: Callable[[str], str]) -> str:
    """Say on which day the first effect will be known, by the lists made so far."""
    enough = rows.dropna(subset=["enough_known_on"]).sort_values("enough_known_on")
    if len(enough):
        first = enough.iloc[0]
        return t(
            "results.first",
            day=i18n.day(first["enough_known_on"]),
            action=named(first["action_id"]),
            outcome=i18n.inside(i18n.word("desk_outcome", first["outcome"])),
        )
    first = rows["first_known_on"].min()
    return "" if i18n.is_missing(first) else t("results.first.few", day=i18n.day(first))


def scale_card(measured: pd.DataFrame, named: Callable[[str], str]) -> None:
    """Draw which share of what was foretold was found, with intervals."""
    with components.card(t("results.chart"), t("results.chart.how")):
        rows = pd.DataFrame(
            {
                "label": [
                    f"{named(action)} · {i18n.inside(i18n.word('desk_outcome', outcome))}"
                    for action, outcome in zip(
                        measured["action_id"], measured["outcome"], strict=True
                    )
                ],
                "value": 100 * measured["scale"],
                "low": 100 * measured["scale_low"],
                "high": 100 * measured["scale_high"],
                "is_clear": (measured["scale_low"] > 0) | (measured["scale_high"] < 0),
                "value_text": [i18n.percent(100 * value, 0) for value in measured["scale"]],
                "found": [i18n.signed(PER * value, 2) for value in measured["measured"]],
                "foretold": [i18n.signed(PER * value, 2) for value in measured["foretold"]],
            }
        )
        components.chart(
            plots.whiskers(
                rows,
                tooltip=[
                    ("label", t("to_do")),
                    ("value_text", t("results.chart")),
                    ("found", t("results.measured")),
                    ("foretold", t("results.foretold")),
                ],
                unit="%",
                rule_at=100.0,
                label_width=230,
            ),
            charts.height_of(len(rows), at_least=240),
            t(
                "results.chart.alt",
                action=rows["label"].iloc[0],
                value=rows["value_text"].iloc[0],
            ),
        )


def table_card(rows: pd.DataFrame, named: Callable[[str], str]) -> None:
    """List both arms of each action and outcome, or why nothing is measured yet."""
    # What is known first, then what will be soonest.
    rows = rows.assign(is_open=rows["status"] != MEASURED)
    rows = rows.sort_values(["is_open", "enough_known_on"], kind="stable").drop(columns="is_open")

    def tools() -> None:
        components.download(rows, "action_effects", "decisions.results.csv")

    with components.card(t("results.table"), t("results.table.how"), tools):
        components.table(
            pd.DataFrame(
                {
                    "action": rows["action_id"].map(named),
                    "outcome": rows["outcome"].map(lambda code: i18n.word("desk_outcome", code)),
                    "status": rows["status"].map(lambda code: t(f"results.status.{code}")),
                    **{
                        name: [
                            t("hidden") if i18n.is_missing(value) else i18n.number(value)
                            for value in rows[f"lines_{column}"]
                        ]
                        for name, column in (("done", "done"), ("kept", "held_out"))
                    },
                    "measured": [
                        i18n.NOTHING
                        if i18n.is_missing(value)
                        else f"{i18n.number(PER * value, 2)} "
                        f"({i18n.between(PER * low, PER * high, 2)})"
                        for value, low, high in zip(
                            rows["measured"], rows["low"], rows["high"], strict=True
                        )
                    ],
                    "foretold": [
                        i18n.number(PER * value, 2) if done else i18n.NOTHING
                        for value, done in zip(rows["foretold"], rows["lines_done"], strict=True)
                    ],
                    "when": pd.to_datetime(rows["enough_known_on"]),
                    "reason": rows["reason"].map(notes.said),
                }
            ),
            {
                "action": st.column_config.TextColumn(t("to_do"), pinned=True),
                "outcome": t("what_if.outcome"),
                "status": t("status"),
                **{
                    name: st.column_config.TextColumn(t(f"results.{name}"), alignment="right")
                    for name in ("done", "kept", "measured", "foretold")
                },
                "when": st.column_config.DateColumn(t("results.when"), help=t("results.when.help")),
                "reason": st.column_config.TextColumn(t("told"), width="large"),
            },
            t("results.table"),
            key="decisions.results",
            height=420,
        )
