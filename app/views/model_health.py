"""Model health: can the scores be trusted, which model serves, and why?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import charts, components, frame, i18n, notes, urls
from app.i18n import t
from app.parts import churn_risk, model_backtest, model_drift, model_trust
from app.queries import trust

PAGE = "model_health"


def page() -> None:
    """Draw the page."""
    frame.header(t("model_health"), t("model_health.question"), PAGE)
    models = trust.models()
    if models.empty:
        components.nothing(t("models.none"), t("models.none.why"), "model_training")
        return
    targets = list(dict.fromkeys(models["target"]))
    target = urls.chosen(
        st.segmented_control,
        t("model_of"),
        targets,
        page=PAGE,
        name="target",
        default="churn",
        format_func=lambda code: i18n.word("model_target", code),
        required=True,
    )
    own = models[models["target"] == target]
    model = own.iloc[0]
    components.finding(sentence(model))
    churn_risk.honesty_card(model)
    left, right = st.columns([2, 3], gap="small")
    with left:
        drivers_card(str(model["model_id"]))
    with right:
        registry_card(own)
    if target == "churn":
        model_trust.cards(model)
    else:
        st.caption(t("models.only_churn"))


def sentence(model: pd.Series) -> str:
    """Say whether a model serves, since when its data is, and whether it beats the simple rule."""
    target = i18n.word("model_target", model["target"])
    if model["status"] != "champion":
        return t("models.finding.none", target=target)
    said = t(
        "models.finding",
        target=target,
        estimator=model["estimator"],
        day=i18n.day(model["as_of_date"]),
    )
    proof = model_backtest.verdict(trust.backtest(str(model["model_id"])))
    return f"{said} {proof}" if proof else said


def drivers_card(model_id: str) -> None:
    """Draw which features move the risk most."""
    rows = trust.drivers(model_id)

    def tools() -> None:
        if len(rows):
            components.download(rows, "model_drivers", "health.drivers.csv")

    with components.card(t("drivers"), t("drivers.how"), tools):
        if rows.empty:
            components.nothing(t("drivers.none"), t("drivers.none.why"), "psychology_alt")
            return
        shown = pd.DataFrame(
            {
                "label": rows["feature"].map(model_drift.feature),
                "value": rows["importance"].astype(float),
                "value_text": [i18n.number(value, 3) for value in rows["importance"]],
                "theme": rows["theme"].map(lambda code: i18n.word("theme", code)),
            }
        )
        components.chart(
            charts.ranked(
                shown,
                tooltip=[
                    ("label", t("subject")),
                    ("theme", t("drivers.theme")),
                    ("value_text", t("drivers.importance")),
                ],
            ),
            charts.height_of(len(shown)),
            t("drivers.alt", feature=shown["label"].iloc[0]),
        )


def registry_card(own: pd.DataFrame) -> None:
    """List the versions of a model: which serves, on what it learned, and why."""

    def tools() -> None:
        components.download(
            own.drop(columns=["parameters", "features"], errors="ignore"),
            "models",
            "health.models.csv",
        )

    with components.card(t("registry"), t("registry.how"), tools):
        components.table(
            pd.DataFrame(
                {
                    "status": own["status"].map(lambda code: i18n.word("model_status", code)),
                    "day": pd.to_datetime(own["as_of_date"]),
                    "estimator": own["estimator"].fillna(i18n.NOTHING),
                    "rows": own["train_rows"],
                    "exits": own["train_positives"],
                    "reason": own["reason"].map(notes.said),
                    "id": own["model_id"],
                }
            ),
            {
                "status": st.column_config.TextColumn(t("status"), pinned=True),
                "day": st.column_config.DateColumn(t("cut_off")),
                "estimator": t("estimator"),
                "rows": st.column_config.NumberColumn(t("test_rows"), format="localized"),
                "exits": st.column_config.NumberColumn(t("cases"), format="localized"),
                "reason": st.column_config.TextColumn(t("told"), width="large"),
                "id": t("id"),
            },
            t("registry"),
            key="health.models",
            height=360,
        )


if __name__ == "__main__":
    page()
