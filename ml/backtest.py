"""Walk-forward back-tests: fit on what was known at a cut-off, predict, see what came true."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
from sklearn.base import ClassifierMixin, clone

from ml import datasets, evaluate
from ml.baselines import BaseRate, PlainLogistic, ThreeLineRule
from ml.churn import ChurnClassifier
from ml.columns import as_number
from ml.datasets import Table
from ml.resample import auc_draws, interval, mean_draws

CHAMPION_NAME, RULE_NAME = "champion", "three-line rule"
LEAST_EXITS = 50
LEAST_TEST_EXITS = 10
# What bounds the time: so many refits, on so many rows, each tested on so many.
MAX_CUTOFFS = 8
WANTED_CUTOFFS = 6
MAX_TRAIN_ROWS = 3_000
# Members are chosen anew at every third cut-off; between, the chosen ones learn the newer rows.
CHOSEN_EVERY = 3
MAX_TEST_ROWS = 10_000
LAGS = (1, 3)
GROUPS = ("segment", "region", "family", "contract_type", "age_band")
TENURE_BANDS = ("under 3 months", "3 to 12 months", "1 to 3 years", "over 3 years", "unknown")
CUT_OFF, MEAN, WORST, DECAY = "cut-off", "mean", "worst", "decay"
_HIGHER_IS_BETTER = {"auc", "average_precision", "lift_top_decile", "gain_top_decile"}


@dataclass(frozen=True)
class Fold:
    """One cut-off: rows to learn from, known by then, and rows to be tested on."""

    as_of_date: pd.Timestamp
    learned: Table
    tested: Table


@dataclass(frozen=True)
class Backtest:
    """Predictions of every estimator at every cut-off.

    Parameters
    ----------
    rows : DataFrame
        subscription_id, as_of_date (tested at), fitted_at (as_of_date of the refit), lag (months
        between them), y, one column per estimator, and for lag 0 the groups of `groups_of`.
    train : DataFrame with columns as_of_date, train_rows, train_exits
    """

    rows: pd.DataFrame
    train: pd.DataFrame

    @property
    def fresh(self) -> pd.DataFrame:
        """Predictions by the refit of the same cut-off."""
        if self.rows.empty:
            return self.rows
        return self.rows[self.rows["lag"] == 0].reset_index(drop=True)

    @property
    def cutoffs(self) -> int:
        """How many cut-offs were tested."""
        return len(self.train)


def estimators(champion: ChurnClassifier) -> dict[str, ClassifierMixin]:
    """Return the champion and the baselines it is measured against."""
    return {
        CHAMPION_NAME: champion,
        RULE_NAME: ThreeLineRule(),
        "base rate": BaseRate(),
        "logistic": PlainLogistic(),
    }


def fit_on(estimator: ClassifierMixin, table: Table) -> ClassifierMixin:
    """Fit an estimator; rows of one subscription never meet across the champion's folds."""
    if isinstance(estimator, ChurnClassifier):
        groups = table.keys["subscription_id"]
        return estimator.fit(table.X, table.y, groups=groups, sample_weight=table.weight)
    return estimator.fit(table.X, table.y, sample_weight=table.weight)


def past_of(cutoffs: pd.DataFrame, as_of_date: object) -> list[object] | None:
    """Return the labelled cut-offs whose windows had closed by a date, or None if too few left."""
    past = cutoffs[(cutoffs["labelled"] > 0) & (cutoffs["window_to"] <= as_of_date)]
    if past["exits"].sum() < LEAST_EXITS or past["exits"].sum() == past["labelled"].sum():
        return None
    return past["as_of_date"].tolist()


def testable(cutoffs: pd.DataFrame) -> list[tuple[list[object], object]]:
    """Return (cut-offs to learn from, cut-off to test on), oldest first, the latest MAX_CUTOFFS."""
    tests = cutoffs[(cutoffs["labelled"] > 0) & (cutoffs["exits"] >= LEAST_TEST_EXITS)]
    pairs = [(past_of(cutoffs, date), date) for date in sorted(tests["as_of_date"])]
    return [(past, date) for past, date in pairs if past is not None][-MAX_CUTOFFS:]


def read_folds(
    connection: duckdb.DuckDBPyConnection, cutoffs: pd.DataFrame, items: list[str], seed: int
) -> list[Fold]:
    """Read the rows of each testable cut-off, at most MAX_TRAIN_ROWS and MAX_TEST_ROWS."""
    return [
        Fold(
            pd.Timestamp(date),
            datasets.labelled_rows(connection, past, MAX_TRAIN_ROWS, seed, items),
            datasets.labelled_rows(
                connection, [date], MAX_TEST_ROWS, seed, items, keep_exits=False
            ),
        )
        for past, date in testable(cutoffs)
    ]


