"""Whom to contact next month, and what the campaign earns; nobody who is held out or said no."""

from __future__ import annotations

import time

import duckdb
import numpy as np
import pandas as pd
from scipy.stats import norm

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import datasets, registry
from ml.columns import text_hashes
from ml.hold_out import draw_hold_outs
from ml.profit import Lines, profit_curve
from ml.registry import CHURN
from ml.report import Report
from ml.terms import Terms, read_terms
from ml.train_uplift import PERSUADABILITY, RISK_ONLY
from ml.trials import KNOWN, Trial, read_trial, trial_columns
from ml.uplift import TLearner
from ml.uplift_measures import resamples, some_groups

# Resamples behind an error, and rows of a trial they draw from.
DRAWS, MOST_RESAMPLED = 30, 60_000
BY_UPLIFT, BY_RISK, BY_PROFIT = "uplift", "risk", "expected profit"


def score_campaign(settings: Settings, seed: int) -> Report:
    """Write ml_hold_out, ml_uplift_score and ml_profit_curve for the newest scored cut-off.

    Parameters
    ----------
    settings : Settings
    seed : int

    Returns
    -------
    Report
    """
    started = time.perf_counter()
    with writing(settings) as connection:
        registry.create_tables(connection)
        needed = (
            *("uplift_terms", "uplift_contacts", "churn_cohort", "churn_cutoffs"),
            "decision_lines",
        )
        if not all(datasets.has_table(connection, "features", name) for name in needed):
            return Report(["campaign: the features are not built; run `cx build`"], {})
        held_out = draw_hold_outs(connection)
    with reading(settings) as connection:
        rows = _rows(connection)
        terms = read_terms(connection, rows["as_of_date"].iloc[0]) if len(rows) else None
        kind, trial, now = RISK_ONLY, None, None
        if terms is not None and _is_persuadability(connection):
            kind, trial = PERSUADABILITY, read_trial(connection)
            now = _columns_now(connection, rows, trial)
    if terms is None:
        why = "no scores" if not len(rows) else "no terms (seed campaign_terms)"
        return Report([f"campaign: {why}, so no list"], {"rows": held_out})
    uplift, error = (None, None) if trial is None else uplift_with_error(trial, now, seed)
    scored, curve = make_list(rows, terms, kind, uplift, error, seed)
    as_of_date = rows["as_of_date"].iloc[0]
    with writing(settings) as connection:
        written = registry.replace_rows(connection, "ml_uplift_score", scored)
        written += registry.replace_rows(connection, "ml_profit_curve", curve)
    best = curve[curve["is_best"] & (curve["ranking"] == BY_PROFIT)].iloc[0]
    told = (
        f"campaign of {as_of_date:%Y-%m-%d}, {kind}: contacting {best['contacts']:,} of "
        f"{int(scored['profit_rank'].notna().sum()):,} earns {best['profit']:,.0f} "
        f"({best['low']:,.0f} to {best['high']:,.0f}) {terms.currency or ''} and keeps "
        f"{best['expected_saves']:,.1f}; {int(scored['is_held_out'].sum()):,} held out by chance"
    )
    if not best["contacts"]:
        told = f"campaign of {as_of_date:%Y-%m-%d}, {kind}: no contact pays, so nobody is contacted"
    return Report(
        [told],
        {
            "rows": held_out + written,
            "campaign_contacts": int(best["contacts"]),
            "campaign_profit": round(float(best["profit"]), 2),
            "campaign_seconds": round(time.perf_counter() - started, 2),
        },
    )


