"""Fit, evaluate and register the estimators, from whatever cut-offs the warehouse holds."""

from __future__ import annotations

import time

import duckdb
import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import StratifiedGroupKFold

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import datasets, evaluate, explain, registry
from ml.baselines import BaseRate, PlainLogistic, ThreeLineRule
from ml.churn import ChurnClassifier
from ml.datasets import Table
from ml.registry import CHAMPION, CHURN, NO_MODEL, Model
from ml.report import Report
from ml.train_preference import train_preference

SEED = 20261123
MAX_ROWS = 30_000
MAX_TEST_ROWS = 100_000
ROWS_WORTH_REPEATING = 4_000
LEAST_EXITS = 50
LEAST_TEST_EXITS = 10
CHAMPION_NAME = "champion"


def train(settings: Settings) -> Report:
    """Fit and register the churn classifier and the next-product recommender.

    Where the data cannot carry a model, none is made, the registry says why, and the run goes on.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Report
        What was fitted on how many rows in how many seconds, and how it compares.
    """
    churn = train_churn(settings)
    preference = train_preference(settings, SEED)
    figures = churn.figures | preference.figures
    figures["rows"] = churn.figures.get("rows", 0) + preference.figures.get("rows", 0)
    return Report(churn.lines + preference.lines, figures)


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
    with reading(settings) as connection:
        everything = datasets.labelled_rows(connection, cutoffs, MAX_ROWS, SEED)
        split = time_split(cutoffs)
        if split is not None:
            past, test_date = split
            items = [name for name in everything.X if name.startswith(datasets.HOLDS)]
            items = [name.removeprefix(datasets.HOLDS) for name in items]
            own = cutoffs[cutoffs["as_of_date"].isin(past)]
            latest = cutoffs[cutoffs["as_of_date"] == test_date]
            learned = datasets.labelled_rows(connection, own, MAX_ROWS, SEED, items)
            tested = datasets.labelled_rows(connection, latest, MAX_TEST_ROWS, SEED, items)
    gate = evaluate.leak_gate(everything.X, everything.y, SEED)
    refused = gate.loc[gate["verdict"] == "refused", "feature"].tolist()
    estimator = ChurnClassifier(random_state=SEED)
    if split is None:
        split_name, test_date = "cross-validation", None
        predictions, outcomes = by_cross_validation(estimator, _without(everything, refused))
    else:
        split_name = "time"
        learned, tested = _without(learned, refused), _without(tested, refused)
        predictions, outcomes = by_time(estimator, learned, tested)
    table = _without(everything, refused)
    model = clone(estimator).fit(table.X, table.y, groups=table.keys["subscription_id"])
    return _register(
        settings,
        model,
        table,
        cutoffs,
        gate,
        (split_name, test_date, predictions, outcomes),
        time.perf_counter() - started,
    )


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
    labelled = cutoffs[cutoffs["labelled"] > 0]
    tests = labelled[labelled["exits"] >= LEAST_TEST_EXITS]
    if tests.empty:
        return None
    test_date = tests["as_of_date"].max()
    past = labelled[labelled["window_to"] <= test_date]
    if past["exits"].sum() < LEAST_EXITS or past["exits"].sum() == past["labelled"].sum():
        return None
    return past["as_of_date"].tolist(), test_date


def estimators(champion: ChurnClassifier) -> dict[str, object]:
    """Return the champion and the baselines it is measured against."""
    return {
        CHAMPION_NAME: champion,
        "three-line rule": ThreeLineRule(),
        "base rate": BaseRate(),
        "logistic": PlainLogistic(),
    }


