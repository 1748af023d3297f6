"""Fit, evaluate and register the estimators, from whatever cut-offs the warehouse holds."""

from __future__ import annotations

from cx.settings import Settings
from ml.quality import measure_quality
from ml.report import Report
from ml.train_churn import SEED, train_churn
from ml.train_preference import train_preference


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
    measure_quality(settings)
    figures["rows"] = churn.figures.get("rows", 0) + preference.figures.get("rows", 0)
    return Report(churn.lines + preference.lines, figures)
