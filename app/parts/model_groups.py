"""For whom a model is wrong: its calibration gap in each group."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import charts, components, i18n, plots
from app.i18n import t
from app.queries import trust

# So many groups the prediction is off for are named in the sentence, those furthest off.
NAMED = 3


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
        wrong = wrong.sort_values("calibration_gap", key=abs, ascending=False, kind="stable")
        st.markdown(
            t("groups.fine", groups=i18n.number(len(groups)))
            if wrong.empty
            else t(
                "groups.wrong" if len(wrong) <= NAMED else "groups.wrong.most",
                count=i18n.number(len(wrong)),
                groups=i18n.number(len(groups)),
                names=", ".join(wrong["label"].head(NAMED)),
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
                f"{i18n.number(value, 3)} ({i18n.between(low, high, 3)})"
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
        height=400,
    )


def _group(dimension: str, value: object) -> str:
    if value == "small groups together":
        return t("groups.small")
    vocabulary = {"contract_type": "contract"}.get(dimension, dimension)
    return i18n.word(vocabulary, value)
