"""Fit, evaluate and register how long lines stay."""

from __future__ import annotations

import time
from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
from sklearn.base import clone

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import datasets, estimator_files, registry, survival_quality
from ml.registry import CHAMPION, SURVIVAL, Model
from ml.report import Report
from ml.survival import OTHER, DiscreteHazards
from ml.survival_months import Months, observed_dates, read_follow_up, read_months
from ml.survival_quality import FamilyCurves, FollowUp
from ml.train_churn import CHAMPION_NAME, Evaluation, evaluation_rows, no_model, test_scores

MAX_ROWS = 20_000
LEAST_EXITS = 50
LEAST_TEST_EXITS = 10
MOST_FOLLOW_UP = 6
LONGEST_BASELINE = "family, by tenure (Kaplan–Meier)"
CONSTANT_BASELINE = "family, constant hazard"


def train_survival(settings: Settings, seed: int) -> Report:
    """Fit, evaluate and register the hazards; say why there are none where there are none.

    Parameters
    ----------
    settings : Settings
    seed : int

    Returns
    -------
    Report
    """
    started = time.perf_counter()
    with reading(settings) as connection:
        if not datasets.has_table(connection, "features", "survival_months"):
            reason = "the features are not built; run `cx build`"
        else:
            dates = observed_dates(connection)
            reason = why_no_model(dates)
    if reason:
        return no_model(settings, SURVIVAL, reason)
    with reading(settings) as connection:
        draws = int(_terms(connection)["survival_draws"])
        months = read_months(connection, None, MAX_ROWS, seed)
        estimator = DiscreteHazards(draws=draws, random_state=seed)
        data_digest = datasets.digest(
            months.keys, months.X, months.weight, pd.DataFrame({"cause": months.cause})
        )
        identity = registry.model_id(SURVIVAL, data_digest, estimator.get_params(), seed)
        if registry.is_served(connection, settings, SURVIVAL, identity):
            return Report(["survival: same data, code and seed: the champion stays"], {"rows": 0})
        split = time_split(dates)
        if split is not None:
            learned = read_months(connection, split[0], MAX_ROWS, seed)
            tested, seen = read_follow_up(connection, *split, seed)
    figures, evaluation = {}, None
    if split is not None:
        evaluation, figures = judge(clone(estimator).set_params(draws=0), learned, tested, seen)
        keys = tested.keys[["subscription_id", "as_of_date"]]
        evaluation = Evaluation("time", split[0], evaluation, seen.has_left.astype(int), keys)
    fitted = clone(estimator).fit(
        months.X, months.cause, sample_weight=months.weight, groups=months.keys["customer_id"]
    )
    row = _row(settings, fitted, months, identity, data_digest, seed)
    with writing(settings) as connection:
        registry.record_model(connection, row)
        if evaluation is not None:
            registry.replace_rows(
                connection,
                "ml_evaluation",
                evaluation_rows(row.model_id, SURVIVAL, figures, evaluation),
                model_id=row.model_id,
            )
            risks = {name: 1 - own for name, own in evaluation.predictions.items()}
            said = replace(evaluation, predictions=risks)
            scores = test_scores(row.model_id, SURVIVAL, said, seen.months)
            registry.replace_test_scores(connection, scores, row.model_id)
    return _told(row, fitted, figures, split, time.perf_counter() - started)


def why_no_model(dates: pd.DataFrame) -> str:
    """Say which data would give hazards, or nothing when there is enough."""
    exits = int(dates["exits"].sum())
    if exits < LEAST_EXITS:
        return (
            f"{exits} exits in {len(dates)} months that are over, at least {LEAST_EXITS} are "
            "needed; deliver more history of products with ended_at and exit_cause"
        )
    if exits == dates["members"].sum():
        return "every line left in the month it was seen; deliver the ones that stayed as well"
    return ""


