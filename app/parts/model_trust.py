"""How far to trust a model: calibration, back-tests over time, groups, decisions and drift."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import components, i18n, notes, plots
from app.compare import wilson
from app.i18n import t
from app.parts import model_backtest, model_drift, model_groups
from app.queries import trust


def cards(model: pd.Series) -> None:
    """Draw everything there is about one model of the registry."""
    model_id, target = str(model["model_id"]), str(model["target"])
    tested = trust.backtest(model_id)
    left, right = st.columns([3, 2], gap="small")
    with left:
        model_backtest.backtest_card(tested)
    with right:
        calibration_card(model_id)
    model_groups.slices_card(model_id)
    left, right = st.columns([5, 4], gap="small")
    with left:
        decisions_card(target)
    with right:
        model_drift.drift_card(model_id)


def calibration_card(model_id: str) -> None:
    """Draw what was predicted beside what came true, by tenth of risk."""
    rows = trust.calibration(model_id)

    def tools() -> None:
        if len(rows):
            components.download(rows, "calibration", "trust.calibration.csv")

    with components.card(t("calibration"), t("calibration.how"), tools):
        if rows.empty:
            components.nothing(t("calibration.none"), t("calibration.none.why"), "straighten")
            return
        bounds = [
            wilson(share / 100 * count, count)
            for share, count in zip(rows["observed"], rows["row_count"], strict=True)
        ]
        shown = pd.DataFrame(
            {
                "predicted": rows["predicted"],
                "value": rows["observed"],
                "low": [bound.low for bound in bounds],
                "high": [bound.high for bound in bounds],
                "predicted_text": [i18n.percent(value, 2) for value in rows["predicted"]],
                "value_text": [i18n.percent(value, 2) for value in rows["observed"]],
                "interval_text": [
                    f"{i18n.percent(bound.low, 2)} – {i18n.percent(bound.high, 2)}"
                    for bound in bounds
                ],
                "rows": rows["row_count"].map(i18n.number),
            }
        )
        off = int(
            ((shown["predicted"] < shown["low"]) | (shown["predicted"] > shown["high"])).sum()
        )
        st.markdown(
            t("calibration.good", bins=i18n.number(len(shown)))
            if not off
            else t("calibration.off", off=i18n.number(off), bins=i18n.number(len(shown)))
        )
        components.chart(
            plots.agreement(
                shown,
                tooltip=[
                    ("predicted_text", t("predicted")),
                    ("value_text", t("observed")),
                    ("interval_text", t("interval")),
                    ("rows", t("test_rows")),
                ],
                titles=(t("predicted"), t("observed")),
            ),
            300,
            t("calibration.alt", off=i18n.number(off), bins=i18n.number(len(shown))),
        )


def decisions_card(target: str) -> None:
    """List why this model serves: each check, what was found and what was allowed."""
    rows = trust.decisions(target)

    def tools() -> None:
        if len(rows):
            components.download(rows, "model_decisions", "trust.decisions.csv")

    with components.card(t("serves"), t("decisions.how"), tools):
        if rows.empty:
            components.nothing(t("decisions.none"), t("decisions.none.why"), "gavel")
            return
        first = rows.iloc[0]
        st.markdown(
            t(
                "decisions.last",
                day=i18n.day(first["as_of_date"]),
                decision=i18n.word("decision", first["decision"]),
            )
        )
        table = pd.DataFrame(
            {
                "day": pd.to_datetime(rows["as_of_date"]),
                "decision": rows["decision"].map(lambda code: i18n.word("decision", code)),
                "check": rows["check_name"].map(lambda code: i18n.word("check", code)),
                "passed": [
                    t("passed") if passed else t("not_passed") for passed in rows["is_passed"]
                ],
                "decisive": rows["is_decisive"].astype(bool),
                "told": rows["told"].map(notes.said),
            }
        )
        components.table(
            table,
            {
                "day": st.column_config.DateColumn(t("cut_off")),
                "decision": t("decision"),
                "check": t("check"),
                "passed": t("outcome"),
                "decisive": st.column_config.CheckboxColumn(t("decisive"), help=t("decisive.help")),
                "told": st.column_config.TextColumn(t("told"), width="large"),
            },
            t("serves"),
            key="trust.decisions",
            height=320,
        )
