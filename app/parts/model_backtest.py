"""Back-tests of a model: how it did at each cut-off it had not seen, beside the simple rules."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import components, curve_plots, i18n
from app.i18n import t

MEASURES = ("auc", "lift_top_decile", "log_loss_gain", "calibration_gap")
RULE, MODEL = "three-line rule", "champion"


def verdict(tested: pd.DataFrame) -> str | None:
    """Say whether the model is proven better than the three-line rule, or that nobody can tell."""
    gain = tested[
        (tested["scope"] == "mean")
        & (tested["metric"] == "log_loss_gain")
        & (tested["estimator"] == RULE)
    ] if len(tested) else tested  # fmt: skip
    if gain.empty:
        return None
    row = gain.iloc[0]
    key = "trust.proven" if not i18n.is_missing(row["low"]) and row["low"] > 0 else "trust.unproven"
    return t(
        key,
        cutoffs=i18n.number(row["cutoffs"]),
        gain=i18n.number(row["value"], 4),
        low=i18n.number(row["low"], 4),
        high=i18n.number(row["high"], 4),
    )


def backtest_card(tested: pd.DataFrame) -> None:
    """Draw AUC by cut-off of the model and the rules beside it, each with its interval."""

    def tools() -> None:
        if len(tested):
            components.download(tested, "backtest", "trust.backtest.csv")

    with components.card(t("backtest"), t("backtest.how"), tools):
        auc = (
            tested[(tested["scope"] == "cut-off") & (tested["metric"] == "auc")]
            if len(tested)
            else tested
        )
        auc = auc.dropna(subset=["value"]) if len(auc) else auc
        if auc.empty:
            components.nothing(t("backtest.none"), t("backtest.none.why"), "history")
            return
        said = verdict(tested)
        if said:
            st.markdown(said)
        order = [
            name
            for name in (MODEL, RULE, "logistic")
            if (auc["estimator"] == name).any()
        ]  # fmt: skip
        auc = auc[auc["estimator"].isin(order)]
        shown = pd.DataFrame(
            {
                "x": pd.to_datetime(auc["as_of_date"]),
                "value": auc["value"],
                # Two bands over one another tell nothing; the model's own is drawn.
                "low": auc["low"].where(auc["estimator"] == MODEL),
                "high": auc["high"].where(auc["estimator"] == MODEL),
                "series": auc["estimator"].map(lambda code: i18n.word("estimator", code)),
                "day": auc["as_of_date"].map(i18n.day),
                "value_text": [
                    i18n.number(value, 3)
                    + (
                        ""
                        if i18n.is_missing(low)
                        else f" ({i18n.number(low, 3)} – {i18n.number(high, 3)})"
                    )
                    for value, low, high in zip(auc["value"], auc["low"], auc["high"], strict=True)
                ],
                "exits": auc["test_exits"].map(i18n.number),
            }
        )
        components.chart(
            curve_plots.curves(
                shown,
                series=[i18n.word("estimator", name) for name in order],
                tooltip=[
                    ("series", t("estimator")),
                    ("day", t("cut_off")),
                    ("value_text", i18n.word("measure", "auc")),
                    ("exits", t("exits")),
                ],
                unit="",
                is_time=True,
                has_points=True,
                rule_at=0.5,
            ),
            270,
            t("backtest.alt", value=shown["value_text"].iloc[-1]),
        )
        summary_table(tested)


def summary_table(tested: pd.DataFrame) -> None:
    """List mean, worst and what age costs, of the model and of the rules."""
    is_told = tested["scope"].isin(["mean", "worst"]) & tested["metric"].isin(MEASURES)
    # What age costs is asked of the model alone; a rule does not age.
    is_told |= (
        (tested["scope"] == "decay") & (tested["estimator"] == MODEL) & (tested["metric"] == "auc")
    )
    rows = tested[is_told & (tested["estimator"] != "base rate")].dropna(subset=["value"])
    places = {"mean": 0, "worst": 1, "decay": 2}
    rows = rows.assign(place=rows["scope"].map(places)).sort_values(["place", "metric"])
    table = pd.DataFrame(
        {
            "measure": rows["metric"].map(lambda code: i18n.word("measure", code)),
            "estimator": rows["estimator"].map(lambda code: i18n.word("estimator", code)),
            "scope": [
                i18n.word("scope", scope)
                + (f", {t('lag', months=int(lag))}" if scope == "decay" else "")
                + (f", {i18n.day(date)}" if scope == "worst" else "")
                for scope, lag, date in zip(
                    rows["scope"], rows["lag_months"], rows["as_of_date"], strict=True
                )
            ],
            "value": [i18n.number(value, 4) for value in rows["value"]],
            "interval": [i18n.between(low, high, 4) for low, high in zip(
                rows["low"], rows["high"], strict=True)],
        }
    )  # fmt: skip
    if table.empty:
        return
    components.table(
        table,
        {
            "measure": st.column_config.TextColumn(t("measure"), pinned=True),
            "estimator": t("estimator"),
            "scope": t("scope"),
            "value": st.column_config.TextColumn(t("value"), alignment="right"),
            "interval": st.column_config.TextColumn(t("interval"), alignment="right"),
        },
        t("backtest"),
        key="trust.summary",
        height=240,
    )
