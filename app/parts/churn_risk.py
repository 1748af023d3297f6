"""Who may leave next: how the risk is spread, what drives it, the list, and how good it is."""

from __future__ import annotations

import json

import pandas as pd
import streamlit as st

from app import charts, components, door, horizon, i18n, notes
from app.i18n import t
from app.parts import model_drift
from app.queries import churn, currency

MEASURES = ("auc", "average_precision", "lift_top_decile", "log_loss", "brier", "ece")
MOST_MEASURES = 6


def no_scores(model: pd.Series | None) -> None:
    """Say that there are no scores, and why."""
    reason = t("no_model.untried") if model is None else notes.said(model["reason"])
    components.nothing(t("no_model"), reason, "model_training")


def distribution_card(as_of_date: object, dimension: str, code: str, totals: pd.Series) -> None:
    """Draw how the scores are spread."""
    rows = churn.distribution(as_of_date, dimension, code)
    how, top = t("distribution.how", day=i18n.day(as_of_date)), 100 * totals["top_tenth_from"]
    if len(rows):
        how += " " + t("distribution.top", top=i18n.percent(top, 1))
    with components.card(t("distribution"), how):
        if rows.empty:
            components.nothing(t("too_few"), t("hidden.why"), "visibility_off")
            return
        shown = rows.assign(
            value=rows["subscriptions"].astype(float),
            range_text=[
                f"{i18n.percent(low, 1)} – {i18n.percent(high, 1)}"
                for low, high in zip(rows["low"], rows["high"], strict=True)
            ],
            value_text=rows["subscriptions"].map(i18n.number),
        )[["low", "high", "value", "range_text", "value_text"]]
        components.chart(
            charts.histogram(
                shown,
                tooltip=[("range_text", t("score")), ("value_text", t("subscriptions"))],
                mark_from=float(top),
            ),
            270,
            t("distribution.alt", top=i18n.percent(top, 1)),
        )


def themes_card(as_of_date: object, dimension: str, code: str, totals: pd.Series) -> None:
    """Draw the main reasons of those at the top."""
    rows = churn.themes(as_of_date, dimension, code, float(totals["top_tenth_from"]))
    with components.card(t("themes"), t("themes.how")):
        told = rows if rows.empty else rows.dropna(subset=["subscriptions"])
        if rows.empty:
            components.nothing(t("no_reasons"), t("no_reasons.why"), "psychology_alt")
            return
        if told.empty:
            components.nothing(t("too_few"), t("hidden.why"), "visibility_off")
            return
        rows = told
        shown = pd.DataFrame(
            {
                "label": rows["theme"].map(lambda code: i18n.word("theme", code)),
                "value": 100 * rows["subscriptions"].astype(float) / rows["top_tenth"],
                "count": rows["subscriptions"].map(i18n.number),
            }
        )
        shown["value_text"] = shown["value"].map(lambda value: i18n.percent(value, 0))
        components.chart(
            charts.ranked(
                shown,
                tooltip=[
                    ("label", t("reasons")),
                    ("value_text", t("share")),
                    ("count", t("subscriptions")),
                ],
                unit="%",
            ),
            charts.height_of(len(shown), at_least=270),
            t("themes.alt", theme=shown["label"].iloc[0], share=shown["value_text"].iloc[0]),
        )


def list_card(as_of_date: object, dimension: str, code: str) -> None:
    """List whom the scores put highest, why, and the way to each."""
    rows = churn.risk_list(as_of_date, dimension, code)
    if rows.empty:
        components.nothing(t("risk.nobody"), t("risk.nobody.why"), "list")
        return
    sentences = rows["sentences_ru" if i18n.language() == "ru" else "sentences_en"]
    listed = pd.DataFrame(
        {
            "subscription_id": rows["subscription_id"],
            "score": 100 * rows["score"],
            "times_base": rows["score"] / rows["base_rate"],
            "reasons": sentences.map(joined).map(i18n.told),
            "offering": rows["offering"],
            "region": rows["region"].map(lambda code: i18n.word("region", code)),
            "segment": rows["segment"].map(lambda code: i18n.word("segment", code)),
            "monthly_charge": rows["monthly_charge"],
        }
    )

    def tools() -> None:
        # What leaves the page is a list to act on: only whom one may write to.
        allowed = listed[rows["may_be_contacted"].astype(bool)]
        components.download(
            allowed, f"risk_list_{as_of_date:%Y-%m-%d}", "churn.list.csv", of_persons=True
        )

    with components.card(
        t("risk.list"),
        door.with_regions(
            t("risk.list.how", rows=i18n.number(len(rows)), day=i18n.day(as_of_date))
        ),
        tools,
    ):
        selected = components.table(
            listed,
            {
                "subscription_id": st.column_config.TextColumn(t("subscription"), pinned=True),
                "score": st.column_config.NumberColumn(
                    t("score"), format="%.1f%%", help=horizon.score_help()
                ),
                "times_base": st.column_config.NumberColumn(
                    t("times_base"), format="%.1f×", help=t("times_base.help")
                ),
                "reasons": st.column_config.TextColumn(t("reasons"), width=520),
                "offering": t("offering"),
                "region": t("region"),
                "segment": t("segment"),
                "monthly_charge": st.column_config.NumberColumn(
                    currency.heading(t("monthly_charge")), format="%.2f"
                ),
            },
            t("risk.list"),
            key="churn.list",
            height=390,
            is_selectable=True,
        )
        if selected is not None:
            components.open_customer(listed["subscription_id"].iloc[selected], "churn.open")