def walk_forward(champion: ChurnClassifier, folds: list[Fold], refused: list[str]) -> Backtest:
    """Refit every estimator at each cut-off and predict that one and those LAGS later.

    Parameters
    ----------
    champion : ChurnClassifier
        Cloned for each refit, with three inner folds.
    folds : list of Fold
    refused : list of str
        Columns the leak gate refused.
    """
    parts, train = [], []
    at = {fold.as_of_date: fold for fold in folds}
    chosen = None
    for place, fold in enumerate(folds):
        learned = fold.learned.without(refused)
        train.append((fold.as_of_date, len(learned.y), int(learned.y.sum())))
        contest = estimators(clone(champion).set_params(n_folds=3))
        if place % CHOSEN_EVERY:
            del contest[CHAMPION_NAME]
            newer = {"groups": learned.keys["subscription_id"], "sample_weight": learned.weight}
            fitted = {CHAMPION_NAME: chosen.refit(learned.X, learned.y, **newer)}
        else:
            fitted = {}
        fitted |= {name: fit_on(own, learned) for name, own in contest.items()}
        chosen = fitted[CHAMPION_NAME]
        for lag in (0, *LAGS):
            later = at.get(fold.as_of_date + pd.DateOffset(months=lag))
            if later is None:
                continue
            tested = later.tested.without(refused)
            predicted = {name: own.predict_proba(tested.X)[:, 1] for name, own in fitted.items()}
            rows = later.tested.keys.assign(
                fitted_at=fold.as_of_date, lag=lag, y=tested.y, **predicted
            )
            if lag == 0:
                rows = pd.concat([rows, groups_of(later.tested.X)], axis=1)
            parts.append(rows)
    names = ["as_of_date", "train_rows", "train_exits"]
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return Backtest(rows, pd.DataFrame(train, columns=names))


def groups_of(X: pd.DataFrame) -> pd.DataFrame:
    """Return what results are cut by: the delivered GROUPS and `tenure_band`."""
    found = {
        name: X[name].astype(object).where(X[name].notna(), "unknown").astype(str)
        for name in GROUPS
        if name in X and X[name].notna().any()
    }
    if "tenure_days" in X:
        days = as_number(X["tenure_days"])
        band = np.digitize(days, [91.3125, 365.25, 1095.75])
        found["tenure_band"] = np.array(TENURE_BANDS)[np.where(np.isnan(days), 4, band)]
    return pd.DataFrame(found, index=X.index)


def backtest_rows(backtest: Backtest, model_id: str, target: str, seed: int) -> pd.DataFrame:
    """Return the back-test as rows of ml.ml_backtest.

    Scopes: `cut-off` (each one), `mean` over them and `worst` of them, and `decay`: how much worse
    a model of `lag_months` earlier was than the fresh one on the same rows (log-loss gained, AUC
    lost). Intervals of the mean resample cut-offs and, in them, subscriptions.
    """
    if backtest.rows.empty:
        return pd.DataFrame()
    fresh, names = backtest.fresh, list(estimators(ChurnClassifier()))
    told = [
        (name, CUT_OFF, date, 0, metric, value, *bounds)
        for date, own in fresh.groupby("as_of_date")
        for name in names
        for metric, value, *bounds in _figures(own["y"].to_numpy(), own[name].to_numpy(), seed)
    ]
    each = pd.DataFrame(
        told,
        columns=[
            *("estimator", "scope", "as_of_date", "lag_months"),
            *("metric", "value", "low", "high"),
        ],
    )
    last = each["as_of_date"].max()
    drawn = _drawn(fresh, names, seed)
    parts = [each]
    for (name, metric), own in each.groupby(["estimator", "metric"], sort=False):
        low, high = drawn.get((name, metric), (np.nan, np.nan))
        own = own.dropna(subset="value")
        if own.empty:
            continue
        bad = own["value"].abs() if metric == "calibration_gap" else own["value"]
        worst = own.loc[bad.idxmin() if metric in _HIGHER_IS_BETTER else bad.idxmax()]
        mean = worst.to_dict() | {"scope": MEAN, "as_of_date": last, "value": own["value"].mean()}
        parts.append(pd.DataFrame([mean | {"low": low, "high": high}]))
        parts.append(pd.DataFrame([worst.to_dict() | {"scope": WORST}]))
    for name in names[1:]:
        gain, low, high = drawn[name, "log_loss_gain"]
        parts.append(
            pd.DataFrame(
                [[name, MEAN, last, 0, "log_loss_gain", gain, low, high]], columns=each.columns
            )
        )
    decay = _decay(backtest.rows, names, last, seed)
    table = pd.concat([*parts, pd.DataFrame(decay, columns=each.columns)], ignore_index=True)
    # A part without rows, or a row made of one, has forgotten that these are dates.
    table["as_of_date"] = pd.to_datetime(table["as_of_date"]).astype(fresh["as_of_date"].dtype)
    sizes = fresh.groupby("as_of_date")["y"].agg(["size", "sum"]).reset_index()
    sizes = sizes.merge(backtest.train, on="as_of_date")
    table = table.merge(sizes, on="as_of_date").rename(
        columns={"size": "test_rows", "sum": "test_exits"}
    )
    is_baseline = table["estimator"] != CHAMPION_NAME
    return table.assign(
        model_id=model_id, target=target, cutoffs=backtest.cutoffs, is_baseline=is_baseline
    )


