"""Fit, evaluate and register the churn classifier."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import StratifiedGroupKFold

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import (
    backtest,
    cards,
    contest,
    datasets,
    estimator_files,
    evaluate,
    explain,
    gate,
    registry,
)
from ml.backtest import CHAMPION_NAME, LEAST_EXITS, estimators, fit_on, past_of
from ml.churn import ChurnClassifier
from ml.datasets import Table
from ml.leak_columns import leak_gate
from ml.leaks import leak_report
from ml.proof import unseen_rows, write_proof
from ml.registry import CHALLENGER, CHAMPION, CHURN, NO_MODEL, Model
from ml.report import Report
from ml.terms import money_figures, read_terms

SEED = 20261123
MAX_ROWS = 20_000
MAX_TEST_ROWS = 100_000
EXACT_REASONS_WORTH = 0.005
ROWS_WORTH_REPEATING = 4_000


def train_churn(settings: Settings) -> Report:
    """Fit, evaluate and register the churn classifier."""
    started = time.perf_counter()
    with reading(settings) as connection:
        reason, cutoffs = "the features are not built; run `cx build`", None
        if datasets.has_table(connection, "features", "churn_labels"):
            cutoffs = datasets.churn_cutoffs(connection)
            reason = why_no_model(cutoffs)
    if reason:
        return _no_model(settings, reason)
    watched = contest.watch(settings, CHURN, cutoffs, SEED)
    with reading(settings) as connection:
        split = time_split(cutoffs)
        labelled = cutoffs.loc[cutoffs["labelled"] > 0, "as_of_date"].tolist()
        table = datasets.labelled_rows(
            connection, labelled, MAX_ROWS, SEED, keep_exits=split is not None
        )
        estimator = ChurnClassifier(
            max_rows=MAX_ROWS,
            additive_tolerance=EXACT_REASONS_WORTH,
            monotone=explain.read_catalogue().monotone(),
            random_state=SEED,
        )
        data_digest = datasets.digest(table.keys, table.X, table.y, table.weight)
        identity = registry.model_id(CHURN, data_digest, estimator.get_params(), SEED)
        if registry.is_served(connection, settings, CHURN, identity):
            told = "churn: same data, code and seed: the champion stays"
            return Report([*watched, told], {"rows": 0})
        served = registry.champion(connection, CHURN)
        is_intact = served and registry.is_served(connection, settings, CHURN, served["model_id"])
        if is_intact and registry.is_judged(connection, CHURN, identity):
            told = f"churn: {identity} was judged already: the champion stays"
            return Report([*watched, told], {"rows": 0})
        if split is not None:
            past, test_date = split
            learned = datasets.labelled_rows(connection, past, MAX_ROWS, SEED, table.items())
            tested = datasets.labelled_rows(
                connection, [test_date], MAX_TEST_ROWS, SEED, table.items(), keep_exits=False
            )
        folds = backtest.read_folds(connection, cutoffs, table.items(), SEED)
        old = contest.served_rows(connection, settings, served, cutoffs, SEED) if served else None
    columns = leak_gate(table.X, table.y, SEED)
    refused = columns.loc[columns["verdict"] == "refused", "feature"].tolist()
    table = table.without(refused)
    leaks = leak_report(
        pd.concat([table.keys, table.X], axis=1), table.y, key=list(table.keys), seed=SEED
    )
    if split is None:
        how, test_date = "cross-validation", None
        predictions, outcomes = by_cross_validation(estimator, table)
        model = fit_on(clone(estimator), table)
    else:
        how = "time"
        fitted, predictions = by_time(estimator, learned.without(refused), tested.without(refused))
        outcomes = tested.y
        model = fitted.refit(
            table.X, table.y, groups=table.keys["subscription_id"], sample_weight=table.weight
        )
    walked = backtest.walk_forward(estimator, folds, refused)
    decision, checks = gate.judge(walked.fresh, old, leaks, SEED)
    row = _row(
        settings, model, table, columns, (identity, data_digest, cutoffs["as_of_date"].max())
    )
    if decision == gate.KEPT:
        row = replace(row, status=CHALLENGER)
    keys = table.keys if split is None else tested.keys
    evaluation = Evaluation(how, test_date, predictions, outcomes, keys)
    # The proof first: a run killed in between fits again, and finds no champion without one.
    seen = unseen_rows(walked, table, predictions)
    told = write_proof(settings, CHURN, row, (walked, seen), (decision, checks, served), SEED)
    report = _register(settings, model, table, columns, row, evaluation, started)
    with reading(settings) as connection:
        cards.write_card(settings, connection, row.model_id)
    return Report(watched + report.lines + told, report.figures)


@dataclass(frozen=True)
class Evaluation:
    """What each estimator said about rows it had not learned from, and what came true."""

    split: str
    test_date: object
    predictions: dict[str, np.ndarray]
    outcomes: np.ndarray
    # of the rows; where they were predicted several times over, of one time
    keys: pd.DataFrame | None = None

    @property
    def told(self) -> str:
        """The split in words."""
        is_time = self.split == "time"
        return "on the latest labelled cut-off" if is_time else "by cross-validation"


def why_no_model(cutoffs: pd.DataFrame) -> str:
    """Say which data would give a churn model, or nothing when there is enough."""
    if cutoffs.empty:
        return "no subscription is in any cohort; deliver products (subscriptions) with a status"
    exits, labelled = int(cutoffs["exits"].sum()), int(cutoffs["labelled"].sum())
    if labelled == 0:
        return (
            "no cut-off has a finished label window; deliver products again, with ended_at, at "
            "least one label window (churn_horizon_days) after the first delivery"
        )
    if exits < LEAST_EXITS:
        return (
            f"{exits} known exits in {labelled:,} labelled rows, at least {LEAST_EXITS} are "
            "needed; deliver more history of products with ended_at and exit_cause"
        )
    if exits == labelled:
        return "every labelled subscription left; deliver the ones that stayed as well"
    return ""


def time_split(cutoffs: pd.DataFrame) -> tuple[list, object] | None:
    """Choose the latest labelled cut-off to test on and those whose windows closed by then.

    Returns
    -------
    tuple of (list of training dates, test date), or None
        None when the past alone cannot carry a model: cross-validation has to do.
    """
    tests = cutoffs[(cutoffs["labelled"] > 0) & (cutoffs["exits"] >= backtest.LEAST_TEST_EXITS)]
    if tests.empty:
        return None
    test_date = tests["as_of_date"].max()
    past = past_of(cutoffs, test_date)
    return None if past is None else (past, test_date)


def by_time(
    champion: ChurnClassifier, learned: Table, tested: Table
) -> tuple[ChurnClassifier, dict[str, np.ndarray]]:
    """Fit on earlier cut-offs, predict the latest labelled one.

    Returns
    -------
    tuple of (ChurnClassifier, dict of str to ndarray of shape (n_test_rows,))
        The champion fitted on the past, and each estimator's predictions.
    """
    contest = {name: fit_on(own, learned) for name, own in estimators(clone(champion)).items()}
    predictions = {name: own.predict_proba(tested.X)[:, 1] for name, own in contest.items()}
    return contest[CHAMPION_NAME], predictions


def by_cross_validation(
    champion: ChurnClassifier, table: Table, folds: int = 5, repeats: int = 2
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Predict each row from folds that do not hold its subscription, several times over.

    Returns
    -------
    tuple of (dict of str to ndarray of shape (n_repeats * n_rows,), ndarray of the same shape)
        Predictions of each estimator, and the outcomes.
    """
    folds = int(min(folds, table.y.sum(), (1 - table.y).sum()))
    repeats = 1 if len(table.y) > ROWS_WORTH_REPEATING else repeats
    names = list(estimators(champion))
    predictions = {name: np.empty((repeats, len(table.y))) for name in names}
    for repeat in range(repeats):
        splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=SEED + repeat)
        for inside, outside in splitter.split(table.X, table.y, table.keys["subscription_id"]):
            rows = np.zeros(len(table.y), dtype=bool)
            rows[inside] = True
            learned, tested = table.part(rows), table.part(~rows)
            # Three inner folds: the evaluation fits many times, the champion once.
            for name, estimator in estimators(clone(champion).set_params(n_folds=3)).items():
                fitted = fit_on(estimator, learned)
                predictions[name][repeat, outside] = fitted.predict_proba(tested.X)[:, 1]
    return {name: values.ravel() for name, values in predictions.items()}, np.tile(table.y, repeats)


