"""Weigh the domains of the experience index by what customers answer, and say how far it agrees.

The weights in force never change here: a better set is proposed, as rows for the seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm, spearmanr
from sklearn.linear_model import LinearRegression

from cx.settings import Settings
from cx.warehouse import reading, writing
from ml import datasets, registry
from ml.report import Report

DOMAINS = ("use", "join_change", "pay", "get_help")
CALIBRATED, UNCALIBRATED, TOO_FEW = "calibrated", "uncalibrated", "too few"
LEAST_TRAIN, LEAST_TEST = 50, 30
# A domain damaged in fewer answers than this is not learned: its weight stays.
LEAST_DAMAGED = 10
CONFIDENCE = 0.95
# It asks about the whole relation, as the index does; else the type with most answers decides.
FIRST_TO_DECIDE = "nps_relational"
WEIGHT_DIGITS = 4

_SEED_COLUMNS = (
    "parameter_version, level, domain, event_type, measure, unit, target, floor, significance, "
    "weight, half_life_days, halving_mass"
)


@dataclass(frozen=True)
class Correlation:
    """Spearman's rank correlation and its interval; nothing where one side never varies."""

    value: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_above_zero(self) -> bool:
        """Tell whether the whole interval lies above zero."""
        return self.low is not None and self.low > 0


@dataclass(frozen=True)
class Calibration:
    """What one survey type says of the weights in force, and the weights it would choose."""

    survey_type: str
    split_date: object
    train_rows: int
    test_rows: int
    weights: np.ndarray
    new_weights: np.ndarray | None
    score_per_damage: np.ndarray | None
    damaged_rows: np.ndarray
    now: Correlation
    new: Correlation

    @property
    def is_enough(self) -> bool:
        """Tell whether there are answers enough to learn from and to test on."""
        return self.train_rows >= LEAST_TRAIN and self.test_rows >= LEAST_TEST

    @property
    def status(self) -> str:
        """Return the verdict on the weights in force."""
        if not self.is_enough:
            return TOO_FEW
        return CALIBRATED if self.now.is_above_zero else UNCALIBRATED

    @property
    def is_better(self) -> bool:
        """Tell whether the new weights agree with the tested answers, and more than the old."""
        if not self.is_enough or self.new_weights is None or not self.new.is_above_zero:
            return False
        return self.now.value is None or self.new.value > self.now.value

    @property
    def reason(self) -> str:
        """Return the verdict's figures in words."""
        if not self.is_enough:
            return (
                f"{self.train_rows} answers to learn from and {self.test_rows} to test on; "
                f"{LEAST_TRAIN} and {LEAST_TEST} are needed"
            )
        if self.now.value is None:
            return "the index or the score is the same for all tested answers"
        said = f"rank correlation {self.now.value:.2f} ({self.now.low:.2f} to {self.now.high:.2f})"
        return f"{said} of index and score over {self.test_rows} later answers"


def train_cxi(settings: Settings) -> Report:
    """Write ml.ml_cxi_calibration and ml.ml_cxi_weight, and propose weights where they are better.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Report
        How the index agrees with surveys; how to put proposed weights in force.
    """
    with reading(settings) as connection:
        if not datasets.has_table(connection, "features", "cxi_survey_damages"):
            return Report(["cxi: the features are not built; run `cx build`"], {})
        answers = connection.execute(
            "select * from features.cxi_survey_damages order by survey_type, answered_at, "
            "source_system, survey_id"
        ).df()
        seed = connection.execute(
            f"select {_SEED_COLUMNS} from seeds.cxi_parameters order by all"
        ).df()
    results = []
    if len(answers):
        version = int(answers["parameter_version"].iloc[0])
        results = calibrate(answers, weights_of(seed, version))
    decisive = deciding(results)
    if decisive is None:
        with writing(settings) as connection:
            for table in ("ml_cxi_calibration", "ml_cxi_weight"):
                registry.replace_rows(
                    connection, table, pd.DataFrame(columns=registry.column_names(table))
                )
        return Report(["cxi: no answered survey of a monitored subscription: uncalibrated"], {})
    next_version = int(seed["parameter_version"].max()) + 1
    tables = as_tables(results, decisive, version, next_version)
    with writing(settings) as connection:
        rows = sum(registry.replace_rows(connection, name, frame) for name, frame in tables.items())
    lines = [f"cxi: {decisive.status} against {decisive.survey_type}: {decisive.reason}"]
    file = settings.reports / f"cxi_parameters_{next_version}.csv"
    file.unlink(missing_ok=True)
    if decisive.is_better:
        settings.reports.mkdir(parents=True, exist_ok=True, mode=0o700)
        seed_rows(seed, version, next_version, decisive.new_weights).to_csv(file, index=False)
        chosen = ", ".join(
            f"{domain} {old:.2f} → {new:.2f}"
            for domain, old, new in zip(
                DOMAINS, decisive.weights, decisive.new_weights, strict=True
            )
        )
        lines.append(
            f"cxi: other weights agree better ({decisive.new.value:.2f}): {chosen}; to take them, "
            f"append {file} without its header to dbt_project/seeds/cxi_parameters.csv, set "
            f"cxi_version: {next_version} in dbt_project.yml, and run again"
        )
    return Report(lines, {"rows": rows})