def joined(sentences: object) -> str:
    """Write up to three reasons as one text."""
    if not isinstance(sentences, (list, tuple)) and not hasattr(sentences, "tolist"):
        return i18n.NOTHING
    told = [str(sentence) for sentence in list(sentences)[:3] if sentence]
    return " · ".join(told) or i18n.NOTHING


def honesty_card(model: pd.Series) -> None:
    """Show how the model did beside the simplest alternatives, on months it had not seen."""
    measured = churn.evaluations(model["model_id"])

    def tools() -> None:
        if len(measured):
            components.download(measured, "churn_evaluation", "churn.evaluation.csv")

    with components.card(t("honesty"), t("honesty.how"), tools):
        if model["status"] != "champion":
            st.badge(t("no_model"), color="orange", icon=":material/model_training:")
            st.markdown(notes.said(model["reason"]))
        else:
            st.markdown(
                t(
                    "honesty.model",
                    rows=i18n.number(model["train_rows"]),
                    exits=i18n.number(model["train_positives"]),
                    since=i18n.day(model["train_from"]),
                    until=i18n.day(model["train_to"]),
                )
                + " "
                + t("honesty.exact" if is_true(model["is_additive"]) else "honesty.approximate")
            )
        if measured.empty:
            components.nothing(t("no_evaluation"), t("no_evaluation.why"), "rule")
            return
        said = beaten(measured)
        if said:
            st.markdown(said)
        evaluation_table(measured, is_churn=model["target"] == "churn")
        leaks = leak_notes(model)
        if leaks:
            st.caption(t("leaks", text=leaks))


def beaten(measured: pd.DataFrame) -> str:
    """Say which baselines the model clearly beats: those below its AUC interval."""
    values = {
        (row["is_baseline"], row["estimator"], row["metric"]): row["value"]
        for row in measured.to_dict("records")
    }
    low = next(
        (
            value
            for (is_baseline, _, name), value in values.items()
            if name == "auc_low" and not is_baseline
        ),
        None,
    )
    baselines = {
        name: value for (is_, name, metric), value in values.items() if is_ and metric == "auc"
    }
    if i18n.is_missing(low) or not baselines:
        return ""
    better = [i18n.word("estimator", name) for name, auc in baselines.items() if auc < low]
    equal = [i18n.word("estimator", name) for name, auc in baselines.items() if not auc < low]
    parts = []
    if better:
        parts.append(t("beats", names=", ".join(better)))
    if equal:
        parts.append(t("not_clearly_better", names=", ".join(equal)))
    return " ".join(parts)


def evaluation_table(measured: pd.DataFrame, *, is_churn: bool) -> None:
    """List estimators by the measures they have, the model first."""
    found: dict[tuple, dict[str, float]] = {}
    for row in measured.to_dict("records"):
        kept = ("is_baseline", "estimator", "split", "test_rows", "test_positives")
        found.setdefault(tuple(row[name] for name in kept), {})[row["metric"]] = row["value"]
    told = {name for own in found.values() for name in own}
    names = [name for name in MEASURES if name in told]
    # Other models are measured by other things; bounds and noise stand with their measure.
    others = {name for name in told if not name.endswith(("_low", "_high", "_floor"))}
    names = names if is_churn else sorted(others - {"mean_score"})[:MOST_MEASURES]
    rows = pd.DataFrame(
        [
            {
                "estimator": i18n.word("estimator", estimator)
                if is_churn or is_baseline
                else t("model"),
                "role": t("baseline") if is_baseline else t("model"),
                "split": i18n.word("split", split),
                **{name: measured_text(own, name) for name in names},
                "test_rows": test_rows,
                "test_positives": test_positives,
            }
            for (is_baseline, estimator, split, test_rows, test_positives), own in found.items()
        ]
    )
    components.table(
        rows,
        {
            "estimator": st.column_config.TextColumn(t("estimator"), pinned=True),
            # What the table is for comes first, here and elsewhere: a phone shows three columns.
            **{
                name: st.column_config.TextColumn(i18n.word("measure", name), alignment="right")
                for name in names
            },
            "role": t("role"),
            "split": t("split"),
            "test_rows": st.column_config.NumberColumn(t("test_rows"), format="localized"),
            "test_positives": st.column_config.NumberColumn(t("exits"), format="localized"),
        },
        t("honesty"),
        key="churn.evaluation",
    )


def measured_text(own: dict[str, float], name: str) -> str:
    """Write a measure with its interval or noise floor, where it has one."""
    digits = 2 if name == "lift_top_decile" else 3
    text = i18n.number(own.get(name), digits)
    if not i18n.is_missing(own.get(f"{name}_low")):
        low, high = own[f"{name}_low"], own[f"{name}_high"]
        return f"{text} ({i18n.number(low, digits)}–{i18n.number(high, digits)})"
    if not i18n.is_missing(own.get(f"{name}_floor")):
        return f"{text} ({t('noise')} {i18n.number(own[f'{name}_floor'], digits)})"
    return text


def is_true(value: object) -> bool:
    """Tell whether a cell says yes; a missing one does not."""
    return not i18n.is_missing(value) and bool(value)


def leak_notes(model: pd.Series) -> str:
    """Return what the leak gate said: the columns that alone nearly tell who leaves."""
    try:
        found = json.loads(model["leak_gate"] or "[]")
    except (TypeError, ValueError):
        return ""
    return ", ".join(
        f"{model_drift.feature(str(note.get('feature')))} {i18n.number(note.get('auc'), 2)} "
        f"({i18n.word('leak', note.get('verdict'))})"
        for note in found
        if isinstance(note, dict)
    )
