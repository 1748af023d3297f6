"""Where a model is right and where not: segment, region, tenure, product; fairness by group."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml import evaluate
from ml.backtest import CHAMPION_NAME, GROUPS

DIMENSIONS = (*GROUPS, "tenure_band")
# What a person did not choose: these slices are the fairness table.
FAIRNESS = ("age_band", "region", "segment")
LOW_ROWS, LOW_EXITS = 200, 20
BUDGET_SHARE = 0.10
_Z = 1.96


def slice_rows(
    rows: pd.DataFrame, model_id: str, target: str, seed: int, fewest: int = 1
) -> pd.DataFrame:
    """Return rows of ml.ml_slice: how the champion does in each group, on rows it had not seen.

    Parameters
    ----------
    rows : DataFrame
        subscription_id, as_of_date, y, `champion` (probability) and the groups of
        `backtest.groups_of`.
    model_id, target : str
    seed : int
        Of the draw among equal scores at the edge of the budget.
    fewest : int
        Groups with fewer exits are shown together, so that a release tells no small number.

    Returns
    -------
    DataFrame
        `selection_rate` is the share of a group among the BUDGET_SHARE likeliest of each cut-off;
        `selection_ratio` that over everybody's. `calibration_gap` is predicted less observed.
    """
    if rows.empty:
        return pd.DataFrame()
    score = rows[CHAMPION_NAME].to_numpy()
    draw = np.random.default_rng(seed).random(len(rows))
    order = np.lexsort((draw, -score))
    place = pd.Series(0, index=rows.index)
    place.iloc[order] = rows.iloc[order].groupby("as_of_date").cumcount().to_numpy()
    size = rows.groupby("as_of_date")["y"].transform("size")
    rows = rows.assign(is_selected=place < np.maximum(1, np.round(BUDGET_SHARE * size)))
    overall = rows["is_selected"].mean()
    told = [_one("all", "all", rows, overall)]
    for name in DIMENSIONS:
        if name in rows:
            groups = _bundled(rows, name, fewest)
            told += [_one(name, value, own, overall) for value, own in rows.groupby(groups)]
    return pd.DataFrame(told).assign(model_id=model_id, target=target)


def _bundled(rows: pd.DataFrame, name: str, fewest: int) -> pd.Series:
    """Return each row's group; the smallest groups go together until they hold enough exits."""
    exits = rows.groupby(name)["y"].sum().sort_values(kind="stable")
    n = int((exits < fewest).sum())
    while 0 < n < len(exits) and exits.iloc[:n].sum() < fewest:
        n += 1
    small = exits.index[:n] if n > 1 or exits.iloc[:n].sum() < fewest else exits.index[:0]
    return rows[name].where(~rows[name].isin(small), "small groups together")


def _one(dimension: str, value: object, rows: pd.DataFrame, overall: float) -> dict[str, object]:
    y, score = rows["y"].to_numpy(dtype=float), rows[CHAMPION_NAME].to_numpy()
    auc, low, high = evaluate.auc_with_interval(y, score)
    gap = float(score.mean() - y.mean())
    half = _Z * float(np.sqrt((score * (1 - score)).sum())) / len(y)
    rate = float(rows["is_selected"].mean())
    return {
        "dimension": dimension,
        "dimension_value": str(value),
        "is_fairness_group": dimension in FAIRNESS,
        "n": len(y),
        "exits": int(y.sum()),
        "auc": auc,
        "auc_low": low,
        "auc_high": high,
        "mean_score": float(score.mean()),
        "observed_rate": float(y.mean()),
        "calibration_gap": gap,
        "gap_low": gap - half,
        "gap_high": gap + half,
        "selection_rate": rate,
        "selection_ratio": rate / overall,
        "is_low_n": len(y) < LOW_ROWS or y.sum() < LOW_EXITS,
    }
