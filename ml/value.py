"""What each line is still worth: its margin in the months to come, times its chance to be here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import datasets, estimator_files, registry
from ml.metric_values import LOW_N, replace_metrics
from ml.registry import SURVIVAL
from ml.report import Report
from ml.survival import DiscreteHazards
from ml.survival_months import covariates

METRIC = "M43"
SLICES = ("segment", "family", "region")
_HALF = norm.ppf(0.975)


@dataclass(frozen=True)
class Worth:
    """Values of lines, as fitted (first column) and in each resample of the hazards.

    Parameters
    ----------
    months : ndarray of shape (n_lines, 1 + draws)
        Whole months each line will be here for, of the horizon.
    money : ndarray of shape (n_lines, 1 + draws)
        Discounted margin of these months.
    """

    months: np.ndarray
    money: np.ndarray


class Totals:
    """Sums of money a slice of the lines, as fitted and in each resample, batch after batch."""

    def __init__(self) -> None:  # noqa: D107
        self._sums: dict[tuple[str, str], np.ndarray] = {}

    def add(self, lines: pd.DataFrame, money: np.ndarray) -> None:
        """Add a batch of lines.

        Parameters
        ----------
        lines : DataFrame of shape (n_lines, n_columns)
        money : ndarray of shape (n_lines, 1 + draws)
        """
        lines = lines.reset_index(drop=True)
        for dimension, label, own in slices_of(lines):
            before = self._sums.get((dimension, label))
            parts = [money[own.index]] if before is None else [before[None], money[own.index]]
            # Row after row, whatever the batches: the same sums as of all rows at once.
            self._sums[dimension, label] = np.concatenate(parts).sum(axis=0)

    def mean(self, dimension: str, label: str, lines: int) -> np.ndarray:
        """Return a slice's mean a line, shape (1 + draws,)."""
        return self._sums[dimension, label] / lines


def worth(
    hazards: DiscreteHazards,
    X: pd.DataFrame,
    margin: np.ndarray,
    horizon_months: int,
    discount_rate: float,
) -> Worth:
    """Return Σ margin × S(t) / (1 + d)^(t / 12) over t = 1 … horizon, and Σ S(t).

    Parameters
    ----------
    hazards : DiscreteHazards
    X : DataFrame of shape (n_lines, n_columns)
        The lines as they are now.
    margin : ndarray of shape (n_lines,)
        Money a month, after the cost to serve.
    horizon_months : int
    discount_rate : float
        A year.
    """
    discount = (1 + discount_rate) ** (-np.arange(1, horizon_months + 1) / 12)
    months = np.empty((len(X), 1 + len(hazards.draws_)))
    money = np.empty_like(months)
    for rows, alive in hazards.sampled_survival(X, horizon_months):
        months[rows] = alive.sum(axis=2)
        money[rows] = (alive @ discount) * margin[rows, None]
    return Worth(months, money)


