"""Who serves: a challenger is promoted only where it proves better; a champion that fails goes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml import evaluate
from ml.backtest import CHAMPION_NAME, RULE_NAME
from ml.drift import score_drift
from ml.resample import interval, mean_draws

FIRST, PROMOTED, KEPT = "first", "promoted", "kept"
ROLLED_BACK, NO_WAY_BACK = "rolled back", "nothing to go back to"
ECE_ALLOWANCE = 0.005
AUC_ALLOWANCE = 0.01
LEAST_REALISED_EXITS = 30


@dataclass(frozen=True)
class Check:
    """One reason of a decision: what was found, what was allowed."""

    check_name: str
    is_decisive: bool
    is_passed: bool
    value: float | None
    bound: float | None
    told: str


def judge(
    new: pd.DataFrame, old: pd.DataFrame | None, leaks: pd.DataFrame, seed: int
) -> tuple[str, list[Check]]:
    """Decide whether a challenger takes over.

    Parameters
    ----------
    new : DataFrame
        The challenger's back-test (`Backtest.fresh`): subscription_id, as_of_date, y, one column
        per estimator.
    old : DataFrame with columns subscription_id, as_of_date, score, or None
        What the served champion said of the same rows before it could know the outcome; None
        where there is no champion, empty where it cannot be scored any more.
    leaks : DataFrame
        `leaks.leak_report` of what the challenger learned from.
    seed : int
        Of the bootstrap.

    Returns
    -------
    tuple of (`first`, `promoted` or `kept`, list of Check)

    References
    ----------
    LEARNING.md, design 13.
    """
    refused = leaks[leaks["verdict"] == "refused"]
    told = "; ".join(refused["told"]) or "no gate refused what it learned from"
    checks = [Check("no leak", True, refused.empty, float(len(refused)), 0.0, told)]
    if new.empty:
        told = "no cut-off could be tested walking forward"
        checks.append(Check("back-test", False, False, 0.0, 1.0, told))
    else:
        checks += [_calibrated(new, seed), _beats_the_rule(new, seed)]
    if old is None:
        return FIRST, checks
    keys = ["subscription_id", "as_of_date"]
    both = new.merge(old, on=keys) if len(new) and len(old) else pd.DataFrame()
    if both.empty:
        told = "the served model cannot be asked about any cut-off of the back-test"
        checks.append(Check("comparable", False, False, 0.0, 1.0, told))
        return PROMOTED if refused.empty else KEPT, checks
    checks += [_better(both, seed), _worst_month(both), _scores_moved(both)]
    is_promoted = all(check.is_passed for check in checks if check.is_decisive)
    return PROMOTED if is_promoted else KEPT, checks


def is_failing(realised: pd.DataFrame, seed: int) -> Check:
    """Say whether what the champion foretold came true less than what the three-line rule did.

    Parameters
    ----------
    realised : DataFrame with columns subscription_id, as_of_date, y, score, rule
        Scores as they were given out, and the rule's on the same rows.

    Returns
    -------
    Check
        Not passed when the rule's log-loss is lower beyond chance. Too few exits prove nothing.
    """
    name = "realised against the three-line rule"
    exits = int(realised["y"].sum()) if len(realised) else 0
    if exits < LEAST_REALISED_EXITS:
        told = f"{exits} exits came true among scores given out; {LEAST_REALISED_EXITS} are needed"
        return Check(name, True, True, None, 0.0, told)
    y = realised["y"].to_numpy()
    gain = evaluate.losses(y, realised["rule"].to_numpy()) - evaluate.losses(
        y, realised["score"].to_numpy()
    )
    point, draws = mean_draws(realised, gain[:, None], seed)
    (low,), (high,) = interval(draws)
    months = realised["as_of_date"].nunique()
    told = (
        f"log-loss gained over the rule on {len(y):,} scores given out at {months} cut-offs: "
        f"{point[0]:.5f} ({low:.5f} to {high:.5f})"
    )
    return Check(name, True, bool(high >= 0), float(point[0]), 0.0, told)


def decision_rows(
    target: str,
    decision: str,
    ids: tuple[str | None, str | None, str],
    as_of_date: object,
    checks: list[Check],
) -> pd.DataFrame:
    """Return rows of ml.ml_decision, one per check; `ids` are challenger, champion and served."""
    challenger, champion, served = ids
    return pd.DataFrame([vars(check) for check in checks]).assign(
        target=target,
        challenger_id=challenger,
        champion_id=champion,
        served_id=served,
        decision=decision,
        as_of_date=as_of_date,
    )


def _calibrated(new: pd.DataFrame, seed: int) -> Check:
    y, score = new["y"].to_numpy(dtype=float), new[CHAMPION_NAME].to_numpy()
    error, floor = evaluate.calibration_error(y, score), evaluate.calibration_floor(score, seed)
    told = f"calibration error {error:.4f}, noise alone would show {floor:.4f}"
    bound = floor + ECE_ALLOWANCE
    return Check("calibration", True, bool(error <= bound), error, bound, told)


def _gain(rows: pd.DataFrame, other: str, seed: int) -> tuple[float, float, float]:
    y = rows["y"].to_numpy()
    gain = evaluate.losses(y, rows[other].to_numpy()) - evaluate.losses(
        y, rows[CHAMPION_NAME].to_numpy()
    )
    point, draws = mean_draws(rows, gain[:, None], seed)
    (low,), (high,) = interval(draws)
    return float(point[0]), float(low), float(high)


def _beats_the_rule(new: pd.DataFrame, seed: int) -> Check:
    point, low, high = _gain(new, RULE_NAME, seed)
    better = "better than" if low > 0 else "not proven better than"
    told = f"{better} the three-line rule: log-loss gained {point:.5f} ({low:.5f} to {high:.5f})"
    return Check("three-line rule", False, bool(low > 0), low, 0.0, told)


def _better(both: pd.DataFrame, seed: int) -> Check:
    point, low, high = _gain(both, "score", seed)
    months = both["as_of_date"].nunique()
    told = (
        f"log-loss gained over the served model at {months} cut-offs: {point:.5f} "
        f"({low:.5f} to {high:.5f})"
    )
    return Check("log-loss", True, bool(low > 0), low, 0.0, told)


def _worst_month(both: pd.DataFrame) -> Check:
    aucs = [
        [
            evaluate.auc_with_interval(own["y"].to_numpy(), own[name].to_numpy())[0]
            for name in (CHAMPION_NAME, "score")
        ]
        for _, own in both.groupby("as_of_date")
    ]
    new, old = np.nanmin(np.array(aucs), axis=0)
    told = f"AUC of the worst month {new:.3f}, of the served model {old:.3f}"
    drop = float(old - new)
    return Check("worst month", True, drop <= AUC_ALLOWANCE, drop, AUC_ALLOWANCE, told)


def _scores_moved(both: pd.DataFrame) -> Check:
    found = score_drift(both["score"].to_numpy(), both[CHAMPION_NAME].to_numpy()).iloc[0]
    told = f"scores differ from those served by a stability index of {found['value']:.3f}"
    passed = found["verdict"] != "drifted"
    return Check("scores moved", False, passed, found["value"], found["noise_limit"], told)