def time_split(dates: pd.DataFrame) -> tuple[object, int] | None:
    """Choose the day the past ends and the months to follow its lines for.

    Returns
    -------
    tuple of (date, months), or None
        None when either side has too few exits to say anything.
    """
    months = min(MOST_FOLLOW_UP, len(dates) // 2)
    if not months:
        return None
    past, future = dates.iloc[:-months], dates.iloc[-months:]
    if past["exits"].sum() < LEAST_EXITS or future["exits"].sum() < LEAST_TEST_EXITS:
        return None
    return future["as_of_date"].iloc[0], months


def judge(
    estimator: DiscreteHazards, learned: Months, tested: Months, seen: FollowUp
) -> tuple[dict[str, np.ndarray], dict[str, dict[str, float]]]:
    """Compare survival curves on lines followed after the day the past ended.

    Returns
    -------
    tuple of (survival at the horizon by estimator, figures by estimator)
    """
    estimator.fit(learned.X, learned.cause, sample_weight=learned.weight)
    curves = {CHAMPION_NAME: estimator.predict_survival(tested.X, seen.horizon)}
    for name, by_tenure in ((LONGEST_BASELINE, True), (CONSTANT_BASELINE, False)):
        baseline = FamilyCurves(by_tenure=by_tenure)
        baseline.fit(learned.X, learned.has_left, learned.weight)
        curves[name] = baseline.predict_survival(tested.X, seen.horizon)
    beaten = curves[LONGEST_BASELINE]
    figures = {name: survival_quality.figures(seen, own, beaten) for name, own in curves.items()}
    figures[CHAMPION_NAME] |= by_cause(estimator, tested, seen)
    return {name: own[:, -1] for name, own in curves.items()}, figures


def by_cause(estimator: DiscreteHazards, tested: Months, seen: FollowUp) -> dict[str, float]:
    """Return how well each cause's own risk ranks who left for it, and how many: c_uno_<cause>."""
    incidence = estimator.predict_incidence(tested.X, seen.horizon)
    told = np.array([c if c is None or c in incidence else OTHER for c in seen.cause], dtype=object)
    exits = {f"exits_{cause}": float((told == cause).sum()) for cause in incidence}
    return exits | {
        f"c_uno_{cause}": survival_quality.concordance_of_cause(seen, told == cause, own[:, -1])
        for cause, own in incidence.items()
    }


def _terms(connection: duckdb.DuckDBPyConnection) -> dict[str, object]:
    return connection.execute("select * from features.value_terms").df().iloc[0].to_dict()


def _row(
    settings: Settings,
    fitted: DiscreteHazards,
    months: Months,
    identity: str,
    data_digest: str,
    seed: int,
) -> Model:
    file, sha256 = estimator_files.save(fitted, settings, identity)
    return Model(
        model_id=identity,
        target=SURVIVAL,
        status=CHAMPION,
        reason=(
            "hazards of " + ", ".join(fitted.causes_) + "; constant beyond a tenure of "
            f"{fitted.last_clock_:.0f} months; covariates held as they are now"
        ),
        as_of_date=months.keys["as_of_date"].max(),
        estimator=type(fitted).__name__,
        train_from=months.keys["as_of_date"].min(),
        train_to=months.keys["as_of_date"].max(),
        train_rows=len(months.X),
        train_positives=int(months.has_left.sum()),
        base_rate=float(np.average(months.has_left, weights=months.weight)),
        parameters=fitted.get_params() | {"causes": fitted.causes_},
        features=list(months.X.columns),
        seed=seed,
        data_digest=data_digest,
        code_digest=registry.code_digest(),
        library_versions=registry.library_versions(),
        artefact_file=file,
        artefact_sha256=sha256,
    )


def _told(
    row: Model,
    fitted: DiscreteHazards,
    figures: dict[str, dict[str, float]],
    split: tuple[object, int] | None,
    seconds: float,
) -> Report:
    lines = [
        f"survival: fitted on {row.train_rows:,} months with {row.train_positives:,} exits "
        f"({', '.join(fitted.causes_)}) in {seconds:.1f} s"
    ]
    if not figures:
        lines.append("survival: too few exits to hold some months back; not evaluated")
        return Report(lines, {"rows": 1})
    own = figures[CHAMPION_NAME]
    lines.append(
        f"survival on {split[1]} months after {split[0]:%Y-%m-%d}: "
        + "; ".join(
            f"{name}: integrated Brier {each['integrated_brier']:.5f}, C (Uno) {each['c_uno']:.3f}"
            for name, each in figures.items()
        )
        + f"; gain on {LONGEST_BASELINE} {own['brier_gain']:.5f} "
        f"({own['brier_gain_low']:.5f} to {own['brier_gain_high']:.5f})"
    )
    return Report(
        lines,
        {
            "rows": 1,
            "survival_seconds": round(seconds, 2),
            "survival_c_uno": own["c_uno"],
            "survival_integrated_brier": own["integrated_brier"],
        },
    )
