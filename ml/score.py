"""Score the latest cut-off: risks, reasons, recommendations, values, lists, actions, curves."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import datasets, drift, estimator_files, explain, history, registry
from ml.backtest import MAX_TEST_ROWS
from ml.campaigns import score_campaign
from ml.columns import text_hashes
from ml.decision_desk import score_actions
from ml.lists import write_lists
from ml.offer_tables import HOLDS
from ml.preference_tables import items_of, table_of
from ml.registry import CHURN, NEXT_PRODUCT
from ml.report import Report
from ml.score_summary import summarise
from ml.segment_moves import score_segments
from ml.survival_curves import score_curves
from ml.train_churn import SEED
from ml.unmet_needs import score_unmet_needs
from ml.value import score_value
from ml.what_if import score_what_if

# Whether columns drifted is told from so many lines: more tell no more of it.
MOST_COMPARED = 30_000
RECOMMENDATIONS = 3
# What Python holds besides the engine (benchmarks/memory.py).
PYTHON_HOLDS = 500_000_000


def score(settings: Settings) -> Report:
    """Score and value every subscription of the latest cut-off with the champions.

    Scores of the same cut-off are replaced as a whole, so a run may be killed and repeated.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Report
    """
    settings = settings.leaving(PYTHON_HOLDS)
    with threadpool_limits(limits=1):
        churn = score_churn(settings)
        preference = score_preference(settings)
        value = score_value(settings)
        campaign = score_campaign(settings, SEED)
        actions = score_actions(settings)
        curves = score_curves(settings)
        segments = score_segments(settings)
        what_if = score_what_if(settings)
        needs = score_unmet_needs(settings)
    with writing(settings) as connection:
        write_lists(connection)
    reports = (churn, preference, value, campaign, actions, curves, segments, what_if, needs)
    rows = sum(report.figures.get("rows", 0) for report in reports)
    figures = {key: value for report in reports for key, value in report.figures.items()}
    figures["rows"] = rows
    return Report([line for report in reports for line in report.lines], figures)


def score_churn(settings: Settings) -> Report:
    """Write ml.ml_score and ml.ml_score_reason for the latest cut-off."""
    started = time.perf_counter()
    with reading(settings) as connection:
        champion = registry.champion(connection, CHURN)
        if champion is None:
            return Report(["churn: no model, so no scores"], {})
        as_of_date = _latest(connection, "churn_cohort")
        model = estimator_files.load(
            settings, champion["artefact_file"], champion["artefact_sha256"]
        )
        items = [
            name.removeprefix(HOLDS) for name in model.feature_names_in_ if name.startswith(HOLDS)
        ]
        currency = datasets.currency(connection)
        names = datasets.offering_names(connection)
        # Twice over the rows, a batch at a time, now for scores and later for sentences.
        scored = [
            (table.keys["subscription_id"], model.predict_proba(table.X)[:, 1])
            for table in datasets.rows_to_score(connection, as_of_date, items)
        ]
        if not scored:
            return Report(["churn: nobody is left to score"], {})
        sample = datasets.sample_to_score(connection, as_of_date, items, MOST_COMPARED, SEED)
        kinds = dict(zip(model.encoder_.names_, model.encoder_.kinds_, strict=True))
        typical: dict[str, object] = {}
        for own in datasets.columns_to_score(connection, as_of_date, list(kinds)):
            typical |= explain.peers(own, list(own), [kinds[name] for name in own])
    catalogue = explain.read_catalogue(currency=currency).with_names(names)
    is_explained = model.fidelity_ >= explain.LEAST_FIDELITY
    key = {"as_of_date": as_of_date, "target": CHURN}
    named = key | {"model_id": champion["model_id"]}
    written = ranked(
        pd.concat([ids for ids, _ in scored], ignore_index=True),
        np.concatenate([scores for _, scores in scored]),
    ).assign(base_rate=champion["base_rate"], **named)
    del scored
    with writing(settings) as connection:
        rows = registry.replace_rows(connection, "ml_score", written, **key)
        reasons_written = registry.replace_rows(
            connection, "ml_score_reason", pd.DataFrame(), **key
        )
        rows_again = (
            datasets.rows_to_score(connection.cursor(), as_of_date, items) if is_explained else ()
        )
        for table in rows_again:
            told = explain.reasons(model, table.X, typical, catalogue)
            lines = table.keys["subscription_id"].to_numpy()[told.pop("row").to_numpy()]
            told = told.assign(subscription_id=lines, **named)
            reasons_written += registry.append_rows(connection, "ml_score_reason", told)
        history.keep(connection, written, CHURN)
        summarise(connection, as_of_date)
    drifted = _measure_drift(settings, champion, sample, model.encoder_.names_, written)
    seconds = time.perf_counter() - started
    lines = [
        f"churn: {rows:,} subscriptions scored as of {as_of_date:%Y-%m-%d} in {seconds:.1f} s, "
        f"mean {written['score'].mean():.4f}; {reasons_written:,} reasons"
    ]
    if not is_explained:
        lines.append(
            f"churn: reasons hidden, the explainer follows the champion with only "
            f"{model.fidelity_:.2f} (at least {explain.LEAST_FIDELITY})"
        )
    if drifted:
        lines.append(f"churn: drifted since the model learned: {', '.join(drifted)}")
    return Report(
        lines,
        {
            "rows": rows + reasons_written,
            "churn_scored": rows,
            "churn_score_seconds": round(seconds, 2),
        },
    )


def _measure_drift(
    settings: Settings,
    champion: dict[str, object],
    sample: datasets.Table,
    names: list[str],
    written: pd.DataFrame,
) -> list[str]:
    """Write ml.ml_drift of this cut-off; return what drifted.

    Features are compared with the last cut-off the model learned from, scores with the cut-off
    scored before, and scores given out with what came true where the label window is over.
    """
    as_of_date, model_id = written["as_of_date"].iloc[0], champion["model_id"]
    with reading(settings) as connection:
        learned = datasets.labelled_rows(
            connection,
            [champion["train_to"]],
            MAX_TEST_ROWS,
            SEED,
            sample.items(),
            keep_exits=False,
        )
        cutoffs = datasets.churn_cutoffs(connection)
        earlier = connection.execute(
            "select as_of_date, score from ml.ml_score_history where target = ? and as_of_date = ("
            "select max(as_of_date) from ml.ml_score_history where target = ? and as_of_date < ?)",
            [CHURN, CHURN, as_of_date],
        ).df()
        given = history.realised(connection, model_id, cutoffs, SEED)
    kept = [name for name in names if name in learned.X and name in sample.X]
    found = drift.feature_drift(learned.X[kept], sample.X[kept])
    parts = [found.assign(reference_date=champion["train_to"])]
    if len(earlier):
        found = drift.score_drift(earlier["score"].to_numpy(), written["score"].to_numpy())
        parts.append(found.assign(reference_date=earlier["as_of_date"].iloc[0]))
    if len(given):
        parts.append(drift.calibration_drift(given))
    due = cutoffs.loc[cutoffs["as_of_date"] == pd.Timestamp(as_of_date), "window_to"].max()
    rows = pd.concat(parts, ignore_index=True).assign(
        model_id=model_id, target=CHURN, as_of_date=as_of_date, labels_due=due
    )
    with writing(settings) as connection:
        registry.replace_rows(connection, "ml_drift", rows, target=CHURN, as_of_date=as_of_date)
    return rows.loc[rows["verdict"] == drift.DRIFT, "subject"].tolist()


def ranked(subscription_ids: pd.Series, scores: np.ndarray) -> pd.DataFrame:
    """Return scores with rank (1 is the likeliest to leave) and decile; ties by a fixed draw."""
    order = np.lexsort((text_hashes(subscription_ids), -scores))
    rank = np.empty(len(scores), dtype=np.int64)
    rank[order] = np.arange(1, len(scores) + 1)
    return pd.DataFrame(
        {
            "subscription_id": subscription_ids.to_numpy(),
            "score": scores,
            "score_rank": rank,
            "score_decile": (rank - 1) * 10 // len(scores) + 1,
        }
    )


def score_preference(settings: Settings) -> Report:
    """Write ml.ml_recommendation for the latest cut-off."""
    started = time.perf_counter()
    with reading(settings) as connection:
        champion = registry.champion(connection, NEXT_PRODUCT)
        if champion is None:
            return Report(["next product: no model, so no recommendations"], {})
        as_of_date = _latest(connection, "preference_cohort")
        model = estimator_files.load(
            settings, champion["artefact_file"], champion["artefact_sha256"]
        )
        sold = datasets.offerings_on_sale(connection)
    items = items_of(model.feature_names_in_)
    on_sale = set(sold["offering_id"])
    names = sold.set_index("offering_id")["offering_name"]
    kind = (
        "probability of taking it" if '"outcome": "take"' in champion["parameters"] else "affinity"
    )
    asked = served = written = 0
    with writing(settings) as connection:
        for batch in datasets.preference_to_score(connection.cursor(), as_of_date):
            if not asked:
                registry.replace_rows(
                    connection, "ml_recommendation", pd.DataFrame(), as_of_date=as_of_date
                )
            X = table_of(batch, items)
            best = model.recommend(X, model.eligible(X, on_sale), RECOMMENDATIONS)
            own = best.pop("row").to_numpy()
            best = best.rename(columns={"item": "offering_id"}).assign(
                subscription_id=batch["subscription_id"].to_numpy()[own],
                as_of_date=as_of_date,
                model_id=champion["model_id"],
                score_kind=kind,
            )
            best["offering_name"] = best["offering_id"].map(names)
            written += registry.append_rows(connection, "ml_recommendation", best)
            asked, served = asked + len(batch), served + len(np.unique(own))
        _withdraw_others(connection, as_of_date)
    if not asked:
        return Report(["next product: nobody is left to recommend to"], {})
    seconds = time.perf_counter() - started
    return Report(
        [
            f"next product: {written:,} recommendations for {served:,} of {asked:,} "
            f"subscriptions in {seconds:.1f} s"
        ],
        {"rows": written, "recommendation_seconds": round(seconds, 2)},
    )


def _withdraw_others(connection: object, as_of_date: object) -> None:
    """Take back every recommendation, of whichever date, to who may not be offered one now."""
    registry.create_tables(connection)
    connection.execute(
        "delete from ml.ml_recommendation where subscription_id not in "
        "(select subscription_id from features.preference_audience where as_of_date = ?)",
        [as_of_date],
    )


def _latest(connection: object, table: str) -> object:
    return connection.execute(f"select max(as_of_date) from features.{table}").fetchall()[0][0]