def _figures(y: np.ndarray, score: np.ndarray, seed: int) -> list[tuple]:
    """Return (metric, value, low, high) of one estimator at one cut-off."""
    figures = evaluate.churn_figures(y, score, seed)
    bounds = {"auc": (figures.pop("auc_low"), figures.pop("auc_high"))}
    loss = evaluate.losses(y, score)
    half = 1.96 * loss.std() / np.sqrt(len(y))
    bounds["log_loss"] = (figures["log_loss"] - half, figures["log_loss"] + half)
    # Calibration in the large: predicted less observed; its noise is that of the outcomes.
    gap = figures.pop("mean_score") - figures.pop("base_rate")
    half = 1.96 * np.sqrt((score * (1 - score)).sum()) / len(y)
    figures["calibration_gap"], bounds["calibration_gap"] = gap, (gap - half, gap + half)
    return [
        (metric, value, *bounds.get(metric, (np.nan, np.nan))) for metric, value in figures.items()
    ]


def _drawn(fresh: pd.DataFrame, names: list[str], seed: int) -> dict[tuple[str, str], tuple]:
    """Return intervals of the means over cut-offs, by block bootstrap."""
    y = fresh["y"].to_numpy()
    loss = np.column_stack([evaluate.losses(y, fresh[name].to_numpy()) for name in names])
    gap = np.column_stack([fresh[name].to_numpy() - y for name in names])
    gain = loss[:, 1:] - loss[:, :1]
    point, draws = mean_draws(fresh, np.column_stack([loss, gap, gain]), seed)
    low, high = interval(draws)
    n = len(names)
    found = {}
    for place, name in enumerate(names):
        found[name, "log_loss"] = low[place], high[place]
        found[name, "calibration_gap"] = low[n + place], high[n + place]
        found[name, "auc"] = interval(auc_draws(fresh, y, fresh[name].to_numpy(), seed))
        if place:
            at = 2 * n + place - 1
            found[name, "log_loss_gain"] = point[at], low[at], high[at]
    return found


def _decay(rows: pd.DataFrame, names: list[str], last: object, seed: int) -> list[tuple]:
    keys = ["subscription_id", "as_of_date"]
    fresh, told = rows[rows["lag"] == 0], []
    for lag in LAGS:
        old = rows[rows["lag"] == lag]
        if old.empty:
            continue
        both = old.merge(fresh[[*keys, *names]], on=keys, suffixes=("", "_fresh"))
        y = both["y"].to_numpy()
        for name in names:
            stale, new = both[name].to_numpy(), both[f"{name}_fresh"].to_numpy()
            lost = evaluate.losses(y, stale) - evaluate.losses(y, new)
            point, draws = mean_draws(both, lost[:, None], seed)
            (low,), (high,) = interval(draws)
            told.append((name, DECAY, last, lag, "log_loss", point[0], low, high))
            drop = both.groupby("as_of_date")[["y", name, f"{name}_fresh"]].apply(
                lambda own, name=name: (
                    evaluate.auc_with_interval(
                        own["y"].to_numpy(), own[f"{name}_fresh"].to_numpy()
                    )[0]
                    - evaluate.auc_with_interval(own["y"].to_numpy(), own[name].to_numpy())[0]
                )
            )
            told.append((name, DECAY, last, lag, "auc", float(drop.mean()), np.nan, np.nan))
    return told
