"""Fit, evaluate and register the estimators, from whatever cut-offs the warehouse holds."""

from __future__ import annotations

from threadpoolctl import threadpool_limits

from cx.settings import Settings
from ml.cxi_calibration import train_cxi
from ml.quality import measure_quality
from ml.report import Report
from ml.train_churn import SEED, train_churn
from ml.train_effects import train_effects
from ml.train_preference import train_preference
from ml.train_segments import train_segments
from ml.train_survival import train_survival
from ml.train_uplift import train_uplift

# What Python holds besides the engine, at most (benchmarks/memory.py).
PYTHON_HOLDS = 700_000_000


def train(settings: Settings) -> Report:
    """Fit and register who leaves, when, and what is next; estimate effects; weigh the index.

    Where the data cannot carry a model, none is made, the registry says why, and the run goes on.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Report
        What was fitted on how many rows in how many seconds, and how it compares.
    """
    settings = settings.leaving(PYTHON_HOLDS)
    # One thread: two wait for one another when a core is busy, and sums would depend on how many.
    with threadpool_limits(limits=1):
        churn = train_churn(settings)
        preference = train_preference(settings, SEED)
        effects = train_effects(settings)
        index = train_cxi(settings)
        survival = train_survival(settings, SEED)
        uplift = train_uplift(settings, SEED)
        segments = train_segments(settings, SEED)
        measure_quality(settings)
    reports = (churn, preference, effects, index, survival, uplift, segments)
    figures = effects.figures | index.figures | churn.figures | preference.figures
    figures |= survival.figures | uplift.figures | segments.figures
    figures["rows"] = sum(report.figures.get("rows", 0) for report in reports)
    return Report([line for report in reports for line in report.lines], figures)