def uplift_with_error(trial: Trial, X: pd.DataFrame, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the exits a contact prevents for each row, and its standard error.

    Parameters
    ----------
    trial : Trial
        What chance contacted and held out before.
    X : DataFrame of shape (n_rows, n_columns)
        The lines as they are now, with the trial's columns.
    seed : int
        Of the resamples of customers behind the error.
    """

    arms = trial.has_left, trial.is_treated, trial.has_accepted
    learner = TLearner().fit(trial.X, *arms)
    customers = trial.rows["customer_id"].to_numpy()
    part = some_groups(customers, MOST_RESAMPLED, seed)
    times = resamples(customers[part], DRAWS, seed)[1:]
    error = learner.standard_error(trial.X[part], *(arm[part] for arm in arms), times, X)
    # Of so many rows more, the error is so much smaller (m out of n bootstrap).
    return learner.predict(X), error * np.sqrt(part.mean())


def make_list(
    rows: pd.DataFrame,
    terms: Terms,
    kind: str,
    uplift: np.ndarray | None,
    error: np.ndarray | None,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of ml_uplift_score and of ml_profit_curve.

    Parameters
    ----------
    rows : DataFrame
        Scored lines: subscription_id, as_of_date, customer_id, model_id, risk, clv (unknown where
        no revenue is), is_held_out, is_marketing_agreed.
    terms : Terms
    kind : str
        What the list may be called: persuadability, or risk, not persuadability.
    uplift, error : ndarray of shape (n_rows,), optional
    seed : int
    """
    blank = np.full(len(rows), np.nan)
    # A line without a known revenue is taken for the usual one.
    clv = rows["clv"].fillna(terms.clv).to_numpy(dtype=np.float64)
    lines = Lines(
        rows["customer_id"].fillna(rows["subscription_id"]).to_numpy(),
        rows["risk"].to_numpy(dtype=np.float64),
        clv,
        uplift,
        error,
    )
    earned = lines.profit(terms.offer)
    half = norm.ppf(0.975) * (blank if error is None else error)
    table = rows[["subscription_id", "as_of_date", "model_id", "risk", "is_held_out"]].assign(
        list_kind=kind,
        uplift=np.round(blank if uplift is None else uplift, 9),
        uplift_error=np.round(blank if error is None else error, 9),
        uplift_low=np.round((blank if uplift is None else uplift) - half, 9),
        uplift_high=np.round((blank if uplift is None else uplift) + half, 9),
        clv=clv.round(6),
        expected_profit=earned.round(6),
        currency=terms.currency,
    )
    # Who has not agreed to marketing is not contacted, so cannot be held out of it either.
    is_agreed = rows["is_marketing_agreed"].to_numpy(dtype=bool)
    listed = np.flatnonzero(is_agreed & ~rows["is_held_out"].to_numpy(dtype=bool))
    own = lines.part(listed)
    tie = text_hashes(rows["subscription_id"])[listed]
    first = own.risk if uplift is None else own.uplift
    rankings = {
        BY_RISK if uplift is None else BY_UPLIFT: _places(first, tie),
        BY_PROFIT: _places(earned[listed], tie),
    }
    table["list_rank"], table["profit_rank"] = (
        pd.Series(ranks, index=listed).reindex(range(len(rows))).astype("Int64").to_numpy()
        for ranks in rankings.values()
    )
    curves = [
        profit_curve(
            own, -ranks, terms.offer, most_contacts=terms.most_contacts, budget=terms.budget,
            seed=seed,
        ).assign(ranking=name)
        for name, ranks in rankings.items()
    ]  # fmt: skip
    curve = pd.concat(curves, ignore_index=True).assign(
        as_of_date=rows["as_of_date"].iloc[0],
        model_id=rows["model_id"].iloc[0],
        terms_version=terms.version,
        list_kind=kind,
        currency=terms.currency,
    )
    money = ["expected_saves", "cost", "profit", "low", "high"]
    curve[money] = curve[money].round(6)
    best = int(curves[-1].loc[curves[-1]["is_best"], "contacts"].iloc[0])
    is_chosen = table["profit_rank"].fillna(best + 1).to_numpy() <= best
    # Held out of this campaign: without the draw they would have been contacted.
    least = earned[is_chosen].min() if best else np.inf
    table["is_worth_contacting"] = is_chosen
    is_out = table["is_held_out"].to_numpy(dtype=bool)
    table["is_control"] = is_out & is_agreed & (earned >= least)
    return table[registry.column_names("ml_uplift_score")], curve


def _places(value: np.ndarray, tie: np.ndarray) -> np.ndarray:
    """Return each row's rank, 1 for the highest value; ties by an order that says nothing."""
    ranks = np.empty(len(value), dtype=np.int64)
    ranks[np.lexsort((tie, -value))] = np.arange(1, len(value) + 1)
    return ranks


def _rows(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return the lines of the newest scores, with their value and whether they are held out."""
    return connection.execute(
        """
        select
            scores.subscription_id,
            scores.as_of_date,
            scores.model_id,
            scores.score as risk,
            cohort.customer_id,
            worths.clv,
            held_out.subscription_id is not null as is_held_out,
            coalesce(lines.is_marketing_agreed, false) as is_marketing_agreed
        from ml.ml_score as scores
        inner join features.churn_cohort as cohort
            on
                scores.subscription_id = cohort.subscription_id
                and scores.as_of_date = cohort.as_of_date
        left join ml.ml_value as worths
            on
                scores.subscription_id = worths.subscription_id
                and scores.as_of_date = worths.as_of_date
        left join features.decision_lines as lines
            on
                scores.subscription_id = lines.subscription_id
                and scores.as_of_date = lines.as_of_date
        left join ml.ml_hold_out as held_out
            on
                scores.subscription_id = held_out.subscription_id
                and date_trunc('month', scores.as_of_date) = held_out.campaign_month
        where
            scores.target = ?
            and scores.as_of_date = (select max(as_of_date) from features.churn_cutoffs)
        order by scores.subscription_id
        """,
        [CHURN],
    ).df()


def _is_persuadability(connection: duckdb.DuckDBPyConnection) -> bool:
    """Say whether the hold-outs so far showed a ranking that beats chance (train_uplift)."""
    found = connection.execute("select distinct status from ml.ml_uplift").fetchall()
    return found == [(PERSUADABILITY,)]


def _columns_now(
    connection: duckdb.DuckDBPyConnection, rows: pd.DataFrame, trial: Trial
) -> pd.DataFrame:
    """Return the trial's columns of the lines to score, row by row."""
    features = connection.execute(
        f"select columns('^({KNOWN})$') from features.churn_features where as_of_date = ?",
        [rows["as_of_date"].iloc[0]],
    ).df()
    return trial_columns(rows[["subscription_id", "as_of_date"]], features)[list(trial.X.columns)]