def _row(
    settings: Settings,
    model: ChurnClassifier,
    table: Table,
    columns: pd.DataFrame,
    identity: tuple[str, str, object],
) -> Model:
    """Save the estimator and describe it for the registry."""
    model_id, data_digest, as_of_date = identity
    file, sha256 = estimator_files.save(model, settings, model_id)
    suspects = columns[columns["verdict"] != "passed"]
    leaks = suspects.loc[suspects["verdict"] == "refused", "feature"]
    return Model(
        model_id=model_id,
        target=CHURN,
        status=CHAMPION,
        reason="additive: its reasons are exact"
        if model.is_additive_
        else f"with interactions; explained additively with fidelity {model.fidelity_:.2f}",
        as_of_date=as_of_date,
        estimator=type(model).__name__,
        train_from=table.keys["as_of_date"].min(),
        train_to=table.keys["as_of_date"].max(),
        train_rows=len(table.y),
        train_positives=int(table.y.sum()),
        base_rate=float(np.average(table.y, weights=table.weight)),
        is_additive=model.is_additive_,
        fidelity=model.fidelity_,
        additivity_error=explain.additivity_error(model, table.X),
        parameters=model.get_params()
        | {"weights": model.weights_, "explainer_weights": model.explainer_weights_}
        | {"out_of_fold": model.oof_},
        features=model.encoder_.names_,
        dropped_features=model.encoder_.dropped_ | dict.fromkeys(leaks, "leak"),
        leak_gate=suspects.to_dict("records") or columns.head(1).to_dict("records"),
        seed=SEED,
        data_digest=data_digest,
        code_digest=registry.code_digest(),
        library_versions=registry.library_versions(),
        artefact_file=file,
        artefact_sha256=sha256,
    )


