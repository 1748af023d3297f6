"""Fit, evaluate and register how long lines stay."""

from __future__ import annotations

import time
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
from sklearn.base import clone

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import datasets, registry, survival_quality
from ml.registry import CHAMPION, SURVIVAL, Model
from ml.report import Report
from ml.survival import DiscreteHazards
from ml.survival_quality import FamilyCurves, FollowUp
from ml.train_churn import CHAMPION_NAME, Evaluation, evaluation_rows, no_model

MAX_ROWS = 20_000
MAX_TEST_ROWS = 100_000
LEAST_EXITS = 50
LEAST_TEST_EXITS = 10
MOST_FOLLOW_UP = 6
LONGEST_BASELINE = "family, by tenure (Kaplan–Meier)"
CONSTANT_BASELINE = "family, constant hazard"
# What is told of a month besides the line's clocks and what lasts longer than it.
NOT_COVARIATES = (
    *("subscription_id", "as_of_date", "customer_id", "is_observed", "exit_cause"),
    "is_exit_announced",
)


@dataclass(frozen=True)
class Months:
    """Months entered by lines, and how they ended."""

    keys: pd.DataFrame
    X: pd.DataFrame
    cause: np.ndarray
    weight: np.ndarray

    @property
    def has_left(self) -> np.ndarray:
        """True where the line left in the month."""
        return np.array([name is not None for name in self.cause])


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
        evaluation = Evaluation("time", split[0], evaluation, seen.has_left.astype(int))
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
    return _told(row, fitted, figures, split, time.perf_counter() - started)


def observed_dates(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return one row per month that is over: as_of_date, members, exits."""
    return connection.execute("""
        select as_of_date, count(*) as members, count(exit_cause) as exits
        from features.survival_months
        where is_observed
        group by as_of_date
        order by as_of_date
    """).df()


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


def read_months(
    connection: duckdb.DuckDBPyConnection, before: object, max_rows: int, seed: int
) -> Months:
    """Return months that are over, at most `max_rows`: all exits first, the others thinned."""
    frame = connection.execute(
        """
        with numbered as (
            select
                *,
                exit_cause is not null as has_left,
                row_number() over (
                    partition by has_left
                    order by md5(subscription_id || '|' || as_of_date || $seed)
                ) as place,
                count(*) over (partition by has_left) as alike,
                count(*) over () - alike as others
            from features.survival_months
            where is_observed and as_of_date < coalesce($before, date 'infinity')
        ),
        sampled as (
            select
                *,
                case
                    when has_left then greatest($max_rows // 2, $max_rows - others)
                    else greatest($max_rows - others, ($max_rows + 1) // 2)
                end as quota
            from numbered
        )
        select
            * exclude (place, has_left, alike, others, quota),
            alike / least(alike, quota) as row_weight
        from sampled
        where place <= quota
        order by as_of_date, subscription_id
        """,
        {"seed": str(seed), "before": before, "max_rows": max_rows},
    ).df()
    return _as_months(frame, frame.pop("row_weight").to_numpy(dtype=np.float64))


def read_follow_up(
    connection: duckdb.DuckDBPyConnection, start: object, horizon: int, seed: int
) -> tuple[Months, FollowUp]:
    """Return the lines of one day as known then, and how long they were seen afterwards."""
    frame = connection.execute(
        """
        with members as (
            select * from features.survival_months
            where as_of_date = $start
            order by md5(subscription_id || $seed)
            limit $rows
        ),
        -- A line that comes back after its exit has left all the same.
        followed as (
            select
                members.subscription_id,
                min(months.as_of_date) filter (where months.exit_cause is not null) as left_in,
                max(months.as_of_date) as last_in
            from members
            inner join features.survival_months as months
                on
                    members.subscription_id = months.subscription_id
                    and months.as_of_date >= $start
                    and months.as_of_date < $start + to_months($horizon)
            where months.is_observed
            group by members.subscription_id
        )
        select
            members.*,
            followed.left_in is not null as has_left_later,
            1 + date_diff('month', $start, coalesce(followed.left_in, followed.last_in))
                as months_seen
        from members
        inner join followed on members.subscription_id = followed.subscription_id
        order by members.subscription_id
        """,
        {"start": start, "horizon": horizon, "seed": str(seed), "rows": MAX_TEST_ROWS},
    ).df()
    seen = FollowUp(
        frame.pop("months_seen").to_numpy(dtype=int),
        frame.pop("has_left_later").to_numpy(dtype=bool),
        horizon,
    )
    return _as_months(frame, np.ones(len(frame))), seen


def covariates(frame: pd.DataFrame) -> pd.DataFrame:
    """Return what hazards are told of a month."""
    X = frame.drop(columns=[name for name in NOT_COVARIATES if name in frame])
    flags = [name for name in X if name.startswith("is_")]
    # Unknown is a level of its own.
    return X.assign(**{name: X[name].map({True: "yes", False: "no"}) for name in flags})


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
    return {name: own[:, -1] for name, own in curves.items()}, figures


def _terms(connection: duckdb.DuckDBPyConnection) -> dict[str, object]:
    return connection.execute("select * from features.value_terms").df().iloc[0].to_dict()


def _as_months(frame: pd.DataFrame, weight: np.ndarray) -> Months:
    cause = frame["exit_cause"].astype(object).where(frame["exit_cause"].notna(), None)
    keys = frame[["subscription_id", "as_of_date", "customer_id"]].reset_index(drop=True)
    return Months(keys, covariates(frame).reset_index(drop=True), cause.to_numpy(), weight)


def _row(
    settings: Settings,
    fitted: DiscreteHazards,
    months: Months,
    identity: str,
    data_digest: str,
    seed: int,
) -> Model:
    file, sha256 = registry.save(fitted, settings, identity)
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
