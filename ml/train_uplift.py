"""Measure what campaigns with a randomised hold-out change; write ml_uplift and M45."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import datasets, registry, uplift_measures
from ml.metric_values import LOW_N, replace_metrics
from ml.report import Report
from ml.trials import FOLDS, Trial, balance_rows, draw_folds, read_trial, tie_order
from ml.uplift import ClassTransformation, Propensity, TLearner
from ml.uplift_measures import AUUC, EVERYONE, QINI

PERSUADABILITY, RISK_ONLY = "persuadability", "risk, not persuadability"
# Named before anybody looked: whichever did best here would look better than it is.
CHOSEN = "T-learner"
CLASS_TRANSFORMATION = "class transformation"
RISK, RESPONSE, CHANCE, ALL_CONTACTED = "risk ranking", "response model", "chance", "everyone"
LEAST_EXITS = 50
LEAST_CONTROL_EXITS = 20
DRAWS = 200
PER_THOUSAND = 1000
# metric → measure, and what turns it into the metric's unit.
METRICS = {
    "M45": ("uplift_at_10", 100),
    "M45b": ("uplift_at_30", 100),
    "M45a": (AUUC, PER_THOUSAND),
    "M45q": (QINI, PER_THOUSAND),
}


def train_uplift(settings: Settings, seed: int) -> Report:
    """Write ml.ml_uplift and M45 from the retention campaigns whose outcome is known.

    Parameters
    ----------
    settings : Settings
    seed : int

    Returns
    -------
    Report
    """
    started = time.perf_counter()
    with reading(settings) as connection:
        if not datasets.has_table(connection, "features", "uplift_contacts"):
            return Report(["uplift: the features are not built; run `cx build`"], {})
        trial = read_trial(connection)
    table, told, scores = _measured(trial, seed)
    with writing(settings) as connection:
        written = registry.replace_rows(connection, "ml_uplift", table)
        written += registry.replace_rows(connection, "ml_trial_score", trial_scores(trial, scores))
        written += replace_metrics(connection, list(METRICS), metric_rows(table, trial))
    return Report(
        [f"uplift: {told}"],
        {"rows": written, "uplift_seconds": round(time.perf_counter() - started, 2)},
    )


def measure(trial: Trial, seed: int) -> tuple[pd.DataFrame, str]:
    """Return the rows of ml_uplift, and what they say in a sentence."""
    return _measured(trial, seed)[:2]


def _measured(trial: Trial, seed: int) -> tuple[pd.DataFrame, str, dict[str, np.ndarray]]:
    """Return the same, and each line's place in each ranking; none where nothing is ranked."""
    arms = trial.arms
    reason = why_no_estimator(arms)
    whole = _everyone(arms)
    if reason:
        return _table(whole, arms, RISK_ONLY, reason, None), f"{RISK_ONLY}: {reason}", {}
    balance = balance_rows(trial, seed)
    is_randomised = balance[0]["low"] <= 0.5
    if not is_randomised:
        reason = (
            f"what was known before tells who was contacted (AUC {balance[0]['value']:.3f}, from "
            f"{balance[0]['low']:.3f}): the hold-out was not drawn by chance"
        )
        return _table(balance, arms, RISK_ONLY, reason, False), f"{RISK_ONLY}: {reason}", {}
    scores = cross_fitted(trial, seed)
    times = uplift_measures.resamples(trial.rows["customer_id"].to_numpy(), DRAWS, seed)
    rows = balance + whole
    for name, score in scores.items():
        found = uplift_measures.measures(
            score,
            trial.has_left,
            trial.is_treated,
            trial.treated_share,
            times,
            tie_order(trial.rows),
        )
        for each, values in found.items():
            low, high = np.quantile(values[1:], [0.025, 0.975])
            rows.append(
                {
                    "estimator": name,
                    "measure": each,
                    "value": float(values[0]),
                    "low": float(low),
                    "high": float(high),
                }
            )
    own = next(row for row in rows if row["estimator"] == CHOSEN and row["measure"] == QINI)
    is_found = own["low"] > 0
    reason = (
        f"{CHOSEN} finds {PER_THOUSAND * own['value']:.2f} exits prevented per 1,000 lines more "
        f"than chance ({PER_THOUSAND * own['low']:.2f} to {PER_THOUSAND * own['high']:.2f})"
    )
    status = PERSUADABILITY if is_found else RISK_ONLY
    average = whole[0]
    told = (
        f"{status}: {reason}; contacting everyone changes churn by "
        f"{-100 * average['value']:.2f} pp ({-100 * average['high']:.2f} to "
        f"{-100 * average['low']:.2f}), on {arms['treated']:,} contacted and "
        f"{arms['control']:,} held out in {arms['campaigns']} campaigns"
    )
    return _table(rows, arms, status, reason, True), told, scores