def _register(
    settings: Settings,
    model: ChurnClassifier,
    table: Table,
    columns: pd.DataFrame,
    row: Model,
    evaluation: Evaluation,
    started: float,
) -> Report:
    outcomes = evaluation.outcomes
    with reading(settings) as connection:
        terms = read_terms(connection, row.train_to)
    figures = {
        name: evaluate.churn_figures(outcomes, values, SEED)
        | money_figures(outcomes, values, terms)
        for name, values in evaluation.predictions.items()
    }
    rows = evaluation_rows(row.model_id, CHURN, figures, evaluation)
    bins = evaluate.calibration_bins(outcomes, evaluation.predictions[CHAMPION_NAME])
    bins = bins.rename(columns={"rows": "row_count"}).assign(
        model_id=row.model_id, target=CHURN, split=evaluation.split
    )
    drivers = explain.drivers(model.contributions(table.X), table.weight, explain.read_catalogue())
    drivers = drivers.assign(model_id=row.model_id, target=CHURN)
    with writing(settings) as connection:
        registry.record_model(connection, row)
        written = registry.replace_rows(connection, "ml_evaluation", rows, model_id=row.model_id)
        written += registry.replace_rows(connection, "ml_calibration", bins, model_id=row.model_id)
        written += registry.replace_rows(connection, "ml_driver", drivers, model_id=row.model_id)
        scores = test_scores(row.model_id, CHURN, evaluation)
        written += registry.replace_test_scores(connection, scores, row.model_id)
    return _told(row, figures, columns, evaluation, time.perf_counter() - started, written)


