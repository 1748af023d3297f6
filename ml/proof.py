"""Write what a model was judged by: its back-test, its slices and the decision of the gate."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cx.settings import Settings
from cx.warehouse import writing
from ml import backtest, gate, registry
from ml.backtest import CHAMPION_NAME, Backtest
from ml.datasets import Table
from ml.registry import Model
from ml.slices import slice_rows


def unseen_rows(walked: Backtest, table: Table, predictions: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return predictions for rows no estimator had learned from, with the groups of each row.

    Those of the back-test; where no cut-off could be tested, those of cross-validation, once.
    """
    if walked.cutoffs:
        return walked.fresh
    once = {name: values[: len(table.y)] for name, values in predictions.items()}
    return pd.concat([table.keys.assign(y=table.y, **once), backtest.groups_of(table.X)], axis=1)


def write_proof(
    settings: Settings,
    target: str,
    row: Model,
    tested: tuple[Backtest, pd.DataFrame],
    judged: tuple[str, list[gate.Check], dict | None],
    seed: int,
) -> list[str]:
    """Write ml_backtest, ml_backtest_score, ml_slice and ml_decision; tell them in sentences.

    Parameters
    ----------
    settings : Settings
    target : str
    row : Model
        The challenger's registry row.
    tested : tuple of (Backtest, DataFrame)
        The back-test, and the rows slices are cut from (`unseen_rows`).
    judged : tuple of (decision, checks, registry row of the model served before or None)
    seed : int
    """
    (walked, seen), (decision, checks, served) = tested, judged
    champion_id = served["model_id"] if served else None
    served_id = champion_id if decision == gate.KEPT else row.model_id
    tests = backtest.backtest_rows(walked, row.model_id, target, seed)
    slices = slice_rows(seen, row.model_id, target, seed, settings.fewest_customers)
    ids = (row.model_id, champion_id, served_id)
    decided = gate.decision_rows(target, decision, ids, row.as_of_date, checks)
    given = pd.DataFrame(columns=registry.column_names("ml_backtest_score"))
    if walked.cutoffs:
        given = walked.fresh.rename(columns={CHAMPION_NAME: "score"})
    own = {"model_id": row.model_id}
    with writing(settings) as connection:
        registry.replace_rows(connection, "ml_backtest", tests, **own)
        registry.replace_rows(connection, "ml_slice", slices, **own)
        registry.replace_rows(connection, "ml_backtest_score", given.assign(**own), **own)
        registry.record_decision(connection, decided)
    return _told(target, decision, checks, walked.cutoffs)


def _told(target: str, decision: str, checks: list[gate.Check], cutoffs: int) -> list[str]:
    failed = [check.told for check in checks if check.is_decisive and not check.is_passed]
    wanted = backtest.WANTED_CUTOFFS
    lacking = "" if cutoffs >= wanted else f"; {wanted} are wanted, the history carries no more"
    return [
        f"{target}: {decision}: {'; '.join(failed) or 'every decisive check is passed'}",
        f"{target}: back-tested at {cutoffs} cut-offs{lacking}",
        *(
            f"{target}: the model is {check.told}"
            for check in checks
            if check.check_name == "three-line rule" and not check.is_passed
        ),
    ]