def by_time(
    champion: ChurnClassifier, learned: Table, tested: Table
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Fit on earlier cut-offs, predict the latest labelled one."""
    predictions = {}
    for name, estimator in estimators(clone(champion)).items():
        _fit(estimator, learned)
        predictions[name] = estimator.predict_proba(tested.X)[:, 1]
    return predictions, tested.y


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
                _fit(estimator, learned)
                predictions[name][repeat, outside] = estimator.predict_proba(tested.X)[:, 1]
    return {name: values.ravel() for name, values in predictions.items()}, np.tile(table.y, repeats)


def _fit(estimator: object, table: Table) -> None:
    if isinstance(estimator, ChurnClassifier):
        estimator.fit(table.X, table.y, groups=table.keys["subscription_id"])
    else:
        estimator.fit(table.X, table.y)


def _without(table: Table, columns: list[str]) -> Table:
    return Table(table.keys, table.X.drop(columns=columns), table.y)


def _register(
    settings: Settings,
    model: ChurnClassifier,
    table: Table,
    cutoffs: pd.DataFrame,
    gate: pd.DataFrame,
    evaluation: tuple[str, object, dict[str, np.ndarray], np.ndarray],
    seconds: float,
) -> Report:
    split, test_date, predictions, outcomes = evaluation
    data_digest = datasets.digest(table.keys, table.X, table.y)
    identity = registry.model_id(CHURN, data_digest, model.get_params(), SEED)
    file, sha256 = registry.save(model, settings, identity)
    suspects = gate[gate["verdict"] != "passed"]
    contributions = model.contributions(table.X)
    row = Model(
        model_id=identity,
        target=CHURN,
        status=CHAMPION,
        reason="additive: its reasons are exact"
        if model.is_additive_
        else f"with interactions; explained additively with fidelity {model.fidelity_:.2f}",
        as_of_date=cutoffs["as_of_date"].max(),
        estimator=type(model).__name__,
        train_from=table.keys["as_of_date"].min(),
        train_to=table.keys["as_of_date"].max(),
        train_rows=len(table.y),
        train_positives=int(table.y.sum()),
        base_rate=float(table.y.mean()),
        is_additive=model.is_additive_,
        fidelity=model.fidelity_,
        additivity_error=explain.additivity_error(model, table.X),
        parameters=model.get_params()
        | {"weights": model.weights_, "explainer_weights": model.explainer_weights_}
        | {"out_of_fold": model.oof_},
        features=model.encoder_.names_,
        dropped_features=model.encoder_.dropped_
        | dict.fromkeys(suspects.loc[suspects["verdict"] == "refused", "feature"], "leak"),
        leak_gate=suspects.to_dict("records") or gate.head(1).to_dict("records"),
        seed=SEED,
        data_digest=data_digest,
        code_digest=registry.code_digest(),
        library_versions=registry.library_versions(),
        artefact_file=file,
        artefact_sha256=sha256,
    )
    figures = {
        name: evaluate.churn_figures(outcomes, values, SEED) for name, values in predictions.items()
    }
    rows = evaluation_rows(identity, CHURN, figures, split, test_date, outcomes)
    bins = evaluate.calibration_bins(outcomes, predictions[CHAMPION_NAME])
    bins = bins.rename(columns={"rows": "row_count"}).assign(
        model_id=identity, target=CHURN, split=split
    )
    drivers = explain.drivers(model, contributions, explain.read_catalogue())
    drivers = drivers.rename(columns={"rank": "importance_rank"}).assign(
        model_id=identity, target=CHURN
    )
    with writing(settings) as connection:
        registry.record_model(connection, row)
        written = registry.replace_rows(connection, "ml_evaluation", rows, model_id=identity)
        written += registry.replace_rows(connection, "ml_calibration", bins, model_id=identity)
        written += registry.replace_rows(connection, "ml_driver", drivers, model_id=identity)
    return _told(row, figures, gate, (split, test_date), seconds, written)


def evaluation_rows(
    identity: str,
    target: str,
    figures: dict[str, dict[str, float]],
    split: str,
    test_date: object,
    outcomes: np.ndarray,
) -> pd.DataFrame:
    """Return figures as rows of ml.ml_evaluation."""
    return pd.DataFrame(
        [
            {
                "model_id": identity,
                "target": target,
                "estimator": name,
                "is_baseline": name != CHAMPION_NAME,
                "split": split,
                "test_as_of_date": test_date,
                "test_rows": len(outcomes),
                "test_positives": int(np.sum(outcomes)),
                "metric": metric,
                "value": value,
            }
            for name, own in figures.items()
            for metric, value in own.items()
        ]
    )


def _told(
    row: Model,
    figures: dict[str, dict[str, float]],
    gate: pd.DataFrame,
    split: tuple[str, object],
    seconds: float,
    written: int,
) -> Report:
    best = figures[CHAMPION_NAME]
    how = "on the latest labelled cut-off" if split[0] == "time" else "by cross-validation"
    lines = [
        f"churn: fitted on {row.train_rows:,} rows with {row.train_positives:,} exits "
        f"({row.train_from:%Y-%m-%d} to {row.train_to:%Y-%m-%d}) in {seconds:.1f} s; {row.reason}",
        f"churn {how}: AUC {best['auc']:.3f} ({best['auc_low']:.3f}–{best['auc_high']:.3f}), "
        f"lift of the top tenth {best['lift_top_decile']:.2f}, calibration error "
        f"{best['ece']:.4f} (noise {best['ece_floor']:.4f}); "
        + ", ".join(
            f"{name} {own['auc']:.3f}" for name, own in figures.items() if name != CHAMPION_NAME
        ),
    ]
    baseline = max(own["auc"] for name, own in figures.items() if name != CHAMPION_NAME)
    if best["auc"] < baseline:
        lines.append("churn: the champion does not beat the best baseline on this data")
    for verdict, told in (("refused", "left out as leaks"), ("warned", "suspiciously good")):
        names = gate.loc[gate["verdict"] == verdict, "feature"].tolist()
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