def trial_scores(trial: Trial, scores: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return what M45 is made of, row by row, as rows of ml.ml_trial_score."""
    names = registry.column_names("ml_trial_score")
    known = [name for name in names if name in trial.rows]
    rows = trial.rows[known].assign(tie=tie_order(trial.rows))
    parts = [rows.assign(estimator=name, score=values) for name, values in scores.items()]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)


def why_no_estimator(arms: dict[str, int]) -> str:
    """Say which data would let persuadability be measured, or nothing when there is enough."""
    if not arms["control"]:
        return (
            "no retention campaign with a randomised hold-out is over; deliver campaign_contact "
            "with arm = control for lines held out by chance"
        )
    exits = arms["treated_exits"] + arms["control_exits"]
    if exits < LEAST_EXITS or arms["control_exits"] < LEAST_CONTROL_EXITS:
        return (
            f"{arms['control_exits']} exits of {arms['control']:,} held out and {exits} in all, at "
            f"least {LEAST_CONTROL_EXITS} and {LEAST_EXITS} are needed; hold out more, or wait"
        )
    return ""


def cross_fitted(trial: Trial, seed: int) -> dict[str, np.ndarray]:
    """Return each line's place in each ranking, 0 to 1, by members that never saw its customer."""
    names = (CHOSEN, CLASS_TRANSFORMATION, RESPONSE, RISK)
    scores = {name: np.empty(len(trial.X)) for name in names}
    folds = draw_folds(trial.rows, seed)
    has_accepted = trial.has_accepted
    for fold in range(FOLDS):
        inside, outside = folds != fold, folds == fold
        if not outside.any():
            continue
        X, left, treated = trial.X[inside], trial.has_left[inside], trial.is_treated[inside]
        fitted = {
            CHOSEN: TLearner().fit(X, left, treated, has_accepted[inside]),
            CLASS_TRANSFORMATION: ClassTransformation().fit(
                X, left, treated, trial.treated_share[inside]
            ),
            RESPONSE: Propensity().fit(X[treated], has_accepted[inside][treated]),
            RISK: Propensity().fit(X, left),
        }
        for name, model in fitted.items():
            # Places, not scores: a fold with more exits than its share leaves fewer to learn from,
            # so its scores would sink just where they should rise.
            places = rankdata(model.predict(trial.X[outside])) / outside.sum()
            scores[name][outside] = places
    return scores | {CHANCE: tie_order(trial.rows).astype(np.float64)}


def metric_rows(table: pd.DataFrame, trial: Trial) -> pd.DataFrame:
    """Return M45 with its kin: a slice an estimator, the chosen one for all."""
    arms, rows = trial.arms, []
    if not len(trial.rows):
        return pd.DataFrame(rows)
    for metric, (wanted, scale) in METRICS.items():
        for row in table.to_dict("records"):
            is_whole = row["estimator"] == ALL_CONTACTED and metric == "M45"
            if not is_whole and (row["measure"] != wanted or row["estimator"] == ALL_CONTACTED):
                continue
            slices = [("estimator", row["estimator"])]
            slices += [("all", "all")] * (row["estimator"] == CHOSEN)
            rows += [
                {
                    "metric_id": metric,
                    "period_start": trial.rows["contacted_at"].min().date(),
                    "dimension": dimension,
                    "dimension_value": label,
                    "value": scale * row["value"],
                    "n": len(trial.rows),
                    "ci_low": scale * row["low"],
                    "ci_high": scale * row["high"],
                    "customers": trial.rows["customer_id"].nunique(),
                    "is_low_n": arms["control_exits"] < LOW_N,
                }
                for dimension, label in slices
            ]
    return pd.DataFrame(rows)


def _everyone(arms: dict[str, int]) -> list[dict[str, object]]:
    """Return the effect of contacting everybody, for which no estimator is needed."""
    if not arms["control"]:
        return []
    value, low, high = uplift_measures.difference_of_shares(
        [arms["control_exits"], arms["treated_exits"]], [arms["control"], arms["treated"]]
    )
    return [
        {
            "estimator": ALL_CONTACTED,
            "measure": EVERYONE,
            "value": value,
            "low": low,
            "high": high,
        }
    ]


def _table(
    rows: list[dict[str, object]],
    arms: dict[str, int],
    status: str,
    reason: str,
    is_randomised: bool | None,
) -> pd.DataFrame:
    # Where nothing could be measured the reason still has its row.
    rows = rows or [dict.fromkeys(("estimator", "measure", "value", "low", "high"))]
    table = pd.DataFrame(rows).assign(
        status=status, reason=reason, is_randomised=is_randomised, **arms
    )
    table["is_chosen"] = table["estimator"] == CHOSEN
    table = table[registry.column_names("ml_uplift")]
    return table.astype(object).where(table.notna(), None)
