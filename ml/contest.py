"""The served model's side of the contest: what it said of each cut-off, and whether it may stay."""

from __future__ import annotations

import duckdb
import pandas as pd

from cx.errors import UserError
from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import datasets, estimator_files, gate, history, registry
from ml.backtest import MAX_TEST_ROWS, testable
from ml.offer_tables import HOLDS


def served_rows(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    served: dict[str, object],
    cutoffs: pd.DataFrame,
    seed: int,
) -> pd.DataFrame:
    """Return what the served model says of each cut-off without having known its outcome.

    From the cut-off at which all it learned was known, its own file is asked; before, its
    back-test.

    Returns
    -------
    DataFrame with columns subscription_id, as_of_date, score
        Empty when the file cannot be read or asked any more.
    """
    empty = pd.DataFrame(columns=["subscription_id", "as_of_date", "score"])
    train_to = pd.Timestamp(served["train_to"])
    known_at = cutoffs.loc[cutoffs["as_of_date"] <= train_to, "window_to"].max()
    stored = connection.execute(
        "select subscription_id, as_of_date, score from ml.ml_backtest_score where model_id = ?",
        [served["model_id"]],
    ).df() if datasets.has_table(connection, "ml", "ml_backtest_score") else empty  # fmt: skip
    try:
        model = estimator_files.load(settings, served["artefact_file"], served["artefact_sha256"])
        names = [str(name) for name in model.feature_names_in_]
        items = [name.removeprefix(HOLDS) for name in names if name.startswith(HOLDS)]
        parts = [stored[stored["as_of_date"] < known_at]]
        for _, date in testable(cutoffs):
            if date < known_at:
                continue
            tested = datasets.labelled_rows(
                connection, [date], MAX_TEST_ROWS, seed, items, keep_exits=False
            )
            parts.append(tested.keys.assign(score=model.predict_proba(tested.X)[:, 1]))
    except (UserError, ValueError, KeyError, AttributeError, TypeError):
        # Written by other code, or for columns that are gone: it cannot be served either.
        return empty
    return pd.concat([part for part in parts if len(part)] or [empty], ignore_index=True)


def watch(settings: Settings, target: str, cutoffs: pd.DataFrame, seed: int) -> list[str]:
    """Take the champion back when what it foretold came true less than what the rule did.

    Returns
    -------
    list of str
        What was done, in sentences; empty when the champion stays.
    """
    with reading(settings) as connection:
        served = registry.champion(connection, target)
        if served is None:
            return []
        given = history.realised(connection, served["model_id"], cutoffs, seed)
        earlier = [
            row
            for row in registry.models_of(connection, target, registry.RETIRED)
            if row["artefact_file"] and (settings.estimators / row["artefact_file"]).exists()
        ]
        failed = (
            registry.failed_models(connection, target)
            if datasets.has_table(connection, "ml", "ml_decision")
            else set()
        )
    check = gate.is_failing(given, seed)
    if check.is_passed:
        return []
    earlier = [row for row in earlier if row["model_id"] not in failed]
    back = earlier[0]["model_id"] if earlier else served["model_id"]
    decision = gate.ROLLED_BACK if earlier else gate.NO_WAY_BACK
    rows = gate.decision_rows(
        target, decision, (None, served["model_id"], back), given["as_of_date"].max(), [check]
    )
    with writing(settings) as connection:
        if earlier:
            registry.serve(connection, target, back)
        registry.record_decision(connection, rows)
    return [f"{target}: {decision}: {check.told}; {back} is served"]
