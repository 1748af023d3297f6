"""How far to trust a model: calibration, back-tests over time, groups, decisions and drift."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import charts, components, curve_plots, i18n, notes, plots
from app.compare import wilson
from app.i18n import t
from app.queries import trust

MEASURES = ("auc", "lift_top_decile", "log_loss_gain", "calibration_gap")
RULE, MODEL = "three-line rule", "champion"


def cards(model: pd.Series) -> None:
    """Draw everything there is about one model of the registry."""
    model_id, target = str(model["model_id"]), str(model["target"])
    tested = trust.backtest(model_id)
    left, right = st.columns([3, 2], gap="small")
    with left:
        backtest_card(tested)
    with right:
        calibration_card(model_id)
    slices_card(model_id)
    left, right = st.columns([5, 4], gap="small")
    with left:
        decisions_card(target)
    with right:
        drift_card(model_id)


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
            "interval": [_between(low, high, 4) for low, high in zip(
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
        height=min(34 * len(table) + 40, 240),
    )


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


def slices_card(model_id: str) -> None:
    """Draw the calibration gap of each group: for whom the model is wrong."""
    rows = trust.slices(model_id)

    def tools() -> None:
        if len(rows):
            components.download(rows, "model_slices", "trust.slices.csv")

    with components.card(t("groups"), t("groups.how"), tools):
        if rows.empty:
            components.nothing(t("groups.none"), t("groups.none.why"), "groups")
            return
        named = rows.assign(
            label=[
                t("whole_base")
                if dimension == "all"
                else f"{i18n.word('dimension', dimension)}: {_group(dimension, value)}"
                for dimension, value in zip(rows["dimension"], rows["dimension_value"], strict=True)
            ]
        )
        groups = named[named["dimension"] != "all"]
        wrong = groups[(groups["gap_low"] > 0) | (groups["gap_high"] < 0)]
        st.markdown(
            t("groups.fine", groups=i18n.number(len(groups)))
            if wrong.empty
            else t(
                "groups.wrong",
                count=i18n.number(len(wrong)),
                groups=i18n.number(len(groups)),
                names=", ".join(wrong["label"].head(3)),
            )
        )
        left, right = st.columns([2, 3], gap="small")
        with left:
            top = named.assign(size=named["calibration_gap"].abs()).sort_values(
                "size", ascending=False
            )
            top = top.dropna(subset=["calibration_gap"]).head(12)
            shown = pd.DataFrame(
                {
                    "label": top["label"],
                    "value": 100 * top["calibration_gap"],
                    "low": 100 * top["gap_low"],
                    "high": 100 * top["gap_high"],
                    "is_clear": (top["gap_low"] > 0) | (top["gap_high"] < 0),
                    "value_text": [
                        f"{i18n.signed(100 * value, 2)} {t('pp')}"
                        for value in top["calibration_gap"]
                    ],
                    "rows": top["n"].map(i18n.number),
                }
            )
            if len(shown):
                components.chart(
                    plots.whiskers(
                        shown,
                        tooltip=[
                            ("label", t("group")),
                            ("value_text", t("gap")),
                            ("rows", t("test_rows")),
                        ],
                        unit=f" {t('pp')}",
                        rule_at=0.0,
                    ),
                    charts.height_of(len(shown)),
                    t("groups.alt", group=shown["label"].iloc[0]),
                )
        with right:
            groups_table(named)


def groups_table(named: pd.DataFrame) -> None:
    """List each group with how well it is ranked and how often it is chosen."""
    table = pd.DataFrame(
        {
            "group": named["label"],
            "auc": [
                f"{i18n.number(value, 3)} ({_between(low, high, 3)})"
                if not i18n.is_missing(value)
                else i18n.NOTHING
                for value, low, high in zip(
                    named["auc"], named["auc_low"], named["auc_high"], strict=True
                )
            ],
            "mean": [i18n.percent(100 * value, 2) for value in named["mean_score"]],
            "seen": [i18n.percent(100 * value, 2) for value in named["observed_rate"]],
            "ratio": [
                i18n.NOTHING if i18n.is_missing(value) else f"{i18n.number(value, 2)}×"
                for value in named["selection_ratio"]
            ],
            "fairness": named["is_fairness_group"].astype(bool),
            "n": named["n"],
        }
    )
    components.table(
        table,
        {
            "group": st.column_config.TextColumn(t("group"), pinned=True),
            "auc": st.column_config.TextColumn(i18n.word("measure", "auc"), alignment="right"),
            "mean": st.column_config.TextColumn(t("predicted"), alignment="right"),
            "seen": st.column_config.TextColumn(t("observed"), alignment="right"),
            "ratio": st.column_config.TextColumn(
                t("chosen_ratio"), alignment="right", help=t("chosen_ratio.help")
            ),
            "fairness": st.column_config.CheckboxColumn(t("fairness"), help=t("fairness.help")),
            "n": st.column_config.NumberColumn(t("test_rows"), format="localized"),
        },
        t("groups"),
        key="trust.groups",
        height=min(34 * len(table) + 40, 400),
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
                "day": rows["as_of_date"].map(i18n.day),
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
                "day": t("cut_off"),
                "decision": t("decision"),
                "check": t("check"),
                "passed": t("outcome"),
                "decisive": st.column_config.CheckboxColumn(t("decisive"), help=t("decisive.help")),
                "told": st.column_config.TextColumn(t("told"), width="large"),
            },
            t("serves"),
            key="trust.decisions",
            height=min(34 * len(table) + 40, 320),
        )


def drift_card(model_id: str | None) -> None:
    """List what moved since the model learned, and what is noise."""
    rows = trust.drift(model_id)

    def tools() -> None:
        if len(rows):
            components.download(rows, "model_drift", "trust.drift.csv")

    with components.card(t("drift"), t("drift.how"), tools):
        if rows.empty:
            components.nothing(t("drift.none"), t("drift.none.why"), "trending_flat")
            return
        counts = rows["verdict"].value_counts()
        with st.container(horizontal=True, gap="xsmall"):
            for code, colour in (("drifted", "red"), ("watch", "orange"), ("steady", "green")):
                if counts.get(code, 0):
                    st.badge(f"{i18n.word('drift', code)}: {counts[code]}", color=colour)
        table = pd.DataFrame(
            {
                "verdict": rows["verdict"].map(lambda code: i18n.word("drift", code)),
                "subject": [
                    feature(subject) if kind == "feature" else i18n.word("drift_kind", kind)
                    for kind, subject in zip(rows["subject_kind"], rows["subject"], strict=True)
                ],
                "value": rows["value"],
                "noise": rows["noise_limit"],
                "since": rows["reference_date"].map(i18n.day),
            }
        )
        components.table(
            table,
            {
                "verdict": t("verdict"),
                "subject": st.column_config.TextColumn(t("subject"), width="medium"),
                "value": st.column_config.NumberColumn(
                    t("drift.value"), format="%.3f", help=t("drift.value.help")
                ),
                "noise": st.column_config.NumberColumn(t("drift.noise"), format="%.3f"),
                "since": t("drift.since"),
            },
            t("drift"),
            key="trust.drift",
            height=min(34 * len(table) + 40, 320),
        )


def feature(name: str) -> str:
    """Write a feature's name in words; what a line holds is named by its code."""
    if name.startswith("holds_"):
        return t("feature.holds_", item=name.removeprefix("holds_"))
    return i18n.word("feature", name)


def _between(low: float | None, high: float | None, digits: int) -> str:
    if i18n.is_missing(low) or i18n.is_missing(high):
        return i18n.NOTHING
    return f"{i18n.number(low, digits)} – {i18n.number(high, digits)}"


def _group(dimension: str, value: object) -> str:
    if value == "small groups together":
        return t("groups.small")
    vocabulary = {"contract_type": "contract"}.get(dimension, dimension)
    return i18n.word(vocabulary, value)