def score_value(settings: Settings) -> Report:
    """Write ml.ml_value for the newest cohort, and M43.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Report
    """
    started = time.perf_counter()
    with reading(settings) as connection:
        champion = registry.champion(connection, SURVIVAL)
        if champion is None or not datasets.has_table(connection, "features", "value_lines"):
            return Report(["value: no hazards, so no values"], {})
        hazards = estimator_files.load(
            settings, champion["artefact_file"], champion["artefact_sha256"]
        )
        terms = connection.execute("select * from features.value_terms").df().iloc[0]
        lines = connection.execute(
            "select * from features.value_lines order by subscription_id"
        ).df()
        is_priced = lines["monthly_revenue"].notna().to_numpy()
        left_out = int((~is_priced).sum())
        lines = lines[is_priced].reset_index(drop=True)
        if not len(lines):
            return Report(["value: no line's revenue is known, so no values"], {})
        # A cost nobody recorded is left out of the margin; the metric M41 says whether it is.
        margin = (
            float(terms["margin_share"]) * lines["monthly_revenue"]
            - lines["monthly_cost"].fillna(0)
        ).to_numpy(dtype=np.float64)
        horizon = int(terms["horizon_months"])
        model_id, totals, tables, start = champion["model_id"], Totals(), [], 0
        # Batch by batch: the resamples of a line are kilobytes.
        for months in datasets.batches(connection, _MONTHS, {}):
            rows = slice(start, start + len(months))
            start, own = rows.stop, lines[rows]
            found = worth(
                hazards, covariates(months), margin[rows], horizon, float(terms["discount_rate"])
            )
            told = _rows(own, margin[rows], found, model_id, horizon, terms["currency"])
            tables.append(told)
            totals.add(own, found.money)
    table = pd.concat(tables, ignore_index=True)
    values = metric_rows(lines, totals)
    to_come = table["expected_lifetime_months"].mean()
    with writing(settings) as connection:
        written = registry.replace_rows(connection, "ml_value", table)
        written += replace_metrics(connection, [METRIC], values)
    seconds = time.perf_counter() - started
    whole = values.iloc[0]
    return Report(
        [
            f"value: {len(table):,} subscriptions, {whole['value']:,.2f} "
            f"{terms['currency'] or ''} each over {horizon} months "
            f"({whole['ci_low']:,.2f} to {whole['ci_high']:,.2f}), {whole['numerator']:,.0f} in "
            f"all, {to_come:.1f} months to come; in {seconds:.1f} s"
            + f"; {left_out:,} without a known revenue left out"
            * bool(left_out)
        ],
        {"rows": written, "valued": len(table), "value_seconds": round(seconds, 2)},
    )


def _rows(
    lines: pd.DataFrame,
    margin: np.ndarray,
    found: Worth,
    model_id: str,
    horizon: int,
    currency: object,
) -> pd.DataFrame:
    months, months_half = found.months[:, 0], _HALF * _spread(found.months)
    money, money_half = found.money[:, 0], _HALF * _spread(found.money)
    return lines[["subscription_id", "as_of_date", "revenue_basis"]].assign(
        model_id=model_id,
        horizon_months=horizon,
        monthly_revenue=lines["monthly_revenue"].round(6),
        monthly_cost=lines["monthly_cost"].round(6),
        monthly_margin=margin.round(6),
        expected_lifetime_months=months.round(6),
        lifetime_low=np.maximum(months - months_half, 0).round(6),
        lifetime_high=np.minimum(months + months_half, horizon).round(6),
        clv=money.round(6),
        clv_low=(money - money_half).round(6),
        clv_high=(money + money_half).round(6),
        currency=currency,
    )


def slices_of(lines: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield all lines, and those of each segment, family and region."""
    for dimension in ("all", *SLICES):
        labels = lines[dimension] if dimension in lines else pd.Series("all", index=lines.index)
        for label, own in lines.groupby(labels, sort=True):
            yield dimension, label, own


def metric_rows(lines: pd.DataFrame, totals: Totals) -> pd.DataFrame:
    """Return M43, a mean a line, for everybody and by segment, family and region.

    The interval is that of the hazards: how far the mean moves from resample to resample.
    """
    rows = []
    for dimension, label, own in slices_of(lines):
        mean = totals.mean(dimension, label, len(own))
        half = _HALF * _spread(mean[None])[0]
        rows.append(
            {
                "metric_id": METRIC,
                "period_start": own["as_of_date"].iloc[0],
                "dimension": dimension,
                "dimension_value": label,
                "numerator": mean[0] * len(own),
                "denominator": float(len(own)),
                "value": mean[0],
                "n": len(own),
                "ci_low": mean[0] - half,
                "ci_high": mean[0] + half,
                "customers": own["customer_id"].nunique(),
                "is_low_n": len(own) < LOW_N,
            }
        )
    return pd.DataFrame(rows)


def _spread(values: np.ndarray) -> np.ndarray:
    """Return each row's standard deviation over the resamples; unknown without two."""
    if values.shape[1] < 3:
        return np.full(len(values), np.nan)
    return values[:, 1:].std(axis=1, ddof=1)


# The month each line is in, in the order of the lines that have a price.
_MONTHS = """
    select months.*
    from features.survival_months as months
    inner join features.value_lines as lines
        on
            months.subscription_id = lines.subscription_id
            and months.as_of_date = lines.as_of_date
    where lines.monthly_revenue is not null
    order by months.subscription_id
"""