def evaluation_rows(
    model_id: str, target: str, figures: dict[str, dict[str, float]], evaluation: Evaluation
) -> pd.DataFrame:
    """Return figures as rows of ml.ml_evaluation."""
    return pd.DataFrame(
        [
            {
                "model_id": model_id,
                "target": target,
                "estimator": name,
                "is_baseline": name != CHAMPION_NAME,
                "split": evaluation.split,
                "test_as_of_date": evaluation.test_date,
                "test_rows": len(evaluation.outcomes),
                "test_positives": int(np.sum(evaluation.outcomes)),
                "metric": metric,
                "value": value,
            }
            for name, own in figures.items()
            for metric, value in own.items()
        ]
    )


def test_scores(
    model_id: str, target: str, evaluation: Evaluation, months_followed: object = None
) -> pd.DataFrame:
    """Return what each estimator said of each row it was tested on, as rows of ml.ml_test_score.

    Of hazards it is said how long each row was seen for; of all others the window is one for all.
    """
    keys = evaluation.keys
    repeats = len(evaluation.outcomes) // len(keys)
    rows = pd.concat([keys.assign(repeat=number) for number in range(repeats)])
    rows = rows.assign(
        model_id=model_id,
        target=target,
        has_left=evaluation.outcomes.astype(bool),
        months_followed=months_followed,
    ).reset_index(drop=True)
    return pd.concat(
        [
            rows.assign(estimator=name, score=values)
            for name, values in evaluation.predictions.items()
        ],
        ignore_index=True,
    )


def _told(
    row: Model,
    figures: dict[str, dict[str, float]],
    columns: pd.DataFrame,
    evaluation: Evaluation,
    seconds: float,
    written: int,
) -> Report:
    best = figures[CHAMPION_NAME]
    lines = [
        f"churn: fitted on {row.train_rows:,} rows with {row.train_positives:,} exits "
        f"({row.train_from:%Y-%m-%d} to {row.train_to:%Y-%m-%d}) in {seconds:.1f} s; {row.reason}",
        f"churn {evaluation.told}: AUC {best['auc']:.3f} "
        f"({best['auc_low']:.3f}–{best['auc_high']:.3f}), "
        f"lift of the top tenth {best['lift_top_decile']:.2f}, "
        f"calibration error {best['ece']:.4f} (noise {best['ece_floor']:.4f}); baselines' AUC: "
        + ", ".join(
            f"{name} {own['auc']:.3f}" for name, own in figures.items() if name != CHAMPION_NAME
        ),
    ]
    baseline = max(own["auc"] for name, own in figures.items() if name != CHAMPION_NAME)
    if best["auc"] < baseline:
        lines.append("churn: the champion does not beat the best baseline on this data")
    for verdict, told in (("refused", "left out as leaks"), ("warned", "suspiciously good")):
        names = columns.loc[columns["verdict"] == verdict, "feature"].tolist()
        if names:
            lines.append(f"churn: columns {told} (single-column AUC): {', '.join(names)}")
    return Report(
        lines,
        {
            "rows": written,
            "churn_train_rows": row.train_rows,
            "churn_train_exits": row.train_positives,
            "churn_seconds": round(seconds, 2),
            "churn_auc": best["auc"],
            "churn_lift_top_decile": best["lift_top_decile"],
        },
    )


def _no_model(settings: Settings, reason: str) -> Report:
    return no_model(settings, CHURN, reason)


def no_model(settings: Settings, target: str, reason: str) -> Report:
    """Record that there is no model, unless an earlier champion can go on serving."""
    with writing(settings) as connection:
        registry.create_tables(connection)
        if registry.champion(connection, target) is not None:
            return Report([f"{target}: the champion stays, nothing to refit on: {reason}"], {})
        registry.record_model(connection, Model(f"{target}-none", target, NO_MODEL, reason))
    return Report([f"{target}: no model: {reason}"], {"rows": 0})
