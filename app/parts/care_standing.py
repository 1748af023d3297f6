"""How the line stands: experience to the last point, risk with reasons, and what it is worth."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import charts, components, horizon, i18n, notes, standing
from app.i18n import t
from app.parts.care_answers import Case, escaped
from app.parts.care_bill import money
from app.queries import care_standing, churn

SHOWN_POINTS = 10


def figures(case: Case) -> None:
    """Draw index, risk and value."""
    index = care_standing.index(case.subscription)
    newest = None if index.empty else index.iloc[-1]
    is_seen = newest is not None and not i18n.is_missing(newest["cxi"])
    before = index.iloc[-2] if len(index) > 1 else None
    was_seen = before is not None and not i18n.is_missing(before["cxi"])
    score = care_standing.score(case.subscription)
    value = care_standing.value(case.subscription)
    plain = {"delta_color": "off", "delta_arrow": "off", "border": True, "height": "stretch"}
    with st.grid(3, min_column_width=210, gap="small"):
        components.metric(
            t("metric.M42"),
            i18n.number(newest["cxi"], 1) if is_seen else i18n.NOTHING,
            t("not_monitored")
            if not is_seen
            else t(
                "cxi.before",
                value=i18n.number(before["cxi"], 1),
                day=i18n.day(before["as_of_date"]),
            )
            if was_seen
            else None,
            help=t("cxi.help"),
            **plain,
        )
        components.metric(
            t("score"),
            i18n.NOTHING if score is None else i18n.percent(100 * score["score"], 1),
            None
            if score is None or not score["base_rate"]
            else t("times_average", times=i18n.number(score["score"] / score["base_rate"], 1)),
            help=horizon.score_help(),
            **plain,
        )
        components.metric(
            t("value.figure"),
            i18n.NOTHING if value is None else money(value["clv"], value["currency"], 0),
            None
            if value is None
            else t(
                "value.between",
                low=i18n.number(value["clv_low"]),
                high=i18n.number(value["clv_high"]),
            ),
            help=t("value.help"),
            **plain,
        )
    if is_seen:
        st.caption(standing.index_standing())


def cards(case: Case) -> None:
    """Draw experience and risk beside each other."""
    left, right = st.columns(2, gap="small")
    with left:
        index_card(case)
    with right:
        risk_card(case)


def index_card(case: Case) -> None:
    """Show what the index lost to each experience; the points add up exactly."""
    index = care_standing.index(case.subscription)
    with components.card(t("points"), t("points.how")):
        if index.empty or not bool(index.iloc[-1]["is_monitored"]):
            components.nothing(t("not_monitored"), t("not_monitored.why"), "visibility_off")
            return
        newest = index.iloc[-1]
        points = care_standing.points(case.subscription, newest["as_of_date"])
        lost = float(points["points_lost"].sum()) if len(points) else 0.0
        st.markdown(
            t(
                "points.sum",
                lost=i18n.number(lost, 2),
                cxi=i18n.number(newest["cxi"], 2),
                day=i18n.day(newest["as_of_date"]),
            )
        )
        if points.empty:
            components.nothing(t("points.none"), t("points.none.why"), "sentiment_satisfied")
            return
        shown = ranked(points)
        components.chart(
            charts.ranked(
                shown,
                tooltip=[
                    ("label", t("what")),
                    ("domain", t("domain")),
                    ("value_text", t("points_lost")),
                    ("reference", t("reference")),
                ],
                label_width=230,
            ),
            charts.height_of(len(shown)),
            t("points.alt", lost=i18n.number(lost, 1)),
        )


def ranked(points: pd.DataFrame) -> pd.DataFrame:
    """Return the greatest losses in words, and all others as one, so that they add up."""
    rows = pd.DataFrame(
        {
            "label": [
                f"{i18n.word('event', kind)}, {i18n.day(moment)}"
                for kind, moment in zip(points["event_type"], points["occurred_at"], strict=True)
            ],
            "value": points["points_lost"].astype(float),
            "domain": points["domain"].map(lambda code: i18n.word("domain", code)),
            "reference": points["evidence_id"],
        }
    )
    shown = rows.head(SHOWN_POINTS)
    if len(rows) > SHOWN_POINTS:
        rest = {
            "label": t("points.rest", n=len(rows) - SHOWN_POINTS),
            "value": float(rows["value"].iloc[SHOWN_POINTS:].sum()),
            "domain": "",
            "reference": "",
        }
        shown = pd.concat([shown, pd.DataFrame([rest])], ignore_index=True)
    # Two experiences of a kind on one day need labels of their own.
    repeats = shown.groupby("label").cumcount()
    return shown.assign(
        label=shown["label"] + repeats.map(lambda n: f" ({n + 1})" if n else ""),
        value_text=shown["value"].map(lambda value: i18n.number(value, 2)),
    )


def risk_card(case: Case) -> None:
    """Say how likely the line is to leave, why, and what it would take with it."""
    with components.card(t("score.title"), t("risk.not_persuadability")):
        score = care_standing.score(case.subscription)
        if score is None:
            components.nothing(t("no_score"), why_no_score(case), "model_training")
            return
        st.markdown(
            t(
                "score.sentence",
                score=i18n.percent(100 * score["score"], 1),
                base=i18n.percent(100 * score["base_rate"], 1),
                rank=i18n.number(score["score_rank"]),
                day=i18n.day(score["as_of_date"]),
            )
        )
        value = care_standing.value(case.subscription)
        if value is not None:
            st.markdown(
                t(
                    "value.sentence",
                    clv=i18n.number(value["clv"], 2),
                    currency="" if i18n.is_missing(value["currency"]) else value["currency"],
                    months=i18n.number(value["horizon_months"]),
                    margin=i18n.number(value["monthly_margin"], 2),
                    stays=i18n.number(value["expected_lifetime_months"], 1),
                )
            )
        reasons = care_standing.reasons(case.subscription, score["as_of_date"])
        if reasons.empty:
            st.caption(t("no_reasons.why"))
            return
        text = "sentence_ru" if i18n.language() == "ru" else "sentence"
        told = []
        for reason in reasons.to_dict("records"):
            is_up = reason["direction"] == "raises"
            mark = ":red[:material/arrow_upward:]" if is_up else ":green[:material/arrow_downward:]"
            told.append(
                f"{mark} {escaped(i18n.told(str(reason[text])))} "
                f":gray[· {i18n.word('theme', reason['theme'])}]"
            )
        st.markdown("\n\n".join(told))


def why_no_score(case: Case) -> str:
    """Say why the line has no score."""
    if not i18n.is_missing(case.line["ended_at"]):
        return t("no_score.left")
    model = churn.model("churn")
    if model is None:
        return t("no_model.untried")
    return t("no_score.why") if model["status"] == "champion" else notes.said(model["reason"])
