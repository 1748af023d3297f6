"""Fit, evaluate and register the estimators, from whatever cut-offs the warehouse holds."""

from __future__ import annotations

from cx.settings import Settings
from ml.cxi_calibration import train_cxi
from ml.report import Report
from ml.train_churn import SEED, train_churn
from ml.train_preference import train_preference


def train(settings: Settings) -> Report:
    """Fit and register the churn classifier and the next-product recommender; weigh the index.

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
    index = train_cxi(settings)
    figures = index.figures | churn.figures | preference.figures
    figures["rows"] = sum(each.figures.get("rows", 0) for each in (churn, preference, index))
    return Report(churn.lines + preference.lines + index.lines, figures)