def calibrate(answers: pd.DataFrame, weights: np.ndarray) -> list[Calibration]:
    """Calibrate against each survey type on its own, for their scales cannot be mixed.

    Parameters
    ----------
    answers : DataFrame of shape (n_answers, n_columns)
        Rows of features.cxi_survey_damages.
    weights : ndarray of shape (4,)
        Weights in force, in the order of `DOMAINS`; they sum to 1.

    Returns
    -------
    list of Calibration
    """
    found = []
    for survey_type, rows in answers.groupby("survey_type", sort=True):
        damages = rows[[f"damage_{domain}" for domain in DOMAINS]].to_numpy(dtype=float)
        scores = rows["score"].to_numpy(dtype=float)
        is_test = rows["is_test"].to_numpy(dtype=bool)
        learned, tested = damages[~is_test], damages[is_test]
        damaged = (learned > 0).sum(axis=0)
        new_weights, slopes = fit_weights(learned, scores[~is_test], weights)
        found.append(
            Calibration(
                survey_type=str(survey_type),
                split_date=rows["split_date"].iloc[0],
                train_rows=int((~is_test).sum()),
                test_rows=int(is_test.sum()),
                weights=weights,
                new_weights=new_weights,
                score_per_damage=slopes,
                damaged_rows=damaged,
                now=rank_correlation(-tested @ weights, scores[is_test]),
                new=Correlation()
                if new_weights is None
                else rank_correlation(-tested @ new_weights, scores[is_test]),
            )
        )
    return found


def fit_weights(
    damages: np.ndarray, scores: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Fit score = a - sum of b_d D_d with b_d >= 0, and share out the weights as the b_d.

    A domain that hardly anybody was damaged in is left out and keeps its weight; the others share
    what is left.

    Returns
    -------
    (ndarray of shape (4,), ndarray of shape (4,)) or (None, None)
        New weights, which sum to 1, and points of score lost at full damage (NaN where not
        learned). None where nothing could be learned or no domain lowers the score.
    """
    is_learned = (damages > 0).sum(axis=0) >= LEAST_DAMAGED
    if len(scores) < LEAST_TRAIN or not is_learned.any():
        return None, None
    model = LinearRegression(positive=True).fit(-damages[:, is_learned], scores)
    slopes = np.full(len(DOMAINS), np.nan)
    slopes[is_learned] = model.coef_
    if model.coef_.sum() <= 0:
        return None, None
    chosen = weights.copy()
    chosen[is_learned] = weights[is_learned].sum() * model.coef_ / model.coef_.sum()
    return chosen, slopes


def rank_correlation(index: np.ndarray, scores: np.ndarray) -> Correlation:
    """Return Spearman's correlation with its 95 % interval.

    The interval is Fisher's with the standard error sqrt((1 + r^2 / 2) / (n - 3)), which holds
    where plain Fisher is too narrow.

    References
    ----------
    Bonett and Wright (2000), Sample size requirements for estimating Pearson, Kendall and Spearman
    correlations, Psychometrika 65.
    """
    if len(index) < LEAST_TEST or np.ptp(index) == 0 or np.ptp(scores) == 0:
        return Correlation()
    value = float(spearmanr(index, scores).statistic)
    centre = np.arctanh(np.clip(value, -0.999999, 0.999999))
    half = norm.ppf((1 + CONFIDENCE) / 2) * np.sqrt((1 + value**2 / 2) / (len(index) - 3))
    return Correlation(value, float(np.tanh(centre - half)), float(np.tanh(centre + half)))


def deciding(results: list[Calibration]) -> Calibration | None:
    """Return the survey type that the index is judged by."""
    return max(
        results,
        key=lambda each: (each.is_enough, each.survey_type == FIRST_TO_DECIDE, each.test_rows),
        default=None,
    )


def weights_of(seed: pd.DataFrame, version: int) -> np.ndarray:
    """Return the weights of a version of the seed, in the order of `DOMAINS`, summing to 1."""
    rows = seed[(seed["parameter_version"] == version) & (seed["level"] == "domain")]
    weights = rows.set_index("domain")["weight"].astype(float).loc[list(DOMAINS)].to_numpy()
    return weights / weights.sum()


def seed_rows(
    seed: pd.DataFrame, version: int, next_version: int, weights: np.ndarray
) -> pd.DataFrame:
    """Return a whole version of the seed: as the version in force, with other weights."""
    rows = seed[seed["parameter_version"] == version].copy()
    rows["parameter_version"] = next_version
    chosen = dict(zip(DOMAINS, weights.round(WEIGHT_DIGITS), strict=True))
    is_domain = rows["level"] == "domain"
    rows.loc[is_domain, "weight"] = rows.loc[is_domain, "domain"].map(chosen)
    return rows


def as_tables(
    results: list[Calibration], decisive: Calibration, version: int, next_version: int
) -> dict[str, pd.DataFrame]:
    """Write the results as rows of the two tables."""
    calibrations, weights = [], []
    for each in results:
        common = {
            "survey_type": each.survey_type,
            "parameter_version": version,
            "proposed_version": next_version if each.is_better and each is decisive else None,
        }
        calibrations.append(
            common
            | {
                "is_decisive": each is decisive,
                "status": each.status,
                "reason": each.reason,
                "split_date": each.split_date,
                "train_rows": each.train_rows,
                "test_rows": each.test_rows,
                "correlation": each.now.value,
                "correlation_low": each.now.low,
                "correlation_high": each.now.high,
                "new_correlation": each.new.value,
                "new_correlation_low": each.new.low,
                "new_correlation_high": each.new.high,
            }
        )
        for place, domain in enumerate(DOMAINS):
            weights.append(
                common
                | {
                    "domain": domain,
                    "weight": each.weights[place],
                    "new_weight": None if each.new_weights is None else each.new_weights[place],
                    "score_per_damage": None
                    if each.score_per_damage is None
                    else each.score_per_damage[place],
                    "damaged_rows": int(each.damaged_rows[place]),
                }
            )
    numbers = {"proposed_version": "Int64"}
    return {
        "ml_cxi_calibration": pd.DataFrame(calibrations).astype(numbers),
        "ml_cxi_weight": pd.DataFrame(weights).astype(numbers),
    }
