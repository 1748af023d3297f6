"""How far to trust a model: calibration, back-tests, slices, decisions and drift."""

from __future__ import annotations

import pandas as pd

from app.queries.privacy import FEWEST
from app.serving import ask, shown

_MODELS = """
select *
from ml.ml_model
order by status = 'champion' desc, status = 'no model' desc, target, as_of_date desc nulls last
"""

_CALIBRATION = """
select bin, row_count, 100 * predicted as predicted, 100 * observed as observed
from ml.ml_calibration
where model_id = $model and split = (
    select max(split) from ml.ml_calibration where model_id = $model
)
order by bin
"""

_BACKTEST = """
select estimator, is_baseline, scope, as_of_date, lag_months, metric, value, low, high, cutoffs,
    test_rows, test_exits
from ml.ml_backtest
where model_id = $model
order by scope, metric, estimator, as_of_date
"""

_SLICES = """
select dimension, dimension_value, is_fairness_group, n, auc, auc_low, auc_high, mean_score,
    observed_rate, calibration_gap, gap_low, gap_high, selection_rate, selection_ratio, is_low_n
from ml.ml_slice
where model_id = $model and n >= $fewest
order by dimension = 'all' desc, dimension, n desc
"""

_DECISIONS = """
select as_of_date, decision, check_name, is_decisive, is_passed, value, bound, told,
    challenger_id, champion_id, served_id
from ml.ml_decision
where target = $target
order by as_of_date desc, challenger_id, is_decisive desc, check_name
"""

_DRIFT = """
select model_id, as_of_date, subject_kind, subject, reference_date, n_reference, n_current, value,
    noise_limit, verdict, labels_due
from ml.ml_drift
where cast($model as varchar) is null or model_id = $model
order by
    case verdict when 'drifted' then 0 when 'watch' then 1 else 2 end,
    value desc
"""

_DRIVERS = """
select feature, theme, importance, importance_rank
from ml.ml_driver
where model_id = $model and importance_rank <= 12
order by importance_rank
"""


def _has(table: str) -> bool:
    return shown().has(f"ml.{table}")


def models() -> pd.DataFrame:
    """Return every model of the registry; champions first."""
    return ask(_MODELS) if _has("ml_model") else pd.DataFrame()


def calibration(model_id: str) -> pd.DataFrame:
    """Return predicted and observed share by tenth of risk, in percent; small bins left out."""
    if not _has("ml_calibration"):
        return pd.DataFrame()
    rows = ask(_CALIBRATION, model=model_id)
    return rows[rows["row_count"] >= FEWEST]


def backtest(model_id: str) -> pd.DataFrame:
    """Return the walk-forward back-test of a model and of the rules beside it."""
    return ask(_BACKTEST, model=model_id) if _has("ml_backtest") else pd.DataFrame()


def slices(model_id: str) -> pd.DataFrame:
    """Return how the model does by group, where a group is large enough to be told of."""
    return ask(_SLICES, model=model_id, fewest=FEWEST) if _has("ml_slice") else pd.DataFrame()


def decisions(target: str) -> pd.DataFrame:
    """Return each check behind who serves, the newest decision first."""
    return ask(_DECISIONS, target=target) if _has("ml_decision") else pd.DataFrame()


def drift(model_id: str | None = None) -> pd.DataFrame:
    """Return how far features, scores and calibration moved, what moved most first."""
    return ask(_DRIFT, model=model_id) if _has("ml_drift") else pd.DataFrame()


def drivers(model_id: str) -> pd.DataFrame:
    """Return the features that move the risk most."""
    return ask(_DRIVERS, model=model_id) if _has("ml_driver") else pd.DataFrame()
